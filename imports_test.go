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

// inTests says what the tests below a folder may import beyond what its code
// may: the first folder that fits counts, and testTools are for all.
var inTests = []rule{
	{"agent/llm", nil, nil, "a client is tried against servers of its test's own"},
	{"agent/conformance", nil, nil, "suites are tried on fakes and on what is in memory"},
	{"agent", []string{"agent", "environments"}, nil, "the core is tried with its suites, its roles and real worlds"},
	{"environments", []string{"internal"}, nil, "a world is tried as the Lab and the engine use it"},
	{"models", nil, nil, "stores are tried with the suites of the core"},
	{"handlers/ui", []string{"handlers/pagetest"}, nil, "what families share is tried on sample records"},
	{"handlers/api", []string{"internal/app", "internal/engine"}, nil, "the API is tried over an application that has worked"},
	{"handlers", nil, []string{"github.com/prometheus/common", "golang.org/x/net/html"}, "metrics and pages are tried as they are read"},
	{"internal", []string{"environments", "models"}, nil, "engine and Lab are tried on real stores and worlds"},
	{"cmd/web", []string{"agent", "environments", "internal", "models"}, []string{"*"}, "the whole program is tried here"},
	{"scripts", nil, nil, "tools are tried as they are"},
}

// testTools are what any test may import.
var testTools = rule{"", []string{"agent/agenttest", "internal/browsertest", "internal/pgtest", "internal/pipetest", "internal/llmtest"},
	[]string{"github.com/google/go-cmp", "go.uber.org/goleak", "pgregory.net/rapid", "github.com/PuerkitoBio/goquery", "gonum.org", "github.com/chromedp"},
	"suites and tools for tests"}

const module = "purposeagent"

