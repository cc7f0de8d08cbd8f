//go:build !unix

package childproc

import (
	"os"
	"os/exec"
)

// OwnGroup does nothing: there are no process groups here.
func OwnGroup(*exec.Cmd) {}

// KillGroup ends the program.
func KillGroup(p *os.Process) { _ = p.Kill() }

func runAs(*exec.Cmd, uint32) {}
