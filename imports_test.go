// Package purposeagent holds the module's own rules: which folder may import
// what, and why.
package purposeagent

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rule says what packages below a folder may import.
type rule struct {
	folder string
	own    []string // folders of this module
	others []string // third-party modules; nil: the standard library only
	reason string
}

const module = "purposeagent"

// rules are looked through in order; the first folder that fits counts.
var rules = []rule{
	{"agent/llm", []string{"agent"}, []string{"github.com/cenkalti/backoff", "golang.org/x/time"},
		"a model backend knows the core's port, and speaks its server's protocol itself"},
	{"agent/agenttest", []string{"agent"}, nil, "suites and fakes must run wherever the core runs"},
	{"agent/reasoner", []string{"agent"}, nil, "the reasoner knows no environment and needs no library"},
	{"agent/stats", nil, nil, "pages and experiments share one home of statistics, and it needs nothing of either"},
	{"agent/language", nil, nil, "whoever reads a purpose reads it alike, and a language needs nothing of who reads"},
	{"agent/jsondiff", nil, nil, "critics and pages tell a change alike, and a change of JSON needs nothing of either"},
	{"agent/prompttext", nil, nil, "whoever writes a prompt fences alike, and a text needs nothing of who shows it"},
	{"agent/roles", []string{"agent", "agent/prompttext", "agent/jsondiff", "agent/search"}, nil, "a role knows the core's ports and no backend, store or page"},
	{"agent/search", nil, nil, "rules and trajectories are found alike, and what is found needs not be known"},
	{"agent", []string{"agent/stats", "agent/language", "agent/search", "agent/prompttext"}, nil, "the core is a library of its own: others must be able to use it without our dashboard"},
	{"environments", []string{"agent", "environments"}, []string{"github.com/santhosh-tekuri/jsonschema", "golang.org/x/text"},
		"an environment knows the core, and only what it wraps"},
	{"models", []string{"agent", "models"}, []string{"gorm.io", "github.com/mattn/go-sqlite3", "modernc.org/sqlite", "github.com/pressly/goose", "github.com/glebarez"},
		"storage implements the core's ports; rows stay inside"},
	{"views", []string{"views", "static"}, []string{"github.com/a-h/templ"}, "a view shows ready strings and knows nothing else"},
	{"static", nil, nil, "assets are embedded bytes"},
	{"handlers", []string{"agent", "views", "static", "handlers", "internal/lab"},
		[]string{"github.com/labstack/echo", "github.com/a-h/templ", "github.com/gorilla/websocket", "github.com/danielgtaylor/huma", "github.com/go-json-experiment/json", "github.com/dustin/go-humanize", "github.com/prometheus/client_golang", "golang.org/x/net", "golang.org/x/time", "golang.org/x/sync", "github.com/sergi/go-diff"},
		"handlers declare what they need and are given it; of the lab they read the form of its reports"},
	{"internal/browsertest", nil, []string{"github.com/chromedp"}, "tests and screenshots share one way into a browser"},
	{"internal/app", []string{"agent", "environments", "models", "internal"}, nil, "the application is a value: it imports no echo and no command-line library, and pages, commands, tools and tests open it"},
	{"internal", []string{"agent", "internal"}, []string{"github.com/riverqueue/river", "golang.org/x/sync"}, "the engine knows runs, not pages or tables"},
	{"cmd/web", []string{"agent", "environments", "handlers", "internal/app", "internal/lab", "internal/engine"},
		[]string{"github.com/labstack/echo", "github.com/urfave/cli", "github.com/charmbracelet/lipgloss", "github.com/charmbracelet/x"},
		"flags, listening, shutdown and printing; what the program does is internal/app"},
	{"scripts/loaddriver", []string{"agent", "environments", "models", "internal/browsertest"}, []string{"*"}, "a long history is written by the stores that a run is written by"},
	{"scripts/anchors", []string{"agent/stats"}, nil, "intervals are those of the Lab; all else it does with the program"},
	{"scripts", []string{"internal/browsertest", "internal/creditbench"}, []string{"*"}, "tools for people who work on the product"},
}

func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	d := json.NewDecoder(strings.NewReader(string(out)))
	for d.More() {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		folder := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		if folder == "" {
			continue
		}
		i := slices.IndexFunc(rules, func(r rule) bool { return within(folder, r.folder) })
		if i < 0 {
			t.Errorf("%s is in no folder of the import table", folder)
			continue
		}
		for _, imported := range p.Imports {
			if why := rules[i].forbids(imported); why != "" {
				t.Errorf("%s imports %s: %s; %s", folder, imported, why, rules[i].reason)
			}
		}
	}
}

func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

func (r rule) forbids(imported string) string {
	if own, ok := strings.CutPrefix(imported, module+"/"); ok {
		if slices.ContainsFunc(r.own, func(folder string) bool { return within(own, folder) }) {
			return ""
		}
		return "not allowed from there"
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return ""
	}
	if slices.ContainsFunc(r.others, func(m string) bool { return m == "*" || within(imported, m) }) {
		return ""
	}
	return "a third-party module that is not this folder's business"
}
