package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// Limits of what a server offers.
const (
	maxTools       = 100  // that are actions
	maxListed      = 2000 // that a server may list
	maxPages       = 100  // of a list
	maxSchemaBytes = 64 << 10
	maxDescription = 2000 // bytes of it that are kept
)

// Names of actions that are ours.
const (
	readResource = "read_resource"
	callLater    = "call_tool"
)

// tool is a tool as an action.
type tool struct {
	name     string // the server's
	spec     agent.ActionSpec
	input    *inputSchema
	readOnly bool
}

// offer is what a server offers.
type offer struct {
	server, title, instructions string
	resources, changes          bool             // whether it has resources, and says when its tools change
	tools                       map[string]*tool // by the name of the action
	specs                       []agent.ActionSpec
	refused                     map[string]string // tools that can't be actions, and why
	schemas                     map[string]string // of all that are listed, by the server's names
}

// look asks the server what it offers. Errors: CodeInvalid where it is not what
// the configuration says, and those of session.within.
func (s *session) look(ctx context.Context, c *config) (*offer, error) {
	o := &offer{server: s.name, tools: map[string]*tool{}, refused: map[string]string{}, schemas: map[string]string{}}
	about := s.InitializeResult()
	if about == nil {
		return nil, agent.Errorf(agent.CodeUnavailable, "the server %s said nothing about itself", s.name)
	}
	if i := about.ServerInfo; i != nil && strings.TrimSpace(i.Name) != "" {
		o.server, o.title = s.text(i.Name, 80), s.text(i.Title, 80)
	}
	o.instructions = s.text(about.Instructions, maxDescription)
	if about.Capabilities != nil {
		o.resources = about.Capabilities.Resources != nil
		o.changes = about.Capabilities.Tools != nil && about.Capabilities.Tools.ListChanged
	}
	listed, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	if err := o.choose(s, c, listed); err != nil {
		return nil, err
	}
	return o, nil
}

// list returns all tools of the server.
func (s *session) list(ctx context.Context) ([]*mcp.Tool, error) {
	s.toolsChanged.Store(false)
	var all []*mcp.Tool
	err := pages(func(cursor string) (string, error) {
		var page *mcp.ListToolsResult
		err := s.within(ctx, "list its tools", s.limit, s.limit, func(ctx context.Context) error {
			var err error
			page, err = s.ListTools(ctx, &mcp.ListToolsParams{Cursor: cursor})
			return err
		})
		if err != nil {
			return "", err
		}
		all = append(all, page.Tools...)
		if len(all) > maxListed {
			return "", agent.Errorf(agent.CodeUnavailable, "the server %s lists more than %d tools", s.name, maxListed)
		}
		return page.NextCursor, nil
	})
	if isRefusal(err) && len(all) == 0 { // a server of resources alone
		return nil, nil
	}
	return all, err
}

// pages turns the pages of a list until there is no other.
func pages(turn func(cursor string) (next string, err error)) error {
	cursor := ""
	for range maxPages {
		next, err := turn(cursor)
		if err != nil || next == "" || next == cursor {
			return err
		}
		cursor = next
	}
	return agent.Errorf(agent.CodeUnavailable, "the server's list has more than %d pages", maxPages)
}

func isRefusal(err error) bool {
	_, ok := errors.AsType[*refusal](err)
	return ok
}

// choose makes actions of the tools that the configuration wants.
func (o *offer) choose(s *session, c *config, listed []*mcp.Tool) error {
	own := map[string]bool{c.Reset.Tool: true, c.Judge.Tool: true}
	var wanted []*mcp.Tool
	seen := map[string]bool{}
	for _, t := range listed {
		if seen[t.Name] {
			o.refused[clip(t.Name)] = "is offered twice"
			continue
		}
		seen[t.Name] = true
		o.schemas[t.Name] = schemaText(t.InputSchema)
		if own[t.Name] || len(c.Tools) > 0 && !slices.Contains(c.Tools, t.Name) {
			continue
		}
		wanted = append(wanted, t)
	}
	if err := c.checkNames(seen); err != nil {
		return err
	}
	if len(wanted) > maxTools {
		return agent.InvalidFields(map[string]string{"tools": fmt.Sprintf("the server offers %d tools, and at most %d can be actions: name those that are needed, such as %s", len(wanted), maxTools, clip(wanted[0].Name))})
	}
	taken := map[string]bool{}
	if o.resources {
		taken[readResource] = true
	}
	if c.LaterTools {
		taken[callLater] = true
	}
	for _, t := range wanted {
		made, err := newTool(s, t, actionName(t.Name, taken))
		if err != nil {
			o.refused[clip(t.Name)] = err.Error()
			continue
		}
		made.spec.Destructive = destructive(t.Annotations) && !slices.Contains(c.Harmless, t.Name) && !slices.Contains(c.Harmless, "*")
		taken[made.spec.Name] = true
		o.tools[made.spec.Name] = made
		o.specs = append(o.specs, made.spec)
	}
	o.specs = append(o.specs, o.ours(c)...)
	if len(o.specs) == 0 {
		why := []string{fmt.Sprintf("the server %s offers no tool that can be an action", s.name)}
		for _, name := range slices.Sorted(maps.Keys(o.refused)) {
			why = append(why, name+" "+o.refused[name])
		}
		return agent.InvalidFields(map[string]string{"tools": agent.Clip(strings.Join(why, "; "), maxMessage)})
	}
	return nil
}

