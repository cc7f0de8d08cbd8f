//go:build !linux

package sandbox

import (
	"context"
	"errors"
	"io"
	"runtime"
	"time"

	"purposeagent/agent"
)

// Child runs what this program does inside of a workspace; there is none on this
// system.
func Child() (code int, is bool) { return 0, false }

// box is what holds a workspace.
type box struct{ conn io.Reader }

type usage struct {
	cpu       time.Duration
	memory    int64
	processes int
}

func start(context.Context, Config) (*box, error) {
	return nil, agent.Errorf(agent.CodeUnavailable, "programs of an agent can be contained on Linux only: this is %s", runtime.GOOS)
}

var errNone = errors.New("there is no workspace on this system")

func (*box) close()                                                          {}
func (*box) begin() (kill, done func())                                      { return func() {}, func() {} }
func (*box) send(byte, []byte) error                                         { return errNone }
func (*box) sendJSON(byte, any) error                                        { return errNone }
func (*box) watch(context.Context, Limits, time.Duration, func(Limit)) usage { return usage{} }

func signalName(int) string { return "" }
