package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// drawer is a world as a program that notes each of its starts in a file, draws
// its states and reaches its goal with the second action.
const drawer = `
import json, sys
open(sys.argv[1], "a").write("started\n")
def moment(n):
    return {"observation": "at %d" % n, "state": {"n": n}, "hidden": {"n": n}, "done": n == 2, "judge": {"success": n == 2},
            "legal": [] if n == 2 else [{"name": "onward", "params": {}}]}
for line in sys.stdin:
    q = json.loads(line)
    if q["cmd"] == "close":
        break
    a = {"hello": lambda: {"protocol": 1, "name": "drawer", "description": "A line of three places.", "actions": [{"name": "onward", "description": "Go on."}],
                           "powers": ["legal", "verify", "stateless", "picture"]},
         "reset": lambda: moment(0), "step": lambda: moment(q["hidden"]["n"] + 1),
         "picture": lambda: {"svg": "<svg><text>at %d</text></svg>" % q["hidden"]["n"]}}[q["cmd"]]()
    print(json.dumps({**a, "id": q["id"]}), flush=True)
`

// TestNoGetStartsAProgram looks at every page that knows something of a world
// whose program is started: none of them starts it, also not with another
// command in its address, which any site can make a browser ask for. Who asks for
// a drawing by a POST gets one.
func TestNoGetStartsAProgram(t *testing.T) {
	dir := t.TempDir()
	script, starts := filepath.Join(dir, "drawer.py"), filepath.Join(dir, "starts")
	if err := os.WriteFile(script, []byte(drawer), 0o600); err != nil {
		t.Fatal(err)
	}
	count := func() int {
		raw, err := os.ReadFile(starts)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return strings.Count(string(raw), "started")
	}
	s := serve(t, filepath.Join(dir, "data"), "", "--allow-remote-commands")
	config := fmt.Sprintf(`{"command":["python3",%q,%q],"purpose":"Reach the end"}`, script, starts)
	run := s.launch(map[string]any{"environment": map[string]any{"name": "remote", "config": map[string]any{
		"command": []string{"python3", script, starts}}}, "purpose": "Reach the end", "max_steps": 5, "seed": 1})
	if r := s.wait(run.ID, ended); r.Status != "finished" || r.Outcome == nil || !r.Outcome.Success {
		t.Fatalf("the run: %+v", r)
	}
	began := count()
	get := func(path, want string) {
		t.Helper()
		status, body := s.page(http.MethodGet, path)
		if status >= 500 || !strings.Contains(body, want) {
			t.Errorf("%s: %d, without %q:\n%s", path, status, want, body)
		}
	}
	picture := "/runs/" + run.ID + "/steps/1/picture"
	world := url.Values{"environment": {"remote"}, "config": {config}, "task": {"Reach the end"}}.Encode()
	get("/runs/"+run.ID, "Draw the state")
	get("/runs/"+run.ID+"/steps/1", "Draw the state")
	get(picture+".svg", "press Draw")
	get("/runs/"+run.ID+"/fork?step=1", "onward")
	get("/replay/simulate?"+world, "launch a run in this world first")
	get("/api/v1/retrieve?"+world, "launch a run in this world first")
	get("/new?"+world, "remote")
	get("/api/v1/environments", "remote")
	known := url.Values{"environment": {"remote"}, "config": {fmt.Sprintf(`{"command":["python3",%q,%q]}`, script, starts)}, "task": {"Reach the end"}}.Encode()
	get("/replay/simulate?"+known, "Reach the end")
	get("/api/v1/retrieve?"+known, `"rules"`)
	if n := count(); n != began {
		t.Fatalf("%d programs were started by pages that were looked at", n-began)
	}
	if status, body := s.page(http.MethodPost, picture); status != http.StatusOK || !strings.Contains(body, picture+".svg") {
		t.Errorf("POST %s: %d\n%s", picture, status, body)
	}
	get(picture+".svg", "<text>at 1</text>")
	s.page(http.MethodPost, picture) // again: it is there
	if n := count(); n != began+1 {
		t.Errorf("a drawing that was asked for twice started %d programs", n-began)
	}
}

// page asks for a page and follows where it leads.
func (s *server) page(method, path string) (int, string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url(path), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(raw)
}
