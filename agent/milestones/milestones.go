// Package milestones has what critics by language model judge a world by where its
// environment declares no milestones: short texts, written once for a world, by a
// model or by a person, and the same for every run until a person changes them.
package milestones

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"purposeagent/agent"
)

// The bounds of a set.
const (
	Most       = 20  // milestones; a prompt lists no more
	Characters = 160 // of one milestone
)

// World names whose milestones a set has: an environment and the laws it obeys.
type World struct {
	Environment string `json:"environment"`
	Dynamics    string `json:"world,omitempty"`
}

// WorldOf returns the world of a scope.
func WorldOf(s agent.Scope) World { return World{s.Environment, s.Dynamics} }

// Status says what becomes of a set.
type Status string

// The statuses.
const (
	InUse    Status = "in_use"   // critics by model judge by it
	Waiting  Status = "waiting"  // a model wrote it, and a person has to accept it first
	Rejected Status = "rejected" // a person turned it down: critics judge without milestones
)

// Set is one version of the milestones of a world. No set is ever changed: what
// follows it is a version of its own.
type Set struct {
	World
	Version int `json:"version"` // from 1
	// Items are in the order in which they are usually reached; none if the author
	// found none.
	Items    []string     `json:"items"`
	Author   agent.Author `json:"author"`
	Note     string       `json:"note,omitempty"` // of the model that wrote it: what for, or why there are no items
	Status   Status       `json:"status"`
	Reviewed bool         `json:"reviewed"` // a person looked at it
	At       time.Time    `json:"at"`
}

// Judged returns the texts that critics judge by: none unless the set is in use.
func (s *Set) Judged() []string {
	if s == nil || s.Status != InUse {
		return nil
	}
	return s.Items
}

// Store keeps the sets of worlds. It is safe for concurrent use.
type Store interface {
	// Newest returns the newest version of a world's set; nil if nobody wrote one.
	Newest(ctx context.Context, world World) (*Set, error)
	// Add keeps the first version of a world's set, as in use or, where
	// people approve first, as waiting. If there is a set by now, that one is returned
	// and nothing is kept: what was written first counts.
	Add(ctx context.Context, set Set) (*Set, error)
}

// Plain returns a milestone on one line, without the number or dash that lists put
// before their items.
func Plain(item string) string {
	return ordinal.ReplaceAllString(strings.Join(strings.Fields(item), " "), "")
}

var ordinal = regexp.MustCompile(`^(?:(?:\d+[.)]|[-*•–]) )+`)

// Check returns the texts as they are kept: each on one line, without a number or
// dash in front. It is CodeInvalid, with what is wrong under "items", for too many,
// one that is too long, and one that stands twice.
func Check(items []string) ([]string, error) {
	wrong := func(format string, args ...any) ([]string, error) {
		return nil, agent.InvalidFields(map[string]string{"items": fmt.Sprintf(format, args...)})
	}
	kept, seen := []string{}, map[string]bool{}
	for _, item := range items {
		if !utf8.ValidString(item) {
			return wrong("are not valid UTF-8 text")
		}
		text := Plain(item)
		switch n := utf8.RuneCountInString(text); {
		case text == "":
			continue
		case n > Characters:
			return wrong("milestone %d has %d characters; at most %d are allowed", len(kept)+1, n, Characters)
		case seen[strings.ToLower(text)]:
			return wrong("%q stands twice", text)
		}
		seen[strings.ToLower(text)] = true
		kept = append(kept, text)
	}
	if len(kept) > Most {
		return wrong("are %d; at most %d are allowed", len(kept), Most)
	}
	return kept, nil
}
