//go:build !race

package lab_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/features"
	"purposeagent/agent/llm/openai"
	"purposeagent/agent/playbook"
	played "purposeagent/agent/roles"
	"purposeagent/internal/lab"
	"purposeagent/internal/llmtest"
)

// What a library gives to one who reads, in few worlds: make prove has ten of
// them, all arms and other environments.

// asked notes what a model was asked.
type asked struct {
	chat.LLM
	mu       *sync.Mutex
	requests *[]chat.Request
}

func (a asked) Generate(ctx context.Context, q chat.Request) (chat.Response, error) {
	a.mu.Lock()
	*a.requests = append(*a.requests, q)
	a.mu.Unlock()
	return a.LLM.Generate(ctx, q)
}

// byReader is an experiment in which a stand-in reader acts, through the real
// client, prompt and parser. The rule distiller is the optimizer, the
// environment's own measure the critic; the reasoner may be the trainer. The
// requests are those of all arms.
func byReader(tb testing.TB, name string) (lab.Config, *[]chat.Request) {
	tb.Helper()
	cfg := config(tb, name)
	url := llmtest.StartReader(tb, llmtest.Reader{Seed: 1})
	reasoned := cfg.Roles
	cfg.Others = func(agent.ModelRefs) (lab.Roles, error) { return reasoned, nil }
	cfg.Roles.Examples, cfg.Roles.Applicability, cfg.Roles.Playbook = true, features.NewApplicability(), playbook.New()
	requests, mu := &[]chat.Request{}, &sync.Mutex{}
	cfg.Roles.Actor = func() (agent.Decider, error) {
		model, err := openai.New(openai.Config{Model: llmtest.ReaderModel, BaseURL: url})
		if err != nil {
			return nil, err
		}
		return played.NewActor(played.ActorConfig{LLM: asked{model, mu, requests}})
	}
	return cfg, requests
}

// inWorlds does an experiment in some worlds and logs the arms.
func inWorlds(t *testing.T, cfg lab.Config, spec lab.Spec, worlds ...int64) *lab.WorldsReport {
	t.Helper()
	r, err := lab.RunWorlds(t.Context(), cfg, spec, worlds)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range spec.Arms {
		t.Logf("%-18s %.3f [%.3f, %.3f] in %.1f steps", a, r.Arms[a].Share, r.Arms[a].Low, r.Arms[a].High, r.Arms[a].MeanSteps)
	}
	for name, c := range r.Comparisons {
		t.Logf("%-24s %+.3f [%+.3f, %+.3f]", name, c.Difference, c.Low, c.High)
	}
	for _, w := range r.Worlds {
		if len(w.Training.Discredited) > 0 || w.Training.Failed > 0 {
			t.Errorf("training: %+v", w.Training)
		}
	}
	return r
}

// A reader that can only do what its prompt says solves what it did not solve
// before, with what the reasoner learned, and earlier tasks alone don't do it.
func TestAReaderUsesWhatTheReasonerLearned(t *testing.T) {
	cfg, requests := byReader(t, "workshop")
	spec := lab.Spec{Train: 100, Test: 12, Trainer: agent.Reasoner, Arms: []lab.Arm{lab.Off, lab.On, lab.Append}}
	r := inWorlds(t, cfg, spec, 1, 2)
	if gain := r.Arms[lab.On].Share - r.Arms[lab.Off].Share; gain < .3 {
		t.Errorf("on − off is %.2f", gain)
	}
	if gain := r.Arms[lab.On].Share - r.Arms[lab.Append].Share; gain <= 0 {
		t.Errorf("on − examples only is %.2f", gain)
	}
	sameHoweverSaid(t, *requests)
}

// It learns from its own tasks too.
func TestAReaderLearnsByItself(t *testing.T) {
	cfg, _ := byReader(t, "workshop")
	r := inWorlds(t, cfg, lab.Spec{Train: 100, Test: 10, Arms: []lab.Arm{lab.Off, lab.On}}, 1, 2)
	if gain := r.Arms[lab.On].Share - r.Arms[lab.Off].Share; gain <= .3 {
		t.Errorf("on − off is %.2f", gain)
	}
}

// sameHoweverSaid asks the reader again what it was asked, in other words, in
// another order and with other signs: where it surely follows a line, it follows
// the same.
func sameHoweverSaid(t *testing.T, requests []chat.Request) {
	t.Helper()
	asIs := func(text string) string { return text }
	for name, rewrite := range llmtest.Rewritings {
		same, n, changed := 0, 0, 0
		for i := 0; i < len(requests); i += max(len(requests)/600, 1) {
			q := requests[i]
			if last := q.Messages[len(q.Messages)-1].Text; rewrite(last) != last {
				changed++
			}
			action, sure := follows(t, q, asIs)
			if !sure {
				continue
			}
			n++
			if again, _ := follows(t, q, rewrite); again == action {
				same++
			} else if n-same < 3 {
				t.Logf("%s: %q became %q in\n%s", name, action, again, rewrite(q.Messages[len(q.Messages)-1].Text))
			}
		}
		t.Logf("%s: the same choice in %d of %d states in which a line is surely followed", name, same, n)
		if n < 20 || changed < n || 10*same < 9*n {
			t.Errorf("the prompt %s gives another choice in %d of %d states; it was changed in %d", name, n-same, n, changed)
		}
	}
}

// follows is what readers choose most often, and whether all choose it by a line.
func follows(t *testing.T, q chat.Request, rewrite func(string) string) (action string, sure bool) {
	t.Helper()
	messages := make([]llmtest.Message, len(q.Messages))
	for i, m := range q.Messages {
		messages[i] = llmtest.Message{Role: string(m.Role), Content: rewrite(m.Text)}
	}
	const readers = 5
	times, led := map[string]int{}, 0
	for seed := range uint64(readers) {
		text, err := llmtest.Reader{Seed: seed, Obedience: 1}.Answer(messages, q.Schema)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Thought, Action string }
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.Thought != llmtest.NothingSaid {
			led++
		}
		if times[answer.Action]++; times[answer.Action] > times[action] {
			action = answer.Action
		}
	}
	return action, led == readers && times[action] == readers
}
