package environments

import (
	"encoding/json"

	"purposeagent/agent"
	"purposeagent/environments/mcp"
)

func mcpKind(options mcp.Options) Kind {
	return Kind{
		Name:    "mcp",
		Program: true,
		Title:   "MCP server",
		Docs:    "docs/mcp.md",
		Text: "The tools of any server of the Model Context Protocol as actions: one that is started as a program, or one that is reached over HTTP. " +
			"docs/mcp.md has a first task to copy.",
		Icon:     mcp.Icon,
		Approval: "destructive",
		Checks:   []string{"judge", "expected_calls"},
		Schema:   json.RawMessage(mcp.Schema),
		New:      func(config agent.Object) (agent.Environment, error) { return mcp.New(config, options) },
	}
}
