package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/credit"
	"purposeagent/agent/rulestore"
)

// known makes a rule of a status about some words, with credit of n tasks of
// mean advantage a.
func known(id string, tier agent.Tier, status agent.Status, text string, n, a float64) *agent.Heuristic {
	return &agent.Heuristic{ID: id, Version: 1, Tier: tier, Kind: agent.KindRule, Title: id, Pattern: text, Strategy: "go on", Action: "open",
		Status: status, Author: agent.AuthorDistiller, Credit: credit.Credit{Weight: n, Sum: n * a, Squares: n * (a*a + .04)}}
}

func atDoor(explore bool) *agent.Situation {
	return &agent.Situation{Task: agent.Task{Purpose: "find the treasure behind the locked door", Seed: 7}.WithDefaults(), Index: 3, Explore: explore,
		State: agent.State{Summary: "You stand at a locked red door. A brass key hangs on the wall."}, Actions: []agent.ActionSpec{{Name: "open"}, {Name: "take"}}}
}

func retrieve(t testing.TB, run string, s *agent.Situation, rules ...*agent.Heuristic) (shown []string, record agent.Retrieval) {
	t.Helper()
	recalled, record := agent.Retrieve(t.Context(), run, s, agent.NewRuleSet(agent.Scope{}, 1, rules, nil))
	for _, r := range recalled {
		shown = append(shown, r.Rule.ID)
	}
	return shown, record
}

func useOf(record agent.Retrieval, id string) agent.RuleUse {
	for _, u := range record.Rules {
		if u.ID == id {
			return u
		}
	}
	return agent.RuleUse{}
}

// checkUses holds a record against what became of rules, and why, by id.
func checkUses(t *testing.T, record agent.Retrieval, uses map[string]agent.Use, why map[string]string) {
	t.Helper()
	for id, use := range uses {
		if got := useOf(record, id); got.Use != use {
			t.Errorf("%s is %q, want %q", id, got.Use, use)
		}
	}
	for id, words := range why {
		if got := useOf(record, id); !strings.Contains(got.Why, words) {
			t.Errorf("%s because %q, want %q", id, got.Why, words)
		}
	}
}

const aboutDoor, aboutBread = "at a locked red door with a brass key", "bake bread in the oven until it is brown"

