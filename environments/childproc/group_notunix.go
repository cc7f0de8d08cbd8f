//go:build !unix

package childproc

import (
	"os"
	"os/exec"
)

// ownGroup does nothing: there are no process groups here.
func ownGroup(*exec.Cmd) {}

// killGroup ends the program.
func killGroup(p *os.Process) { _ = p.Kill() }

func runAs(*exec.Cmd, uint32) {}
