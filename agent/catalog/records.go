package catalog

import (
	"slices"
	"time"

	"purposeagent/agent"
)

// Page is one page of a list; Next is the cursor of the next one, "" at the end.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next_cursor"`
	Total int    `json:"-"` // matching rows in all, where it was counted
}

// TrajectorySummary is a trajectory as lists show it.
type TrajectorySummary struct {
	ID          string          `json:"id"`
	Run         string          `json:"run"`
	Environment string          `json:"environment"`
	Purpose     string          `json:"purpose"`
	Type        string          `json:"type"` // of the task: its purpose without the values that differ
	Outcome     agent.Outcome   `json:"outcome"`
	Steps       int             `json:"steps"`
	FinalPhi    float64         `json:"final_phi"`
	TotalDelta  float64         `json:"total_delta"`
	Reward      float64         `json:"cumulative_reward"`
	SuccessRate float64         `json:"success_rate"`
	QValue      float64         `json:"q_value"`
	Retrieved   int             `json:"retrieved"` // times it was put before an actor
	Pinned      bool            `json:"pinned"`
	Spark       agent.Sparkline `json:"spark"`
	At          time.Time       `json:"at"`
}

// HeuristicVersion is one entry of a heuristic's history.
type HeuristicVersion struct {
	N         int             `json:"n"` // order of entry, from 1
	Version   int             `json:"version"`
	Actor     string          `json:"actor"`
	Reason    string          `json:"reason"` // what changed: added, edited, pinned, retired, …
	Heuristic agent.Heuristic `json:"heuristic"`
	At        time.Time       `json:"at"`
	// Revision is the number of the change of the library that the entry is
	// part of. Gone says that the rule was deleted by it.
	Revision int64 `json:"revision"`
	Gone     bool  `json:"gone,omitempty"`
}

// PhiPoint is one step of a run's Φ line, with what the lanes under it mark.
type PhiPoint struct {
	Step    int       `json:"step"`
	Phi     float64   `json:"phi"`
	Delta   float64   `json:"delta"`
	Label   string    `json:"label"`   // of the action
	Memory  agent.Use `json:"memory"`  // strongest use of a rule in the step, "" if none
	Flagged bool      `json:"flagged"` // the critic raised a flag worth a look
	Failed  bool      `json:"failed"`  // the action failed
}

// HeuristicEdit is a person's change of a heuristic's words; nil keeps.
type HeuristicEdit struct {
	Title    *string     `json:"title"`
	Pattern  *string     `json:"pattern"`
	Strategy *string     `json:"strategy"`
	Avoid    *string     `json:"avoid"`
	Because  *string     `json:"because"`
	Steps    *[]string   `json:"steps"`
	Tier     *agent.Tier `json:"tier"`
	Action   *string     `json:"action"`
}

// RuleRewrite is what the edit of a playbook's line does to one of its rules.
type RuleRewrite struct {
	ID string
	// Version and Status are those that the person saw; Status is "" where the rule was
	// gone.
	Version int
	Status  agent.Status
	Words   HeuristicEdit
	// Predicate is the condition and the constants that it gets; nil keeps them.
	Predicate *agent.Predicate
}

// Limits of what people write beside rules.
const (
	MaxCommentCharacters = 2000
	MaxCommentRules      = 40  // as many as a line of a playbook lists
	MaxComments          = 200 // on one page of them
)

// CommentQuery asks for the comments about any of the rules, newest first.
type CommentQuery struct {
	Rules  []string
	Limit  int // default and at most MaxComments
	Cursor string
}

// Comment is what a person wrote about a line of a playbook, that is about the rules
// behind it: it stays with them, however lines are composed and whatever becomes of
// the rules.
type Comment struct {
	ID    int64     `json:"id"`
	Rules []string  `json:"rules"`
	Line  string    `json:"line"` // the line's title at the time
	Text  string    `json:"text"`
	Actor string    `json:"actor"`
	At    time.Time `json:"at"`
}

// CommentIndex finds comments by the rules that they are about.
type CommentIndex struct {
	list  []Comment
	about map[string][]int // places in list, by rule
}

// NewCommentIndex returns an index of comments, which it does not copy.
func NewCommentIndex(list []Comment) *CommentIndex {
	x := &CommentIndex{list: list, about: map[string][]int{}}
	for i := range list {
		for _, id := range list[i].Rules {
			x.about[id] = append(x.about[id], i)
		}
	}
	return x
}

// About returns the comments about any of the rules, each once, in the order of the list.
func (x *CommentIndex) About(rules []string) []*Comment {
	var at []int
	for _, id := range rules {
		at = append(at, x.about[id]...)
	}
	slices.Sort(at)
	var out []*Comment
	for _, i := range slices.Compact(at) {
		out = append(out, &x.list[i])
	}
	return out
}
