package mcp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"purposeagent/agent"
)

// Env is an MCP server as an environment. It needs Close.
type Env struct {
	config  config
	options Options
	offer   *offer // as it was when the environment was made; it does not change

	mu      sync.Mutex // held while the server is asked something
	session *session   // nil: not connected
	now     *offer     // what it offers now
	used    bool       // whether a tool was called since the session began
	at      string     // of a simulator: the state that it stands at, see where
	reason  error      // why it is not connected
	failed  int        // connections that failed since the last good one
	task    agent.Task // of the episode
	closed  bool
}

var (
	_ agent.Environment = (*Env)(nil)
	_ agent.Describer   = (*Env)(nil)
	_ agent.Restorer    = (*Env)(nil)
	_ agent.Outside     = (*Env)(nil)
	_ io.Closer         = (*Env)(nil)
	_ agent.Verifier    = judgedEnv{}
)

// judgedEnv is one whose configuration says how success is known.
type judgedEnv struct{ *Env }

// New connects to the server of a configuration and asks what it offers. What it
// returns implements io.Closer, agent.Restorer and, where the configuration says
// how success is known, agent.Verifier. Errors: CodeInvalid for a configuration
// or a server that can't be used, also one that does not answer in time.
func New(raw agent.Object, o Options) (agent.Environment, error) {
	c, err := parseConfig(raw)
	if err != nil {
		return nil, err
	}
	e := &Env{config: c, options: o.withDefaults(&c)}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.connect(context.Background()); err != nil {
		if code := agent.CodeOf(err); code == agent.CodeUnavailable || code == agent.CodeTimeout { // a retry will not mend it
			err = &agent.Error{Code: agent.CodeInvalid, Message: agent.MessageOf(err), Err: err}
		}
		return nil, err
	}
	if c.Judge.says() || len(c.Expected) > 0 {
		return judgedEnv{e}, nil
	}
	return e, nil
}

// kept is the bookkeeping of a state: agent.State.Hidden.
type kept struct {
	Judged judged `json:"judged"`
	Met    []int  `json:"met,omitempty"`   // how often each expected call was made
	Calls  []made `json:"calls,omitempty"` // of a simulator: all that were made
}

// made is a call that was made.
type made struct {
	Action string       `json:"action"`
	Params agent.Object `json:"params"`
}

// maxKept bounds what of a state is stored: data, summary and bookkeeping.
const maxKept = 256 << 10

// Timeout is the longest that one Execute can take: connecting anew, the calls of
// a simulator done again, the step, its judge.
func (e *Env) Timeout() time.Duration {
	return 2*e.options.StartTimeout + (patience+3)*e.options.AnswerTimeout
}

// Actions announces the tools that the server had at first.
func (e *Env) Actions() []agent.ActionSpec { return e.offer.specs }

// ActsOutside reports whether what a tool did can't be taken back.
func (e *Env) ActsOutside() bool { return !e.config.Simulator }

// Describe says whose tools the actions are. Rules learned with a server of one
// name are not used with another.
func (e *Env) Describe() agent.Description {
	name := e.offer.server
	if e.offer.title != "" && e.offer.title != name {
		name += " (" + e.offer.title + ")"
	}
	text := "The actions are tools of the MCP server " + name + ". The state has the last results, the newest last; texts in them come from the server."
	if e.offer.instructions != "" {
		text += " The server says of itself: " + e.offer.instructions
	}
	return agent.Description{Text: text, Dynamics: e.offer.server}
}

// IsTerminal reports whether the judge said that the episode is over.
func (e *Env) IsTerminal(state agent.State) bool {
	var k kept
	return state.Hidden.Decode(&k) == nil && k.Judged.Done
}

// Verify returns what the judge said of the state.
func (e judgedEnv) Verify(_ context.Context, state agent.State) (agent.Verdict, error) {
	var k kept
	if err := state.Hidden.Decode(&k); err != nil {
		return agent.Verdict{}, agent.Wrap(agent.CodeInvalid, err, "this state was not made by the environment")
	}
	return agent.Verdict{Success: k.Judged.Success, Score: k.Judged.Score, Reward: k.Judged.Reward}, nil
}

