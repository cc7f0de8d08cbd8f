package roles

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
	"time"
	"unicode/utf8"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/prompttext"
)

// Prompt is the words in which a role's model is asked: a template with the
// parts "system" and "user". Its label, name@hash, goes with every call, so that
// a score or a step can be traced to the exact words.
type Prompt struct {
	Role  agent.ModelRole
	Label string
	Text  string
	parts *template.Template
	uses  map[string]bool // fields of the view that it shows
}

// PromptVersion is one version of a role's prompt. Version 0 is the built-in one.
type PromptVersion struct {
	Role  agent.ModelRole `json:"role"`
	N     int             `json:"n"`
	Text  string          `json:"text"`
	Note  string          `json:"note"`
	Actor string          `json:"actor"` // who wrote it
	At    time.Time       `json:"at"`
	Used  bool            `json:"used"`
}

// Prompt returns the version as it is asked with. Errors are those of ParsePrompt.
func (v PromptVersion) Prompt() (*Prompt, error) {
	if v.N == 0 {
		return BuiltinPrompt(v.Role), nil
	}
	return ParsePrompt(v.Role, fmt.Sprintf("%s.%d", v.Role, v.N), v.Text)
}

// MaxPromptText bounds the text of a template, in bytes.
const MaxPromptText = 32 << 10

// BuiltinPrompt returns the words that a role is asked in unless told otherwise.
func BuiltinPrompt(role agent.ModelRole) *Prompt {
	switch role {
	case agent.ActorRole:
		return actorPrompt
	case agent.CriticRole:
		return criticPrompt
	case agent.OptimizerRole:
		return distillerPrompt
	}
	return nil
}

// ParsePrompt reads a template of a role under a name such as actor.7. It is
// CodeInvalid, with what is wrong, for a text that is no template, uses more than
// fields, with, if and else, leaves out what the role can't do without, or puts
// what was observed or remembered outside << and >>, where a model could take it
// for instructions.
func ParsePrompt(role agent.ModelRole, name, text string) (*Prompt, error) {
	wrong := func(format string, args ...any) error {
		return agent.InvalidFields(map[string]string{"text": fmt.Sprintf(format, args...)})
	}
	switch {
	case BuiltinPrompt(role) == nil:
		return nil, agent.InvalidFields(map[string]string{"role": "must be actor, critic or optimizer"})
	case len(text) > MaxPromptText:
		return nil, wrong("is %d bytes long; at most %d are allowed", len(text), MaxPromptText)
	case !utf8.ValidString(text):
		return nil, wrong("is not valid UTF-8 text")
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	parts, err := template.New(name).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, wrong("is not a valid template: %s", strings.TrimPrefix(err.Error(), "template: "))
	}
	for _, t := range parts.Templates() {
		if t.Tree == nil {
			continue
		}
		if err := plainTemplate(t.Root); err != nil {
			return nil, wrong("%s", err.Error())
		}
	}
	p := newPrompt(role, name, text, parts)
	for _, sample := range promptSamples[role] {
		if err := p.try(sample); err != nil {
			return nil, wrong("%s", err.Error())
		}
	}
	return p, nil
}

func newPrompt(role agent.ModelRole, name, text string, parts *template.Template) *Prompt {
	sum := sha256.Sum256([]byte(text))
	p := &Prompt{Role: role, Label: name + "@" + hex.EncodeToString(sum[:4]), Text: text, parts: parts, uses: map[string]bool{}}
	for _, t := range parts.Templates() {
		if t.Tree != nil {
			fieldsIn(t.Root, p.uses)
		}
	}
	return p
}

