package main

import "fmt"

// row is one public environment with the goal that is set for it.
type row struct {
	Name    string // for -only
	Title   string
	Program []string // the adapter, from this folder's worlds or docs/remote, and its arguments
	Purpose string   // where the environment has no mission of its own
	Train   int      // training tasks
	Steps   int      // the limit of a task, in training and test
	Seconds int      // for an answer; 0: the usual

	// The goal: all that are not 0 must be reached by the mean of on.
	Solved, Score float64
	// Optimum, where not nil, is a program that prints {"optimum": p}; Solved is
	// then a share of it.
	Optimum []string
}

func (r row) title() string { return fmt.Sprintf("%s, %d tasks", r.Title, r.Train) }

// tolerated is how far on may be below another arm: the lower end of the
// interval of the difference must not be below its negative.
const tolerated = .05

// widest is the greatest half-width of an interval that proves anything.
const widest = .1

const (
	generic   = "docs/remote/gym_adapter.py"
	worldsDir = "scripts/anchors/worlds/"
)

var rows = []row{
	{Name: "frozenlake", Title: "FrozenLake-v1 4x4, not slippery", Train: 200, Steps: 100, Solved: .95, Purpose: "reach the goal",
		Program: []string{generic, "FrozenLake-v1", "--kwargs", `{"is_slippery": false}`, "--name", "frozenlake", "--actions", "left,down,right,up", "--parts", "cell"}},
	{Name: "frozenlake-slippery", Title: "FrozenLake-v1 4x4, slippery", Train: 2000, Steps: 100, Solved: .9, Purpose: "reach the goal",
		Program: []string{generic, "FrozenLake-v1", "--kwargs", `{"is_slippery": true}`, "--name", "frozenlake-slippery", "--actions", "left,down,right,up", "--parts", "cell"},
		Optimum: []string{worldsDir + "frozenlake_optimum.py", "100"}},
	{Name: "taxi", Title: "Taxi-v4", Train: 120, Steps: 200, Solved: .95,
		Program: []string{worldsDir + "taxi.py", "Taxi-v4", "--actions", "south,north,east,west,pickup,dropoff"}},
	{Name: "cliff", Title: "CliffWalking-v1", Train: 200, Steps: 100, Purpose: "reach the goal",
		Program: []string{generic, "CliffWalking-v1", "--actions", "up,right,down,left", "--parts", "cell", "--success", "terminated"}},
	{Name: "blackjack", Title: "Blackjack-v1", Train: 200, Steps: 30, Purpose: "win the hand",
		Program: []string{generic, "Blackjack-v1", "--actions", "stick,hit", "--parts", "your_sum,dealer_shows,usable_ace", "--numbers", "your_sum,dealer_shows"}},
	{Name: "doorkey-5x5", Title: "MiniGrid-DoorKey-5x5-v0, own actions", Train: 80, Steps: 250, Solved: .95,
		Program: []string{worldsDir + "minigrid_own.py", "MiniGrid-DoorKey-5x5-v0", "--actions", ownActions}},
	{Name: "doorkey-6x6", Title: "MiniGrid-DoorKey-6x6-v0, own actions", Train: 80, Steps: 360, Solved: .95,
		Program: []string{worldsDir + "minigrid_own.py", "MiniGrid-DoorKey-6x6-v0", "--actions", ownActions}},
	{Name: "doorkey-5x5-remembered", Title: "MiniGrid-DoorKey-5x5-v0, the same with a memory", Train: 80, Steps: 250, Solved: .95,
		Program: []string{worldsDir + "minigrid_remembering.py", "MiniGrid-DoorKey-5x5-v0", "--actions", ownActions}},
	{Name: "keycorridor", Title: "MiniGrid-KeyCorridorS3R3-v0, actions on things", Train: 300, Steps: 30, Solved: .5,
		Program: []string{worldsDir + "minigrid_things.py", "MiniGrid-KeyCorridorS3R3-v0", "--kwargs", `{"max_steps": 3000}`}},
	{Name: "keycorridor-plain", Title: "MiniGrid-KeyCorridorS3R3-v0, the same told with less", Train: 300, Steps: 30, Solved: .5,
		Program: []string{worldsDir + "minigrid_plain.py", "MiniGrid-KeyCorridorS3R3-v0", "--kwargs", `{"max_steps": 3000}`}},
	{Name: "twc", Title: "TextWorldExpress twc, 3 rooms, 2 items, no doors", Train: 100, Steps: 50, Seconds: 60, Solved: .25, Score: .5,
		Program: []string{worldsDir + "text_games.py", "twc", "numLocations=3,numItemsToPutAway=2,includeDoors=0,limitInventorySize=0", "--steps", "50"}},
}

const ownActions = "left,right,forward,pickup,drop,toggle,done"
