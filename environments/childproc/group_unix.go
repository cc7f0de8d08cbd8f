//go:build unix

package childproc

import (
	"os"
	"os/exec"
	"syscall"
)

// OwnGroup makes the program the leader of a process group of its own, so that
// what it starts can be ended with it.
func OwnGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// KillGroup ends the program and all in its group. What can't be killed has
// ended.
func KillGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// runAs makes the program one of another user, without any further group.
func runAs(cmd *exec.Cmd, user uint32) {
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: user, Gid: user}
}