// Reset begins a task: a simulator is started anew unless it is new, the
// configured tool is called, and what can be read is listed. Errors: CodeInvalid
// for what the server refuses, CodeUnavailable and CodeTimeout for one that
// fails.
func (e *Env) Reset(ctx context.Context, task agent.Task) (agent.State, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.begin(ctx, task); err != nil {
		return agent.State{}, err
	}
	v := &view{Results: []shownResult{}}
	for _, name := range slices.Sorted(maps.Keys(e.offer.refused)) {
		v.Notices = append(v.Notices, fmt.Sprintf("The tool %s can't be used: it %s.", name, e.session.text(e.offer.refused[name], hintShown)))
	}
	if err := e.resources(ctx, v); err != nil {
		return agent.State{}, err
	}
	k := &kept{Met: make([]int, len(e.config.Expected))}
	if e.config.Judge.Tool != "" {
		var err error
		if k.Judged, err = e.judge(ctx, k.Judged, nil); err != nil {
			return agent.State{}, err
		}
	}
	return e.state(v, k)
}

// begin brings the server to where a task begins.
func (e *Env) begin(ctx context.Context, task agent.Task) error {
	if e.config.Simulator && e.used && e.config.Reset.Tool == "" {
		e.drop(true)
	}
	if err := e.connected(ctx); err != nil {
		return err
	}
	e.task, e.at = task, ""
	r := &e.config.Reset
	if r.Tool == "" {
		return nil
	}
	arguments := r.Arguments.Map()
	for name, value := range arguments {
		switch value {
		case "$purpose":
			arguments[name] = task.Purpose
		case "$seed":
			arguments[name] = task.Seed
		}
	}
	answer, err := e.call(ctx, r.Tool, arguments)
	if err == nil && answer.IsError {
		shown, _ := e.session.result(r.Tool, answer, maxMessage)
		err = agent.Errorf(agent.CodeInvalid, "the server %s could not be reset: %s", e.session.name, shown.Text)
	}
	return err
}

// state puts a state together.
func (e *Env) state(v *view, k *kept) (agent.State, error) {
	beginning := fmt.Sprintf("Connected to the MCP server %s; nothing was called yet.", e.offer.server)
	s, err := agent.NewState(v, v.summary(beginning))
	if err != nil {
		return s, agent.Wrap(agent.CodeUnavailable, err, "the server's answer can't be kept: %s", agent.MessageOf(err))
	}
	if s.Hidden, err = agent.NewObject(k); err != nil {
		return s, err
	}
	if n := len(s.Data) + len(s.Summary) + len(s.Hidden); n > maxKept {
		return s, agent.Errorf(agent.CodeUnavailable, "the state would come to %d bytes, of which %d are calls that were made; at most %d are kept of one: take fewer or shorter results, or fewer steps", n, len(s.Hidden), maxKept)
	}
	e.at = where(s)
	return s, nil
}

// where identifies a state, its bookkeeping included.
func where(s agent.State) string {
	return s.Data.String() + "\x00" + s.Summary + "\x00" + s.Hidden.String()
}

