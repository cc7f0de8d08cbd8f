package launch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"purposeagent/agent"
	"purposeagent/handlers/request"
	"purposeagent/handlers/ui"
)

// launchCurl writes the launch as a request to the API.
func launchCurl(spec agent.RunSpec, apiURL string) (string, error) {
	var raw bytes.Buffer
	e := json.NewEncoder(&raw)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(request.RunOf(spec)); err != nil {
		return "", fmt.Errorf("write request body: %w", err)
	}
	return "curl " + ui.ShellQuote(apiURL) + " \\\n  -H 'Content-Type: application/json' \\\n  -d " +
		ui.ShellQuote(strings.TrimSpace(raw.String())), nil
}

// launchCLI writes one run of the launch as a command: all that was left open stays open.
func launchCLI(spec agent.RunSpec) string {
	r := request.RunOf(spec)
	for _, role := range []*string{&r.Models.Critic, &r.Models.Optimizer} {
		if *role == r.Models.Actor {
			*role = ""
		}
	}
	var flags []string
	for _, f := range request.Flags(&r) {
		if value := f.String(); value != "" {
			flags = append(flags, "--"+f.Name+" "+ui.ShellQuote(value))
		}
	}
	return "purpose run " + strings.Join(flags, " \\\n  ")
}
