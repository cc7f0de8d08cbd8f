package pages

import (
	"github.com/a-h/templ"

	"purposeagent/views/partials"
)

// Simulator asks and answers what would be retrieved for a task.
type Simulator struct {
	Self                      templ.SafeURL
	Environments, Modes       []partials.Option
	Task, Observation, Config partials.Field
	Problem                   *partials.Note
	Answered                  bool
	Verdict, Abstained, About string
	Tiers                     []TierRanking
	Trajectories              []FoundTrajectory
}

// TierRanking is the rules of one tier.
type TierRanking struct {
	Tier    partials.Tier
	Ranking Ranking
}

// FoundTrajectory is a trajectory with what its score is made of.
type FoundTrajectory struct {
	ID            string
	Href          templ.SafeURL
	Task          string
	Shown         bool // among those that an actor gets
	Outcome       partials.Outcome
	Words, Vector string // ranks
	Like, Value   string
	Score         string
}
