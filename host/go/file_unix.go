//go:build unix

package cretula

import (
	"os"
	"syscall"
)

const canSyncFolders = true

// lockFile keeps other processes from writing to the same log.
func lockFile(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
