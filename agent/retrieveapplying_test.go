package agent_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"purposeagent/agent"
)

// holding is an Applicability that knows beforehand what holds. Of rules without a
// predicate it can't read any.
type holding map[string]agent.Bearing

func (h holding) Applying(_ *agent.Situation, rules *agent.RuleSet) agent.Applying {
	a := agent.Applying{Holding: h, Unread: map[string]string{}}
	for _, list := range [][]*agent.Heuristic{rules.Rules, rules.Candidates} {
		for _, r := range list {
			if r.Predicate == nil {
				a.Unread[r.ID] = "it has words only"
			}
		}
	}
	return a
}

// tip is a rule with a condition that the rule distiller counted.
func tip(id string, status agent.Status, text string) *agent.Heuristic {
	h := known(id, agent.Tool, status, text, 0, 0)
	h.Predicate = &agent.Predicate{Action: "open", When: []agent.Condition{{Feature: "door is locked", Holds: true}}}
	return h
}

func bears(sure float64) agent.Bearing {
	return agent.Bearing{Actions: []agent.Action{agent.NewAction("open", "door", "red")}, Sure: sure}
}

func TestRetrieveByApplicability(t *testing.T) {
	against := bears(.5)
	against.Against = true
	undecided, refined := bears(.9), bears(.9)
	undecided.Undecided, refined.Refined = true, true
	pinned, claim, proven, strategy := tip("pin", agent.Active, aboutBread), tip("claim", agent.Probation, aboutBread), tip("proven", agent.Probation, aboutBread), tip("strategy", agent.Probation, aboutBread)
	pinned.Pinned = true
	claim.Author, proven.Author, strategy.Author = agent.AuthorModel+"m", agent.AuthorModel+"m", agent.AuthorModel+"m"
	proven.Credit.LogE = 2
	strategy.Tier = agent.Strategic
	many, manyHold := []*agent.Heuristic{}, holding{}
	for i := range 20 {
		id := fmt.Sprintf("h%02d", i)
		many = append(many, tip(id, agent.Probation, aboutBread))
		b := bears(float64(20-i) / 20)
		b.Against = i >= 13
		manyHold[id] = b
	}
	words := known("words", agent.Strategic, agent.Active, aboutDoor, 9, .5)
	for _, test := range []struct {
		name  string
		rules []*agent.Heuristic
		holds holding
		want  []string
		uses  map[string]agent.Use
		why   map[string]string
	}{
		{"found without a word in common", []*agent.Heuristic{tip("a", agent.Probation, aboutBread)}, holding{"a": bears(.8)}, []string{"a"}, nil, map[string]string{"a": "its condition holds now for open red"}},
		{"no candidate, whatever its words", []*agent.Heuristic{tip("a", agent.Active, aboutDoor), words}, holding{}, []string{"words"}, map[string]agent.Use{"a": agent.UseEligible}, map[string]string{"a": "its condition does not hold now"}},
		{"nor where a person pinned it", []*agent.Heuristic{pinned, words}, holding{}, []string{"words"}, nil, nil},
		{"the surest first, and then words", []*agent.Heuristic{words, tip("a", agent.Probation, aboutBread), tip("b", agent.Active, aboutBread)}, holding{"a": bears(.8), "b": bears(.5)}, []string{"a", "b", "words"}, nil, nil},
		{"pinned before all", []*agent.Heuristic{pinned, tip("a", agent.Probation, aboutBread)}, holding{"a": bears(.8), "pin": bears(.1)}, []string{"pin", "a"}, nil, nil},
		{"what to do before what to avoid", []*agent.Heuristic{tip("a", agent.Probation, aboutBread), tip("b", agent.Probation, aboutBread)}, holding{"a": against, "b": bears(.3)}, []string{"b", "a"}, nil, nil},
		{"neither for nor against", []*agent.Heuristic{tip("a", agent.Probation, aboutBread)}, holding{"a": undecided}, nil, map[string]agent.Use{"a": agent.UseEligible}, map[string]string{"a": "neither for nor against"}},
		{"said better", []*agent.Heuristic{tip("a", agent.Probation, aboutBread)}, holding{"a": refined}, nil, map[string]agent.Use{"a": agent.UseEligible}, map[string]string{"a": "says it better"}},
		{"a candidate that holds", []*agent.Heuristic{tip("a", agent.Candidate, aboutBread)}, holding{"a": bears(.8)}, nil, map[string]agent.Use{"a": agent.UseShadow}, nil},
		{"a candidate that has nothing to say", []*agent.Heuristic{tip("a", agent.Candidate, aboutBread)}, holding{"a": undecided}, nil, map[string]agent.Use{"a": agent.UseEligible}, nil},
		{"claims by their predictions", []*agent.Heuristic{claim, proven}, holding{"claim": bears(.8), "proven": bears(.2)}, []string{"proven"}, nil, map[string]string{"claim": "not better than the base rate"}},
		{"a strategy by its advantage", []*agent.Heuristic{strategy}, holding{"strategy": bears(.8)}, nil, nil, map[string]string{"strategy": "lower bound of its advantage is -0.49"}},
		{"twelve, four of them warnings", many, manyHold, []string{"h00", "h01", "h02", "h03", "h04", "h05", "h06", "h07", "h13", "h14", "h15", "h16"}, nil, map[string]string{"h08": "12 places for such rules went to surer ones"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := atDoor(false)
			s.Applicability = test.holds
			got, record := retrieve(t, "r", s, test.rules...)
			if !slices.Equal(got, test.want) {
				t.Errorf("shown %v, want %v", got, test.want)
			}
			if (record.Abstained == "") != (len(test.want) > 0) || record.Applying != len(test.holds) {
				t.Errorf("%d applying, abstained because %q", record.Applying, record.Abstained)
			}
			checkUses(t, record, test.uses, test.why)
		})
	}
}

