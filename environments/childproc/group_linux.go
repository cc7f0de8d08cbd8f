package childproc

import (
	"errors"
	"syscall"
	"unsafe"
)

// awaitExit waits until the process has ended, without reaping it: until it is
// reaped, its number and its group's can't go to anybody else, so what is left
// of the group can be killed without hitting strangers. It reports whether it
// could wait.
func awaitExit(pid int) bool {
	const (
		byPID   = 1          // P_PID
		exited  = 0x00000004 // WEXITED
		noReap  = 0x01000000 // WNOWAIT
		infoLen = 128        // of siginfo_t
	)
	var info [infoLen / 8]uint64
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, byPID, uintptr(pid), uintptr(unsafe.Pointer(&info)), exited|noReap, 0, 0) //nolint:gosec // the call's own form
		switch {
		case errno == 0:
			return true
		case !errors.Is(errno, syscall.EINTR):
			return false
		}
	}
}
