package agent

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ApprovalPolicy says before which actions a person is asked. Its conditions
// are alternatives; the zero policy never asks.
type ApprovalPolicy struct {
	Every       bool     // every action
	Destructive bool     // actions that are announced as destructive
	Actions     []string // these actions
	Below       float64  // when the critic was less sure than this of the last step; 0: never
	Stuck       int      // after so many steps in a row that did not bring Φ above its best; 0: never
}

// MaxApprovalText bounds the words of a policy, in bytes.
const MaxApprovalText = 1000

// ParseApproval reads a policy as forms, the API and the command line write it:
// "every", or "destructive", "actions:open,take", "unsure:0.4", "stuck:5" or several of them with
// ";" between; "" and "none" never ask. Errors: CodeInvalid.
func ParseApproval(text string) (ApprovalPolicy, error) {
	var p ApprovalPolicy
	if len(text) > MaxApprovalText {
		return p, Errorf(CodeInvalid, "is %d bytes long; at most %d are allowed", len(text), MaxApprovalText)
	}
	for part := range strings.SplitSeq(text, ";") {
		word, value, given := strings.Cut(strings.TrimSpace(part), ":")
		value = strings.TrimSpace(value)
		switch word = strings.TrimSpace(word); {
		case (word == "" || word == "none") && !given:
		case word == "every" && !given:
			p.Every = true
		case word == "destructive" && !given:
			p.Destructive = true
		case word == "actions" && value != "":
			for name := range strings.SplitSeq(value, ",") {
				if name = strings.TrimSpace(name); name != "" && !slices.Contains(p.Actions, name) {
					p.Actions = append(p.Actions, name)
				}
			}
		case word == "unsure" && given:
			x, err := strconv.ParseFloat(value, 64)
			if err != nil || !(x > 0 && x <= 1) {
				return p, Errorf(CodeInvalid, "unsure: needs a confidence above 0 and at most 1, such as unsure:0.4, got %q", Clip(value, 20))
			}
			p.Below = x
		case word == "stuck" && given:
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > MaxMaxSteps {
				return p, Errorf(CodeInvalid, "stuck: needs a number of steps from 1, such as stuck:5, got %q", Clip(value, 20))
			}
			p.Stuck = n
		default:
			return p, Errorf(CodeInvalid, "%q is not a condition; write every, destructive, actions:NAME,NAME, unsure:0.4 or stuck:5, with ; between", Clip(strings.TrimSpace(part), 40))
		}
	}
	return p, nil
}

// String writes the policy as ParseApproval reads it; "none" for the zero policy.
func (p ApprovalPolicy) String() string {
	var parts []string
	if p.Every {
		parts = append(parts, "every")
	}
	if p.Destructive {
		parts = append(parts, "destructive")
	}
	if len(p.Actions) > 0 {
		parts = append(parts, "actions:"+strings.Join(p.Actions, ","))
	}
	if p.Below > 0 {
		parts = append(parts, "unsure:"+strconv.FormatFloat(p.Below, 'g', -1, 64))
	}
	if p.Stuck > 0 {
		parts = append(parts, "stuck:"+strconv.Itoa(p.Stuck))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ";")
}

// Asks reports whether a person is ever asked.
func (p ApprovalPolicy) Asks() bool {
	return p.Every || p.Destructive || len(p.Actions) > 0 || p.Below > 0 || p.Stuck > 0
}

// Why says why a person is asked before the action, given what the environment
// announces, the last step (nil for none) and how many steps the run has been
// stuck; "" where nobody is.
func (p ApprovalPolicy) Why(a Action, specs []ActionSpec, last *Step, stuck int) string {
	switch {
	case p.Every:
		return "every action is to be approved"
	case p.Destructive && slices.ContainsFunc(specs, func(s ActionSpec) bool { return s.Name == a.Name && s.Destructive }):
		return "the action " + a.Name + " may destroy something"
	case slices.Contains(p.Actions, a.Name):
		return "the action " + a.Name + " is to be approved"
	case p.Below > 0 && last != nil && !last.Score.Known():
		return "the last step could not be scored"
	case p.Below > 0 && last != nil && last.Score.Confidence < p.Below:
		return fmt.Sprintf("the critic was sure of the last step to %.2f only", last.Score.Confidence)
	case p.Stuck > 0 && stuck >= p.Stuck:
		return fmt.Sprintf("%d steps brought no progress", stuck)
	}
	return ""
}

