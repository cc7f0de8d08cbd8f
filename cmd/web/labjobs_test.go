package main

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"purposeagent/internal/commands"
)

// kept is an experiment as the API answers it.
type kept struct {
	ID         string
	Name       string
	Status     string
	Reason     string
	Verdict    string
	ConfigHash string `json:"config_hash"`
	Progress   struct {
		Phase string
		Done  int
		Total int
	}
}

func (k kept) final() bool {
	return k.Status == "finished" || k.Status == "failed" || k.Status == "cancelled"
}

func (s *server) start(path string, ask map[string]any) kept {
	s.t.Helper()
	var e kept
	if status := s.call(http.MethodPost, path, ask, &e); status != http.StatusCreated {
		s.t.Fatalf("%s answered %d", path, status)
	}
	return e
}

func (s *server) experiment(id string, want func(kept) bool) kept {
	s.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(5 * time.Minute)
	for {
		var e kept
		if status := s.call(http.MethodGet, "/api/v1/experiments/"+id, nil, &e); status != http.StatusOK {
			s.t.Fatalf("the experiment answered %d", status)
		}
		switch {
		case want(e):
			return e
		case e.final():
			s.t.Fatalf("it ended too early: %+v", e)
		}
		select {
		case <-tick.C:
		case <-late:
			s.t.Fatalf("it hangs: %+v", e)
		}
	}
}

func (s *server) report(id string) string {
	s.t.Helper()
	var raw json.RawMessage
	if status := s.call(http.MethodGet, "/api/v1/experiments/"+id+"/report", nil, &raw); status != http.StatusOK {
		s.t.Fatalf("the report answered %d", status)
	}
	return untimed(string(raw))
}

var seconds = regexp.MustCompile(`"seconds":[0-9.e+-]+`)

func untimed(report string) string {
	return seconds.ReplaceAllString(strings.TrimSpace(report), `"seconds":0`)
}

func recomputes(t *testing.T, report string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(file, []byte(report), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("python3", "../../docs/lab/check.py", file).CombinedOutput(); err != nil {
		t.Errorf("the checker: %v\n%s", err, out)
	}
}

// TestKillNineInMidExperimentLosesNothing: killed while it trains and while it
// tests, an experiment goes on by itself, and its report is the one that
// nobody disturbed makes, byte for byte but for the time.
func TestKillNineInMidExperimentLosesNothing(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "")
	e := s.start("/api/v1/experiments", map[string]any{"environment": map[string]any{"name": "workshop"}, "train": 120, "test": 40, "seed": 3, "curve": []int{10},
		"arms": []string{"on", "off", "append-successes"}})
	s.experiment(e.ID, func(e kept) bool { return e.Progress.Phase == "training" && e.Progress.Done >= 5 })
	s.kill()
	s = serve(t, data, "")
	s.experiment(e.ID, func(e kept) bool { return e.Progress.Phase == "testing" && e.Progress.Done >= 6 })
	s.kill()
	s = serve(t, data, "")
	done := s.experiment(e.ID, kept.final)
	if done.Status != "finished" || done.ConfigHash != e.ConfigHash || done.Verdict == "" {
		t.Fatalf("%+v", done)
	}
	report := s.report(e.ID)
	recomputes(t, report)
	code, undisturbed, stderr := purpose(t, "lab", "-e", "workshop", "--train", "120", "--test", "40", "--seed", "3", "--curve", "10",
		"--arms", "on,off,append-successes", "--json", "--data", data)
	if code != commands.ExitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if undisturbed = untimed(undisturbed); report != undisturbed {
		t.Errorf("the report is\n%s\nwant\n%s", report, undisturbed)
	}
}

