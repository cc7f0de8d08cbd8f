package models

import (
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/roles"
)

func TestPrompts(t *testing.T) {
	p := open(t, "").Prompts()
	role := agent.ActorRole
	if v, err := p.InUse(t.Context(), role); err != nil || v.N != 0 || v.Text != roles.BuiltinPrompt(role).Text {
		t.Fatal(v, err)
	}
	text := strings.Replace(roles.BuiltinPrompt(role).Text, "You act", "You now act", 1)
	first, err := p.Write(t.Context(), "Ann", role, 0, strings.ReplaceAll(text, "\n", "\r\n"), "shorter")
	if err != nil || first.N != 1 || !first.Used || first.Text != text {
		t.Fatal(first, err)
	}
	if _, err := p.Write(t.Context(), "Bob", role, 0, text, ""); agent.CodeOf(err) != agent.CodeConflict {
		t.Error("a version on top of an old one:", err)
	}
	if _, err := p.Write(t.Context(), "Bob", role, 1, "no prompt", ""); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}
	if v, err := p.InUse(t.Context(), role); err != nil || v.N != 1 {
		t.Error(v, err)
	}
	if q, err := first.Prompt(); err != nil || !strings.HasPrefix(q.Label, "actor.1@") {
		t.Error(q, err)
	}
	if err := p.Use(t.Context(), "Ann", role, 0); err != nil {
		t.Fatal(err)
	}
	list, err := p.Versions(t.Context(), role)
	if err != nil || len(list) != 2 || list[0].Used || !list[1].Used || list[1].N != 0 {
		t.Error(list, err)
	}
	if err := p.Use(t.Context(), "Ann", role, 9); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
	if v, err := p.InUse(t.Context(), role); err != nil || v.N != 0 {
		t.Error("a version that is not there changed something:", v, err)
	}
	if _, err := p.Versions(t.Context(), "judge"); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
}
