package roles_test

import (
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/roles"
)

func TestBuiltinPromptsPass(t *testing.T) {
	for _, role := range agent.ModelRoles {
		p := roles.BuiltinPrompt(role)
		again, err := roles.ParsePrompt(role, "x", p.Text)
		if err != nil || again.Role != role || !strings.HasPrefix(again.Label, "x@") {
			t.Errorf("%s: %v", role, err)
		}
	}
}

func TestParsePrompt(t *testing.T) {
	actor := roles.BuiltinPrompt(agent.ActorRole).Text
	for _, test := range []struct {
		name, text string
		role       agent.ModelRole
		says       string // "" passes
	}{
		{"other words", strings.Replace(actor, "You act in a world", "Du handelst in einer Welt", 1), agent.ActorRole, ""},
		{"Windows' line ends", strings.ReplaceAll(actor, "\n", "\r\n"), agent.ActorRole, ""},
		{"no template", "{{define \"system\"", agent.ActorRole, "is not a valid template"},
		{"no parts", "Act.", agent.ActorRole, `has no part {{define "system"}}`},
		{"an empty part", `{{define "system"}} {{end}}{{define "user"}}x{{end}}`, agent.ActorRole, "is empty"},
		{"the state is left out", strings.Replace(actor, "{{.State}}", "", 1), agent.ActorRole, "leaves out {{.State}}"},
		{"the state is no data", strings.Replace(actor, "<<\n{{.State}}\n>>", "{{.State}}", 1), agent.ActorRole, "puts .State outside << and >>"},
		{"history as an instruction", strings.Replace(actor, "You act in a world", "{{.History}} You act", 1), agent.ActorRole, "puts .History outside"},
		{"an unknown field", strings.Replace(actor, "{{.State}}", "{{.Secrets}}{{.State}}", 1), agent.ActorRole, "asks for .Secrets"},
		{"a loop for ever", strings.Replace(actor, "You act", "{{range 1000000000000}}{{end}}You act", 1), agent.ActorRole, "a prompt may use fields"},
		{"a call", strings.Replace(actor, "You act", `{{printf "%999999999d" 1}}You act`, 1), agent.ActorRole, "a prompt may use fields"},
		{"recursion", actor + `{{define "x"}}{{template "x" .}}{{end}}`, agent.ActorRole, "a prompt may use fields"},
		{"variables", strings.Replace(actor, "You act", `{{$x := .State}}You act`, 1), agent.ActorRole, "a prompt may use fields"},
		{"another role's", actor, agent.CriticRole, "which the critic's prompt does not have"},
		{"no role", actor, "judge", "must be actor"},
		{"huge", strings.Repeat("x", roles.MaxPromptText+1), agent.ActorRole, "at most 32768 are allowed"},
		{"not text", "\xff", agent.ActorRole, "not valid UTF-8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := roles.ParsePrompt(test.role, "x", test.text)
			if test.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e, ok := err.(*agent.Error)
			if !ok || e.Code != agent.CodeInvalid || !strings.Contains(e.Fields["text"]+e.Fields["role"], test.says) {
				t.Errorf("got %v, want %q", err, test.says)
			}
		})
	}
}

// Whatever text comes, parsing ends and says yes or no. One role an execution
// and seeds as short as they can be: the fuzzer shortens every input that it
// finds interesting, and with whole prompts it did nothing else.
func FuzzParsePrompt(f *testing.F) {
	for i, role := range agent.ModelRoles {
		f.Add(i, roles.BuiltinPrompt(role).Text)
	}
	for _, seed := range []string{"", "{{", `{{define "system"}}{{.}}{{end}}{{define "user"}}{{with .State}}<<{{.}}>>{{else}}x{{end}}{{end}}`, `{{block "system" .}}{{end}}`, "{{define `user`}}{{/* a */}}{{if not .State}}{{end}}{{end}}",
		`{{define "system"}}s{{end}}{{define "user"}}{{.Purpose}}<<{{.State}}{{.Actions}}{{.Strategies}}{{.Procedures}}{{.Examples}}{{.History}}>>{{end}}`, "{{range .}}{{end}}", `{{template "x"}}`, "{{1}}", "\xff"} {
		f.Add(0, seed)
	}
	f.Fuzz(func(t *testing.T, n int, text string) {
		role := agent.ModelRoles[uint(n)%uint(len(agent.ModelRoles))]
		p, err := roles.ParsePrompt(role, "x", text)
		if (p == nil) == (err == nil) {
			t.Errorf("%v and %v", p, err)
		}
	})
}