// rules are looked through in order; the first folder that fits counts.
var rules = []rule{
	{"agent/llm", []string{"agent"}, []string{"github.com/cenkalti/backoff", "golang.org/x/time"},
		"a model backend knows the core's port, and speaks its server's protocol itself"},
	{"agent/agenttest", []string{"agent/.", "agent/chat"}, nil, "fakes must run wherever the core runs"},
	{"agent/conformance", []string{"agent/.", "agent/agenttest", "agent/calibration", "agent/chat", "agent/credit", "agent/files", "agent/replay", "agent/rulestore", "agent/suites"}, nil, "suites must run wherever a port is implemented"},
	{"agent/features", []string{"agent/.", "agent/language", "agent/wording"}, nil, "whoever asks whether a rule holds gets the same answer, and it needs nothing of who asks"},
	{"agent/reasoner", []string{"agent/.", "agent/distiller", "agent/features", "agent/statetable", "agent/stats"}, nil, "the reasoner knows no environment and no model"},
	{"agent/distiller", []string{"agent/.", "agent/credit", "agent/features", "agent/learning", "agent/statetable", "agent/stats", "agent/wording"}, nil, "rules are learned from what is stored alone, whoever acted and judged"},
	{"agent/statetable", []string{"agent/.", "agent/admission", "agent/credit", "agent/features"}, nil, "exact states are counted alike, whoever acts by them"},
	{"agent/playbook", []string{"agent/.", "agent/catalog", "agent/prompttext", "agent/stats", "agent/wording"}, nil, "a playbook is made of rules alone, whoever learned them"},
	{"agent/wording", []string{"agent/."}, nil, "rules are said and read alike, whoever does it"},
	{"agent/stats", nil, nil, "pages and experiments share one home of statistics, and it needs nothing of either"},
	{"agent/language", nil, nil, "whoever reads a purpose reads it alike, and a language needs nothing of who reads"},
	{"agent/suites", []string{"agent/.", "agent/stats"}, nil, "stores, pages, commands and the Lab share one form of a suite"},
	{"agent/experiments", []string{"agent/."}, nil, "the Lab and the stores share one form of an experiment"},
	{"agent/powers", []string{"agent/.", "agent/reveal"}, nil, "pages, API and consoles name the powers of an environment alike"},
	{"agent/reveal", nil, nil, "worlds and pages share one form of secret rules, and it needs nothing of either"},
	{"agent/configschema", nil, nil, "registry and forms read the settings of an environment alike"},
	{"agent/files", nil, nil, "environments, stores and pages share one form of files, and it needs nothing of either"},
	{"agent/chat", []string{"agent/."}, nil, "roles and backends meet at this port, and neither knows the other"},
	{"agent/catalog", []string{"agent/.", "agent/credit"}, nil, "pages and stores share the forms of lists and changes"},
	{"agent/steering", []string{"agent/."}, nil, "pages, engine and stores share what can be asked of a run"},
	{"agent/calibration", []string{"agent/.", "agent/stats"}, nil, "a critic is judged by pairs alone, whoever keeps them and learns"},
	{"agent/findjson", []string{"agent/."}, nil, "an answer is read alike, whoever asked"},
	{"agent/credit", []string{"agent/stats"}, nil, "what is counted must not depend on what is learned from it"},
	{"agent/admission", []string{"agent/.", "agent/prompttext", "agent/search"}, nil, "what may enter a library is judged alike, whoever proposes it"},
	{"agent/duplicates", []string{"agent/.", "agent/search"}, nil, "rules are compared by what they say, whoever asks"},
	{"agent/lifecycle", []string{"agent/.", "agent/credit", "agent/search", "agent/stats"}, nil, "what becomes of a rule goes by its record alone, whoever kept it"},
	{"agent/inbox", []string{"agent/.", "agent/calibration", "agent/catalog", "agent/credit", "agent/duplicates", "agent/lifecycle", "agent/stats"}, nil, "what is worth a look is said by the records alone, whoever shows it"},
	{"agent/packs", []string{"agent/.", "agent/admission", "agent/catalog", "agent/prompttext"}, nil, "a pack comes from anywhere and needs no library to be read"},
	{"agent/rulestore", []string{"agent/.", "agent/catalog", "agent/credit"}, nil, "a batch does the same to every library, in memory or in a database"},
	{"agent/learning", []string{"agent/.", "agent/admission", "agent/credit", "agent/duplicates", "agent/lifecycle", "agent/rulestore", "agent/search"}, nil, "learning knows the core's ports and no model, store or page"},
	{"agent/jsondiff", nil, nil, "critics and pages tell a change alike, and a change of JSON needs nothing of either"},
	{"agent/prompttext", nil, nil, "whoever writes a prompt fences alike, and a text needs nothing of who shows it"},
	{"agent/narrate", []string{"agent/.", "agent/prompttext", "agent/jsondiff", "agent/search"}, nil, "prompts and pages tell a task alike, and who tells it needs no model"},
	{"agent/milestones", []string{"agent/."}, nil, "critics, stores and pages share one form of a world's milestones"},
	{"agent/roles", []string{"agent/.", "agent/chat", "agent/findjson", "agent/milestones", "agent/narrate", "agent/prompttext", "agent/jsondiff", "agent/search", "agent/stats"}, nil, "a role knows the core's ports and no backend, store or page"},
	{"agent/embedding", []string{"agent/.", "agent/chat", "agent/search"}, nil, "an embedding model is one way more to find rules, and retrieval needs none"},
	{"agent/replay", []string{"agent/.", "agent/search"}, nil, "every replay finds and weighs alike, in memory or in a database"},
	{"agent/search", nil, nil, "rules and trajectories are found alike, and what is found needs not be known"},
	{"agent", []string{"agent/files", "agent/language", "agent/search", "agent/prompttext", "agent/credit"}, nil, "the core is a library of its own: others must be able to use it without our dashboard"},
	{"environments/code/task", []string{"agent/."}, []string{"github.com/BurntSushi/toml"}, "task folders of others have their settings in TOML"},
	{"environments/code", []string{"agent", "environments/code/task", "internal/sandbox"}, []string{"github.com/aymanbagabas/go-udiff"}, "what an agent writes runs in a sandbox, and what it changed is shown as a difference"},
	{"environments/mcp", []string{"agent", "environments"}, []string{"github.com/modelcontextprotocol/go-sdk", "github.com/santhosh-tekuri/jsonschema", "golang.org/x/net", "golang.org/x/text"},
		"the SDK of the protocol and what its schemas are checked with stay in the one folder that speaks it"},
	{"environments/remote/openenv", []string{"agent/.", "environments/announced"}, []string{"github.com/gorilla/websocket"}, "a session of OpenEnv is a socket"},
	{"environments/script", []string{"agent", "environments"}, []string{"go.starlark.net"}, "a script is evaluated by the interpreter of its language, which nothing else sees"},
	{"environments", []string{"agent", "environments"}, []string{"github.com/santhosh-tekuri/jsonschema", "golang.org/x/text"},
		"an environment knows the core, and only what it wraps"},
	{"models", []string{"agent"}, []string{"gorm.io", "github.com/jackc/pgx", "github.com/mattn/go-sqlite3", "modernc.org/sqlite", "github.com/pressly/goose"},
		"storage implements the core's ports; rows stay inside"},
	{"views", []string{"views"}, []string{"github.com/a-h/templ"}, "a view shows ready strings and knows nothing else"},
	{"static", nil, nil, "assets are embedded bytes"},
	{"handlers/request", []string{"agent"}, nil, "what is asked about runs is plain data: pages, API and commands share it"},
	{"handlers/pagetest", []string{"agent", "handlers/ui", "environments", "internal/app", "internal/demo", "internal/engine", "internal/lab", "models"}, []string{"github.com/labstack/echo", "github.com/PuerkitoBio/goquery", "go.uber.org/goleak"},
		"tests of pages open real stores with sample records; what opens them knows the kit and no family, so that a family's own tests can use it"},
	{"handlers/sitetest", []string{"agent/experiments", "handlers"}, nil, "the whole dashboard over those stores"},
	{"handlers/ui", []string{"agent", "views", "static", "handlers/origin", "handlers/query"}, []string{"github.com/labstack/echo", "github.com/a-h/templ"},
		"what families share knows none of them"},
	{"handlers/textdiff", []string{"views"}, nil, "what differs is said alike on all pages"},
	{"handlers/origin", []string{"agent"}, []string{"golang.org/x/net"}, "who may ask is decided from the request alone"},
	{"handlers", []string{"agent", "views", "static", "handlers", "internal/console", "internal/demo", "internal/lab", "internal/suitefile"},
		[]string{"github.com/labstack/echo", "github.com/a-h/templ", "github.com/gorilla/websocket", "github.com/danielgtaylor/huma", "github.com/go-json-experiment/json", "github.com/VictoriaMetrics/metrics"},
		"handlers declare what they need and are given it; suites they read as files; of the lab they read the form of its reports, of the demonstration its state, of a console its session"},
	{"internal/browsertest", nil, []string{"github.com/chromedp"}, "tests and screenshots share one way into a browser"},
	{"internal/pgtest", nil, []string{"github.com/jackc/pgx", "go.uber.org/goleak"}, "tests of stores and engine share one way to a PostgreSQL of their own"},
	{"internal/terminal", []string{"agent", "environments/remote", "internal/lab"}, []string{"github.com/charmbracelet/x"}, "what people read at a terminal is text about runs, rules and experiments"},
	{"internal/site", []string{"agent", "environments", "handlers", "internal/app", "internal/connections", "internal/engine"}, []string{"github.com/labstack/echo"}, "pages and API are given what they declare, in one place that tools and tests open too"},
	{"internal/client", []string{"agent"}, nil, "a command asks a serving program and knows the API only"},
	{"internal/app", []string{"agent", "environments", "models", "internal"}, nil, "the application is a value: it imports no echo and no command-line library, and pages, commands, tools and tests open it"},
	{"internal/connections", []string{"agent", "internal/secrets", "models"}, nil, "who is asked for an answer is a matter of stored connections, whatever is asked"},
	{"internal/sandbox", []string{"agent/."}, []string{"github.com/landlock-lsm/go-landlock", "github.com/elastic/go-seccomp-bpf", "golang.org/x/net/bpf", "golang.org/x/sys"},
		"what contains programs knows nothing of who runs them, or why"},
	{"internal/suitefile", []string{"agent/.", "agent/suites", "environments/code/task"}, nil, "a suite is read from files alone, whoever imports it"},
	{"internal/console", []string{"agent/.", "agent/files", "agent/powers"}, nil, "who acts by hand needs an environment and nothing else: no store, no model, no page"},
	{"internal/commands", []string{"agent", "environments", "handlers", "internal/app", "internal/client", "internal/lab", "internal/site", "internal/suitefile", "internal/terminal"},
		[]string{"github.com/urfave/cli"},
		"flags, listening, shutdown and printing; what the program does is internal/app"},
	{"internal/demo", []string{"agent", "internal/engine"}, nil, "a demonstration plans runs of the engine, and what it tells is asked of the application"},
	{"internal", []string{"agent"}, []string{"github.com/riverqueue/river", "golang.org/x/sync"}, "the engine knows runs, not pages or tables"},
	{"cmd/web", []string{"internal/app", "internal/commands"}, nil, "the program takes arguments, environment and signals from the system and hands them on"},
	{"scripts/loaddriver", []string{"agent", "models", "internal/app", "internal/browsertest"}, []string{"*"}, "a long history is written by the stores that a run is written by"},
	{"scripts/venv", nil, nil, "packages of Python are installed alike, whoever measures with them"},
	{"scripts/peers/work", nil, nil, "it is built into the module of a peer too"},
	{"scripts/peers/ours", []string{"agent", "models", "scripts/peers/work"}, nil, "what is measured beside peers are the core and its store"},
	{"scripts/peers", []string{"scripts/peers/work", "scripts/venv"}, nil, "it starts programs and reads what they print"},
	{"scripts/anchors", []string{"agent/.", "agent/files", "agent/stats", "agent/prompttext", "environments/code", "environments/web", "internal/sandbox", "scripts/venv"}, []string{"golang.org/x/sync"}, "intervals are those of the Lab; a check plays in an environment itself, all else is done with the program"},
	{"scripts/prove", []string{"agent/stats", "internal/llmtest"}, nil, "intervals are those of the Lab, and a stand-in reader is asked as a model; all else it does with the program"},
	{"scripts", []string{"internal/browsertest", "internal/creditbench"}, []string{"*"}, "tools for people who work on the product"},
}

