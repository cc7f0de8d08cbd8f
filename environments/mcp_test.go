package environments_test

import (
	"errors"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/environments"
	"purposeagent/environments/mcp"
	"purposeagent/environments/remote"
)

// TestServersMustBeAllowed holds that MCP servers, also those that run elsewhere,
// stand behind the switch for programs.
func TestServersMustBeAllowed(t *testing.T) {
	for _, config := range []agent.Object{`{"command":["true"]}`, `{"url":"http://127.0.0.1:1/mcp"}`} {
		_, err := builtin(t).New(agent.EnvironmentRef{Name: "mcp", Config: config})
		var e *agent.Error
		if !errors.As(err, &e) || !strings.Contains(e.Fields["environment.name"], "--allow-programs") {
			t.Errorf("got %v, want a refusal that names the flag", err)
		}
	}
}

func TestServersAllowed(t *testing.T) {
	r, err := environments.NewRegistry(environments.Builtin("test", environments.WithPrograms(remote.Options{}), environments.WithServers(mcp.Options{}))...)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, config, field, want string }{
		{"neither", `{}`, "environment.config.command", "say which server"},
		{"both", `{"command":["x"],"url":"http://127.0.0.1:1/"}`, "environment.config.url", "one of the two"},
		{"another setting", `{"comand":["x"]}`, "environment.config.comand", `did you mean "command"?`},
		{"too patient", `{"command":["x"],"timeout_seconds":601}`, "environment.config.timeout_seconds", "from 1 to 600"},
		{"no such program", `{"command":["no-such-program-anywhere"]}`, "environment.config.command", "there is no program"},
		{"a variable that is no text", `{"command":["x"],"env":{"A":1}}`, "environment.config.env.A", "must be text"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := r.New(agent.EnvironmentRef{Name: "mcp", Config: agent.Object(test.config)})
			var e *agent.Error
			if !errors.As(err, &e) || e.Code != agent.CodeInvalid || !strings.Contains(e.Fields[test.field], test.want) {
				t.Errorf("got %#v, want the field %s: %s", err, test.field, test.want)
			}
		})
	}
}
