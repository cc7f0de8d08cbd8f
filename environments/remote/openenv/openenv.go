// Package openenv is an environment that a server of OpenEnv runs: one WebSocket is
// one session, one JSON message is asked and one answered. The server announces
// the action's schema; it has no way to say what is legal, to go back to a state,
// or what counts as solved, so the configuration says that, and a run in it can't
// be entered again.
package openenv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// Config says which server, and what counts as solved there.
type Config struct {
	URL     string        // of the socket: ws://host:port/ws
	Timeout time.Duration // for one answer
	Success string        // one of Successes
	Least   float64       // of the reward or return that is a success
	Reset   agent.Object  // further fields of every reset
}

// Successes are the ways to say that an episode was solved.
var Successes = []string{"reward", "return", "metadata", "done"}

// Bounds of what a server may send.
const (
	maxAnswer = 8 << 20
	maxState  = 200 << 10 // bytes of an observation: a state is bounded
	maxShown  = 400       // bytes of a summary
)

// Env is a session with a server. It needs Close.
type Env struct {
	config Config
	schema *schema
	about  agent.Description

	mu     sync.Mutex
	conn   *websocket.Conn // nil: there is none
	at     string          // the state that the session stands at
	closed bool
}

var (
	_ agent.Environment = (*Env)(nil)
	_ agent.Verifier    = (*Env)(nil)
	_ agent.Legal       = (*Env)(nil)
	_ agent.Describer   = (*Env)(nil)
	_ agent.Outside     = (*Env)(nil)
	_ io.Closer         = (*Env)(nil)
)

// New asks a server what it offers. Errors: CodeInvalid for an address that is
// none and for a server that announces no action that can be done from here;
// CodeUnavailable where nobody answers.
func New(c Config) (*Env, error) {
	base, err := baseOf(c.URL)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	var all struct {
		Action json.RawMessage `json:"action"`
	}
	if err := fetch(ctx, base+"/schema", &all); err != nil {
		return nil, err
	}
	e := &Env{config: c}
	if e.schema, err = parseSchema(all.Action); err != nil {
		return nil, agent.Errorf(agent.CodeInvalid, "the action that %s announces can't be done from here: %v", base, err)
	}
	var meta struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	}
	if err := fetch(ctx, base+"/metadata", &meta); err != nil && agent.CodeOf(err) != agent.CodeNotFound {
		return nil, err
	}
	name := agent.Clip(strings.TrimSpace(announced.Clean(meta.Name)), 100)
	e.about = agent.Description{Text: agent.Clip(strings.TrimSpace(announced.Clean(meta.Name+". "+meta.Description)), announced.MaxText), Dynamics: "openenv " + name}
	return e, nil
}

// baseOf is the address of a server's pages, from that of its socket.
func baseOf(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss":
		return "", agent.InvalidFields(map[string]string{"url": "must be the address of a socket, such as ws://127.0.0.1:8000/ws"})
	case u.User != nil:
		return "", agent.InvalidFields(map[string]string{"url": "must hold no name and no password"})
	}
	u.Scheme = "http" + strings.TrimPrefix(u.Scheme, "ws")
	u.Path, u.RawQuery, u.Fragment = path.Dir(path.Join("/", u.Path)), "", ""
	return strings.TrimSuffix(u.String(), "/"), nil
}

// client follows no redirect: the address that was allowed is the one that is asked.
var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func fetch(ctx context.Context, address string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return agent.InvalidFields(map[string]string{"url": "is no address: " + err.Error()})
	}
	response, err := client.Do(request)
	if err != nil {
		return agent.Wrap(agent.CodeUnavailable, err, "no OpenEnv server answers at %s; start it, or mend the address", address)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return agent.Wrap(agent.CodeUnavailable, err, "%s broke off its answer", address)
	case response.StatusCode == http.StatusNotFound:
		return agent.Errorf(agent.CodeNotFound, "%s is not there: is this an OpenEnv server?", address)
	case response.StatusCode != http.StatusOK:
		return agent.Errorf(agent.CodeUnavailable, "%s answered %d", address, response.StatusCode)
	case len(raw) > maxAnswer:
		return agent.Errorf(agent.CodeInvalid, "%s answered more than %d bytes", address, maxAnswer)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return agent.Errorf(agent.CodeInvalid, "%s answered no JSON: %s", address, announced.Quoted(raw))
	}
	return nil
}