func TestRetrieve(t *testing.T) {
	s, p := agent.Strategic, agent.Procedural
	pinned := known("pin", s, agent.Retired, aboutBread, 0, 0)
	pinned.Pinned = true
	tip := known("tip", agent.Tool, agent.Active, aboutDoor, 0, 0)
	tip.Action = "fly"
	for _, test := range []struct {
		name      string
		explore   bool
		rules     []*agent.Heuristic
		want      []string
		abstained string               // part of it
		uses      map[string]agent.Use // of some
		why       map[string]string    // parts
	}{
		{"nothing there", true, nil, nil, "there is no rule", nil, nil},
		{"nothing like the step", true, []*agent.Heuristic{known("a", s, agent.Active, aboutBread, 9, .5)}, nil, "no rule is similar to this step", nil, nil},
		{"what is like it", true, []*agent.Heuristic{known("a", s, agent.Active, aboutBread, 9, .5), known("b", s, agent.Active, aboutDoor, 9, .5)}, []string{"b"}, "", nil, nil},
		{"pinned comes first, like or not", true, []*agent.Heuristic{known("b", s, agent.Active, aboutDoor, 9, .5), pinned}, []string{"pin", "b"}, "", nil,
			map[string]string{"pin": "pinned by a person"}},
		{"a tip for what can't be done", true, []*agent.Heuristic{tip}, nil, "no rule is similar", map[string]agent.Use{"tip": agent.UseEligible},
			map[string]string{"tip": "its action fly can't be done now"}},
		{"a rule that was never tried, while learning", true, []*agent.Heuristic{known("a", s, agent.Probation, aboutDoor, 0, 0)}, []string{"a"}, "", nil, nil},
		{"and in a test", false, []*agent.Heuristic{known("a", s, agent.Probation, aboutDoor, 0, 0)}, nil, "best lower bound of an advantage is -0.49",
			map[string]agent.Use{"a": agent.UseEligible}, map[string]string{"a": "a test takes only what surely does no harm"}},
		{"proven in probation, in a test", false, []*agent.Heuristic{known("a", s, agent.Probation, aboutDoor, 30, .5)}, []string{"a"}, "", nil, nil},
		{"active, in a test", false, []*agent.Heuristic{known("a", s, agent.Active, aboutDoor, 0, 0)}, []string{"a"}, "", nil, nil},
		{"active and surely harmful, in a test", false, []*agent.Heuristic{known("a", s, agent.Active, aboutDoor, 40, -.5)}, nil, "below 0", nil, nil},
		{"active and harmful, while learning: its uplift decides", true, []*agent.Heuristic{known("a", s, agent.Active, aboutDoor, 40, -.5)}, []string{"a"}, "", nil, nil},
		{"one in probation a step, of all tiers", true, []*agent.Heuristic{known("a", s, agent.Probation, aboutDoor+" one", 200, .5), known("b", p, agent.Probation, aboutDoor+" two", 200, -.5)},
			[]string{"a"}, "", map[string]agent.Use{"b": agent.UseEligible}, map[string]string{"b": "place for a rule in trial went to a"}},
		{"a candidate is in the shadow", true, []*agent.Heuristic{known("a", s, agent.Candidate, aboutDoor, 0, 0)}, nil, "only candidates",
			map[string]agent.Use{"a": agent.UseShadow}, map[string]string{"a": "would have been shown"}},
		{"retired and banned ones are not looked at", true, []*agent.Heuristic{known("a", s, agent.Retired, aboutDoor, 0, 0), known("b", s, agent.Banned, aboutDoor, 0, 0)}, nil, "there is no rule", nil, nil},
		{"three a tier", false, []*agent.Heuristic{known("a", s, agent.Active, aboutDoor+" north", 50, .6), known("b", s, agent.Active, aboutDoor+" south", 50, .5),
			known("c", s, agent.Active, aboutDoor+" east", 50, .4), known("d", s, agent.Active, aboutDoor+" west", 50, -.3), known("e", p, agent.Active, aboutDoor+" up", 50, .1)},
			[]string{"a", "b", "c", "e"}, "", map[string]agent.Use{"d": agent.UseEligible}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, record := retrieve(t, "", atDoor(test.explore), test.rules...)
			if len(got) > 2 {
				slices.Sort(got)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("shown %v, want %v; %+v", got, test.want, record)
			}
			if !strings.Contains(record.Abstained, test.abstained) || (record.Abstained == "") != (test.abstained == "") {
				t.Errorf("abstained because %q, want %q", record.Abstained, test.abstained)
			}
			checkUses(t, record, test.uses, test.why)
		})
	}
}

// Each score is what its parts say it is, in both modes, and ranks give rrf.
func TestRetrieveScoresAreTheirParts(t *testing.T) {
	var rules []*agent.Heuristic
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 40 {
		text := aboutDoor + strings.Repeat(fmt.Sprint(" more", i%5), i%7)
		rules = append(rules, known(fmt.Sprintf("h%02d", i), agent.Tiers[i%3], agent.Active, text, float64(i), r.Float64()-.3))
	}
	for _, explore := range []bool{false, true} {
		_, record := retrieve(t, "", atDoor(explore), rules...)
		if len(record.Rules) != agent.MaxRecorded || record.More != 10 || record.Found != 40 || record.Considered != 40 {
			t.Fatalf("%d rules, %d more, %d found of %d", len(record.Rules), record.More, record.Found, record.Considered)
		}
		for _, u := range record.Rules {
			p := u.Parts
			advantage := p.Advantage
			if explore {
				advantage = *p.Draw
			} else if p.Draw != nil || p.Bonus != 0 {
				t.Errorf("a test explores: %+v", p)
			}
			if want := p.Z + advantage + p.Bonus - .3*p.Redundancy; math.Abs(u.Score-want) > 1e-12 {
				t.Errorf("score of %s = %v, want %v", u.ID, u.Score, want)
			}
			want := 0.0
			for _, rank := range []int{p.Words, p.Vector} {
				if rank > 0 {
					want += 1 / (60 + float64(rank))
				}
			}
			if math.Abs(p.RRF-want) > 1e-15 {
				t.Errorf("rrf of ranks %d and %d = %v, want %v", p.Words, p.Vector, p.RRF, want)
			}
		}
	}
}

