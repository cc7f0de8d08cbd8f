package pagetest

import (
	"context"
	"strings"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/roles"
)

// PromptShelf keeps versions of the actor's prompt in memory.
type PromptShelf struct {
	written []roles.PromptVersion
	used    int
}

func (p *PromptShelf) Versions(_ context.Context, role agent.ModelRole) ([]roles.PromptVersion, error) {
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

func (p *PromptShelf) Write(_ context.Context, actor string, role agent.ModelRole, base int, text, note string) (roles.PromptVersion, error) {
	switch {
	case !strings.Contains(text, "{{.State}}"):
		return roles.PromptVersion{}, agent.InvalidFields(map[string]string{"text": "leaves out {{.State}}"})
	case base != len(p.written):
		return roles.PromptVersion{}, agent.Errorf(agent.CodeConflict, "somebody wrote version %d meanwhile", len(p.written))
	}
	v := roles.PromptVersion{Role: role, N: len(p.written) + 1, Text: text, Note: note, Actor: actor, At: Noon.Add(-time.Hour)}
	p.written, p.used = append(p.written, v), v.N
	return v, nil
}

func (p *PromptShelf) Use(_ context.Context, _ string, _ agent.ModelRole, n int) error {
	if n > len(p.written) {
		return agent.Errorf(agent.CodeNotFound, "there is no prompt %d", n)
	}
	p.used = n
	return nil
}