// Actions announces the server's action.
func (e *Env) Actions() []agent.ActionSpec { return e.schema.specs }

// Describe tells what the server says of itself.
func (e *Env) Describe() agent.Description { return e.about }

// ActsOutside is true: nothing that a server did is taken back from here.
func (e *Env) ActsOutside() bool { return true }

// Timeout is the longest that one call can take.
func (e *Env) Timeout() time.Duration { return 2*e.config.Timeout + 5*time.Second }

// message is the envelope of what is sent and answered.
type message struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data,omitempty"`
}

// observation is what a server says after reset and step.
type observation struct {
	Observation json.RawMessage `json:"observation"`
	Reward      reward          `json:"reward"`
	Done        bool            `json:"done"`
	Metadata    struct {
		Success *bool `json:"success"`
	} `json:"metadata"`
}

// reward is a number, nothing, or yes and no.
type reward struct{ value *float64 }

func (r *reward) UnmarshalJSON(raw []byte) error {
	switch string(raw) {
	case "null":
	case "true":
		r.value = new(1.0)
	case "false":
		r.value = new(0.0)
	default:
		return json.Unmarshal(raw, &r.value)
	}
	return nil
}

// hidden is the bookkeeping of a state.
type hidden struct {
	Steps   int      `json:"steps"`
	Done    bool     `json:"done"`
	Reward  *float64 `json:"reward,omitempty"`
	Return  float64  `json:"return"`
	Success *bool    `json:"success,omitempty"`
}

// Reset opens a session and begins an episode. Errors: CodeUnavailable where the
// server can't be reached or has no room for another session.
func (e *Env) Reset(ctx context.Context, task agent.Task) (agent.State, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return agent.State{}, agent.Errorf(agent.CodeConflict, "the environment is closed")
	}
	e.hangUp()
	dialer := websocket.Dialer{HandshakeTimeout: e.config.Timeout}
	conn, response, err := dialer.DialContext(ctx, e.config.URL, nil)
	if response != nil {
		_ = response.Body.Close()
	}
	if err != nil {
		return agent.State{}, agent.Wrap(agent.CodeUnavailable, err, "no OpenEnv server answers at %s; start it, or mend the address", e.config.URL)
	}
	conn.SetReadLimit(maxAnswer)
	e.conn = conn
	fields := e.config.Reset.Map()
	fields["seed"] = task.Seed
	data, err := json.Marshal(fields)
	if err != nil {
		return agent.State{}, err
	}
	answer, err := e.ask(ctx, message{"reset", data})
	if err != nil {
		return agent.State{}, err
	}
	return e.state(answer, hidden{})
}

