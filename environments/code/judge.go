package code

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"purposeagent/agent"
	"purposeagent/environments/code/task"
	"purposeagent/internal/sandbox"
)

// Folders of a workspace in which tests are run: Harbor's.
const (
	testsDir  = "/tests"
	rewardDir = "/logs/verifier"
)

//go:embed runtests.py
var runner []byte

// judged is an environment whose tasks have hidden tests.
type judged struct{ *Env }

// measured is one whose tasks have visible tests too.
type measured struct{ judged }

var (
	_ agent.Judge     = (*judged)(nil)
	_ agent.Potential = (*measured)(nil)
)

// The potential of a state in which no visible test passes, and in which all do:
// what the hidden ones will say is not known.
const (
	lowPhi  = 0.5
	highPhi = 8.5
)

// Potential is the share of the task's visible tests that pass, on a line from 0.5
// to 8.5.
func (m *measured) Potential(state agent.State) (float64, error) {
	h, err := m.read(state)
	if err != nil {
		return 0, err
	}
	if h.Total == 0 {
		return lowPhi, nil
	}
	return lowPhi + (highPhi-lowPhi)*float64(h.Passed)/float64(h.Total), nil
}

// Judge runs the task's hidden tests over the files of the state, in a workspace
// of their own that the agent's programs never see. Errors: CodeUnavailable where
// the tests can't be run at all.
func (j *judged) Judge(ctx context.Context, state agent.State) (agent.Verdict, error) {
	e := j.Env
	e.mu.Lock()
	defer e.mu.Unlock()
	h, err := e.read(state)
	if err != nil {
		return agent.Verdict{}, err
	}
	if e.task, err = e.tasks.named(h.Task); err != nil {
		return agent.Verdict{}, err
	}
	now := e.at
	if now == nil || now.hash != h.Files {
		if now, err = loadTree(ctx, h.Files); err != nil {
			return agent.Verdict{}, err
		}
	}
	limit := seconds(e.config.JudgeSeconds)
	if e.task.Limit > 0 {
		limit = min(limit, e.task.Limit)
	}
	said, err := e.tested(ctx, now, e.task.Hidden, e.task.Verify, limit)
	if err != nil {
		return agent.Verdict{}, err
	}
	if err := attach(ctx, "hidden-tests.txt", "text/plain", said.words(), []byte(clean(string(said.output)))); err != nil {
		return agent.Verdict{}, err
	}
	return said.verdict(), nil
}

// measure runs the visible tests over a tree, as the task has them, and notes what
// they say.
func (e *Env) measure(ctx context.Context, now *tree, h *hidden) error {
	if len(e.task.Visible) == 0 || !e.tasks.visible() {
		return nil
	}
	key := e.task.ID + "\x00" + now.hash
	if r, ok := measures.get(key); ok {
		h.Passed, h.Total = r.Passed, r.Total
		return nil
	}
	said, err := e.tested(ctx, now, e.visibleTests(), task.Verify{Modules: e.task.Visible}, seconds(e.config.Seconds))
	if err != nil {
		return err
	}
	h.Passed, h.Total = said.Passed, said.Total
	if said.Total == 0 {
		h.Total = 1
	}
	if said.ended == "" { // what a clock ended may go better next time
		measures.put(key, said.report)
	}
	return nil
}

// visibleTests are the files of the visible tests as the task has them.
func (e *Env) visibleTests() []task.File {
	return slices.DeleteFunc(slices.Clone(e.task.Files), func(f task.File) bool {
		return !slices.Contains(e.task.Visible, strings.TrimSuffix(f.Path, ".py"))
	})
}

// test runs the visible tests in the agent's own workspace, as they lie there now.
func (e *Env) test(ctx context.Context, v *view) error {
	sign := rand.Text()
	order, err := json.Marshal(map[string]any{"sign": sign, "root": e.root(), "tests": e.root(), "modules": e.task.Visible})
	if err != nil {
		return err
	}
	result, err := e.start(ctx, actTest, []string{"python3", "-I", "-c", string(runner)}, append(order, '\n'), v)
	if err != nil {
		return err
	}
	r := readReport(result.Stdout, sign)
	v.output = took.ReplaceAll(result.Stderr, []byte("$1"))
	v.Ran.Output, v.Ran.Errors = shown(v.output, result.Truncated), ""
	v.did = "Ran the tests."
	v.Tests = &testsView{Passed: r.Passed, Total: r.Total, Failing: r.Failing}
	return nil
}

// took is the time that unittest says it took: no two runs have the same.
var took = regexp.MustCompile(`(?m)^(Ran \d+ tests?) in [\d.]+s$`)

// report is what the runner says of tests.
type report struct {
	Sign    string   `json:"sign"`
	Passed  int      `json:"passed"`
	Total   int      `json:"total"`
	Failing []string `json:"failing"`
}

