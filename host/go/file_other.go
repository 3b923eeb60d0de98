//go:build !unix

package cretula

import "os"

const canSyncFolders = false

// lockFile does nothing here: that one process alone writes is the caller's to see to.
func lockFile(*os.File) error { return nil }
