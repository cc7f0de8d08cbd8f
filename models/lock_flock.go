//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package models

import (
	"os"
	"syscall"
)

// lockFile takes the file's advisory lock without waiting. The kernel frees it
// when the process ends in whatever way, so a lock is never left behind.
func lockFile(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, err
}
