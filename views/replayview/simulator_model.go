package replayview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
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
	Budget                    partials.Field
	Prompt                    *PromptBudget
}

// PromptBudget is what the prompt of a language model is made of.
type PromptBudget struct {
	Title, Note  string
	Budget       string
	Parts        []PromptShare
	System, User string
}

// PromptShare is one section of the prompt.
type PromptShare struct {
	Name, Tokens string
	Cut          string // what had no room, "" if all had
	Rules        []PromptRule
}

// PromptRule is a rule in the prompt, or left out of it.
type PromptRule struct {
	ID, Title, Tokens string
	Href              templ.SafeURL
	Out               bool
}

// TierRanking is the rules of one tier.
type TierRanking struct {
	Tier    partials.Tier
	Ranking pages.Ranking
}

// FoundTrajectory is a trajectory with what its score is made of.
type FoundTrajectory struct {
	ID, Mark      string
	Href          templ.SafeURL
	Task          string
	Shown         bool // among those that an actor gets
	Outcome       partials.Outcome
	Words, Vector string // ranks
	Like, Value   string
	Score         string
}
