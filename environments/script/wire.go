package script

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// A frame between this program and a child is its length in four bytes and a JSON
// text. Each request is answered with one frame.
const (
	headBytes = 4
	maxFrame  = 4 << 20
)

// what is asked of a child.
type what string

const (
	doLoad    what = "load"    // read a script; the first request, and only once
	doPurpose what = "purpose" // draw the purpose of a seed
	doReset   what = "reset"
	doStep    what = "step"
	doLook    what = "look" // judge a state that a person wrote
	doPicture what = "picture"
)

// function is the part of the script that a request is about, in words.
func (w what) function() string {
	switch w {
	case doLoad:
		return "the script itself"
	case doStep:
		return "execute"
	case doLook:
		return "is_terminal"
	case doPurpose, doReset, doPicture:
	}
	return string(w)
}

// request is what a child is asked.
type request struct {
	Do what `json:"do"`

	// load
	Script string  `json:"script,omitempty"`
	Limits *limits `json:"limits,omitempty"`

	// reset
	Purpose     string `json:"purpose,omitempty"`
	Description string `json:"description,omitempty"`

	// purpose, reset, step: what random follows from
	Seed int64 `json:"seed,omitempty"`
	Step int64 `json:"step,omitempty"`

	// step, look, picture
	Action *wireAction   `json:"action,omitempty"`
	State  agent.Object  `json:"state"`
	Hidden *agent.Object `json:"hidden,omitempty"`
}

type wireAction struct {
	Name   string       `json:"name"`
	Params agent.Object `json:"params"`
}

// answer is what a child says. One of Fault, Hello, Moment and Text is there.
type answer struct {
	Fault  *fault  `json:"fault,omitempty"`
	Hello  *hello  `json:"hello,omitempty"`
	Moment *moment `json:"moment,omitempty"`
	Text   *string `json:"text,omitempty"`  // a purpose, or a picture
	Spent  bool    `json:"spent,omitempty"` // the child is to be ended
}

// cause tells why a script's function gave nothing.
type cause string

const (
	causeScript  cause = "script"  // it is wrong
	causeRefused cause = "refused" // it called fail
	causeSteps   cause = "steps"   // it went over a limit
	causeTime    cause = "time"
	causeMemory  cause = "memory"
)

// fault is what went wrong in a script. It is an error.
type fault struct {
	Cause cause  `json:"cause"`
	Line  int    `json:"line,omitempty"` // 0: not known
	In    string `json:"in,omitempty"`   // the function
	Text  string `json:"text"`
}

// Error says it in one sentence, with the line first.
func (f *fault) Error() string {
	if f.Cause == causeRefused {
		return f.Text
	}
	var b strings.Builder
	if f.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", f.Line)
	}
	b.WriteString(f.Text)
	if f.In != "" {
		fmt.Fprintf(&b, " (in %s)", f.In)
	}
	return b.String()
}

// code is the code of the error that an environment returns.
func (f *fault) code() agent.Code {
	if f.Cause == causeSteps || f.Cause == causeTime {
		return agent.CodeTimeout
	}
	return agent.CodeInvalid
}

// hello is what a script announces.
type hello struct {
	Actions    []agent.ActionSpec `json:"actions"`
	Text       string             `json:"text"`
	Dynamics   string             `json:"dynamics,omitempty"`
	Milestones []string           `json:"milestones,omitempty"`
	State      announced.State    `json:"state"`
	Has        map[string]bool    `json:"has,omitempty"` // the functions that may be left out
}

// moment is a state with all that the script says of it.
type moment struct {
	State   agent.Object  `json:"state"`
	Summary string        `json:"summary"`
	Hidden  *agent.Object `json:"hidden,omitempty"`
	judged
}

// judged is what a script says of a state. It is kept in the state's hidden part.
type judged struct {
	Done    bool         `json:"done,omitempty"`
	Success bool         `json:"success,omitempty"`
	Score   float64      `json:"score,omitempty"`
	Phi     *float64     `json:"phi,omitempty"`
	Legal   []wireAction `json:"legal,omitempty"`
}

