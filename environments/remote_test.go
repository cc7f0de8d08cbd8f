package environments_test

import (
	"errors"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/environments"
	"purposeagent/environments/remote"
)

// TestProgramsMustBeAllowed holds that no program is started unless it was
// asked for, and that the refusal says how to ask.
func TestProgramsMustBeAllowed(t *testing.T) {
	const config = agent.Object(`{"command":["true"]}`)
	ref := agent.EnvironmentRef{Name: "remote", Config: config}
	r := builtin(t)
	_, checked := r.Check("remote", config)
	_, made := r.New(ref)
	_, _, drawn := r.DrawPurpose(ref, 1)
	for what, err := range map[string]error{"Check": checked, "New": made, "DrawPurpose": drawn} {
		var e *agent.Error
		if !errors.As(err, &e) || !strings.Contains(e.Fields["environment.name"], "--allow-programs") {
			t.Errorf("%s: got %v, want a refusal that names the flag", what, err)
		}
	}
	k, err := r.Kind("remote")
	if err != nil || !strings.Contains(k.Text, "--allow-programs") {
		t.Errorf("its text is %q (%v), want how to allow it", k.Text, err)
	}
	if _, err := k.DrawPurpose(config, 1); agent.CodeOf(err) != agent.CodeDenied {
		t.Errorf("the kind itself drew a purpose: %v", err)
	}
	if _, err := k.New(config); agent.CodeOf(err) != agent.CodeDenied {
		t.Errorf("the kind itself started a command: %v", err)
	}
}

func TestProgramsAllowed(t *testing.T) {
	r, err := environments.NewRegistry(environments.Builtin("test", environments.WithPrograms(remote.Options{}))...)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, config, field, want string }{
		{"no command", `{}`, "environment.config.command", "say which program to start"},
		{"both", `{"command":["x"],"url":"ws://127.0.0.1:1/ws"}`, "environment.config.url", "not both"},
		{"no address", `{"url":"ftp://x"}`, "environment.config.url", "must be an address such as"},
		{"nobody there", `{"url":"ws://127.0.0.1:1/ws"}`, "environment.config.url", "no OpenEnv server answers"},
		{"a password", `{"url":"ws://me:secret@127.0.0.1:1/ws"}`, "environment.config.url", "no password"},
		{"an odd success", `{"url":"ws://127.0.0.1:1/ws","success":"luck"}`, "environment.config.success", "must be one of"},
		{"an empty command", `{"command":[]}`, "environment.config.command", "minItems"},
		{"words that are none", `{"command":[1]}`, "environment.config.command.0", "must be text"},
		{"text", `{"command":"python3 env.py"}`, "environment.config.command", "must be an array"},
		{"too patient", `{"command":["x"],"timeout_seconds":601}`, "environment.config.timeout_seconds", "from 1 to 600"},
		{"no such program", `{"command":["no-such-program-anywhere"]}`, "environment.config.command", "there is no program"},
		{"no such folder", `{"command":["true"],"dir":"no/such/folder"}`, "environment.config.dir", "there is no folder"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := r.New(agent.EnvironmentRef{Name: "remote", Config: agent.Object(test.config)})
			var e *agent.Error
			if !errors.As(err, &e) || e.Code != agent.CodeInvalid || !strings.Contains(e.Fields[test.field], test.want) {
				t.Errorf("got %#v, want the field %s: %s", err, test.field, test.want)
			}
		})
	}
	if p, ok, err := r.DrawPurpose(agent.EnvironmentRef{Name: "remote", Config: `{"command":["x"],"purpose":"be good"}`}, 1); p != "be good" || !ok || err != nil {
		t.Errorf("got %q, %v, %v, want the configured purpose", p, ok, err)
	}
}