// said is what tests came to.
type said struct {
	report
	reward *float64 // where the tests write one
	ended  string   // what ended them before their end
	output []byte
}

// readReport reads the report at the end of an output. Whatever has not the sign
// is none, and none is a failure.
func readReport(output []byte, sign string) report {
	lines := bytes.Split(bytes.TrimSpace(output), []byte("\n"))
	var r report
	if err := json.Unmarshal(lines[len(lines)-1], &r); err != nil || r.Sign != sign || r.Total < 0 || r.Passed < 0 || r.Passed > r.Total {
		return report{Total: 1, Failing: []string{"the tests did not come to their end"}}
	}
	for i := range r.Failing {
		r.Failing[i] = agent.Clip(clean(r.Failing[i]), 200)
	}
	slices.Sort(r.Failing)
	r.Failing = r.Failing[:min(len(r.Failing), maxNamed)]
	return r
}

func (s *said) verdict() agent.Verdict {
	if s.reward != nil {
		return agent.Verdict{Success: *s.reward >= 1, Score: min(max(*s.reward, 0), 1)}
	}
	if s.Total == 0 {
		return agent.Verdict{}
	}
	return agent.Verdict{Success: s.Passed == s.Total, Score: float64(s.Passed) / float64(s.Total)}
}

func (s *said) words() string {
	switch {
	case s.ended != "":
		return "the hidden tests were ended: " + s.ended
	case s.reward != nil:
		return "the hidden tests gave a reward of " + strconv.FormatFloat(*s.reward, 'g', 4, 64)
	}
	return fmt.Sprintf("%d of %d hidden tests pass", s.Passed, s.Total)
}

// tested runs tests over a tree in a fresh workspace.
func (e *Env) tested(ctx context.Context, now *tree, tests []task.File, how task.Verify, limit time.Duration) (*said, error) {
	box, err := e.open(ctx, limit, testsDir, rewardDir)
	if err != nil {
		return nil, err
	}
	defer box.Close()
	if err := now.put(ctx, box, e.root()); err != nil {
		return nil, err
	}
	for _, f := range tests {
		if err := box.Write(ctx, testsDir+"/"+f.Path, f.Data, modeOf(f)); err != nil {
			return nil, err
		}
	}
	if len(how.Command) > 0 {
		return e.rewarded(ctx, box, how.Command, limit)
	}
	sign := rand.Text()
	order, err := json.Marshal(map[string]any{"sign": sign, "root": e.root(), "tests": testsDir, "modules": how.Modules, "script": how.Script})
	if err != nil {
		return nil, err
	}
	r, err := box.Run(ctx, sandbox.Command{Argv: []string{"python3", "-I", "-c", string(runner)}, Dir: e.root(), Env: variables(&e.task), Stdin: append(order, '\n'), Timeout: limit})
	if err != nil {
		return nil, err
	}
	return &said{report: readReport(r.Stdout, sign), ended: e.why(&r), output: r.Stderr}, nil
}

// rewarded runs tests that write a reward.
func (e *Env) rewarded(ctx context.Context, box *sandbox.Workspace, command []string, limit time.Duration) (*said, error) {
	r, err := box.Run(ctx, sandbox.Command{Argv: command, Dir: e.root(), Env: variables(&e.task), Timeout: limit})
	if err != nil {
		return nil, err
	}
	s := &said{ended: e.why(&r), output: append(append([]byte(nil), r.Stdout...), r.Stderr...)}
	s.reward = new(float64) // 0 where the tests write none
	for _, from := range []struct {
		name string
		read func([]byte) (float64, bool)
	}{{"reward.json", rewardJSON}, {"reward.txt", rewardText}} {
		content, err := box.Read(ctx, path.Join(rewardDir, from.name))
		if agent.CodeOf(err) == agent.CodeNotFound || agent.CodeOf(err) == agent.CodeInvalid {
			continue // there is none, or what is there is no file
		}
		if err != nil {
			return nil, err
		}
		if v, ok := from.read(content); ok {
			s.reward = &v
			break
		}
	}
	return s, nil
}

func rewardText(content []byte) (float64, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(string(content)), 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// rewardJSON reads {"reward": 0.75}; of an object with other names the mean of its
// numbers is the reward, as Harbor's tools write several.
func rewardJSON(content []byte) (float64, bool) {
	var all map[string]any
	if err := json.Unmarshal(content, &all); err != nil || len(all) == 0 {
		return 0, false
	}
	if v, ok := all["reward"].(float64); ok {
		return v, true
	}
	sum := 0.0
	for _, v := range all {
		n, ok := v.(float64)
		if !ok {
			return 0, false
		}
		sum += n
	}
	return sum / float64(len(all)), true
}