// Execute does the action. Errors: CodeInvalid for what the server refuses, and
// where the session has moved on from the state; CodeUnavailable and CodeTimeout
// where it does not answer: then the session is over.
func (e *Env) Execute(ctx context.Context, action agent.Action, state agent.State) (agent.State, error) {
	if err := agent.CheckAction(e.Actions(), action); err != nil {
		return agent.State{}, err
	}
	h, err := read(state)
	if err != nil {
		return agent.State{}, err
	}
	data, err := e.schema.data(action)
	if err != nil {
		return agent.State{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case h.Done:
		return agent.State{}, agent.Errorf(agent.CodeInvalid, "the episode is over; start another one")
	case e.conn == nil:
		return agent.State{}, agent.Errorf(agent.CodeUnavailable, "the session with the server is over, and OpenEnv can't go back into an episode; the next task begins another one")
	case e.at != state.Hidden.String()+state.Data.String():
		return agent.State{}, agent.Errorf(agent.CodeInvalid, "an OpenEnv server can't go back to an earlier state")
	}
	answer, err := e.ask(ctx, message{"step", data})
	if err != nil {
		return agent.State{}, err
	}
	return e.state(answer, *h)
}

// ask sends one message and reads the one that answers it. After anything but a
// refusal of the server's the session is over: what was answered late would be
// taken for the answer to the next message.
func (e *Env) ask(ctx context.Context, m message) (*observation, error) {
	o, err := e.exchange(ctx, m)
	if err != nil && agent.CodeOf(err) != agent.CodeInvalid {
		e.hangUp()
	}
	return o, err
}

func (e *Env) exchange(ctx context.Context, m message) (*observation, error) {
	conn := e.conn
	late := time.Now().Add(e.config.Timeout)
	stop := context.AfterFunc(ctx, func() { _ = conn.UnderlyingConn().SetDeadline(time.Now()) })
	defer stop()
	_ = conn.SetWriteDeadline(late) // both fail only on a connection that is closed,
	_ = conn.SetReadDeadline(late)  // which the next line says
	if err := conn.WriteJSON(m); err != nil {
		return nil, e.broken(ctx, m.Type, err)
	}
	kind, raw, err := conn.ReadMessage()
	if err != nil {
		return nil, e.broken(ctx, m.Type, err)
	}
	var answer message
	if err := json.Unmarshal(raw, &answer); kind != websocket.TextMessage || err != nil {
		return nil, agent.Errorf(agent.CodeUnavailable, "the server answered %s with %s, which is no message of OpenEnv", m.Type, announced.Quoted(raw))
	}
	switch answer.Type {
	case "observation":
	case "error":
		return nil, refusal(answer.Data)
	default:
		return nil, agent.Errorf(agent.CodeUnavailable, "the server answered %s with a message of the type %s", m.Type, announced.Quoted([]byte(answer.Type)))
	}
	var o observation
	if err := json.Unmarshal(answer.Data, &o); err != nil {
		return nil, agent.Errorf(agent.CodeUnavailable, "the server's observation can't be read: %s", announced.Quoted(answer.Data))
	}
	return &o, nil
}

// broken says why no answer came.
func (e *Env) broken(ctx context.Context, what string, err error) error {
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &timeout) && timeout.Timeout():
		return agent.Errorf(agent.CodeTimeout, "the server did not answer %s within %s", what, e.config.Timeout)
	case errors.Is(err, websocket.ErrReadLimit):
		return agent.Errorf(agent.CodeUnavailable, "the server answered %s with more than %d bytes", what, maxAnswer)
	}
	return agent.Wrap(agent.CodeUnavailable, err, "the session broke off while the server was to answer %s", what)
}

