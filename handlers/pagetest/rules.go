package pagetest

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/credit"
)

// Learn adds rules to the library as the distiller does. What a rule has earned
// is counted by Earn: no new rule may bring it along.
func (s *Store) Learn(t testing.TB, rules ...*agent.Heuristic) []*agent.Heuristic {
	t.Helper()
	saved, err := s.Library().Save(t.Context(), agent.Batch{Actor: string(agent.AuthorDistiller), Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// Rules returns all rules of the library, by their ids.
func (s *Store) Rules(t testing.TB) []*agent.Heuristic {
	t.Helper()
	_, last, _, err := s.Snapshots().Span(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rules, err := s.Snapshots().AsOf(t.Context(), last)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// Revision is the number of the library's last change.
func (s *Store) Revision(t testing.TB) int64 {
	t.Helper()
	var last int64
	if err := s.SQL().QueryRowContext(t.Context(), `SELECT revision FROM library_state`).Scan(&last); err != nil {
		t.Fatal(err)
	}
	return last
}

// Numbered returns what writes {1}, {2} and so on in a text as the numbers of the
// library's next changes, and {0}, {-1} as those of the last ones.
func (s *Store) Numbered(t testing.TB) func(text string) string {
	t.Helper()
	last, number := s.Revision(t), regexp.MustCompile(`\{-?[0-9]+\}`)
	return func(text string) string {
		return number.ReplaceAllStringFunc(text, func(n string) string {
			i, _ := strconv.ParseInt(n[1:len(n)-1], 10, 64) // it is a number
			return strconv.FormatInt(last+i, 10)
		})
	}
}

// Earned is what became of tasks of one type with a rule and without it.
type Earned struct {
	ID, Type       string
	In, Solved     int // tasks in which it was shown
	Out, OutSolved int // tasks in which chance withheld it
	Hits, Misses   int // predictions in the tasks with it
	LogE           float64
	Fires          int // steps in which a candidate would have been shown, two a task
}

// use is what the rule did in the i-th solved or unsolved task of its type.
func (e Earned) use(i int, solved bool) (credit.UseCount, bool) {
	in, out, at := e.In-e.Solved, e.Out-e.OutSolved, e.Solved+i
	if solved {
		in, out, at = e.Solved, e.OutSolved, i
	}
	u := credit.UseCount{ID: e.ID}
	fires := solved && i < e.Fires/2
	if fires {
		u.Fires = 2
	}
	if i >= in+out {
		return u, fires
	}
	u.Randomised, u.Propensity, u.Withheld = true, 1-credit.WithholdProbation, i >= in
	if !u.Withheld {
		part := func(n int) int { return n*(at+1)/e.In - n*at/e.In }
		u.Shown, u.Cited, u.Hits, u.Misses, u.LogE = 2, 1, part(e.Hits), part(e.Misses), e.LogE/float64(e.In)
		if solved {
			u.Reward = 1
		}
	}
	return u, true
}

// Earn finishes tasks in a scope, in which the rules were in or withheld.
func (s *Store) Earn(t testing.TB, scope agent.Scope, all ...Earned) {
	t.Helper()
	byType := map[string][]Earned{}
	var types []string
	for _, e := range all {
		if byType[e.Type] == nil {
			types = append(types, e.Type)
		}
		byType[e.Type] = append(byType[e.Type], e)
	}
	for _, name := range types {
		tasks := map[bool]int{} // solved and not
		for _, e := range byType[name] {
			tasks[true] = max(tasks[true], e.Solved+e.OutSolved, e.Fires/2)
			tasks[false] = max(tasks[false], e.In-e.Solved+e.Out-e.OutSolved)
		}
		for done := map[bool]int{}; done[true]+done[false] < tasks[true]+tasks[false]; {
			solved := done[true]*tasks[false] <= done[false]*tasks[true] && done[true] < tasks[true] || done[false] == tasks[false]
			batch := agent.Batch{Actor: string(agent.AuthorDistiller), Scope: scope, Task: &credit.TaskRecord{Type: name, Solved: solved}}
			for _, e := range byType[name] {
				if u, used := e.use(done[solved], solved); used {
					batch.Uses = append(batch.Uses, u)
				}
			}
			if _, err := s.Library().Save(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			done[solved]++
		}
	}
}

// The scopes of the sample rules.
var (
	mazes = agent.Scope{Environment: "maze", Schema: "4be1a2"}
	shop  = agent.Scope{Environment: "workshop", Dynamics: "w1", Schema: "4be1a2"}
)

// LearnSamples makes a library with a past of rules that begin with those of
// SampleRules: what those have earned, a snapshot from before some of it was
// changed, and one from before a change of four rules that was taken back.
func (s *Store) LearnSamples(t testing.TB, rules ...*agent.Heuristic) {
	t.Helper()
	const person = "you"
	library, ctx := s.Library(), t.Context()
	s.At(Noon.Add(-48 * time.Hour))
	first := make([]*agent.Heuristic, 9)
	for i := range first {
		first[i] = rules[i].Clone()
	}
	first[1].Status, first[2].Strategy = agent.Probation, "read the sign, then go on"
	s.Learn(t, first...)
	s.earnSamples(t)
	s.At(Noon.Add(-26 * time.Hour))
	if _, err := s.Snapshots().Take(ctx, person, "Before the pilot"); err != nil {
		t.Fatal(err)
	}
	s.At(Noon.Add(-25 * time.Hour))
	moves := []agent.Move{{ID: "h000002", From: agent.Probation, To: agent.Active, Reason: "helps: P(uplift > 0) 0.94"}}
	if _, err := library.Save(ctx, agent.Batch{Actor: string(agent.AuthorDistiller), Rules: rules[9:], Moves: moves}); err != nil {
		t.Fatal(err)
	}
	if _, err := library.Edit(ctx, person, "h000003", 1, catalog.HeuristicEdit{Strategy: &rules[2].Strategy}); err != nil {
		t.Fatal(err)
	}
	s.At(Noon.Add(-time.Hour))
	retired, err := library.Change(ctx, person, agent.ActRetire, catalog.RuleSelection{IDs: []string{"h000002", "h000006", "h000007", "h000010"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := library.Undo(ctx, person, retired.Revision); err != nil {
		t.Fatal(err)
	}
	s.At(Noon)
}

// earnSamples lets the sample rules take part in tasks.
func (s *Store) earnSamples(t testing.TB) {
	t.Helper()
	const small, large = "maze, 4 × 4", "maze, 5 × 5"
	s.Earn(t, mazes,
		Earned{ID: "h000001", Type: small, In: 32, Solved: 26, Out: 16, OutSolved: 8}, Earned{ID: "h000001", Type: large, In: 14, Solved: 11, Out: 8, OutSolved: 5},
		Earned{ID: "h000002", Type: small, In: 30, Solved: 24, Out: 18, OutSolved: 11}, Earned{ID: "h000002", Type: large, In: 12, Solved: 9, Out: 9, OutSolved: 6},
		Earned{ID: "h000003", Type: small, In: 34, Solved: 25, Out: 12, OutSolved: 8},
		Earned{ID: "h000007", Type: small, In: 14, Solved: 8, Out: 13, OutSolved: 8},
		Earned{ID: "h000008", Type: small, In: 19, Solved: 6, Out: 19, OutSolved: 12})
	s.Earn(t, shop, Earned{ID: "h000005", Type: "make a comb", In: 17, Solved: 12, Hits: 41, Misses: 2, LogE: 6.2}, Earned{ID: "h000009", Type: "make a comb", Fires: 6})
}
