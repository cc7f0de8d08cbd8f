package conformance

import (
	"context"
	"math"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/chat"
	"purposeagent/agent/files"
	"purposeagent/agent/replay"
	"purposeagent/agent/rulestore"
)

// broken runs the checks and returns the names of those that found a fault.
func broken[T any](fresh func() T, checks []check[T]) string {
	var names []string
	for _, c := range checks {
		if c.run(fresh()) != nil {
			names = append(names, c.name)
		}
	}
	return strings.Join(names, "; ")
}

// spoiled is a counter with one fault.
type spoiled struct {
	*agenttest.Counter
	moves   int
	drift   bool // private state that Restore does not bring back
	legal   func(agent.State) []agent.Action
	score   float64
	phi     float64
	info    agent.Description
	picture string
}

func (s *spoiled) Execute(ctx context.Context, a agent.Action, state agent.State) (agent.State, error) {
	s.moves++
	next, err := s.Counter.Execute(ctx, a, state)
	if s.drift && err == nil && s.moves > 3 {
		next.Summary += " It is late."
	}
	return next, err
}

func (s *spoiled) Reset(ctx context.Context, task agent.Task) (agent.State, error) {
	s.moves = 0
	return s.Counter.Reset(ctx, task)
}

func (s *spoiled) LegalActions(state agent.State) []agent.Action {
	if s.legal != nil {
		return s.legal(state)
	}
	return s.Counter.LegalActions(state)
}

func (s *spoiled) Verify(ctx context.Context, state agent.State) (agent.Verdict, error) {
	v, err := s.Counter.Verify(ctx, state)
	v.Score += s.score
	return v, err
}

func (s *spoiled) Potential(state agent.State) (float64, error) {
	phi, err := s.Counter.Potential(state)
	return phi + s.phi, err
}

func (s *spoiled) Describe() agent.Description {
	if s.info.Text != "" {
		return s.info
	}
	return s.Counter.Describe()
}

func (s *spoiled) Picture(agent.State) (string, error) {
	if s.picture == "" {
		return "<svg xmlns='http://www.w3.org/2000/svg'><rect width='1' fill='url(#a)'/></svg>", nil
	}
	return s.picture, nil
}

func TestEnvironmentSuiteFindsFaults(t *testing.T) {
	resets := 0
	for _, test := range []struct {
		name  string
		spoil func(s *spoiled)
		want  string // name of a check that must fail; "" means none may
	}{
		{"sound", func(*spoiled) {}, ""},
		{"forgets what restore needs", func(s *spoiled) { s.drift = true }, "a restored environment goes on the same"},
		{"chance", func(s *spoiled) { resets++; s.Target = 3 + resets }, "the same task gives the same episode"},
		{"illegal legal action", func(s *spoiled) {
			s.legal = func(agent.State) []agent.Action { return []agent.Action{agent.NewAction("fly")} }
		}, "legal actions are announced and can be done"},
		{"legal in the end", func(s *spoiled) {
			s.legal = func(agent.State) []agent.Action { return []agent.Action{agenttest.Add(1)} }
		}, "a terminal state stays so"},
		{"no number", func(s *spoiled) { s.phi = math.NaN() }, "its potential and verdict are numbers in range"},
		{"score too high", func(s *spoiled) { s.score = 1 }, "its potential and verdict are numbers in range"},
		{"pointer to nothing", func(s *spoiled) {
			s.info = agent.Description{Text: "a", State: agent.StateSpec{Place: "/place"}}
		}, "its description points into its states"},
		{"foreign vocabulary", func(s *spoiled) {
			s.info = agent.Description{Text: "a", State: agent.StateSpec{Things: "/things", Vocabulary: map[string][]string{"side": {"left"}}}}
		}, "its description points into its states"},
		{"script in the picture", func(s *spoiled) { s.picture = "<svg><script>1</script></svg>" }, "its pictures are small, sound SVG"},
		{"handler in the picture", func(s *spoiled) { s.picture = "<svg onload='x()'/>" }, "its pictures are small, sound SVG"},
		{"link out of the picture", func(s *spoiled) { s.picture = "<svg><use href='http://x'/></svg>" }, "its pictures are small, sound SVG"},
	} {
		t.Run(test.name, func(t *testing.T) {
			fresh := func() agent.Environment {
				s := &spoiled{Counter: agenttest.NewCounter(11)}
				test.spoil(s)
				return s
			}
			got := broken(func() world {
				return world{fresh, agenttest.CounterTask(1), files.NewDesk(&files.Memory{})}
			}, environmentChecks)
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("failed checks: %q, want %q", got, test.want)
			}
		})
	}
}

// spoiledLibrary breaks one promise of a sound library.
type spoiledLibrary struct {
	*rulestore.Memory
	save      func(l *rulestore.Memory, b agent.Batch) ([]*agent.Heuristic, error)
	usable    func(*agent.RuleSet)
	forgetful bool
}

func (l *spoiledLibrary) Save(ctx context.Context, b agent.Batch) ([]*agent.Heuristic, error) {
	if l.save != nil && ctx.Err() == nil {
		return l.save(l.Memory, b)
	}
	return l.Memory.Save(ctx, b)
}