// A rule that says the same as a chosen one loses its place to a weaker one
// that says something else.
func TestRetrieveWantsDifferentRules(t *testing.T) {
	same := aboutDoor + " unlock it first"
	rules := []*agent.Heuristic{known("a", agent.Strategic, agent.Active, same, 50, .4), known("b", agent.Strategic, agent.Active, same, 50, .35),
		known("c", agent.Strategic, agent.Active, same, 50, .34),
		known("d", agent.Strategic, agent.Active, "a red door and treasure: look for what hangs nearby on any wall", 50, .5)}
	_, record := retrieve(t, "", atDoor(false), rules...)
	if got := useOf(record, "b").Parts.Redundancy; got < .9 {
		t.Errorf("two rules with the same words have a redundancy of %v", got)
	}
	if got := useOf(record, "d").Parts.Redundancy; got > .7 {
		t.Errorf("a rule with other words has a redundancy of %v", got)
	}
	if record.Rules[0].Parts.Redundancy != 0 {
		t.Error("the first chosen is redundant to nothing")
	}
}

// The same rules in another order give the same record, byte for byte, and each
// rule's draw is its own.
func TestRetrieveDoesNotDependOnOrder(t *testing.T) {
	var rules []*agent.Heuristic
	for i := range 60 {
		status := []agent.Status{agent.Active, agent.Probation, agent.Candidate}[i%3]
		rules = append(rules, known(fmt.Sprintf("h%02d", i), agent.Tiers[i%2], status, fmt.Sprintf("%s more%d", aboutDoor, i%4), float64(i%9), .1))
	}
	shown, want := retrieve(t, "r", atDoor(true), rules...)
	wantJSON, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 1))
		shuffled := slices.Clone(rules)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		again, got := retrieve(t, "r", atDoor(true), shuffled...)
		if gotJSON, _ := json.Marshal(got); string(gotJSON) != string(wantJSON) || !slices.Equal(again, shown) {
			t.Fatalf("got %s\nwant %s", gotJSON, wantJSON)
		}
	}
	_, alone := retrieve(t, "r", atDoor(true), rules[0])
	if got, want := *useOf(alone, "h00").Parts.Draw, *useOf(want, "h00").Parts.Draw; got != want {
		t.Errorf("the draw is %v among others and %v alone", want, got)
	}
}

// Draws have the posterior's mean and spread.
func TestRetrieveDrawsFromThePosterior(t *testing.T) {
	rule := known("a", agent.Strategic, agent.Active, aboutDoor, 12, .5)
	a := rule.Credit.Advantage()
	sum, squares := 0.0, 0.0
	const n = 2000
	for i := range n {
		s := atDoor(true)
		s.Index = i
		_, record := retrieve(t, "r", s, rule)
		d := *useOf(record, "a").Parts.Draw
		sum, squares = sum+d, squares+d*d
	}
	mean := sum / n
	sd, want := math.Sqrt(squares/n-mean*mean), a.SD/4 // √(12 + κ) = 4
	if math.Abs(mean-a.Value) > 4*want/math.Sqrt(n) || math.Abs(sd/want-1) > .08 {
		t.Errorf("draws have mean %.4f and sd %.4f, want %.4f and %.4f", mean, sd, a.Value, want)
	}
}

// A rule is in or out for a whole run, about as often as its probability says,
// and its place stays empty.
func TestRetrieveHoldsOut(t *testing.T) {
	out := map[string]int{}
	const runs = 400
	for i := range runs {
		run := fmt.Sprint("r", i)
		rules := []*agent.Heuristic{known("p", agent.Strategic, agent.Probation, aboutDoor, 0, 0), known("a", agent.Strategic, agent.Active, aboutDoor, 0, 0)}
		shown, record := retrieve(t, run, atDoor(true), rules...)
		next := atDoor(true)
		next.Index = 4
		again, _ := retrieve(t, run, next, rules...)
		slices.Sort(shown)
		slices.Sort(again)
		if !slices.Equal(shown, again) {
			t.Fatalf("run %s shows %v in one step and %v in the next", run, shown, again)
		}
		for _, u := range record.Rules {
			if u.Use == agent.UseWithheld {
				out[u.ID]++
				if slices.Contains(shown, u.ID) {
					t.Fatalf("%s is withheld and shown", u.ID)
				}
			}
			if want := map[string]float64{"p": .5, "a": .95}[u.ID]; math.Abs(u.Propensity-want) > 1e-12 {
				t.Errorf("propensity of %s = %v, want %v", u.ID, u.Propensity, want)
			}
		}
		if len(shown) == 0 && !strings.Contains(record.Abstained, "held out") {
			t.Errorf("nothing shown because %q", record.Abstained)
		}
	}
	if out["p"] < 160 || out["p"] > 240 || out["a"] < 6 || out["a"] > 40 {
		t.Errorf("of %d runs %d are without the one in probation and %d without the active one", runs, out["p"], out["a"])
	}
	_, record := retrieve(t, "r1", atDoor(false), known("a", agent.Strategic, agent.Active, aboutDoor, 0, 0))
	if u := useOf(record, "a"); u.Use != agent.UseShown || u.Propensity != 1 {
		t.Errorf("a test holds out: %+v", u)
	}
}