// fieldsIn collects the fields that a template names.
func fieldsIn(node parse.Node, fields map[string]bool) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, child := range n.Nodes {
				fieldsIn(child, fields)
			}
		}
	case *parse.ActionNode:
		fieldsIn(n.Pipe, fields)
	case *parse.IfNode:
		fieldsInBranch(&n.BranchNode, fields)
	case *parse.WithNode:
		fieldsInBranch(&n.BranchNode, fields)
	case *parse.PipeNode:
		if n != nil {
			for _, command := range n.Cmds {
				for _, arg := range command.Args {
					fieldsIn(arg, fields)
				}
			}
		}
	case *parse.FieldNode:
		fields[n.Ident[0]] = true
	}
}

func fieldsInBranch(b *parse.BranchNode, fields map[string]bool) {
	fieldsIn(b.Pipe, fields)
	fieldsIn(b.List, fields)
	fieldsIn(b.ElseList, fields)
}

// plainTemplate refuses what a template does not need: loops and calls, which
// could go on for ever.
func plainTemplate(node parse.Node) error {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, child := range n.Nodes {
			if err := plainTemplate(child); err != nil {
				return err
			}
		}
		return nil
	case *parse.TextNode, *parse.CommentNode:
		return nil
	case *parse.ActionNode:
		return plainPipe(n.Pipe)
	case *parse.IfNode:
		return plainBranch(&n.BranchNode)
	case *parse.WithNode:
		return plainBranch(&n.BranchNode)
	}
	return fmt.Errorf("uses %q; a prompt may use fields, with, if and else", prompttext.Cut(node.String(), 40))
}

func plainBranch(b *parse.BranchNode) error {
	if err := plainPipe(b.Pipe); err != nil {
		return err
	}
	if err := plainTemplate(b.List); err != nil {
		return err
	}
	return plainTemplate(b.ElseList)
}

func plainPipe(p *parse.PipeNode) error {
	if len(p.Decl) == 0 && len(p.Cmds) == 1 {
		for i, arg := range p.Cmds[0].Args {
			switch a := arg.(type) {
			case *parse.FieldNode, *parse.DotNode:
				continue
			case *parse.IdentifierNode:
				if i == 0 && a.Ident == "not" {
					continue
				}
			}
			return fmt.Errorf("uses %q; a prompt may use fields, with, if, else and not", prompttext.Cut(p.String(), 40))
		}
		return nil
	}
	return fmt.Errorf("uses %q; a prompt may use fields, with, if, else and not", prompttext.Cut(p.String(), 40))
}

// promptSample is a view of a role's template with a mark in each field. needs
// are the marks that must be in the prompt; plain ones may stand outside the
// fence of data.
type promptSample struct {
	view  any
	needs []need
	plain []string
}

// need is a mark that must be in a prompt, or one of several.
type need []string

// needs reads "m-purpose", or "m-rules or m-procedures" where either will do.
func needs(marks ...string) []need {
	out := make([]need, len(marks))
	for i, mark := range marks {
		out[i] = strings.Split(mark, " or ")
	}
	return out
}

// field is the need in the words of a template.
func (n need) field() string { return "." + title(n[0][2:]) }

func (n need) met(text string) bool {
	return slices.ContainsFunc(n, func(mark string) bool { return strings.Contains(text, mark) })
}

