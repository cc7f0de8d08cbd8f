package script

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"go.starlark.net/lib/json"
	"go.starlark.net/lib/math"
	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// fileName is what positions in a script are in.
const fileName = "script"

// The functions of a script, with how many parameters each takes.
var functions = []struct {
	name     string
	params   int
	words    string
	optional bool
}{
	{"reset", 1, "one parameter, the task", false},
	{"execute", 2, "two parameters, the action and the state", false},
	{"is_terminal", 1, ofState, false},
	{"outcome", 1, ofState, false},
	{"legal", 1, ofState, true},
	{"phi", 1, ofState, true},
	{"summary", 1, ofState, true},
	{"picture", 1, ofState, true},
	{"purpose", 1, "one parameter, the seed", true},
}

const ofState = "one parameter, the state"

// world is a script that was read. It is used by one goroutine.
type world struct {
	limits    limits
	functions map[string]*starlark.Function
	purpose   string // where it is a text
	lines     map[string]int
	hello     hello
}

// load reads a script.
func load(script string, l limits) (*world, *fault) {
	options := &syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true}
	predeclared := starlark.StringDict{
		"json": json.Module, "math": math.Module, "struct": starlark.NewBuiltin("struct", starlarkstruct.Make),
		"action": starlark.NewBuiltin("action", makeAction), "fail": starlark.NewBuiltin("fail", fail), "random": starlark.NewBuiltin("random", random),
	}
	file, prog, err := starlark.SourceProgramOptions(options, fileName, script, predeclared.Has)
	if err != nil {
		return nil, readFault(err)
	}
	w := &world{limits: l, functions: map[string]*starlark.Function{}, lines: assigned(file)}
	if prog.NumLoads() > 0 {
		_, at := prog.Load(0)
		return nil, &fault{Cause: causeScript, Line: int(at.Line), Text: "load is not there: all of a world is in one text"}
	}
	e := w.begin(nil)
	defer e.end()
	globals, err := prog.Init(e.thread, predeclared)
	if err != nil {
		return nil, e.fault(err)
	}
	globals.Freeze()
	if f := w.find(globals); f != nil {
		return nil, f
	}
	if f := w.announce(e, globals); f != nil {
		return nil, f
	}
	return w, nil
}

// readFault is a fault of a text that is no script.
func readFault(err error) *fault {
	var list resolve.ErrorList
	var one syntax.Error
	switch {
	case errors.As(err, &list) && len(list) > 0:
		f := &fault{Cause: causeScript, Line: int(list[0].Pos.Line), Text: list[0].Msg}
		for _, more := range list[1:min(len(list), 4)] {
			f.Text += fmt.Sprintf("; line %d: %s", more.Pos.Line, more.Msg)
		}
		return f
	case errors.As(err, &one):
		return &fault{Cause: causeScript, Line: int(one.Pos.Line), Text: one.Msg}
	}
	return &fault{Cause: causeScript, Text: err.Error()}
}

// assigned says where global names are defined.
func assigned(file *syntax.File) map[string]int {
	lines := map[string]int{}
	for _, statement := range file.Stmts {
		switch s := statement.(type) {
		case *syntax.AssignStmt:
			if name, ok := s.LHS.(*syntax.Ident); ok {
				lines[name.Name] = int(s.OpPos.Line)
			}
		case *syntax.DefStmt:
			lines[s.Name.Name] = int(s.Def.Line)
		}
	}
	return lines
}

// find takes the functions of a script out of what it defined.
func (w *world) find(globals starlark.StringDict) *fault {
	for _, f := range functions {
		v, there := globals[f.name]
		if text, ok := v.(starlark.String); ok && f.name == "purpose" {
			w.purpose = string(text)
			continue
		}
		fn, ok := v.(*starlark.Function)
		switch {
		case !there:
			continue
		case !ok:
			return w.wrong(f.name, "%s must be a function", f.name)
		case fn.NumParams() != f.params || fn.HasVarargs() || fn.HasKwargs():
			return w.wrong(f.name, "%s must take %s", f.name, f.words)
		}
		w.functions[f.name] = fn
	}
	for _, name := range []string{"actions", "reset", "execute", "is_terminal", "outcome"} {
		if _, ok := globals[name]; !ok {
			return &fault{Cause: causeScript, Text: name + " is missing; a world needs actions, reset(task), execute(action, state), is_terminal(state) and outcome(state)"}
		}
	}
	return nil
}

