package reasoner_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/reasoner"
	"purposeagent/environments/maze"
	"purposeagent/environments/workshop"
)

func workshopSchool(tb testing.TB, install string, level string) *school {
	tb.Helper()
	shops := map[string]*workshop.Workshop{}
	for _, split := range []string{"train", "test"} {
		w, err := workshop.New(agent.MustObject(map[string]any{"split": split, "level": level}), install)
		check(tb, err)
		shops[split] = w
	}
	s := &school{name: "workshop", limit: map[string]int{"train": 40, "test": 40}}
	s.open = func(split string) agent.Environment { return shops[split] }
	s.purpose = func(split string, seed int64) string { return shops[split].DrawPurpose(seed) }
	s.enrol()
	return s
}

func mazeSchool(tb testing.TB, config map[string]any, train, test int) *school {
	tb.Helper()
	s := &school{name: "maze", limit: map[string]int{"train": train, "test": test}}
	s.open = func(string) agent.Environment {
		m, err := maze.New(agent.MustObject(config))
		check(tb, err)
		return m
	}
	s.purpose = func(string, int64) string { return maze.DefaultPurpose }
	s.enrol()
	return s
}

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// TestTable prints the learning table of the README; set REASONER_TABLE.
func TestTable(t *testing.T) {
	what := os.Getenv("REASONER_TABLE")
	if what == "" {
		t.Skip("set REASONER_TABLE to workshop, rich, noisy, maze or outcome")
	}
	points := []int{10, 25, 50, 100, 200}
	if text := os.Getenv("POINTS"); text != "" {
		points = nil
		for part := range strings.SplitSeq(text, ",") {
			n, err := strconv.Atoi(part)
			check(t, err)
			points = append(points, n)
		}
	}
	worlds, base := number("WORLDS", 6), number("BASE", 0)
	tests := number("TESTS", 40)
	sums := make([]float64, len(points))
	offSum := 0.0
	for w := range worlds {
		var s *school
		install := fmt.Sprintf("reasoner-%d", base+w)
		switch what {
		case "workshop", "noisy", "blind":
			s = workshopSchool(t, install, "plain")
		case "rich":
			s = workshopSchool(t, install, "rich")
		case "maze", "outcome":
			s = mazeSchool(t, map[string]any{}, 200, 110)
			s.factor = 5
		}
		if what == "noisy" {
			s.critic = func(env agent.Environment) agent.Critic {
				return reasoner.Noisy(reasoner.NewCritic(env, nil), 1, int64(w))
			}
		}
		if what == "outcome" || what == "blind" {
			s.critic = func(env agent.Environment) agent.Critic {
				return reasoner.NewCritic(struct{ agent.Environment }{env}, nil)
			}
		}
		s.testFrom = int64(500_001 + 1_000_000*(base+w))
		start := time.Now()
		offShare, _ := s.share(t, off, tests)
		offSum += offShare
		var line strings.Builder
		fmt.Fprintf(&line, "%s off %.2f on", install, offShare)
		done := 0
		for i, p := range points {
			for ; done < p; done++ {
				s.run(t, "train", int64(1+done+1_000_000*(base+w)), train)
			}
			x, steps := s.share(t, on, tests)
			sums[i] += x
			fmt.Fprintf(&line, " %d:%.2f(%.1f)", p, x, steps)
		}
		rules, _ := s.library.All(t.Context(), agent.ScopeOf(s.name, s.open("train")))
		live := 0
		for _, r := range rules {
			if r.Usable() {
				live++
				if os.Getenv("RULES") != "" {
					fmt.Printf("  %s %d of %d, prior %.2f: %s, %s\n", r.ID, r.Good, r.Good+r.Bad, r.Predicate.Prior, r.Pattern, r.Strategy+r.Avoid)
				}
			}
		}
		fmt.Println(line.String(), live, "of", len(rules), "rules,", s.changes, "changes", time.Since(start).Round(time.Millisecond))
	}
	var line strings.Builder
	fmt.Fprintf(&line, "mean off %.3f on", offSum/float64(worlds))
	for i, p := range points {
		fmt.Fprintf(&line, " %d:%.3f", p, sums[i]/float64(worlds))
	}
	fmt.Println(line.String())
}