func (l *spoiledLibrary) Usable(ctx context.Context, s agent.Scope) (*agent.RuleSet, error) {
	set, err := l.Memory.Usable(ctx, s)
	if l.usable != nil && err == nil {
		changed := &agent.RuleSet{Scope: set.Scope, Revision: set.Revision, Rules: set.Rules}
		l.usable(changed)
		return changed, nil
	}
	return set, err
}

func (l *spoiledLibrary) Distilled(ctx context.Context, id string) (bool, error) {
	if l.forgetful {
		return false, nil
	}
	return l.Memory.Distilled(ctx, id)
}

func TestLibrarySuiteFindsFaults(t *testing.T) {
	ctx := context.Background()
	for _, test := range []struct {
		name  string
		spoil func(l *spoiledLibrary)
		want  string
	}{
		{"sound", func(*spoiledLibrary) {}, ""},
		{"forgets what was distilled", func(l *spoiledLibrary) { l.forgetful = true }, "a trajectory is distilled once"},
		{"half a batch", func(l *spoiledLibrary) {
			l.save = func(l *rulestore.Memory, b agent.Batch) ([]*agent.Heuristic, error) {
				for _, h := range b.Rules {
					if h.ID == "" {
						_, _ = l.Save(ctx, agent.Batch{Rules: []*agent.Heuristic{h}})
					}
				}
				return l.Save(ctx, b)
			}
		}, "a batch is saved whole or not at all"},
		{"lessons undo people", func(l *spoiledLibrary) {
			l.save = func(l *rulestore.Memory, b agent.Batch) ([]*agent.Heuristic, error) {
				b.Trajectory = ""
				return l.Save(ctx, b)
			}
		}, "learning keeps what people decided"},
		{"a revision that stands still", func(l *spoiledLibrary) { l.usable = func(s *agent.RuleSet) { s.Revision = 1 } },
			"the revision tells any change of the scope"},
		{"unusable rules", func(l *spoiledLibrary) { l.usable = func(s *agent.RuleSet) { s.Rules = nil } },
			"only usable rules of the scope are usable"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := broken(func() agent.Library {
				l := &spoiledLibrary{Memory: rulestore.NewMemory(nil)}
				test.spoil(l)
				return l
			}, libraryChecks)
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("failed checks: %q, want %q", got, test.want)
			}
		})
	}
}

// spoiledReplay breaks one promise of a sound replay.
type spoiledReplay struct {
	*replay.ExperienceReplay
	deaf, anywhere bool
	greedy         bool
}

func (r *spoiledReplay) UpdateValue(ctx context.Context, ids []string, reward float64) error {
	if r.deaf {
		return nil
	}
	return r.ExperienceReplay.UpdateValue(ctx, ids, reward)
}

func (r *spoiledReplay) Retrieve(ctx context.Context, s agent.Scope, task agent.Task, k int) ([]agent.Match, error) {
	matches, err := r.ExperienceReplay.Retrieve(ctx, s, task, k)
	if r.anywhere {
		s.Environment = "elsewhere"
		more, _ := r.ExperienceReplay.Retrieve(ctx, s, task, k)
		matches = append(matches, more...)
	}
	if r.greedy {
		for _, m := range matches {
			_ = r.ExperienceReplay.UpdateValue(ctx, []string{m.Trajectory.ID}, 1)
		}
	}
	return matches, err
}

func TestReplaySuiteFindsFaults(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(r *spoiledReplay)
		want  string
	}{
		{"sound", func(*spoiledReplay) {}, ""},
		{"values stand still", func(r *spoiledReplay) { r.deaf = true }, "the value moves by a tenth"},
		{"other environments", func(r *spoiledReplay) { r.anywhere = true }, "only the scope's environment and dynamics are found"},
		{"reading counts", func(r *spoiledReplay) { r.greedy = true }, "reading writes nothing"},
		{"no capacity", func(r *spoiledReplay) { r.ExperienceReplay = replay.New(9999) },
			"the least valuable goes, the best of each purpose stays"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := broken(func() func(int) agent.Replay {
				return func(capacity int) agent.Replay {
					r := &spoiledReplay{ExperienceReplay: replay.New(capacity)}
					test.spoil(r)
					return r
				}
			}, replayChecks)
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("failed checks: %q, want %q", got, test.want)
			}
		})
	}
}

// deafModel answers whatever the context says.
type deafModel struct{ text string }

func (m deafModel) Name() string { return "deaf" }

func (m deafModel) Generate(context.Context, chat.Request) (chat.Response, error) {
	return chat.Response{Text: m.text, Model: "deaf", Usage: agent.Usage{Calls: 1}}, nil
}

func TestLLMSuiteFindsFaults(t *testing.T) {
	got := broken(func() chat.LLM { return deafModel{"<think>hm</think> red"} }, llmChecks)
	for _, want := range []string{"its name", "it answers text", "it answers a schema", "a cancelled context"} {
		if !strings.Contains(got, want) {
			t.Errorf("failed checks: %q, want %q among them", got, want)
		}
	}
}