// writes counts what a run writes into memory.
type writes struct {
	*rulestore.Memory
	n int
}

func (w *writes) Save(ctx context.Context, b agent.Batch) ([]*agent.Heuristic, error) {
	w.n++
	return w.Memory.Save(ctx, b)
}

// ownWay is a decider that reads the library by itself, and takes all of it.
type ownWay struct {
	*agenttest.ScriptedDecider
}

func (ownWay) Recall(_ context.Context, _ *agent.Situation, rules *agent.RuleSet) ([]agent.Recalled, error) {
	var all []agent.Recalled
	for _, h := range rules.Rules {
		all = append(all, agent.Recalled{Rule: h, Score: .5, Why: "it is there"})
	}
	return all, nil
}

func TestRetrievalIsInTheStep(t *testing.T) {
	for _, test := range []struct {
		name       string
		own, learn bool
	}{{"chosen, learning", false, true}, {"chosen, in a test", false, false}, {"own way, learning", true, true}, {"own way, in a test", true, false}} {
		t.Run(test.name, func(t *testing.T) {
			env := agenttest.NewCounter(50)
			library := &writes{Memory: rulestore.NewMemory(nil)}
			var rules []*agent.Heuristic
			for i := range 40 {
				rule := known("", agent.Strategic, agent.Probation, fmt.Sprintf("the number is below the target, case %d", i), 0, 0)
				if rule.Scope = agent.ScopeOf("counter", env); i%4 == 0 {
					rule.Predicate = &agent.Predicate{Action: "add", Params: map[string]string{"n": strconv.Itoa(i)}}
				}
				rules = append(rules, rule)
			}
			if _, err := library.Save(t.Context(), agent.Batch{Rules: rules}); err != nil {
				t.Fatal(err)
			}
			library.n = 0
			script := agenttest.NewScriptedDecider()
			var actor agent.Decider = script
			if test.own {
				actor = ownWay{script}
			}
			o := orchestrator(t, agent.Config{Environment: env, EnvironmentName: "counter", Actor: actor, Critic: agenttest.PotentialCritic(env),
				Memory: agent.MemoryConfig{Library: library, Recall: true, Learn: test.learn}, Clock: agent.Clock{Sleep: func(context.Context, time.Duration) error { return nil }}})
			var step agent.Step
			for e, err := range o.RunTask(t.Context(), "r_1", agenttest.CounterTask(1), nil) {
				if err != nil {
					t.Fatal(err)
				}
				if d, ok := e.Data.(agent.StepTaken); ok {
					step = d.Step
				}
			}
			r := step.Retrieval
			if r == nil || r.Considered != 40 || r.Explored != test.learn || len(r.Rules) != 0 || (r.By != "") != test.own {
				t.Fatalf("the step records %+v", r)
			}
			asked := script.Asked()[0].Memory.Rules
			shown, withheld := 0, 0
			for _, u := range step.Memory {
				at := slices.IndexFunc(asked, func(r agent.Recalled) bool { return r.Rule.ID == u.ID })
				if (u.Use == agent.UseShown) != (at >= 0) {
					t.Errorf("%s is recorded as %s; before the decider: %t", u.ID, u.Use, at >= 0)
				}
				switch u.Use {
				case agent.UseShown:
					shown++
					if asked[at].Rule.Predicate != nil && test.own && u.Propensity != 0 {
						t.Error("one link of a chain is held out by itself")
					}
				case agent.UseWithheld:
					withheld++
				}
			}
			switch {
			case shown != len(asked):
				t.Errorf("%d recorded as shown, %d before the decider", shown, len(asked))
			case test.own && test.learn && (withheld < 8 || withheld > 22):
				t.Errorf("of 30 rules in words %d are withheld, want about 15", withheld)
			case !test.learn && withheld != 0:
				t.Errorf("a test withholds %d", withheld)
			case !test.learn && library.n != 0:
				t.Errorf("a test wrote %d times", library.n)
			case !test.own && !test.learn && shown != 0:
				t.Errorf("a test shows %d rules that prove nothing", shown)
			}
		})
	}
}