// stuckCount counts the last steps that did not bring Φ above the best before
// them. A step that a person decided on begins the count anew.
type stuckCount struct {
	best  float64
	steps int
}

func (c *stuckCount) add(s *Step) {
	c.steps++
	if s.Score.PhiAfter > c.best || s.Approval != nil {
		c.steps = 0
	}
	c.best = max(c.best, s.Score.PhiAfter)
}

// Verdicts of a person on a proposed action.
const (
	VerdictApproved = "approved"
	VerdictEdited   = "edited"   // another action instead
	VerdictRejected = "rejected" // the actor has to think again
)

// Approval is a person's part in a step.
type Approval struct {
	Verdict string `json:"verdict"` // VerdictApproved or VerdictEdited
	By      string `json:"by,omitempty"`
	Reason  string `json:"reason,omitempty"`
	// Proposed is what the actor had wanted, where it was edited.
	Proposed string `json:"proposed,omitempty"`
}

// Proposed is an action that an actor wants to do, and what it was made of.
type Proposed struct {
	Index     int          `json:"index"` // of the step that it would be
	Action    Action       `json:"action"`
	Memory    []RuleUse    `json:"memory,omitempty"`
	Retrieval *Retrieval   `json:"retrieval,omitempty"`
	Examples  []ExampleUse `json:"examples,omitempty"`
	Prompt    string       `json:"prompt,omitempty"`
	Usage     Usage        `json:"usage,omitzero"`
}

// Answer is what a person says to a request for approval.
type Answer struct {
	Index   int     `json:"index"`   // of the step that was asked about; a stale answer is a conflict
	Verdict string  `json:"verdict"` // approved, edited or rejected
	Action  *Action `json:"action,omitempty"`
	Reason  string  `json:"reason,omitempty"`
}

// MaxNoteBytes bounds a note to the actor and the reason of an answer.
const MaxNoteBytes = 4000

// Check returns the event that the answer to a request is, or CodeConflict for
// an answer to another step and CodeInvalid with a message per field.
func (a Answer) Check(asked *ApprovalAsked, by string) (ApprovalAnswered, error) {
	switch {
	case asked == nil:
		return ApprovalAnswered{}, Errorf(CodeConflict, "nothing is being asked: somebody has answered, or the run goes on by itself")
	case a.Index != asked.Index:
		return ApprovalAnswered{}, Errorf(CodeConflict, "the run asks about step %d, not about step %d; look again", asked.Index, a.Index)
	}
	answered := ApprovalAnswered{Index: a.Index, Verdict: a.Verdict, Action: asked.Action, Reason: strings.TrimSpace(a.Reason), By: by}
	if err := checkNote("reason", answered.Reason, false); err != nil {
		return answered, err
	}
	switch a.Verdict {
	case VerdictApproved:
	case VerdictRejected:
		answered.Usage = asked.Usage
	case VerdictEdited:
		if a.Action == nil || a.Action.Name == "" {
			return answered, InvalidFields(map[string]string{"action": "name the action to do instead"})
		}
		action := Action{Name: a.Action.Name, Params: a.Action.Params}
		if err := asked.allows(action); err != nil {
			return answered, InvalidFields(map[string]string{"action": MessageOf(err)})
		}
		answered.Action = action
	default:
		return answered, InvalidFields(map[string]string{"verdict": "must be approved, edited or rejected"})
	}
	return answered, nil
}

// allows reports why the action can't be done instead, or nil.
func (r *ApprovalAsked) allows(a Action) error {
	if err := CheckAction(r.Actions, a); err != nil {
		return err
	}
	if a.Name != Done && len(r.Legal) > 0 && len(r.Legal) < MaxListed &&
		!slices.ContainsFunc(r.Legal, func(l Action) bool { return l.Key() == a.Key() }) {
		return Errorf(CodeInvalid, "%q can't be done now", Clip(a.Label(), 60))
	}
	return nil
}
