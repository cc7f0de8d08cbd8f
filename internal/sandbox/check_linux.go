package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strings"

	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"

	"purposeagent/agent"
)

// profile is what has to be installed where AppArmor forbids user namespaces to
// programs without a profile.
const profile = `sudo tee /etc/apparmor.d/bwrap <<'END'
abi <abi/4.0>,
include <tunables/global>
profile bwrap /usr/bin/bwrap flags=(unconfined) {
  userns,
  include if exists <local/bwrap>
}
END
sudo systemctl reload apparmor`

// system is what diagnose looks at.
type system struct {
	sysctl  func(name string) string // "" where there is none
	release string
	abi     int // of Landlock; 0: none
}

func thisSystem() system {
	var name unix.Utsname
	_ = unix.Uname(&name)
	abi, err := ll.LandlockGetABIVersion()
	if err != nil {
		abi = 0
	}
	return system{release: unix.ByteSliceToString(name.Release[:]), abi: abi, sysctl: func(name string) string {
		b, err := os.ReadFile("/proc/sys/" + name)
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(b))
	}}
}

// diagnose says why this system can't contain programs, as far as its settings
// tell.
func diagnose() error { return thisSystem().diagnose() }

func (s system) diagnose() error {
	var major, minor int
	_, _ = fmt.Sscanf(s.release, "%d.%d", &major, &minor)
	switch {
	case major < 5 || major == 5 && minor < 14:
		return agent.Errorf(agent.CodeUnavailable, "Linux %s is too old to contain programs: 5.14 is the first that counts the processes of each workspace by itself", s.release)
	case s.abi == 0:
		return agent.Errorf(agent.CodeUnavailable, "this kernel has no Landlock, without which nothing is run: add landlock to the list of lsm= on its command line (see /sys/kernel/security/lsm)")
	case s.sysctl("user/max_user_namespaces") == "0":
		return agent.Errorf(agent.CodeUnavailable, "user namespaces are forbidden here: allow them with \"sudo sysctl user.max_user_namespaces=15000\"")
	case s.sysctl("kernel/unprivileged_userns_clone") == "0":
		return agent.Errorf(agent.CodeUnavailable, "user namespaces are forbidden here: allow them with \"sudo sysctl kernel.unprivileged_userns_clone=1\"")
	}
	return nil
}

// refused is the error where bubblewrap ended before the inside said hello.
func refused(err error, said string) error { return thisSystem().refused(err, said) }

func (s system) refused(err error, said string) error {
	if said == "" {
		said = err.Error()
	}
	err = errors.New(said)
	switch {
	case s.sysctl("kernel/apparmor_restrict_unprivileged_userns") == "1":
		return agent.Wrap(agent.CodeUnavailable, err, "AppArmor forbids user namespaces to bubblewrap (kernel.apparmor_restrict_unprivileged_userns is 1). Allow them with this profile and try again:\n%s\nbubblewrap said: %s", profile, said)
	case strings.Contains(said, "proc"):
		return agent.Wrap(agent.CodeUnavailable, err, "bubblewrap can't mount /proc for a workspace. In a container, run it with --privileged, or with --security-opt seccomp=unconfined --security-opt systempaths=unconfined. It said: %s", said)
	case strings.Contains(said, "namespace"):
		return agent.Wrap(agent.CodeUnavailable, err, "bubblewrap may not make namespaces. In a container, allow it with --security-opt seccomp=unconfined. It said: %s", said)
	}
	return agent.Wrap(agent.CodeUnavailable, err, "a workspace can't be made. bubblewrap said: %s", said)
}
