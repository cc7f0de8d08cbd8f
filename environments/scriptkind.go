package environments

import (
	"purposeagent/agent"
	"purposeagent/environments/script"
)

// scriptKind starts no program of a person's: a script is evaluated in a child of
// this program, which can reach nothing. So it needs no permission, and pages may
// look into it.
func scriptKind(pool *script.Pool) Kind {
	k := Kind{
		Name:  "script",
		Title: "Script",
		Docs:  "docs/script.md",
		Text: "A world that you write here: its actions, how it begins, what each action does and when it is won, in a small Python. " +
			"docs/script.md has the language, and the presets are examples.",
		Icon:   script.Icon,
		Schema: script.Schema(),
		New:    func(config agent.Object) (agent.Environment, error) { return script.New(config, pool) },
		DrawPurpose: func(config agent.Object, seed int64) (string, error) {
			return script.DrawPurpose(config, pool, seed)
		},
		CheckTask: func(config agent.Object, task agent.Task) error {
			env, err := script.New(config, pool)
			if err != nil {
				return located(err)
			}
			return env.(agent.TaskChecker).CheckTask(task) //nolint:forcetypeassert // all scripts can
		},
	}
	for _, p := range script.Presets() {
		k.Presets = append(k.Presets, Preset(p))
	}
	return k
}