// listed is what go list says of a package.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

// list returns all packages as they are built with the tags.
func list(t *testing.T, tags string) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-tags", tags, "-json=ImportPath,Imports,TestImports,XTestImports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p listed
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func TestImports(t *testing.T) {
	used := map[string]bool{} // table, folder and allowance
	for _, p := range slices.Concat(list(t, ""), list(t, "purego")) {
		folder := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		if folder == "" {
			continue
		}
		rule, known := of(rules, folder)
		if !known {
			t.Errorf("%s is in no folder of the import table", folder)
			continue
		}
		for _, imported := range p.Imports {
			if ours(imported) && !rule.allows(imported, "code", used) {
				t.Errorf("%s imports %s, which is not in its row of the table: %s", folder, imported, rule.reason)
			}
		}
		extra, _ := of(inTests, folder)
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if ours(imported) && imported != p.ImportPath && !rule.allows(imported, "code", nil) && !testTools.allows(imported, "tools", used) && !extra.allows(imported, "tests", used) {
				t.Errorf("the tests of %s import %s, which is not in their row of the table: %s", folder, imported, extra.reason)
			}
		}
	}
	for table, all := range map[string][]rule{"code": rules, "tests": inTests, "tools": {testTools}} {
		for _, r := range all {
			for _, allowance := range slices.Concat(r.own, r.others) {
				if !used[table+" "+r.folder+" "+allowance] {
					t.Errorf("nothing below %q (%s) imports %s any more: take it out of the table", r.folder, table, allowance)
				}
			}
		}
	}
}

// of returns the rule of a folder.
func of(table []rule, folder string) (rule, bool) {
	i := slices.IndexFunc(table, func(r rule) bool { return within(folder, r.folder) })
	if i < 0 {
		return rule{}, false
	}
	return table[i], true
}

// ours reports whether an import is the table's business: all but the standard library.
func ours(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return first == module || strings.Contains(first, ".")
}

// within reports whether a package is in a folder or below it; "agent/." is the
// folder alone, without what is below.
func within(path, folder string) bool {
	if alone, ok := strings.CutSuffix(folder, "/."); ok {
		return path == alone
	}
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// allows reports whether the rule allows an import, and notes every allowance
// that does.
func (r rule) allows(imported, table string, used map[string]bool) bool {
	allowances := r.others
	path, own := strings.CutPrefix(imported, module+"/")
	if own {
		allowances = r.own
	}
	found := false
	for _, a := range allowances {
		if a == "*" || within(path, a) {
			found = true
			if used != nil {
				used[table+" "+r.folder+" "+a] = true
			}
		}
	}
	return found
}