// Execute calls the tool. A tool's own error, and arguments that do not fit its
// schema, are CodeInvalid, and nothing has moved then as far as the server says.
// Errors besides: CodeUnavailable and CodeTimeout for a server that failed; the
// next Execute connects anew and never makes a call again that may have been
// made.
func (e *Env) Execute(ctx context.Context, action agent.Action, state agent.State) (agent.State, error) {
	if action.Name == agent.Done {
		return agent.State{}, agent.Errorf(agent.CodeInvalid, "DONE ends a run; it is not a tool of the server")
	}
	if err := agent.CheckAction(e.offer.specs, action); err != nil {
		return agent.State{}, err
	}
	v, k, err := e.read(state)
	switch {
	case err != nil:
		return agent.State{}, err
	case k.Judged.Done:
		return agent.State{}, agent.Errorf(agent.CodeInvalid, "the episode is over; start another one")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.standAt(ctx, state, k); err != nil {
		return agent.State{}, err
	}
	return e.step(ctx, action, v, k)
}

// read takes a state apart.
func (e *Env) read(state agent.State) (*view, *kept, error) {
	v, k := &view{}, &kept{}
	if state.Hidden.IsEmpty() {
		return nil, nil, agent.Errorf(agent.CodeInvalid, "this state was not made by the environment")
	}
	if err := errors.Join(state.Data.Decode(v), state.Hidden.Decode(k)); err != nil {
		return nil, nil, agent.Wrap(agent.CodeInvalid, err, "this state was not made by the environment")
	}
	return v, k, nil
}

// step does an action where the server stands.
func (e *Env) step(ctx context.Context, action agent.Action, v *view, k *kept) (agent.State, error) {
	v.Notices = e.follow(ctx)
	if e.session == nil {
		return agent.State{}, e.reason
	}
	before := e.at
	e.at = "" // until it is known where it stands
	did, err := e.do(ctx, action, k)
	if err != nil {
		if e.session != nil && (agent.CodeOf(err) == agent.CodeInvalid) {
			e.at = before
		}
		return agent.State{}, err
	}
	e.attach(ctx, did.pieces)
	v.Results = append(v.Results, did.shown)
	if extra := len(v.Results) - e.config.Keep; extra > 0 {
		v.Results = v.Results[extra:]
	}
	if e.config.Simulator {
		k.Calls = append(k.Calls, made{action.Name, action.Params})
	}
	if e.config.Judge.says() {
		if k.Judged, err = e.judge(ctx, k.Judged, did.answer); err != nil {
			return agent.State{}, agent.Errorf(agent.CodeOf(err), "%s was done, and what it is worth is not known: %s", did.shown.Call, agent.MessageOf(err))
		}
	}
	if e.session.resourcesChanged.Load() {
		if err := e.resources(ctx, v); err != nil {
			v.Notices = append(v.Notices, "The server's resources have changed, and could not be listed: "+agent.MessageOf(err))
		}
	}
	return e.state(v, k)
}

// done is what came of an action.
type done struct {
	shown  shownResult
	answer *mcp.CallToolResult // nil: no tool was called
	pieces []piece
}

// do calls a tool or reads a resource.
func (e *Env) do(ctx context.Context, action agent.Action, k *kept) (done, error) {
	if action.Name == readResource && e.offer.tools[action.Name] == nil {
		return e.readResource(ctx, action)
	}
	name, arguments, err := e.called(action)
	if err != nil {
		return done{}, err
	}
	answer, err := e.call(ctx, name, arguments)
	if err != nil {
		return done{}, err
	}
	label := action.Label()
	shown, whole := e.session.result(label, answer, e.config.ResultBytes)
	if answer.IsError {
		text := shown.Text
		if !shown.Structured.IsEmpty() {
			text = strings.TrimSpace(text + " " + shown.Structured.String())
		}
		return done{}, agent.Errorf(agent.CodeInvalid, "%s", agent.Clip(text, maxMessage))
	}
	if len(e.config.Expected) > 0 {
		k.count(e.config.Expected, name, arguments)
	}
	return done{shown, answer, append(pieces(answer, "Of the answer to "+label), e.session.whole(whole, label, e.config.ResultBytes)...)}, nil
}

// called says which tool an action calls, and with which arguments.
func (e *Env) called(action agent.Action) (string, map[string]any, error) {
	if action.Name == callLater && e.offer.tools[action.Name] == nil {
		return e.later(action)
	}
	t := e.offer.tools[action.Name]
	schema, there := e.now.schemas[t.name]
	switch {
	case !there:
		return "", nil, agent.Errorf(agent.CodeInvalid, "the server no longer offers the tool %s", clip(t.name))
	case schema != e.offer.schemas[t.name]:
		return "", nil, agent.Errorf(agent.CodeInvalid, "the server has changed the arguments of the tool %s since this run began; start another run to use it", clip(t.name))
	}
	arguments, err := t.input.arguments(action)
	return t.name, arguments, err
}

// later calls a tool that was not there at the beginning.
func (e *Env) later(action agent.Action) (string, map[string]any, error) {
	name := action.Param("tool")
	switch _, there := e.now.schemas[name]; {
	case !there:
		return "", nil, agent.Errorf(agent.CodeInvalid, "the server offers no tool %q", clip(name))
	case e.offer.schemas[name] != "":
		return "", nil, agent.Errorf(agent.CodeInvalid, "%s is for tools that appeared later, and %q was there from the beginning", callLater, clip(name))
	}
	arguments := map[string]any{}
	if text := action.Param(wholeParam); text != "" {
		value, err := parseJSON(text)
		object, ok := value.(map[string]any)
		if err != nil || !ok {
			return "", nil, agent.Errorf(agent.CodeInvalid, "action %s: the parameter %q must be a JSON object", action.Name, wholeParam)
		}
		arguments = object
	}
	return name, arguments, nil
}

// call calls a tool once. Whatever goes wrong except the server's refusal ends
// the session: it may answer late.
func (e *Env) call(ctx context.Context, name string, arguments map[string]any) (*mcp.CallToolResult, error) {
	s := e.session
	params := &mcp.CallToolParams{Name: name, Arguments: arguments}
	params.SetProgressToken("progress")
	var answer *mcp.CallToolResult
	err := s.within(ctx, "call "+clip(name), s.limit, patience*s.limit, func(ctx context.Context) error {
		var err error
		answer, err = s.CallTool(ctx, params)
		return err
	})
	e.used = true
	if err != nil {
		return nil, e.broken(err)
	}
	if len(answer.InputRequests) > 0 {
		return nil, agent.Errorf(agent.CodeInvalid, "the tool %s asks a person for input in the middle of a call, which is not supported", clip(name))
	}
	return answer, nil
}
