package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// seeds are trainings with the shares of on, off and append-successes.
func seeds(shares ...[3]float64) []seed {
	var out []seed
	for i, s := range shares {
		arms := map[string]float64{"on": s[0], "off": s[1], "append-successes": s[2]}
		out = append(out, seed{Seed: i + 1, Solved: arms, Score: arms})
	}
	return out
}

func TestJudge(t *testing.T) {
	sure := seeds([3]float64{.96, .1, .9}, [3]float64{.97, .1, .92}, [3]float64{.98, .1, .91})
	tests := []struct {
		name    string
		goal    row
		optimum float64
		seeds   []seed
		missed  string // "" where the goal is reached
	}{
		{"reached", row{Solved: .95}, 0, sure, ""},
		{"not reached", row{Solved: .99}, 0, sure, "solved 0.97, not 0.99"},
		{"the score is not", row{Solved: .95, Score: .99}, 0, sure, "score 0.97, not 0.99"},
		{"a share of the optimum", row{Solved: .9, Optimum: []string{"x"}}, .7, sure, ""},
		{"an optimum that is not known", row{Solved: .9, Optimum: []string{"x"}}, 0, sure, "solved 0.97, not 0.00"},
		{"below off", row{}, 0, seeds([3]float64{.1, .3, .1}, [3]float64{.12, .3, .1}), "on − off may be as low as"},
		{"below append", row{}, 0, seeds([3]float64{.9, .3, 1}, [3]float64{.9, .3, 1}), "on − append may be as low as -0.10"},
		{"as good as append", row{}, 0, seeds([3]float64{1, .3, 1}, [3]float64{1, .3, 1}), ""},
		{"underpowered", row{Solved: .5}, 0, seeds([3]float64{.5, .1, .1}, [3]float64{.9, .1, .1}), "underpowered"},
		{"one seed", row{Solved: .5}, 0, seeds([3]float64{.9, .1, .1}), "underpowered"},
		{"a training failed", row{}, 0, append(seeds([3]float64{1, .3, 1}, [3]float64{1, .3, 1}), seed{Seed: 3, Error: "no program"}), "seed 3: no program"},
		{"all failed", row{}, 0, []seed{{Seed: 1, Error: "no program"}}, "nothing was measured"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := result{Seeds: test.seeds, Optimum: test.optimum}
			least := test.goal.Solved
			if test.goal.Optimum != nil {
				least *= test.optimum
			}
			r.sumUp()
			r.judge(test.goal, least)
			missed := strings.Join(r.Missed, "; ")
			if r.Met != (test.missed == "") || !strings.Contains(missed, test.missed) {
				t.Errorf("met %v, missed %q; want %q", r.Met, missed, test.missed)
			}
			if line := r.line(); !strings.Contains(line, test.missed) {
				t.Errorf("the table does not say why: %s", line)
			}
		})
	}
}

// TestRowsAreDescribed holds that each row has its program, and its place in
// docs/anchors.md with the versions that are installed.
func TestRowsAreDescribed(t *testing.T) {
	raw, err := os.ReadFile("../../docs/anchors.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for _, r := range rows {
		if _, err := os.Stat(filepath.Join("../..", r.Program[0])); err != nil {
			t.Error(err)
		}
		if !strings.Contains(text, "`"+strings.TrimSuffix(strings.TrimSuffix(r.Name, "5x5"), "6x6")) {
			t.Errorf("docs/anchors.md says nothing of %s", r.Name)
		}
	}
	for line := range strings.Lines(string(requirements)) {
		name, version, _ := strings.Cut(strings.TrimSpace(line), "==")
		if name == "gymnasium" || name == "minigrid" || name == "textworld_express" {
			if !strings.Contains(text, name+" "+version) {
				t.Errorf("docs/anchors.md does not name %s %s", name, version)
			}
		}
	}
}

func TestChoose(t *testing.T) {
	if all, some, err := choose(""); err != nil || len(all) != len(rows) || len(some) != len(checks) {
		t.Errorf("got %d rows, %v, want all", len(all), err)
	}
	if some, also, err := choose("taxi, humaneval, twc"); err != nil || len(also) != 1 || len(some) != 2 || some[1].Name != "twc" {
		t.Errorf("got %v, %v", some, err)
	}
	if _, _, err := choose("chess"); err == nil || !strings.Contains(err.Error(), `no row "chess"`) {
		t.Errorf("got %v", err)
	}
}