// refusal is an error of the server's.
func refusal(data json.RawMessage) error {
	var e struct {
		Message string `json:"message"`
		Code    string `json:"code"`
		Errors  []struct {
			Message string `json:"msg"`
			At      []any  `json:"loc"`
			Type    string `json:"type"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(data, &e); err != nil || e.Code == "" {
		return agent.Errorf(agent.CodeUnavailable, "the server answered with an error that can't be read: %s", announced.Quoted(data))
	}
	parts := []string{announced.Clean(e.Message)}
	for _, one := range e.Errors {
		at := strings.Trim(strings.ReplaceAll(fmt.Sprint(one.At...), " ", "."), ".")
		parts = append(parts, announced.Clean(at+": "+one.Message+" "+one.Type))
	}
	text := agent.Clip(strings.Join(parts, "; "), 1000)
	switch e.Code {
	case "VALIDATION_ERROR", "EXECUTION_ERROR":
		return agent.Errorf(agent.CodeInvalid, "the server refuses it: %s", text)
	case "CAPACITY_REACHED":
		return agent.Errorf(agent.CodeUnavailable, "the server has no room for another session (%s); run fewer at once, or start it with SUPPORTS_CONCURRENT_SESSIONS and a higher max_concurrent_envs", text)
	}
	return agent.Errorf(agent.CodeUnavailable, "the server answered %s: %s", announced.Clean(e.Code), text)
}

// state makes a state of an observation.
func (e *Env) state(o *observation, h hidden) (agent.State, error) {
	fail := func(err error) (agent.State, error) {
		e.hangUp() // the session stands where nobody knows
		return agent.State{}, agent.Wrap(agent.CodeUnavailable, err, "the server's observation can't be used: %s", agent.MessageOf(err))
	}
	raw := o.Observation
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return fail(agent.Errorf(agent.CodeInvalid, "it is %s", announced.Quoted(raw)))
	}
	seen, ok := tree.(map[string]any)
	if !ok {
		seen = map[string]any{"observation": tree}
	}
	for _, name := range []string{"reward", "done"} {
		delete(seen, name) // some say them twice; the truth is not shown to an actor
	}
	if m, ok := seen["metadata"].(map[string]any); ok {
		if success, ok := m["success"].(bool); ok && o.Metadata.Success == nil {
			o.Metadata.Success = &success
		}
		delete(seen, "metadata")
	}
	if _, taken := seen["_error"]; taken {
		return fail(agent.Errorf(agent.CodeInvalid, `it uses the reserved name "_error"`))
	}
	data, err := agent.NewObject(seen)
	if err != nil {
		return fail(err)
	}
	if len(data) > maxState {
		return fail(agent.Errorf(agent.CodeInvalid, "it has %d bytes; at most %d are kept", len(data), maxState))
	}
	if v := o.Reward.value; v != nil {
		h.Return += *v
	}
	h.Reward, h.Done, h.Success = o.Reward.value, o.Done, o.Metadata.Success
	h.Steps++
	s := agent.State{Data: data, Summary: summary(seen)}
	if s.Hidden, err = agent.NewObject(h); err != nil {
		return fail(err)
	}
	e.at = s.Hidden.String() + s.Data.String()
	return s, nil
}

// summary is the first text of an observation that says something, else all of it.
func summary(seen map[string]any) string {
	for _, name := range []string{"text", "message", "prompt", "observation", "content", "result", "output", "echoed_message"} {
		if text, ok := seen[name].(string); ok && strings.TrimSpace(text) != "" {
			return agent.Clip(strings.TrimSpace(announced.Clean(text)), maxShown)
		}
	}
	raw, err := json.Marshal(seen)
	if err != nil || len(seen) == 0 {
		return "an observation with nothing in it"
	}
	return agent.Clip(announced.Clean(string(raw)), maxShown)
}

func read(state agent.State) (*hidden, error) {
	h := &hidden{}
	if err := state.Hidden.Decode(h); err != nil || h.Steps == 0 {
		return nil, agent.Errorf(agent.CodeInvalid, "this state was not made by an OpenEnv server")
	}
	return h, nil
}

// IsTerminal reports whether the server said that the episode is over.
func (e *Env) IsTerminal(state agent.State) bool {
	h, err := read(state)
	return err == nil && h.Done
}

// Verify says by the rule of the configuration whether the episode is solved.
func (e *Env) Verify(_ context.Context, state agent.State) (agent.Verdict, error) {
	h, err := read(state)
	if err != nil {
		return agent.Verdict{}, err
	}
	v := agent.Verdict{Reward: h.Reward}
	switch e.config.Success {
	case "return":
		v.Success = h.Steps > 1 && h.Return >= e.config.Least
	case "metadata":
		v.Success = h.Success != nil && *h.Success
	case "done":
		v.Success = h.Done
	default:
		v.Success = h.Steps > 1 && h.Reward != nil && *h.Reward >= e.config.Least
	}
	if v.Success {
		v.Score = 1
	}
	return v, nil
}

// LegalActions lists what can be done, where the schema or the observation
// enumerates it.
func (e *Env) LegalActions(state agent.State) []agent.Action {
	if h, err := read(state); err != nil || h.Done {
		return nil
	}
	return e.schema.legal(state)
}

// hangUp ends the session.
func (e *Env) hangUp() {
	if e.conn == nil {
		return
	}
	_ = e.conn.SetWriteDeadline(time.Now().Add(time.Second))
	_ = e.conn.WriteJSON(message{Type: "close"}) // a farewell; who does not hear it notices the end
	_ = e.conn.Close()
	e.conn, e.at = nil, ""
}

// Close ends the session.
func (e *Env) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.hangUp()
	return nil
}
