package environments

import (
	"encoding/json"

	"purposeagent/agent"
	"purposeagent/environments/maze"
	"purposeagent/environments/workshop"
)

// Builtin lists the kinds that come with Purpose. The install seed, which must
// not be empty, draws the secrets of this installation's workshops.
func Builtin(installSeed string) []Kind {
	return []Kind{mazeKind(), workshopKind(installSeed)}
}

func mazeKind() Kind {
	k := Kind{
		Name:   "maze",
		Title:  "Maze",
		Text:   "Find the treasure in a maze that is drawn anew for every seed, with keys, coloured doors and one-way passages.",
		Schema: json.RawMessage(maze.Schema), LimitFactor: 5,
		New: func(config agent.Object) (agent.Environment, error) {
			m, err := maze.New(config)
			if err != nil {
				return nil, err // not m: a nil *maze.Maze is no nil Environment
			}
			return m, nil
		},
	}
	for _, p := range maze.Presets() {
		k.Presets = append(k.Presets, Preset(p))
	}
	return k
}

func workshopKind(installSeed string) Kind {
	k := Kind{
		Name:  "workshop",
		Title: "Workshop",
		Text: "Fill orders in a workshop whose rules are secret: which preparation suits a material, which operations make a kind of thing, " +
			"which pigment gives a colour. Nobody wrote them down, so whatever the agent knows about them it has learned here.",
		Schema: json.RawMessage(workshop.Schema),
		New: func(config agent.Object) (agent.Environment, error) {
			w, err := workshop.New(config, installSeed)
			if err != nil {
				return nil, err
			}
			return w, nil
		},
		DrawPurpose: func(config agent.Object, seed int64) (string, error) {
			return workshop.DrawPurpose(config, installSeed, seed)
		},
	}
	for _, p := range workshop.Presets(installSeed) {
		k.Presets = append(k.Presets, Preset(p))
	}
	return k
}