// wrong is a fault of something global.
func (w *world) wrong(name, format string, args ...any) *fault {
	return &fault{Cause: causeScript, Line: w.lines[name], Text: fmt.Sprintf(format, args...)}
}

// announce reads actions and describe.
func (w *world) announce(e *evaluation, globals starlark.StringDict) *fault {
	specs, err := readActions(globals["actions"])
	if err != nil {
		return w.wrong("actions", "%v", err)
	}
	w.hello = hello{Actions: specs, Text: "A small world of its own.", Has: map[string]bool{}}
	if f := w.describe(e, globals["describe"]); f != nil {
		return f
	}
	for _, f := range functions {
		if f.optional {
			w.hello.Has[f.name] = w.functions[f.name] != nil || f.name == "purpose" && w.purpose != ""
		}
	}
	if err := announced.Actions(specs); err != nil {
		return w.wrong("actions", "%v", err)
	}
	if err := w.hello.check(); err != nil {
		return w.wrong("describe", "%v", err)
	}
	return nil
}

// describe reads the global describe: a value, or a function that returns it.
func (w *world) describe(e *evaluation, v starlark.Value) *fault {
	if v == nil {
		return nil
	}
	if fn, ok := v.(*starlark.Function); ok {
		if fn.NumParams() != 0 {
			return w.wrong("describe", "describe must be a text, a dict, or a function without parameters")
		}
		var f *fault
		if v, f = e.callFunction(fn); f != nil {
			return f
		}
	}
	if err := readDescription(v, &w.hello); err != nil {
		return w.wrong("describe", "%v", err)
	}
	return nil
}

// evaluation is the work on one request: a thread with a budget.
type evaluation struct {
	world  *world
	thread *starlark.Thread
	guard  *guard
	said   strings.Builder // what it printed
}

const (
	maxPrinted = 500
	localDraws = "draws"
)

// begin opens an evaluation; draws is what random draws from, nil where it may
// not be used.
func (w *world) begin(draws *rand.Rand) *evaluation {
	e := &evaluation{world: w}
	e.thread = &starlark.Thread{Name: fileName, Print: func(_ *starlark.Thread, text string) {
		if e.said.Len() < maxPrinted {
			e.said.WriteString(agent.Clip(text, maxPrinted) + "\n")
		}
	}}
	e.thread.SetLocal(localDraws, draws)
	e.thread.SetMaxExecutionSteps(uint64(w.limits.Steps))
	e.guard = newGuard(e.thread, w.limits)
	e.thread.OnMaxSteps = func(*starlark.Thread) { e.guard.stop(causeSteps) }
	return e
}

func (e *evaluation) end() { e.guard.close() }

// call calls a function of the script.
func (e *evaluation) call(name string, args ...starlark.Value) (starlark.Value, *fault) {
	return e.callFunction(e.world.functions[name], args...)
}

func (e *evaluation) callFunction(fn *starlark.Function, args ...starlark.Value) (starlark.Value, *fault) {
	v, err := starlark.Call(e.thread, fn, args, nil)
	if err == nil {
		if why := e.guard.stopped(); why != "" { // it ended in the very step
			err = errors.New(string(why))
		}
	}
	if err != nil {
		return nil, e.fault(err)
	}
	return v, nil
}

