package agent_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/files"
)

// court is a counter that says only at the end what became of the task, and
// shows a file with each state.
type court struct {
	*agent.SimpleEnvironment
	asked   *int
	verdict agent.Verdict
	err     error
}

func (c court) Judge(ctx context.Context, s agent.State) (agent.Verdict, error) {
	*c.asked++
	return c.verdict, errors.Join(c.err, files.Attach(ctx, files.File{Name: "judged.txt", Type: "text/plain"}, []byte(s.Summary)))
}

func (c court) Execute(ctx context.Context, a agent.Action, s agent.State) (agent.State, error) {
	after, err := c.SimpleEnvironment.Execute(ctx, a, s)
	return after, errors.Join(err, files.Attach(ctx, files.File{Name: "after.txt", Type: "text/plain"}, []byte(after.Summary)))
}

func courtWorld(t *testing.T, verdict agent.Verdict, actions ...agent.Action) (agent.Config, court) {
	t.Helper()
	cfg, _ := world(t, actions...)
	c := court{agenttest.NewCounter(3).SimpleEnvironment, new(int), verdict, nil}
	cfg.Environment, cfg.Files = c, &files.Memory{}
	return cfg, c
}

func judgedIn(all []agent.Event) (list []agent.Judged) {
	for _, e := range all {
		if d, ok := e.Data.(agent.Judged); ok {
			list = append(list, d)
		}
	}
	return list
}

// TestJudgeDecidesOnce holds that a Judge is asked once, at the end, that its
// word is the outcome whatever critics say, and that it is not asked again by a
// run that goes on after it was recorded.
func TestJudgeDecidesOnce(t *testing.T) {
	want := agent.Verdict{Success: false, Score: .5}
	cfg, c := courtWorld(t, want, agenttest.Add(1), agenttest.Add(1), agenttest.Add(1))
	all := events(t, t.Context(), cfg, agenttest.CounterTask(1), nil)
	got := judgedIn(all)
	if len(got) != 1 || *c.asked != 1 || !cmp.Equal(got[0].Verdict, want) || len(got[0].Files) != 1 {
		t.Fatalf("asked %d times: %+v", *c.asked, got)
	}
	end := finished(t, all)
	if o := end.Outcome; o.Success || o.Score != .5 || o.Source != agent.SourceEnvironment {
		t.Errorf("outcome %+v, want the judge's", o)
	}
	for i := range all {
		if _, ok := all[i].Data.(agent.Judged); !ok {
			continue
		}
		rest := events(t, t.Context(), cfg, agenttest.CounterTask(1), checkpoint(all[:i+1]))
		if again := finished(t, rest); *c.asked != 1 || len(judgedIn(rest)) != 0 || again.Outcome != end.Outcome {
			t.Errorf("resumed after its word: asked %d times, outcome %+v", *c.asked, again.Outcome)
		}
		rest = events(t, t.Context(), cfg, agenttest.CounterTask(1), checkpoint(all[:i]))
		if again := finished(t, rest); *c.asked != 2 || len(judgedIn(rest)) != 1 || again.Outcome != end.Outcome {
			t.Errorf("resumed before its word: asked %d times, outcome %+v", *c.asked, again.Outcome)
		}
	}
}

// TestBadJudge holds that a judge that fails, or says nonsense, fails the run and
// keeps its steps.
func TestBadJudge(t *testing.T) {
	for name, tt := range map[string]struct {
		verdict agent.Verdict
		err     error
		want    string
	}{
		"an error":     {err: agent.Errorf(agent.CodeUnavailable, "no room for the tests"), want: "no room for the tests"},
		"NaN":          {verdict: agent.Verdict{Score: math.NaN()}, want: "must lie between 0 and 1"},
		"above one":    {verdict: agent.Verdict{Score: 2}, want: "must lie between 0 and 1"},
		"a bad reward": {verdict: agent.Verdict{Reward: new(math.Inf(1))}, want: "must be a number"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, c := courtWorld(t, tt.verdict, agenttest.Add(1), agenttest.Add(1), agenttest.Add(1))
			c.err = tt.err
			cfg.Environment = c
			all := events(t, t.Context(), cfg, agenttest.CounterTask(1), nil)
			failed, ok := all[len(all)-1].Data.(agent.RunFailed)
			if !ok || !strings.Contains(failed.Message, tt.want) || failed.Result.TotalSteps != 3 {
				t.Errorf("ended with %+v", all[len(all)-1].Data)
			}
		})
	}
}

// TestFilesGoWithTheirStep holds that each step has the files of its own action,
// and that they change nothing that is learned from.
func TestFilesGoWithTheirStep(t *testing.T) {
	cfg, _ := courtWorld(t, agent.Verdict{}, agenttest.Add(1), agenttest.Add(1), agenttest.Add(1))
	store := &files.Memory{}
	cfg.Files = store
	n := 0
	for _, e := range events(t, t.Context(), cfg, agenttest.CounterTask(1), nil) {
		d, ok := e.Data.(agent.StepTaken)
		if !ok {
			continue
		}
		n++
		if len(d.Step.Files) != 1 || d.Step.Files[0].Name != "after.txt" {
			t.Fatalf("step %d has the files %+v", d.Step.Index, d.Step.Files)
		}
		content, err := store.Content(t.Context(), d.Step.Files[0].Hash)
		if err != nil || string(content) != d.Step.After.Summary {
			t.Errorf("step %d shows %q (%v), want %q", d.Step.Index, content, err, d.Step.After.Summary)
		}
	}
	if n != 3 {
		t.Errorf("%d steps", n)
	}
	cfg.Files = nil
	for _, e := range events(t, t.Context(), cfg, agenttest.CounterTask(1), nil) {
		if d, ok := e.Data.(agent.StepTaken); ok && len(d.Step.Files) != 0 {
			t.Error("a file is named that nobody keeps")
		}
	}
}
