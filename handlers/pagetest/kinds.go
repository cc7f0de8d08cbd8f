package pagetest

import (
	"purposeagent/handlers/ui"
)

// Worlds are two kinds of environments; the second draws its purposes.
type Worlds struct{}

// MazeSchema is the configuration of mazes.
const MazeSchema = `{"type":"object","additionalProperties":false,"x-order":["size","keys","loops","goal","fog"],"properties":{
	"size":{"title":"Size","description":"Rooms along one side: 4 makes 16 rooms.","type":"integer","minimum":2,"maximum":12,"default":4},
	"keys":{"title":"Locked doors","description":"Coloured doors on the way, each with a key of its colour.","type":"integer","minimum":0,"maximum":4,"default":2},
	"loops":{"title":"Loops","description":"Share of the walls that is opened.","type":"number","minimum":0,"maximum":1,"default":0.15},
	"goal":{"title":"Goal","description":"take: take the treasure. carry: bring it back to the gate.","type":"string","enum":["take","carry"],"default":"take"},
	"fog":{"title":"Fog","description":"Only the room itself can be seen.","type":"boolean","default":false}}}`

// WorkshopSchema is the configuration of workshops.
const WorkshopSchema = `{"type":"object","x-order":["world"],"properties":{
	"world":{"title":"World","description":"Which of this installation's secret worlds.","type":"integer","minimum":1,"maximum":1000,"default":1}}}`

// TwoWorldKind knows two kinds by their names alone.
type TwoWorldKind struct{ ui.Environments }

func (TwoWorldKind) Kinds() []ui.Kind {
	return []ui.Kind{{Name: "maze", Title: "Maze"}, {Name: "workshop", Title: "Workshop"}}
}
