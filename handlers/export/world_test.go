package export

import (
	"testing"

	"purposeagent/agent"
	"purposeagent/handlers/pagetest"
)

func TestWorldWords(t *testing.T) {
	kit := pagetest.Kit(pagetest.NewRunLog(t))
	kit.Environments = pagetest.Worlds{}
	s := New(kit, nil, Config{})
	for _, test := range []struct {
		name string
		ref  agent.EnvironmentRef
		want string
	}{
		{"as the form calls them", agent.EnvironmentRef{Name: "maze", Config: `{"size":5,"fog":true}`}, "Treasure maze · Size: 5 · Locked doors: 2 · Loops: 0.15 · Goal: take · Fog: yes"},
		{"not installed", agent.EnvironmentRef{Name: "mars", Config: `{"air":{"o2":0},"suits":["a","b"]}`}, "mars · air: (o2: 0), suits: (a, b)"},
		{"no settings", agent.EnvironmentRef{Name: "mars"}, "mars"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := s.worldWords(test.ref); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
