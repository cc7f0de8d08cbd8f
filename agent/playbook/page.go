package playbook

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// World is a world that rules are about.
type World struct {
	Scope    agent.Scope
	Rules    int // in use
	LastUsed time.Time
}

// Page is the playbook of one world, and which others there are in its environment.
type Page struct {
	Scope  agent.Scope
	Worlds []World // the one last used first
	agent.Playbook
}

// Asked says which playbook is wanted.
type Asked struct {
	Environment string // "": of the world last used
	World       string // its dynamics, "": the one last used
	Snapshot    string // id of a moment of the library, "": now
	Tokens      int    // budget, 0: all lines
}

// DefaultTokens is the budget of a playbook that people ask for; what is left out is
// less sure, and can be asked for.
const DefaultTokens = 800

// Choose returns the worlds of an environment ("": of the world last used) and the
// one that is asked for ("": the one last used). Errors: CodeNotFound.
func Choose(worlds []World, environment, dynamics string) (of []World, chosen World, err error) {
	if environment == "" && len(worlds) > 0 {
		environment = worlds[0].Scope.Environment
	}
	of = slices.DeleteFunc(slices.Clone(worlds), func(w World) bool { return w.Scope.Environment != environment })
	for _, w := range of {
		if dynamics == "" || w.Scope.Dynamics == dynamics {
			return of, w, nil
		}
	}
	if dynamics == "" {
		return of, World{Scope: agent.Scope{Environment: environment}}, nil
	}
	return nil, World{}, agent.Errorf(agent.CodeNotFound, "no rules are known of the world %q of %q", agent.Clip(dynamics, 80), agent.Clip(environment, 80))
}

// headings of the sections.
var headings = map[agent.LineKind]string{agent.LineFact: "Facts", agent.LineProcedure: "Procedures", agent.LineStrategy: "Strategies", agent.LinePitfall: "Pitfalls"}

// Heading is the heading of a section in documents and on pages.
func Heading(kind agent.LineKind) string { return headings[kind] }

// escape keeps what rules say from being read as Markdown.
var escape = strings.NewReplacer("\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]", "<", "&lt;", ">", "&gt;", "#", "\\#", "|", "\\|")

// RuleIDs lists the rules behind the page's lines.
func (p *Page) RuleIDs() []string {
	var ids []string
	for i := range p.Lines {
		ids = append(ids, p.Lines[i].Rules...)
	}
	return ids
}

// MaxDocumentComments bounds the comments in a document.
const MaxDocumentComments = 5_000

// Document writes the page as Markdown, each line with the comments on its rules, the
// newest first; list pages through them. Errors are those of list.
func (p *Page) Document(ctx context.Context, list func(context.Context, catalog.CommentQuery) (catalog.Page[catalog.Comment], error)) (string, error) {
	q := catalog.CommentQuery{Rules: p.RuleIDs()}
	var comments []catalog.Comment
	for {
		page, err := list(ctx, q)
		if err != nil {
			return "", err
		}
		comments = append(comments, page.Items...)
		if q.Cursor = page.Next; q.Cursor == "" || len(comments) >= MaxDocumentComments {
			break
		}
	}
	text := p.Markdown(comments...)
	if q.Cursor != "" {
		text += fmt.Sprintf("\nThere are more comments; only the newest %d stand here.\n", len(comments))
	}
	return text, nil
}

// Markdown writes the page as a document, each line with the comments on its rules.
func (p *Page) Markdown(comments ...catalog.Comment) string {
	var b strings.Builder
	on := catalog.NewCommentIndex(comments)
	name := p.Scope.Environment
	if p.Scope.Dynamics != "" {
		name += " · " + p.Scope.Dynamics
	}
	fmt.Fprintf(&b, "# Playbook: %s\n", escape.Replace(name))
	if len(p.Lines) == 0 {
		b.WriteString("\nNothing is known of this world yet.\n")
	}
	last := agent.LineKind("")
	for i := range p.Lines {
		l := &p.Lines[i]
		if l.Kind != last {
			fmt.Fprintf(&b, "\n## %s\n\n", Heading(l.Kind))
			last = l.Kind
		}
		var marks []string
		if l.Pinned {
			marks = append(marks, "pinned")
		}
		if inTrial(l) {
			marks = append(marks, "in trial")
		}
		if l.Uplift != nil {
			marks = append(marks, "uplift "+l.Uplift.String())
		}
		mark := ""
		if len(marks) > 0 {
			mark = " *(" + escape.Replace(strings.Join(marks, ", ")) + ")*"
		}
		fmt.Fprintf(&b, "- **%s**: %s%s\n", escape.Replace(l.Title), escape.Replace(l.Text), mark)
		for _, c := range on.About(l.Rules) {
			fmt.Fprintf(&b, "  - %s, %s: %s\n", escape.Replace(c.Actor), c.At.UTC().Format(time.DateOnly), escape.Replace(strings.Join(strings.Fields(c.Text), " ")))
		}
	}
	if p.More > 0 {
		fmt.Fprintf(&b, "\n%d more lines are less sure and left out.\n", p.More)
	}
	return b.String()
}