func TestExperimentsOverTheAPI(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	long := s.start("/api/v1/experiments", map[string]any{"environment": map[string]any{"name": "maze"}, "name": "long", "train": 3000, "test": 20, "arms": []string{"on", "off"}})
	s.experiment(long.ID, func(e kept) bool { return e.Progress.Done >= 2 })
	if status := s.call(http.MethodDelete, "/api/v1/experiments/"+long.ID, nil, nil); status != http.StatusConflict {
		t.Errorf("deleting one that runs answered %d", status)
	}
	if status := s.call(http.MethodGet, "/api/v1/experiments/"+long.ID+"/report", nil, nil); status != http.StatusConflict {
		t.Errorf("the report of one that runs answered %d", status)
	}
	s.call(http.MethodPost, "/api/v1/experiments/"+long.ID+"/cancel", nil, nil)
	before := s.experiment(long.ID, kept.final)
	if before.Status != "cancelled" || before.Reason != "cancelled by api" {
		t.Errorf("%+v", before)
	}
	s.call(http.MethodPost, "/api/v1/experiments/"+long.ID+"/resume", nil, nil)
	s.experiment(long.ID, func(e kept) bool { return e.Progress.Done > before.Progress.Done })
	s.call(http.MethodPost, "/api/v1/experiments/"+long.ID+"/cancel", nil, nil)
	s.experiment(long.ID, kept.final)
	var page struct{ Items []kept }
	if s.call(http.MethodGet, "/api/v1/experiments?q=status:cancelled+long", nil, &page); len(page.Items) != 1 || page.Items[0].Name != "long" {
		t.Errorf("the list has %+v", page)
	}
	if status := s.call(http.MethodDelete, "/api/v1/experiments/"+long.ID, nil, nil); status != http.StatusNoContent {
		t.Errorf("deleting answered %d", status)
	}
	if status := s.call(http.MethodGet, "/api/v1/experiments/"+long.ID, nil, nil); status != http.StatusNotFound {
		t.Errorf("what was deleted answered %d", status)
	}
	for _, tt := range []struct{ name, body, field string }{
		{"unknown environment", `{"environment":{"name":"mase"}}`, "environment.name"},
		{"unknown setting", `{"environment":{"name":"maze","config":{"sise":3}}}`, "environment.config.sise"},
		{"overlap", `{"environment":{"name":"maze"},"train_from":1,"test_from":100}`, "test_from"},
		{"one task", `{"environment":{"name":"maze"},"test":1}`, "test"},
		{"no tasks", `{"environment":{"name":"maze"},"train":0}`, "train"},
		{"huge", `{"environment":{"name":"maze"},"train":9223372036854775807}`, "train"},
		{"unknown arm", `{"environment":{"name":"maze"},"arms":["up"]}`, "arms"},
		{"unknown model", `{"environment":{"name":"maze"},"models":{"actor":"nobody:x"}}`, "models.actor"},
		{"unknown critic", `{"environment":{"name":"maze"},"models":{"critic":"noisy:x"}}`, "models.critic"},
		{"another model that is none", `{"environment":{"name":"maze"},"arms":["on","model:nobody:x"]}`, "arms"},
		{"no worlds there", `{"environment":{"name":"maze"},"worlds":[1,2]}`, "worlds"},
		{"seed zero", `{"environment":{"name":"maze"},"seed":0}`, "seed"},
		{"no draws", `{"environment":{"name":"maze"},"draws":0}`, "draws"},
		{"an empty library", `{"environment":{"name":"maze"},"source":"library"}`, "source"},
		{"unknown field", `{"environment":{"name":"maze"},"trian":5}`, "trian"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got apiError
			if status := s.call(http.MethodPost, "/api/v1/experiments", []byte(tt.body), &got); status != http.StatusUnprocessableEntity || got.Error.Fields[tt.field] == "" {
				t.Errorf("answered %d %+v, want 422 and %s", status, got, tt.field)
			}
		})
	}
	for _, path := range []string{"/cancel", "/resume"} {
		if status := s.call(http.MethodPost, "/api/v1/experiments/x_none"+path, nil, nil); status != http.StatusNotFound {
			t.Errorf("%s of none answered %d", path, status)
		}
	}
	if status := s.call(http.MethodPost, "/api/v1/heuristics/h_none/audit", nil, nil); status != http.StatusNotFound {
		t.Errorf("the audit of none answered %d", status)
	}
	var described struct {
		Paths      map[string]any
		Components struct{ Schemas map[string]any }
	}
	s.call(http.MethodGet, "/api/openapi.json", nil, &described)
	for _, name := range []string{"LabReport", "LabWorldsReport", "ExperimentBody"} {
		if described.Components.Schemas[name] == nil {
			t.Errorf("the API's description lacks %s", name)
		}
	}
}

