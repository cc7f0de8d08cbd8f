//go:build unix

package childproc

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup makes the program the leader of a process group of its own, so that
// what it starts can be ended with it.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends the program and all in its group. What can't be killed has
// ended.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// runAs makes the program one of another user, without any further group.
func runAs(cmd *exec.Cmd, user uint32) {
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: user, Gid: user}
}
