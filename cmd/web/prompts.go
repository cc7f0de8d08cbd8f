package main

import (
	"context"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/models"
)

// promptMark separates a model's name from the version of the prompt that it is
// asked in: ollama:qwen3?prompt=2.
const promptMark = "?prompt="

// splitPrompt reads a reference with a version; n is −1 where it names none.
func splitPrompt(ref string) (model string, n int, err error) {
	model, text, given := strings.Cut(ref, promptMark)
	if !given {
		return model, -1, nil
	}
	n, err = strconv.Atoi(text)
	if err != nil || n < 0 {
		return model, n, agent.Errorf(agent.CodeInvalid, "%q names no version of a prompt; write MODEL?prompt=2, or ?prompt=0 for the built-in words", agent.Clip(ref, 80))
	}
	return model, n, nil
}

// roles turns references into models and the words that they are asked in.
type roles struct {
	models  *modelDesk
	prompts *models.Prompts
}

// criticRefs splits the critics of a panel: "ollama:qwen3, openai:gpt".
func criticRefs(ref string) []string {
	refs := strings.Split(ref, ",")
	for i := range refs {
		refs[i] = strings.TrimSpace(refs[i])
	}
	return refs
}

// check reports what is wrong with a reference in a role, nil for nothing. The
// critic may be a panel.
func (r roles) check(role agent.ModelRole, ref string) error {
	refs := []string{ref}
	if role == agent.CriticRole {
		refs = criticRefs(ref)
	}
	if len(refs) > agent.MaxPanel {
		return agent.Errorf(agent.CodeInvalid, "a panel has at most %d critics, got %d", agent.MaxPanel, len(refs))
	}
	for _, one := range refs {
		if one == agent.Reasoner {
			continue
		}
		if _, _, err := r.resolve(role, one); err != nil {
			return err
		}
	}
	return nil
}

// resolve returns the client of a reference and the prompt of the role: the
// version that it names, else the one in use. Errors: those of llm.Resolver, and
// CodeInvalid for a version that is not there.
func (r roles) resolve(role agent.ModelRole, ref string) (agent.LLM, *agent.Prompt, error) {
	name, n, err := splitPrompt(ref)
	if err != nil {
		return nil, nil, err
	}
	model, err := r.models.Resolve(name)
	if err != nil {
		return nil, nil, err
	}
	ctx := context.Background()
	if n < 0 {
		version, err := r.prompts.InUse(ctx, role)
		if err != nil {
			return nil, nil, err
		}
		prompt, err := version.Prompt()
		return model, prompt, err
	}
	versions, err := r.prompts.Versions(ctx, role)
	if err != nil {
		return nil, nil, err
	}
	for _, v := range versions {
		if v.N == n {
			prompt, err := v.Prompt()
			return model, prompt, err
		}
	}
	return nil, nil, agent.Errorf(agent.CodeInvalid, "the %s's prompt has no version %d; Settings › Prompts lists them", role, n)
}
