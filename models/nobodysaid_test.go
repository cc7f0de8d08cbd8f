package models

import (
	"path/filepath"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// TestOutcomesThatNobodyGave are neither solved nor not solved in lists, and
// those from before, which stood as the critic's word, read as what they are.
func TestOutcomesThatNobodyGave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "purpose.db")
	db, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	said := agent.Score{PhiAfter: 2, Critic: "m"}
	mute := agent.Unscored(0, "m", "prose")
	step := func(s agent.Score) agent.EventData {
		return agent.StepTaken{Step: agent.Step{Index: 1, Action: agent.Action{Name: "ADD"}, Score: s, At: start}}
	}
	before := agent.TaskResult{Outcome: agent.Outcome{Source: agent.SourceCritic}}
	runs := []struct {
		id     string
		events []agent.EventData
		want   agent.Source
	}{
		{"r_failed", []agent.EventData{agent.RunFailed{Message: "no answer", Result: before}}, agent.SourceNobody},
		{"r_mute", []agent.EventData{agent.RunStarted{Score: mute}, step(mute), agent.RunFinished{Result: before}}, agent.SourceNobody},
		{"r_first", []agent.EventData{agent.RunStarted{Score: said}, step(mute), agent.RunFinished{Result: before}}, agent.SourceCritic},
		{"r_step", []agent.EventData{agent.RunStarted{Score: mute}, step(said), agent.RunStopped{Result: before}}, agent.SourceCritic},
	}
	for _, r := range runs {
		epoch := newRun(t, db, r.id, nil)
		for i, data := range r.events {
			if err := db.Runs().Append(t.Context(), r.id, epoch, agent.Event{Seq: int64(i + 2), Run: r.id, At: start, Data: data}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := db.write.Exec(`DELETE FROM schema_version WHERE version_id = 14`).Error; err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, path)
	for _, want := range runs {
		r, err := db.Runs().Get(t.Context(), want.id)
		if err != nil || r.Outcome.Source != want.want || r.Result.Outcome.Source != want.want || strings.HasPrefix(r.Result.Summary(), "nobody said") != (want.want == agent.SourceNobody) {
			t.Errorf("%s: %+v, %q, %v; want %s", want.id, r.Outcome, r.Result.Summary(), err, want.want)
		}
	}
	f, err := db.Runs().Facets(t.Context(), catalog.RunQuery{})
	if err != nil || f.ByStatus[agent.RunIsFinished] != 2 || f.Solved["yes"] != 0 || f.Solved["no"] != 1 {
		t.Errorf("facets %+v, %v", f, err)
	}
	page, err := db.Runs().List(t.Context(), catalog.RunQuery{Terms: []catalog.RunTerm{catalog.Is(catalog.RunSolved, "no")}, Limit: 10})
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != "r_first" {
		t.Errorf("not solved: %+v, %v", page.Items, err)
	}
}