// A stored step stays small, whatever was looked at.
func TestStoredRetrievalIsSmall(t *testing.T) {
	env := agenttest.NewCounter(50)
	library := rulestore.NewMemory(nil)
	var rules []*agent.Heuristic
	for i := range 200 {
		rule := known("", agent.Tiers[i%2], []agent.Status{agent.Active, agent.Candidate}[i%2],
			fmt.Sprintf("the number is below the target, case %d", i), float64(i%7), .1)
		rule.Title, rule.Scope = "when the number is low, take large steps", agent.ScopeOf("counter", env)
		rules = append(rules, rule)
	}
	if _, err := library.Save(t.Context(), agent.Batch{Rules: rules}); err != nil {
		t.Fatal(err)
	}
	o := orchestrator(t, agent.Config{Environment: env, EnvironmentName: "counter", Actor: agenttest.NewScriptedDecider(), Critic: agenttest.PotentialCritic(env),
		Memory: agent.MemoryConfig{Library: library, Recall: true, Learn: true}})
	for e, err := range o.RunTask(t.Context(), "r_1", agenttest.CounterTask(1), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if d, ok := e.Data.(agent.StepTaken); ok {
			raw, err := json.Marshal(struct {
				Memory    []agent.RuleUse
				Retrieval *agent.Retrieval
			}{d.Step.Memory, d.Step.Retrieval})
			if err != nil {
				t.Fatal(err)
			}
			if len(raw) > 3<<10 {
				t.Errorf("%d rules of memory are stored in %d bytes, want at most 3 KB", len(d.Step.Memory), len(raw))
			}
			if d.Step.Retrieval.More+len(d.Step.Memory) != d.Step.Retrieval.Found {
				t.Errorf("%d listed and %d more of %d found", len(d.Step.Memory), d.Step.Retrieval.More, d.Step.Retrieval.Found)
			}
		}
	}
}

// What comes in from outside is bounded, whatever it is.
func TestRetrieveBearsHostileInput(t *testing.T) {
	huge := known("huge", agent.Strategic, agent.Active, aboutDoor+strings.Repeat(" door key wall treasure", 50_000), 0, 0)
	empty := known("empty", agent.Strategic, agent.Active, "", 0, 0)
	empty.Title, empty.Strategy = "", ""
	odd := known("odd\x00", agent.Strategic, agent.Active, "\x00\xff\xfe locked red door \u202e brass key", math.MaxFloat64, math.NaN())
	began := time.Now()
	s := atDoor(true)
	s.State.Summary = strings.Repeat("locked door \x00\xff key ", 60_000)
	shown, record := retrieve(t, "r", s, huge, empty, odd)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	if slices.Contains(shown, "empty") || len(record.Query) > 3*agent.MaxQueryPart {
		t.Errorf("shown %v for a query of %d bytes", shown, len(record.Query))
	}
	s.State.Summary, s.Task.Purpose = "", ""
	if shown, record = retrieve(t, "r", s, huge, empty); len(shown) != 0 || record.Abstained == "" {
		t.Errorf("an empty query shows %v, abstained because %q", shown, record.Abstained)
	}
}

func FuzzRetrieve(f *testing.F) {
	f.Add("find the treasure", "You stand at a locked red door.", aboutDoor)
	f.Add("", "", "")
	f.Add("\x00\xff\u202e", strings.Repeat("a ", 3000), "KEY key Key kéy")
	f.Add("锁着的红门", "钥匙 挂在 墙上", "锁着的门")
	f.Fuzz(func(t *testing.T, purpose, summary, pattern string) {
		s := atDoor(true)
		s.Task.Purpose, s.State.Summary = purpose, summary
		rules := []*agent.Heuristic{known("a", agent.Strategic, agent.Active, pattern, 3, .1), known("b", agent.Procedural, agent.Probation, aboutDoor, 0, 0)}
		shown, record := retrieve(t, "r", s, rules...)
		again, twice := retrieve(t, "r", s, rules[1], rules[0])
		if !slices.Equal(shown, again) || !reflect.DeepEqual(record, twice) {
			t.Fatalf("not the same twice: %+v, %+v", record, twice)
		}
		if (len(shown) == 0) != (record.Abstained != "") {
			t.Fatalf("shown %v, abstained because %q", shown, record.Abstained)
		}
		for _, u := range record.Rules {
			p := u.Parts
			if p == nil {
				continue
			}
			if p.Likeness < 0 || p.Likeness > 1 || math.IsNaN(u.Score) || math.IsInf(u.Score, 0) {
				t.Fatalf("%+v of %+v", p, u)
			}
		}
		if _, err := json.Marshal(record); err != nil {
			t.Fatal(err)
		}
	})
}
