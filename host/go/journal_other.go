//go:build !unix

package cretula

const canSyncFolders = false
