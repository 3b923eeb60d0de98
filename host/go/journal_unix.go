//go:build unix

package cretula

const canSyncFolders = true