// TestTheLibraryOnTrial: what the installation itself has learned is frozen
// and tested, and one rule of it is audited.
func TestTheLibraryOnTrial(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	world := map[string]any{"name": "workshop", "config": map[string]any{"world": 4}}
	for i := range 2 {
		var r launched
		s.call(http.MethodPost, "/api/v1/runs", map[string]any{"environment": world, "seed": 1 + 10*i, "repeats": 8, "max_steps": 40}, &r)
		for _, id := range r.Runs { // of one that still learns the rules may change below
			s.wait(id, ended)
		}
	}
	e := s.start("/api/v1/experiments", map[string]any{"environment": world, "source": "library", "test": 6, "arms": []string{"on", "off"}})
	if done := s.experiment(e.ID, kept.final); done.Status != "finished" {
		t.Fatalf("%+v", done)
	}
	report := s.report(e.ID)
	recomputes(t, report)
	var r struct {
		Promoted int
		InTrial  int `json:"in_trial"`
		Spec     struct{ Snapshot string }
		Training struct{ N int }
	}
	if err := json.Unmarshal([]byte(report), &r); err != nil || r.Promoted+r.InTrial == 0 || len(r.Spec.Snapshot) != 64 || r.Training.N != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	var rules struct {
		Items []struct{ ID, Status string }
	}
	s.call(http.MethodGet, "/api/v1/heuristics?q=status:active,probation+env:workshop&sort=support&limit=1", nil, &rules)
	if len(rules.Items) != 1 {
		t.Fatal("no rule was learned")
	}
	audit := s.start("/api/v1/heuristics/"+rules.Items[0].ID+"/audit", map[string]any{"test": 4})
	if done := s.experiment(audit.ID, kept.final); done.Status != "finished" || !strings.Contains(done.Verdict, rules.Items[0].ID) {
		t.Fatalf("%+v", done)
	}
	report = s.report(audit.ID)
	recomputes(t, report)
	if !strings.Contains(report, `"on-leave-one-out:`+rules.Items[0].ID) || !strings.Contains(report, `"world":4`) {
		t.Errorf("the audit is\n%s", report)
	}
}

// TestExperimentsOnTheCommandLine: kept, listed, shown, exported, deleted.
func TestExperimentsOnTheCommandLine(t *testing.T) {
	data := t.TempDir()
	at := []string{"--data", data}
	do := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := purpose(t, append(append([]string{"lab"}, args...), at...)...)
		if code != want {
			t.Fatalf("purpose lab %v: exit %d, want %d\n%s%s", args, code, want, stdout, stderr)
		}
		return stdout, stderr
	}
	if stdout, _ := do(commands.ExitOK, "list"); !strings.Contains(stdout, "no experiments") {
		t.Errorf("an empty list says %q", stdout)
	}
	ask := []string{"-e", "workshop", "--train", "8", "--test", "5", "--arms", "on,off"}
	plain, _ := do(commands.ExitOK, append(ask, "--json")...)
	saved, _ := do(commands.ExitOK, append(ask, "--json", "--save", "--name", "first try")...)
	if untimed(saved) != untimed(plain) {
		t.Errorf("the saved one differs:\n%s\nwant\n%s", saved, plain)
	}
	var list []kept
	stdout, _ := do(commands.ExitOK, "list", "--json")
	if err := json.Unmarshal([]byte(stdout), &list); err != nil || len(list) != 1 || list[0].Name != "first try" || list[0].Status != "finished" {
		t.Fatalf("the list is %s, %v", stdout, err)
	}
	id := list[0].ID
	if stdout, _ := do(commands.ExitOK, "list"); !strings.Contains(stdout, id) || !strings.Contains(stdout, list[0].Verdict) {
		t.Errorf("the list says %q", stdout)
	}
	if stdout, _ := do(commands.ExitOK, "show", id); !strings.Contains(stdout, "on − off") {
		t.Errorf("it is shown as %q", stdout)
	}
	if stdout, _ := do(commands.ExitOK, "export", id); untimed(stdout) != untimed(plain) {
		t.Errorf("it is exported as %q", stdout)
	}
	do(commands.ExitFailed, "cancel", id)
	do(commands.ExitFailed, "resume", id)
	do(commands.ExitWrongUse, "show")
	do(commands.ExitWrongUse, "show", "x_none")
	do(commands.ExitWrongUse, "list", "all")
	do(commands.ExitOK, "delete", id)
	do(commands.ExitWrongUse, "delete", id)
}