// A shown rule holds and says something, whatever the set and its order; three of
// each tier come by words beside them; a link of a chain is not drawn by itself.
func TestRetrieveShowsOnlyWhatApplies(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for round := range 60 {
		holds := holding{}
		var rules []*agent.Heuristic
		for i := range r.IntN(60) {
			status := []agent.Status{agent.Active, agent.Probation, agent.Candidate}[r.IntN(3)]
			id := fmt.Sprintf("h%02d", i)
			if r.IntN(3) == 0 {
				rules = append(rules, known(id, agent.Tiers[r.IntN(3)], status, []string{aboutDoor, aboutBread}[r.IntN(2)], 0, 0))
				continue
			}
			h := tip(id, status, []string{aboutDoor, aboutBread}[r.IntN(2)])
			h.Tier, h.Pinned = agent.Tiers[r.IntN(3)], r.IntN(20) == 0
			rules = append(rules, h)
			if r.IntN(2) == 0 {
				b := bears(r.Float64())
				b.Against, b.Undecided, b.Refined = r.IntN(2) == 0, r.IntN(4) == 0, r.IntN(4) == 0
				holds[id] = b
			}
		}
		s := atDoor(round%2 == 0)
		s.Applicability = holds
		set := agent.NewRuleSet(agent.Scope{}, 1, rules, nil)
		recalled, record := agent.Retrieve(t.Context(), "r", s, set)
		applying, words := 0, map[agent.Tier]int{}
		for _, x := range recalled {
			b, is := holds[x.Rule.ID]
			switch {
			case x.Rule.Predicate == nil:
				words[x.Rule.Tier]++
			case !is || x.Bearing == nil || !x.Rule.Pinned && !b.Advises():
				t.Fatalf("%s is shown: %+v", x.Rule.ID, x)
			case !x.Rule.Pinned:
				applying++
			}
		}
		if applying > agent.MaxApplying || words[agent.Tool] > 3 || words[agent.Strategic] > 3 {
			t.Fatalf("%d that apply and %v by words", applying, words)
		}
		for _, u := range record.Rules {
			if i := slices.IndexFunc(rules, func(h *agent.Heuristic) bool { return h.ID == u.ID }); u.Use == agent.UseWithheld && rules[i].Predicate != nil && rules[i].Tier == agent.Tool {
				t.Fatalf("%s is held out by itself", u.ID)
			}
		}
		want, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		r.Shuffle(len(rules), func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
		_, again := agent.Retrieve(t.Context(), "r", s, agent.NewRuleSet(agent.Scope{}, 1, rules, nil))
		if got, _ := json.Marshal(again); string(got) != string(want) {
			t.Fatalf("in another order:\n%s\nwant\n%s", got, want)
		}
	}
}
