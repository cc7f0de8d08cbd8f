package environments

import (
	"encoding/json"

	"purposeagent/environments/code"
)

func codeKind() Kind {
	k := Kind{
		Name:    "code",
		Program: true,
		Undrawn: true,
		Title:   "Code",
		Docs:    "docs/code.md",
		Text: "Write and run programs in a contained workspace, judged by tests that the agent never sees. It needs a language model. " +
			"It brings small Python tasks, and reads Harbor task folders and HumanEval (docs/code.md).",
		Icon:        "M17 13 7 22l10 9M27 13l10 9-10 9",
		Schema:      json.RawMessage(code.Schema),
		New:         code.New,
		DrawPurpose: code.DrawPurpose,
	}
	for _, p := range code.Presets() {
		k.Presets = append(k.Presets, Preset(p))
	}
	return k
}
