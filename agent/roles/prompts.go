package roles

import (
	"embed"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"purposeagent/agent"
	"purposeagent/agent/prompttext"
)

//go:embed prompts/*.tmpl
var promptFiles embed.FS

// The templates. A change of a file changes its hash; a change of what it asks
// for gets a new version number.
var (
	actorPrompt      = loadPrompt(agent.ActorRole, "actor.v2")
	criticPrompt     = loadPrompt(agent.CriticRole, "critic.v2")
	distillerPrompt  = loadPrompt(agent.OptimizerRole, "distiller.v2")
	milestonesPrompt = loadPrompt("", "milestones.v1")
	repairPrompt     = loadPrompt("", "repair.v1")
)

// loadPrompt reads an embedded template; the files are part of the program, so
// a broken one is a programming error that any test finds.
func loadPrompt(role agent.ModelRole, name string) *Prompt {
	raw, err := promptFiles.ReadFile("prompts/" + name + ".tmpl")
	if err != nil {
		panic(err)
	}
	return newPrompt(role, name, string(raw), template.Must(template.New(name).Option("missingkey=error").Parse(string(raw))))
}

// section is one part of a prompt that competes for the token budget. It holds
// either text, which is clipped, or items, of which whole ones are left out.
type section struct {
	share  float64 // of the budget, when all sections want more than there is
	text   string
	items  []string
	newest bool // items are dropped from the front instead of the back
	more   int  // items that were not even rendered

	limit int
}

func (s *section) need() int {
	n := prompttext.Tokens(s.text)
	for _, item := range s.items {
		n += prompttext.Tokens(item) + 1
	}
	if s.more > 0 {
		n += moreTokens
	}
	return n
}

// moreTokens is what the line takes that says how much was left out.
const moreTokens = 8

// allot divides the budget: who needs less than their share leaves the rest to
// the others, in proportion to their shares.
func allot(budget int, sections ...*section) {
	open := make([]*section, 0, len(sections))
	for _, s := range sections {
		s.limit = s.need()
		open = append(open, s)
	}
	left := max(budget, 0)
	for len(open) > 0 {
		shares := 0.0
		for _, s := range open {
			shares += s.share
		}
		var over []*section
		rest := left
		for _, s := range open {
			if float64(s.limit) <= float64(left)*s.share/shares {
				rest -= s.limit
			} else {
				over = append(over, s)
			}
		}
		if len(over) == len(open) {
			for _, s := range over {
				s.limit = int(float64(left)*s.share/shares + 1e-6) // 60 is 60, not 59
			}
			return
		}
		open, left = over, rest
	}
}

// body returns the section's text within its limit.
func (s *section) body() string {
	if len(s.items) == 0 {
		return prompttext.Clip(s.text, s.limit)
	}
	text, _ := s.pick()
	return text
}

// pick returns the items that fit, and which they are. What was left out is
// said in the text. At least one item stands, clipped if need be.
func (s *section) pick() (string, []int) {
	n := len(s.items)
	if n == 0 {
		return "", nil
	}
	at := func(i int) int {
		if s.newest {
			return n - 1 - i
		}
		return i
	}
	whole := 0
	for _, item := range s.items {
		whole += prompttext.Tokens(item) + 1
	}
	limit := s.limit
	if whole > limit || s.more > 0 {
		limit -= moreTokens
	}
	var kept []string
	var which []int
	used := 0
	for i := range n {
		item := s.items[at(i)]
		cost := prompttext.Tokens(item) + 1
		if used+cost > limit {
			if len(kept) == 0 {
				kept, which = append(kept, prompttext.Clip(item, max(limit, 8))), append(which, at(i))
			}
			break
		}
		kept, which, used = append(kept, item), append(which, at(i)), used+cost
	}
	if s.newest {
		slices.Reverse(kept)
		slices.Reverse(which)
	}
	if left := n + s.more - len(kept); left > 0 {
		note := "…[" + strconv.Itoa(left) + " more cut]"
		if s.newest {
			kept = append([]string{note}, kept...)
		} else {
			kept = append(kept, note)
		}
	}
	return strings.Join(kept, "\n"), which
}
