//go:build unix

package script

import (
	"syscall"
	"time"
)

// worked returns the processor time that this process has used: a script can't
// wait for anything, and a busy machine is not its fault.
func worked() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return time.Since(started)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