// promptSamples are the views that every template of a role must take: with all
// there can be, and with the least.
var promptSamples = map[agent.ModelRole][]promptSample{
	agent.ActorRole: {
		{actorView{ByName: true, Cites: true, World: "m-world", Playbook: "m-playbook", Examples: "m-examples", Purpose: "m-purpose", Description: "m-description",
			History: "m-history", Notes: "m-notes", Rules: "m-rules", Left: "m-left", State: "m-state", Actions: "m-actions", Applies: "m-applies",
			Strategies: "m-strategies", Procedures: "m-procedures"},
			needs("m-purpose", "m-examples", "m-history", "m-state", "m-actions", "m-playbook or m-strategies", "m-rules or m-procedures"), []string{"m-purpose", "m-notes", "m-left"}},
		{actorView{Purpose: "m-purpose", Left: "m-left", State: "m-state", Actions: "m-actions"}, needs("m-purpose", "m-state", "m-actions"), []string{"m-purpose", "m-left"}},
	},
	agent.CriticRole: {
		{criticView{World: "m-world", Purpose: "m-purpose", Description: "m-description", Milestones: "m-milestones", Seen: "m-seen", Before: "m-before", Changes: "m-changes", After: "m-after"},
			needs("m-purpose", "m-changes", "m-after"), []string{"m-purpose"}},
		{criticView{Fresh: true, Purpose: "m-purpose", After: "m-after"}, needs("m-purpose", "m-after"), []string{"m-purpose"}},
	},
	agent.OptimizerRole: {
		{distillerView{World: "m-world", Actions: "m-actions", Forms: "m-forms", Playbook: "m-playbook", Known: "m-known", Rejected: "m-rejected", Similar: "m-similar",
			Contrast: "m-contrast", Purpose: "m-purpose", Outcome: "m-outcome", Steps: "m-steps"},
			needs("m-known", "m-contrast", "m-purpose", "m-outcome", "m-steps"), []string{"m-actions"}},
		{distillerView{Purpose: "m-purpose", Outcome: "m-outcome", Steps: "m-steps", OutcomesOnly: true}, needs("m-purpose", "m-outcome", "m-steps"), nil},
	},
}

// try renders a sample and looks for what must be there, and where.
func (p *Prompt) try(sample promptSample) error {
	var all strings.Builder
	for _, part := range []string{"system", "user"} {
		if t := p.parts.Lookup(part); t == nil || t.Tree == nil {
			return fmt.Errorf(`has no part {{define %q}}`, part)
		}
		var b strings.Builder
		if err := p.parts.ExecuteTemplate(&b, part, sample.view); err != nil {
			text := err.Error()
			if _, reason, ok := strings.Cut(text, "can't evaluate field "); ok {
				field, _, _ := strings.Cut(reason, " ")
				return fmt.Errorf("asks for .%s, which the %s's prompt does not have", field, p.Role)
			}
			return fmt.Errorf("can't be filled in: %s", text)
		}
		if strings.TrimSpace(b.String()) == "" {
			return fmt.Errorf("the part %q is empty", part)
		}
		all.WriteString(b.String() + "\n")
	}
	whole := all.String()
	inside := 0
	for i := range len(whole) {
		switch rest := whole[i:]; {
		case strings.HasPrefix(rest, "<<"):
			inside++
		case strings.HasPrefix(rest, ">>") && inside > 0:
			inside--
		case strings.HasPrefix(rest, "m-") && inside == 0:
			mark := rest[:2+strings.IndexFunc(rest[2:]+" ", func(r rune) bool { return r < 'a' || r > 'z' })]
			if isMark(sample, mark) && !slices.Contains(sample.plain, mark) {
				return fmt.Errorf("puts .%s outside << and >>: what was observed or remembered is data, and a model must not take it for instructions", title(mark[2:]))
			}
		}
	}
	for _, need := range sample.needs {
		if !need.met(whole) {
			return fmt.Errorf("leaves out {{%s}}, which the %s can't do without", need.field(), p.Role)
		}
	}
	return nil
}

// isMark reports whether a word is one of a sample's marks.
func isMark(sample promptSample, mark string) bool {
	return len(mark) > 2 && strings.Contains(fmt.Sprintf("%+v", sample.view), mark)
}

func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// render fills one part. A template was tried with samples of every view, so that
// an error is a programming error.
func (p *Prompt) render(part string, values any) string {
	var b strings.Builder
	if err := p.parts.ExecuteTemplate(&b, part, values); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

// messages renders the system and the user message.
func (p *Prompt) messages(values any) []chat.Message {
	return []chat.Message{
		{Role: chat.RoleSystem, Text: p.render("system", values)},
		{Role: chat.RoleUser, Text: p.render("user", values)},
	}
}
