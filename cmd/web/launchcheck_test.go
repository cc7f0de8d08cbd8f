package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"purposeagent/internal/commands"
)

// answer posts JSON and returns the status with the whole answer.
func (s *server) answer(path, contentType, body string) (int, string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url(path), strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	r, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return r.StatusCode, string(raw)
}

// A task that its world can't read is refused before anything is launched,
// wherever it comes from, with the world's own message beside the field.
func TestTaskThatTheWorldCantRead(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "")
	const asks = "Make what the order asks for"
	for _, c := range []struct{ name, path, body, field string }{
		{"a run", "/api/v1/runs", `{"environment":{"name":"workshop"},"purpose":"` + asks + `"}`, "purpose"},
		{"a group", "/api/v1/runs", `{"environment":{"name":"workshop"},"purpose":"` + asks + `","repeats":5}`, "purpose"},
		{"an experiment", "/api/v1/experiments", `{"environment":{"name":"workshop"},"purpose":"` + asks + `","train":5,"test":5}`, "purpose"},
		{"a suite of worlds", "/api/v1/experiments", `{"environment":{"name":"workshop"},"purpose":"` + asks + `","train":5,"test":5,"worlds":[1,2]}`, "purpose"},
		{"an initial state", "/api/v1/runs", `{"environment":{"name":"workshop"},"purpose":"deliver a comb","initial_state":{"things":{}}}`, "initial_state"},
		{"a state of no maze", "/api/v1/runs", `{"environment":{"name":"maze"},"purpose":"Find the treasure","seed":3,"initial_state":{"place":"nowhere"}}`, "initial_state"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := s.answer(c.path, "application/json", c.body)
			if status != http.StatusUnprocessableEntity || !strings.Contains(body, `"`+c.field) {
				t.Errorf("%d %.400s; want 422 at %s", status, body, c.field)
			}
			if c.field == "purpose" && !strings.Contains(body, "write an order such as") {
				t.Errorf("it does not say what to write: %.400s", body)
			}
		})
	}
	t.Run("the page", func(t *testing.T) {
		form := url.Values{"environment.name": {"workshop"}, "purpose": {asks}, "max_steps": {"20"}, "early_stop_phi": {"9"}, "repeats": {"1"}, "memory": {"on"}, "models.actor": {"reasoner"}}
		status, body := s.answer("/runs", "application/x-www-form-urlencoded", form.Encode())
		if _, beside, _ := strings.Cut(body, `id="f-purpose-error"`); status != http.StatusUnprocessableEntity || !strings.Contains(beside[:min(600, len(beside))], "the workshop does not know") {
			t.Errorf("%d, beside the field: %.600s", status, beside)
		}
	})
	t.Run("the command line", func(t *testing.T) {
		for _, args := range [][]string{{"run", "--max-steps", "5"}, {"lab", "--train", "5", "--test", "5"}} {
			var out, complaint strings.Builder
			none := func(string) (string, bool) { return "", false }
			args = append([]string{"purpose"}, append(args, "--environment", "workshop", "--purpose", asks, "--data", t.TempDir(), "--log-level", "error")...)
			if code := run(t.Context(), args, none, &out, &complaint); code != commands.ExitWrongUse || !strings.Contains(complaint.String(), "write an order such as") {
				t.Errorf("%s: exit %d, %s", args[1], code, complaint.String())
			}
		}
	})
	t.Run("a fork", func(t *testing.T) {
		parent := s.wait(s.launch(map[string]any{"environment": map[string]any{"name": "workshop"}, "seed": 3, "max_steps": 3, "memory": "off"}).ID, ended)
		status, body := s.answer(fmt.Sprintf("/api/v1/runs/%s/fork", parent.ID), "application/json", `{"step":1,"state":{"things":{}}}`)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, `"state"`) && !strings.Contains(body, `.state"`) {
			t.Errorf("%d %.400s; want 422 at state", status, body)
		}
		var page struct{ Items []launched }
		s.call(http.MethodGet, "/api/v1/runs", nil, &page)
		if len(page.Items) != 1 {
			t.Errorf("%d runs are there, want the fork's parent alone", len(page.Items))
		}
	})
}
