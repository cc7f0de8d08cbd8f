package main

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"purposeagent/internal/commands"
	"purposeagent/internal/lab"
)

func TestLabCommand(t *testing.T) {
	data := t.TempDir()
	code, stdout, stderr := built(t, "lab", "--environment", "workshop", "--config", `{"world":2}`, "--train", "15", "--test", "8",
		"--arms", "off,on,placebo,append-successes", "--seed", "7", "--curve", "0,10", "--json", "--data", data)
	if code != commands.ExitOK || !strings.HasPrefix(stderr, "planned: ") || !strings.Contains(stderr, "training: 50 % of 15") {
		t.Fatalf("exit %d, and on standard error: %s", code, stderr) // how far it is, beside the JSON
	}
	d := json.NewDecoder(strings.NewReader(stdout))
	var r lab.Report
	if err := d.Decode(&r); err != nil || d.More() {
		t.Fatalf("not one JSON object: %v", err)
	}
	for _, a := range lab.DefaultArms {
		if r.Arms[a] == nil || r.Arms[a].N != 8 {
			t.Errorf("arm %s: %+v", a, r.Arms[a])
		}
	}
	if len(r.Comparisons) != 3 || len(r.ConfigHash) != 64 || len(r.Commitment) != 64 || r.Optimum == nil || len(r.Curve) != 2 || r.Verdict == "" {
		t.Errorf("%d comparisons, hash %q, commitment %q, curve %v", len(r.Comparisons), r.ConfigHash, r.Commitment, r.Curve)
	}
	file := filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(file, []byte(stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("python3", "../../docs/lab/check.py", file).CombinedOutput(); err != nil {
		t.Errorf("the checker: %v\n%s", err, out)
	}

	// The table for people, from outcomes alone; the user's library stays empty.
	code, stdout, stderr = built(t, "lab", "-e", "maze", "--config", `{"size":3,"keys":1}`, "--train", "5", "--test", "4", "--critic", "outcome", "--arms", "on,off,shuffled", "--data", data)
	if code != commands.ExitOK || !strings.Contains(stdout, "on − off") || !strings.Contains(stdout, "usable rules") || !strings.Contains(stderr, "planned: ") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if code, stdout, _ = purpose(t, "library", "report", "--data", data); code != commands.ExitOK || !strings.HasPrefix(stdout, "0 heuristics") {
		t.Errorf("the experiments wrote into the library: %s", stdout)
	}
}

func TestLabOverWorlds(t *testing.T) {
	args := []string{"lab", "-e", "workshop", "--worlds", "1-2,5", "--train", "8", "--test", "5", "--arms", "on,off", "--curve", "0", "--data", t.TempDir()}
	code, stdout, stderr := built(t, append(args, "--json")...)
	var r lab.WorldsReport
	if err := json.Unmarshal([]byte(stdout), &r); code != commands.ExitOK || err != nil {
		t.Fatalf("exit %d, %v: %s", code, err, stderr)
	}
	if len(r.Worlds) != 3 || r.Arms[lab.On].N != 15 || r.Comparisons["on-off"].Worlds != 3 || len(r.Curve) != 1 || r.Worlds[2].Spec.Environment.Config.Map()["world"] != json.Number("5") {
		t.Errorf("%d worlds, %+v", len(r.Worlds), r.Comparisons["on-off"])
	}
	file := filepath.Join(t.TempDir(), "worlds.json")
	if err := os.WriteFile(file, []byte(stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("python3", "../../docs/lab/check.py", file).CombinedOutput(); err != nil {
		t.Errorf("the checker: %v\n%s", err, out)
	}
	if code, stdout, _ = built(t, args...); code != commands.ExitOK || !strings.Contains(stdout, "on − off") || !strings.Contains(stdout, "Over 3 worlds") {
		t.Errorf("exit %d:\n%s", code, stdout)
	}
}

func TestLabWrongUse(t *testing.T) {
	data := t.TempDir()
	for _, tt := range []struct{ name, args, want string }{
		{"no environment", "--train 5 --test 5", "--environment workshop"},
		{"unknown environment", "-e workship", "did you mean"},
		{"unknown setting", `-e workshop --config {"wrold":2}`, "wrold"},
		{"bad config", "-e workshop --config [1]", "JSON object"},
		{"no training", "-e workshop --train 0", "1 to 100000"},
		{"no test", "-e workshop --test 0", "2 to 100000"},
		{"overlap", "-e workshop --train-from 1 --test-from 100", "overlap"},
		{"unknown arm", "-e workshop --arms on,of", "there is no arm"},
		{"no arms", "-e workshop --arms ,", "at least one"},
		{"seed zero", "-e workshop --seed 0", "seed"},
		{"curve in words", "-e workshop --curve ten", "whole number"},
		{"unknown model", "-e workshop --model nobody:x", "model"},
		{"unknown critic", "-e workshop --critic loud:2", "critic"},
		{"endless noise", "-e workshop --critic noisy:Inf", "standard deviation"},
		{"worlds in words", "-e workshop --worlds one-two", "1-10"},
		{"one world", "-e workshop --worlds 3", "2 to 200"},
		{"a world twice", "-e workshop --worlds 3,3", "twice"},
		{"a world that is none", "-e workshop --worlds 0-1", "world"},
		{"no worlds there", "-e maze --worlds 1-3", "has no worlds"},
		{"endless worlds", "-e workshop --worlds 1-2000000000", "range"},
		{"left-over word", "-e workshop now", "now"},
		{"wrong type", "-e workshop --train many", "train"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := purpose(t, append(append([]string{"lab"}, strings.Fields(tt.args)...), "--data", data)...)
			if code != commands.ExitWrongUse || !strings.Contains(stderr, tt.want) || stdout != "" {
				t.Errorf("exit %d, want 2; said %q, want %q", code, stderr, tt.want)
			}
		})
	}
}

// The request that the form of an experiment shows is one that the API takes.
func TestLabCurlIsTaken(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	response, err := http.Get(s.url("/lab/new?environment.name=maze&arms=off&train=2&test=3&seed=1&tries=2"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	doc, err := goquery.NewDocumentFromReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	_, body, ok := strings.Cut(doc.Find("pre").FilterFunction(func(_ int, pre *goquery.Selection) bool { return strings.HasPrefix(pre.Text(), "curl ") }).First().Text(), "-d '")
	if !ok {
		t.Fatal("the form shows no request")
	}
	var started struct {
		Request struct{ Spec lab.Spec }
	}
	s.call(http.MethodPost, "/api/v1/experiments", json.RawMessage(strings.TrimSuffix(strings.TrimSpace(body), "'")), &started)
	if spec := started.Request.Spec; spec.Environment.Name != "maze" || spec.Train != 2 || spec.Test != 3 || spec.Tries != 2 {
		t.Errorf("%+v", spec)
	}
}