// ours are the actions that are no tools.
func (o *offer) ours(c *config) []agent.ActionSpec {
	var specs []agent.ActionSpec
	if o.resources {
		specs = append(specs, agent.ActionSpec{Name: readResource, Description: "Reads a resource of the server.",
			Params: []agent.ParamSpec{{Name: "uri", Type: "string", Description: "Its address, as the state lists it or a template of it says."}}})
	}
	if c.LaterTools {
		specs = append(specs, agent.ActionSpec{Name: callLater, Description: "Calls a tool that the server began to offer after the beginning.", Destructive: !slices.Contains(c.Harmless, "*"),
			Params: []agent.ParamSpec{{Name: "tool", Type: "string", Description: "Its name, as the state lists it."}, {Name: "arguments", Type: "string", Description: "Its arguments as a JSON object.", Optional: true}}})
	}
	return specs
}

// checkNames holds that the tools that the configuration names are there.
func (c *config) checkNames(there map[string]bool) error {
	fields := map[string]string{}
	check := func(field, name string) {
		if name != "" && name != "*" && !there[name] {
			fields[field] = fmt.Sprintf("the server has no tool %q; it has %s", clip(name), agent.Clip(strings.Join(slices.Sorted(maps.Keys(there)), ", "), 400))
		}
	}
	for _, name := range c.Tools {
		check("tools", name)
	}
	for _, name := range c.Harmless {
		check("harmless", name)
	}
	for i := range c.Expected {
		check("expected_calls", c.Expected[i].Tool)
	}
	check("reset", c.Reset.Tool)
	check("judge", c.Judge.Tool)
	if len(fields) > 0 {
		return agent.InvalidFields(fields)
	}
	return nil
}

// destructive reads annotations as the protocol defines them: a tool may destroy
// something unless it says that it does not.
func destructive(a *mcp.ToolAnnotations) bool {
	return a == nil || !a.ReadOnlyHint && (a.DestructiveHint == nil || *a.DestructiveHint)
}

// newTool makes an action of a tool. The error says why it can't be one.
func newTool(s *session, t *mcp.Tool, action string) (*tool, error) {
	input, err := parseInput(t.InputSchema)
	if err != nil {
		return nil, err
	}
	made := &tool{name: t.Name, input: input, readOnly: t.Annotations != nil && t.Annotations.ReadOnlyHint}
	text := t.Description
	if text == "" {
		text = t.Title
	}
	made.spec = agent.ActionSpec{Name: action, Description: s.text(text, maxDescription), Params: input.specs()}
	for i := range made.spec.Params {
		made.spec.Params[i].Description = s.text(made.spec.Params[i].Description, maxDescription)
	}
	if err := announced.Actions([]agent.ActionSpec{made.spec}); err != nil {
		return nil, err
	}
	return made, nil
}

var oddLetters = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// actionName is the name of the action that a tool becomes: the tool's, as far
// as its letters can be in one, and with a prefix where it is taken.
func actionName(name string, taken map[string]bool) string {
	name = plainName(name, "tool")
	if strings.EqualFold(name, agent.Done) || strings.EqualFold(name, agent.NoAction) || taken[name] {
		name = "tool_" + name
	}
	for base, i := name, 2; taken[name]; i++ {
		name = fmt.Sprintf("%s_%d", base, i)
	}
	return name
}

// plainName makes a name of letters, digits, dots, dashes and underscores.
func plainName(name, otherwise string) string {
	const longest = 80
	name = strings.Trim(oddLetters.ReplaceAllString(name, "_"), "_")
	name = name[:min(len(name), longest)]
	if name == "" {
		return otherwise
	}
	if c := name[0]; c >= '0' && c <= '9' || c == '-' || c == '.' {
		name = "_" + name
	}
	return name
}

// clip keeps a name from filling a message.
func clip(name string) string { return agent.Clip(announced.Clean(name), 60) }

// schemaText is a schema as it is compared.
func schemaText(schema any) string {
	raw, err := json.Marshal(schema) // maps are written in the order of their keys
	if err != nil {
		return ""
	}
	return string(raw)
}