// MaxStateBytes bounds what is kept of one moment.
const MaxStateBytes = 256 << 10

func frame(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if len(raw) > maxFrame {
		return nil, fmt.Errorf("%d bytes are more than a message can have (%d)", len(raw), maxFrame)
	}
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, headBytes+len(raw)), uint32(len(raw))), raw...), nil
}

// frameLength reads the head of a frame.
func frameLength(head []byte) (int, error) {
	n := binary.BigEndian.Uint32(head)
	if n == 0 || n > maxFrame {
		return 0, fmt.Errorf("a message of %d bytes", n)
	}
	return int(n), nil
}

func readFrame(r io.Reader) ([]byte, error) {
	var head [headBytes]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n, err := frameLength(head[:])
	if err != nil {
		return nil, err
	}
	body := make([]byte, n)
	_, err = io.ReadFull(r, body)
	return body, err
}

// parseAnswer reads the answer to a request, and holds that what it says can be
// used: a child is this program, but what runs in it is anybody's.
func parseAnswer(do what, raw []byte) (*answer, error) {
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, fmt.Errorf("no answer: %s", agent.JSONProblem(err))
	}
	if f := a.Fault; f != nil {
		return &a, f.check()
	}
	switch do {
	case doLoad:
		if a.Hello == nil {
			return nil, errors.New("no announcement")
		}
		return &a, a.Hello.check()
	case doReset, doStep, doLook:
		if a.Moment == nil {
			return nil, errors.New("no state")
		}
		return &a, a.Moment.check()
	case doPurpose, doPicture:
		if a.Text == nil || !utf8.ValidString(*a.Text) {
			return nil, errors.New("no text")
		}
	}
	return &a, nil
}

func (f *fault) check() error {
	switch f.Cause {
	case causeScript, causeRefused, causeSteps, causeTime, causeMemory:
	default:
		return errors.New("a fault of no kind")
	}
	if f.Line < 0 || f.Line > maxScript {
		return fmt.Errorf("a fault in line %d", f.Line)
	}
	f.Text, f.In = agent.Clip(announced.Clean(f.Text), maxMessage), agent.Clip(announced.Clean(f.In), 100)
	if strings.TrimSpace(f.Text) == "" {
		f.Text = "it says no reason"
	}
	return nil
}

// maxMessage bounds what is shown of a message.
const maxMessage = 1000

func (h *hello) check() error {
	if strings.TrimSpace(h.Text) == "" || len(h.Text) > announced.MaxText {
		return fmt.Errorf("describe must be a text of 1 to %d bytes that tells an actor what world it is in", announced.MaxText)
	}
	if len(h.Dynamics) > 100 {
		return errors.New("describe: dynamics must be at most 100 bytes long")
	}
	h.Text, h.Dynamics = announced.Clean(h.Text), announced.Clean(h.Dynamics)
	if err := announced.Actions(h.Actions); err != nil {
		return err
	}
	if len(h.Milestones) > 20 {
		return fmt.Errorf("describe: milestones lists %d; at most 20 are allowed", len(h.Milestones))
	}
	if err := announced.Words("milestones", h.Milestones); err != nil {
		return err
	}
	return h.State.Check()
}

func (m *moment) check() error {
	if !(m.Score >= 0 && m.Score <= 1) {
		return errors.New("a score out of range")
	}
	if m.Phi != nil && (math.IsNaN(*m.Phi) || !agent.ValidPhi(*m.Phi)) {
		return errors.New("a phi out of range")
	}
	if _, taken := m.State.Map()["_error"]; taken {
		return errors.New("a state with the reserved key _error")
	}
	m.Summary = strings.TrimSpace(announced.Clean(m.Summary))
	if m.Summary == "" {
		return errors.New("a state without a summary")
	}
	for _, l := range m.Legal {
		if l.Name == "" || l.Name == agent.Done {
			return errors.New("a legal action without a name")
		}
	}
	return nil
}
