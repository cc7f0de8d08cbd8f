package environments

import (
	"encoding/json"

	"purposeagent/agent"
	"purposeagent/environments/web"
)

// WithPrivateHosts lets the kind "web" go to addresses of this machine and of
// private networks, where a configuration names them. Without it nobody can have
// a browser look at what only this machine reaches.
func WithPrivateHosts() Option { return func(b *builtin) { b.web.AllowPrivate = true } }

func webKind(o web.Options) Kind {
	return Kind{
		Name:  "web",
		Title: "Web pages",
		Docs:  "docs/web.md",
		Text: "Pages in a real browser: open, click, type, select, read. The browser goes only to the hosts that you name, with a fresh profile for each run. " +
			"docs/web.md has a first task.",
		Icon:      web.Icon,
		Checks:    []string{"success_url", "success_text", "success_script", "ended_script"},
		Schema:    json.RawMessage(web.Schema),
		New:       func(config agent.Object) (agent.Environment, error) { return web.New(config, o) },
		CheckTask: checkTask(func(config agent.Object) (agent.TaskChecker, error) { return web.Checker(config, o) }),
	}
}