// fault says what went wrong, and in which line.
func (e *evaluation) fault(err error) *fault {
	f := &fault{Cause: causeScript, Text: err.Error()}
	if refused, ok := errors.AsType[*refusal](err); ok {
		f.Cause, f.Text = causeRefused, refused.text
	}
	if at, ok := errors.AsType[*starlark.EvalError](err); ok {
		if f.Cause == causeScript {
			f.Text = at.Msg
		}
		for _, frame := range slices.Backward(at.CallStack) {
			if frame.Pos.Filename() != fileName {
				continue
			}
			f.Line = int(frame.Pos.Line)
			if frame.Name != "<toplevel>" {
				f.In = frame.Name
			}
			break
		}
	}
	l := e.world.limits
	switch why := e.guard.stopped(); why {
	case causeSteps:
		f.Cause, f.Text = why, fmt.Sprintf("took more than %d steps and was ended: is there a loop without an end?", l.Steps)
	case causeTime:
		f.Cause, f.Text = why, tooLong(l)
	case causeMemory:
		f.Cause, f.Text = why, tooLarge(l)
	case causeScript, causeRefused:
	}
	f.Text = agent.Clip(strings.ToValidUTF8(f.Text, "\uFFFD"), maxMessage/2)
	if e.said.Len() > 0 && f.Cause != causeRefused {
		f.Text += fmt.Sprintf("; it printed %q", agent.Clip(strings.ToValidUTF8(strings.TrimSpace(e.said.String()), "\uFFFD"), maxPrinted))
	}
	return f
}

func tooLong(l limits) string { return fmt.Sprintf("took longer than %v and was ended", l.timeout()) }

func tooLarge(l limits) string {
	return fmt.Sprintf("needed more than %d MB of memory and was ended", l.Memory/mebibyte)
}

// at is a fault of what a function returned.
func (e *evaluation) at(name, format string, args ...any) *fault {
	f := &fault{Cause: causeScript, In: name, Text: fmt.Sprintf(format, args...)}
	if fn := e.world.functions[name]; fn != nil {
		f.Line = int(fn.Position().Line)
	}
	if e.said.Len() > 0 {
		f.Text += fmt.Sprintf("; it printed %q", agent.Clip(strings.ToValidUTF8(strings.TrimSpace(e.said.String()), "\uFFFD"), maxPrinted))
	}
	return f
}

// drawn returns the draws of a moment: they follow from the seed, the step and
// what is done, and from nothing else.
func drawn(do what, seed, step int64) *rand.Rand {
	text := fmt.Sprintf("purpose script 1\x00%s\x00%d\x00%d", do, seed, step)
	sum := sha256.Sum256([]byte(text))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))
}

// serve does a request after load.
func (w *world) serve(r *request) (*answer, *fault) {
	var draws *rand.Rand
	if r.Do == doPurpose || r.Do == doReset || r.Do == doStep {
		draws = drawn(r.Do, r.Seed, r.Step)
	}
	e := w.begin(draws)
	defer e.end()
	switch r.Do {
	case doPurpose:
		return w.drawPurpose(e, r)
	case doReset:
		task := starlarkstruct.FromStringDict(starlark.String("task"), starlark.StringDict{
			"purpose": starlark.String(r.Purpose), "description": starlark.String(r.Description), "seed": starlark.MakeInt64(r.Seed)})
		v, f := e.call("reset", task)
		if f != nil {
			return nil, f
		}
		return e.arrive("reset", v)
	case doStep:
		return w.step(e, r)
	case doLook:
		return e.judge("is_terminal", &moment{State: r.State, Hidden: r.Hidden})
	case doPicture:
		return w.picture(e, r)
	case doLoad:
	}
	return nil, &fault{Cause: causeScript, Text: "the script was read already"}
}

func (w *world) step(e *evaluation, r *request) (*answer, *fault) {
	before, err := whole(r.State, r.Hidden)
	if err != nil {
		return nil, e.at("execute", "the state can't be read: %v", err)
	}
	params, err := decode(r.Action.Params)
	if err != nil {
		return nil, e.at("execute", "the action can't be read: %v", err)
	}
	e.thread.SetLocal(localDraws, drawn(doStep, r.Seed, r.Step))
	v, f := e.call("execute", actionValue(r.Action.Name, params), before)
	if f != nil {
		return nil, f
	}
	return e.arrive("execute", v)
}

