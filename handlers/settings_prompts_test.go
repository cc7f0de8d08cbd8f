package handlers

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/roles"
)

// promptShelf keeps versions of the actor's prompt in memory.
type promptShelf struct {
	written []roles.PromptVersion
	used    int
}

func (p *promptShelf) Versions(_ context.Context, role agent.ModelRole) ([]roles.PromptVersion, error) {
	if roles.BuiltinPrompt(role) == nil {
		return nil, agent.Errorf(agent.CodeNotFound, "there is no prompt %q", role)
	}
	list := []roles.PromptVersion{{Role: role, Text: "You act.\nState: <<{{.State}}>>\n", Note: "built in", Actor: "Purpose", Used: true}}
	for _, v := range p.written {
		if v.Role == role {
			v.Used = v.N == p.used
			list[len(list)-1].Used = p.used == 0
			list = append([]roles.PromptVersion{v}, list...)
		}
	}
	return list, nil
}

func (p *promptShelf) Write(_ context.Context, actor string, role agent.ModelRole, base int, text, note string) (roles.PromptVersion, error) {
	switch {
	case !strings.Contains(text, "{{.State}}"):
		return roles.PromptVersion{}, agent.InvalidFields(map[string]string{"text": "leaves out {{.State}}"})
	case base != len(p.written):
		return roles.PromptVersion{}, agent.Errorf(agent.CodeConflict, "somebody wrote version %d meanwhile", len(p.written))
	}
	v := roles.PromptVersion{Role: role, N: len(p.written) + 1, Text: text, Note: note, Actor: actor, At: noon.Add(-time.Hour)}
	p.written, p.used = append(p.written, v), v.N
	return v, nil
}

func (p *promptShelf) Use(_ context.Context, _ string, _ agent.ModelRole, n int) error {
	if n > len(p.written) {
		return agent.Errorf(agent.CodeNotFound, "there is no prompt %d", n)
	}
	p.used = n
	return nil
}

func TestPromptPages(t *testing.T) {
	shelf := &promptShelf{}
	x := newSite(t, func(c *Config) { c.Prompts = shelf })
	if w := ask(x, http.MethodPost, "/settings/prompts/actor", form("base", "0", "text", "You now act.\r\nState: <<{{.State}}>>\r\n", "note", "warmer")); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body)
	}
	for name, path := range map[string]string{"prompts": "/settings/prompts", "prompt": "/settings/prompts/actor"} {
		t.Run(name, func(t *testing.T) {
			w := ask(x, http.MethodGet, path, "", "HX-Request", "true")
			if w.Code != http.StatusOK {
				t.Fatal(w.Code, w.Body)
			}
			golden(t, name, w.Body.String())
		})
	}
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"an old version to begin with", http.MethodGet, "/settings/prompts/actor?version=0", "", 200, "You act."},
		{"a version that is not there", http.MethodGet, "/settings/prompts/actor?version=9", "", 404, "has no version 9"},
		{"no number", http.MethodGet, "/settings/prompts/actor?version=x", "", 422, "must be a number"},
		{"a role that is not there", http.MethodGet, "/settings/prompts/judge", "", 404, "There is no prompt"},
		{"what is no prompt, and stays in the form", http.MethodPost, "/settings/prompts/actor", form("base", "1", "text", "my words"), 422, "my words</textarea>"},
		{"on top of an old version", http.MethodPost, "/settings/prompts/actor", form("base", "0", "text", "x {{.State}}"), 422, "somebody wrote version 1 meanwhile"},
		{"go back", http.MethodPost, "/settings/prompts/actor/use", form("version", "0"), 303, ""},
		{"to what is not there", http.MethodPost, "/settings/prompts/actor/use", form("version", "7"), 404, "There is no prompt 7"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := ask(x, test.method, test.path, test.body)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
				t.Errorf("got %d, want %d: %.600s", w.Code, test.status, w.Body)
			}
		})
	}
}
