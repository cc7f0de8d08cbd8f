//go:build unix

package browser

import (
	"errors"
	"os"
	"strconv"
	"syscall"

	"purposeagent/agent"
)

// nobody is the user whom Chromium runs as where this process is root's.
const nobody = 65534

// user is whom Chromium runs as: somebody else where we are root, whom its
// sandbox refuses; 0: whoever we are.
func user() uint32 {
	if os.Geteuid() == 0 {
		return nobody
	}
	return 0
}

// give makes a folder that of the user whom Chromium runs as.
func give(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return os.Chown(dir, nobody, nobody)
}

// lock marks a folder as used by this process for as long as the file is open.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// supported is nil where Chromium can be started with pipes.
func supported() error { return nil }

// startError says why Chromium could not be started.
func startError(err error) error {
	if errors.Is(err, syscall.EPERM) && os.Geteuid() == 0 {
		return agent.Errorf(agent.CodeUnavailable, "Chromium must not run as root, and this process may not start it as user %s: start Purpose as an ordinary user, or let it keep the capabilities SETUID and SETGID", strconv.Itoa(nobody))
	}
	return agent.Errorf(agent.CodeUnavailable, "Chromium can't be started: %w", err)
}