func (w *world) drawPurpose(e *evaluation, r *request) (*answer, *fault) {
	if w.functions["purpose"] == nil {
		return &answer{Text: &w.purpose}, nil
	}
	v, f := e.call("purpose", starlark.MakeInt64(r.Seed))
	if f != nil {
		return nil, f
	}
	text, ok := v.(starlark.String)
	if !ok {
		return nil, e.at("purpose", "purpose must return a text, got %s", short(v))
	}
	s := announced.Clean(string(text))
	return &answer{Text: &s}, nil
}

func (w *world) picture(e *evaluation, r *request) (*answer, *fault) {
	state, err := whole(r.State, r.Hidden)
	if err != nil {
		return nil, e.at("picture", "the state can't be read: %v", err)
	}
	state.Freeze()
	v, f := e.call("picture", state)
	if f != nil {
		return nil, f
	}
	text, ok := v.(starlark.String)
	if !ok {
		return nil, e.at("picture", "picture must return a text with an SVG, got %s", short(v))
	}
	s := string(text)
	if err := announced.Picture(s); err != nil {
		return nil, e.at("picture", "%v", err)
	}
	return &answer{Text: &s}, nil
}

// whole puts a state together as the script sees it.
func whole(data agent.Object, hidden *agent.Object) (*starlark.Dict, error) {
	d, err := decode(data)
	if err != nil || hidden == nil {
		return d, err
	}
	h, err := decode(*hidden)
	if err != nil {
		return nil, err
	}
	return d, d.SetKey(starlark.String("hidden"), h)
}

// arrive takes the state apart that a function returned, and judges it.
func (e *evaluation) arrive(name string, v starlark.Value) (*answer, *fault) {
	d, ok := v.(*starlark.Dict)
	if !ok {
		return nil, e.at(name, "%s must return the state as a dict, got %s", name, short(v))
	}
	seen := starlark.NewDict(d.Len())
	m := &moment{}
	for _, item := range d.Items() {
		if item[0] != starlark.String("hidden") {
			_ = seen.SetKey(item[0], item[1]) // it was a key before
			continue
		}
		h, ok := item[1].(*starlark.Dict)
		if !ok {
			return nil, e.at(name, `state["hidden"] must be a dict, got %s`, short(item[1]))
		}
		hidden, err := encode(`state["hidden"]`, h)
		if err != nil {
			return nil, e.at(name, "%v", err)
		}
		m.Hidden = &hidden
	}
	var err error
	if m.State, err = encode("state", seen); err != nil {
		return nil, e.at(name, "%v", err)
	}
	return e.judge(name, m)
}

// judge asks the script what it says of a state.
func (e *evaluation) judge(name string, m *moment) (*answer, *fault) {
	state, err := whole(m.State, m.Hidden)
	if err != nil {
		return nil, e.at(name, "the state can't be read: %v", err)
	}
	state.Freeze()
	if _, taken, _ := state.Get(starlark.String("_error")); taken {
		return nil, e.at(name, `the key "_error" is reserved; to refuse an action, call fail("why")`)
	}
	if err := e.world.hello.State.Keeps(m.State); err != nil {
		return nil, e.at(name, "%v", err)
	}
	e.thread.SetLocal(localDraws, (*rand.Rand)(nil)) // what is said of a state follows from the state alone
	for _, read := range []func(starlark.Value, *moment) *fault{e.readSummary, e.readTerminal, e.readOutcome, e.readPhi, e.readLegal} {
		if f := read(state, m); f != nil {
			return nil, f
		}
	}
	size := len(m.State) + len(m.Summary)
	if m.Hidden != nil {
		size += len(*m.Hidden)
	}
	for _, l := range m.Legal {
		size += len(l.Name) + len(l.Params) + 24
	}
	if size > MaxStateBytes {
		return nil, e.at(name, "the state with its hidden part and its legal actions is %d bytes large; at most %d are allowed", size, MaxStateBytes)
	}
	return &answer{Moment: m}, nil
}
