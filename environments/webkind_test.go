package environments_test

import (
	"errors"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/environments"
	"purposeagent/environments/remote"
)

// TestWebStandsBehindItsSwitches holds who may have a browser go where.
func TestWebStandsBehindItsSwitches(t *testing.T) {
	public := agent.MustObject(map[string]any{"start": "https://example.com/"})
	private := agent.MustObject(map[string]any{"start": "http://127.0.0.1:8080/"})
	programs := environments.WithPrograms(remote.Options{})
	for name, c := range map[string]struct {
		options     []environments.Option
		config      agent.Object
		field, want string
	}{
		"no programs":         {nil, public, "environment.name", "--allow-programs"},
		"private, not opened": {[]environments.Option{programs}, private, "environment.config.hosts", "--allow-private-hosts"},
		"private, opened":     {[]environments.Option{programs, environments.WithPrivateHosts()}, private, "", ""},
		"public":              {[]environments.Option{programs}, public, "", ""},
		"no address":          {[]environments.Option{programs}, agent.MustObject(map[string]any{"start": "example.com"}), "environment.config.start", "http://"},
		"a file":              {[]environments.Option{programs}, agent.MustObject(map[string]any{"start": "file:///etc/passwd"}), "environment.config.start", "http://"},
		"no host":             {[]environments.Option{programs}, agent.MustObject(map[string]any{"start": "https://example.com", "hosts": []string{"https://x"}}), "environment.config.hosts", "is no host"},
		"no sandbox":          {[]environments.Option{programs}, agent.MustObject(map[string]any{"start": "https://example.com", "unsandboxed": true}), "environment.config.unsandboxed", "is not a setting"},
	} {
		r, err := environments.NewRegistry(environments.Builtin("seed", c.options...)...)
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.New(agent.EnvironmentRef{Name: "web", Config: c.config})
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		var e *agent.Error
		if !errors.As(err, &e) || !strings.Contains(e.Fields[c.field], c.want) {
			t.Errorf("%s: %v, want %q beside %s", name, err, c.want, c.field)
		}
	}
	r, err := environments.NewRegistry(environments.Builtin("seed", programs)...)
	if err != nil {
		t.Fatal(err)
	}
	state := agent.State{Data: agent.MustObject(map[string]any{"url": "x"})}
	var e *agent.Error
	if err := r.CheckTask(agent.EnvironmentRef{Name: "web", Config: public}, agent.Task{Purpose: "look", InitialState: &state}); !errors.As(err, &e) || e.Fields["initial_state"] == "" {
		t.Errorf("a task that begins elsewhere: %v", err)
	}
}
