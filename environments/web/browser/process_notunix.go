//go:build !unix

package browser

import (
	"os"

	"purposeagent/agent"
)

func user() uint32 { return 0 }

func give(string) error { return nil }

func lock(path string) (*os.File, error) { return os.Create(path) }

func supported() error {
	return agent.Errorf(agent.CodeUnavailable, "the environment web needs Linux, macOS or another Unix: it speaks to Chromium over inherited pipes")
}

func startError(err error) error {
	return agent.Errorf(agent.CodeUnavailable, "Chromium can't be started: %w", err)
}
