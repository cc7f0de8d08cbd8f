package environments_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"purposeagent/agent"
	"purposeagent/agent/files"
	"purposeagent/handlers"
	"purposeagent/handlers/environments"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
	"purposeagent/internal/console"
)

// kinds are real environments, as pages see them.
type kinds struct {
	list  []ui.Kind
	check func(name string, config agent.Object) (agent.Object, error)
}

func (k kinds) Kinds() []ui.Kind { return k.list }

func (k kinds) Check(name string, config agent.Object) (agent.Object, error) {
	return k.check(name, config)
}

// open returns a site whose environments and consoles are those of the application:
// two that compute, and one that starts programs and is refused.
func open(t *testing.T) sitetest.Site {
	t.Helper()
	store := sitetest.New(t).Store
	app := store.App(t)
	known := kinds{check: app.Registry.Check}
	for _, name := range []string{"maze", "workshop", "remote"} {
		k, err := app.Registry.Kind(name)
		if err != nil {
			t.Fatal(err)
		}
		shown := ui.Kind{Name: k.Name, Title: k.Title, Text: k.Text, Icon: k.Icon, Schema: k.Schema, DrawPurpose: k.DrawPurpose, Program: k.Program, Refused: k.Refused, Docs: k.Docs}
		for _, p := range k.Presets {
			if k.DrawPurpose != nil {
				p.Purpose = ""
			}
			shown.Presets = append(shown.Presets, ui.Preset(p))
		}
		known.list = append(known.list, shown)
	}
	return sitetest.Of(t, store, func(c *handlers.Config) {
		c.Environments = known
		c.Console = handlers.ConsolePorts{Sessions: app.Consoles, About: func(name string) environments.About {
			about := app.Kind(name)
			return environments.About{Known: about.Known, Powers: about.Powers, Actions: about.Actions, Text: about.Description.Text}
		}}
	})
}

func TestGoldenPages(t *testing.T) {
	sitetest.Goldens(t, open(t),
		sitetest.Golden{Name: "environments", Path: "/environments", Want: 200, Whole: true},
		sitetest.Golden{Name: "environment", Path: "/environments/maze?preset=home", Want: 200},
		sitetest.Golden{Name: "environment-drawn", Path: "/environments/workshop", Want: 200},
		sitetest.Golden{Name: "environment-refused", Path: "/environments/remote", Want: 200})
}

// begin starts a console and returns its path.
func begin(t *testing.T, s http.Handler, kind string, pairs ...string) string {
	t.Helper()
	w := pagetest.Ask(s, http.MethodPost, "/environments/"+kind+"/console", pagetest.Form(pairs...))
	if w.Code != http.StatusSeeOther {
		t.Fatalf("begin: %d %s", w.Code, w.Body)
	}
	return w.Header().Get("Location")
}

// turnOf reads the turn that a console's forms are about.
func turnOf(t *testing.T, s http.Handler, path string) string {
	t.Helper()
	page, err := goquery.NewDocumentFromReader(pagetest.Ask(s, http.MethodGet, path, "").Body)
	if err != nil {
		t.Fatal(err)
	}
	turn, ok := page.Find("input[name=turn]").Attr("value")
	if !ok {
		t.Fatalf("%s has no form", path)
	}
	return turn
}

const goSouth = `{"name":"go","params":{"direction":"south"}}`

func TestConsole(t *testing.T) {
	s := open(t)
	path := begin(t, s, "maze", "purpose", "Find the treasure and take it", "seed", "5", "environment.config.size", "3")
	id := path[strings.LastIndex(path, "/")+1:]
	do := func(what string, want int, htmx bool, pairs ...string) string {
		t.Helper()
		var headers []string
		if htmx {
			headers = []string{"HX-Request", "true"}
		}
		w := pagetest.Ask(s, http.MethodPost, path+"/"+what, pagetest.Form(pairs...), headers...)
		if w.Code != want {
			t.Fatalf("%s %v: %d, want %d: %s", what, pairs, w.Code, want, w.Body)
		}
		return w.Body.String()
	}
	// Without a script each answer leads back to the page; with htmx it is the console.
	do("act", http.StatusSeeOther, false, "turn", turnOf(t, s, path), "choice", goSouth)
	now := turnOf(t, s, path)
	body := do("act", http.StatusOK, true, "turn", now, "action", "fly")
	if !strings.Contains(body, "unknown action &#34;fly&#34;") || strings.Contains(body, "<html") {
		t.Errorf("an unknown action: %s", body)
	}
	if body = do("act", http.StatusConflict, true, "turn", now, "choice", goSouth); !strings.Contains(body, "your action was not done") {
		t.Errorf("an action about a state that is over: %s", body)
	}
	if body = do("act", http.StatusUnprocessableEntity, true, "turn", turnOf(t, s, path)); !strings.Contains(body, "Choose an action first") {
		t.Errorf("no action: %s", body)
	}
	if body = do("act", http.StatusUnprocessableEntity, true, "turn", turnOf(t, s, path), "action", "go", "params", "{"); !strings.Contains(body, `id="do-params-error"`) {
		t.Errorf("parameters that are none: %s", body)
	}
	golden := func(name string) {
		page := sitetest.Body(t, s, path, http.StatusOK)
		_, main, _ := strings.Cut(page, `<main id="main"`)
		pagetest.Golden(t, name, strings.ReplaceAll(`<main id="main"`+main, id, "CONSOLE"))
	}
	golden("console")
	w := pagetest.Ask(s, http.MethodGet, path+"/picture.svg?turn="+turnOf(t, s, path), "")
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "<svg") || w.Header().Get("Content-Security-Policy") != ui.PicturePolicy {
		t.Errorf("the picture: %d %v %.80s", w.Code, w.Header(), w.Body)
	}
	if body = do("end", http.StatusOK, true, "turn", turnOf(t, s, path)); !strings.Contains(body, "You ended it. It says: the purpose was not reached.") {
		t.Errorf("the end: %s", body)
	}
	golden("console-ended")
	if body = do("restart", http.StatusOK, true, "turn", turnOf(t, s, path)); strings.Contains(body, "What you did") {
		t.Errorf("started over: %s", body)
	}
}

// A console is not a run: nothing is stored, nothing is learned.
func TestConsoleStoresNothing(t *testing.T) {
	s := open(t)
	app := s.Store.App(t)
	count := func() (n int) {
		runs, err := app.Runs.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range runs {
			n += of
		}
		kept, err := app.Replay.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n + kept.Count
	}
	before := count()
	path := begin(t, s, "workshop", "seed", "3")
	pagetest.Ask(s, http.MethodPost, path+"/act", pagetest.Form("turn", turnOf(t, s, path), "action", "take", "params", `{"piece":"piece1"}`))
	pagetest.Ask(s, http.MethodPost, path+"/end", pagetest.Form("turn", turnOf(t, s, path)))
	if after := count(); after != before || before == 0 {
		t.Errorf("%d rows, before %d", after, before)
	}
}

func TestWhatCanNotBegin(t *testing.T) {
	s := open(t)
	for _, tt := range []struct {
		name, path string
		pairs      []string
		code       int
		says       string
	}{
		{"no purpose", "maze", nil, 422, "say in a sentence"},
		{"a setting out of range", "maze", []string{"purpose", "x", "environment.config.size", "99"}, 422, "f-environment-config-size-error"},
		{"a setting that is no number", "maze", []string{"purpose", "x", "environment.config.size", "big"}, 422, "must be a whole number"},
		{"a seed that is none", "maze", []string{"purpose", "x", "seed", "1e99"}, 422, "f-seed-error"},
		{"a purpose of bytes", "maze", []string{"purpose", "\xff\xfe"}, 422, "is not valid UTF-8"},
		{"a purpose without end", "maze", []string{"purpose", strings.Repeat("x", 5000)}, 422, "at most 4000 are allowed"},
		{"an order that is none", "workshop", []string{"purpose", "fly to the moon"}, 422, "f-purpose-error"},
		{"an unknown setting of a world", "maze", []string{"purpose", "x", "environment.config.fly", "1"}, 303, ""},
		{"a refused kind", "remote", []string{"purpose", "x"}, 403, "--allow-programs"},
		{"an unknown kind", "nowhere", []string{"purpose", "x"}, 404, "no environment"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := pagetest.Ask(s, http.MethodPost, "/environments/"+tt.path+"/console", pagetest.Form(tt.pairs...))
			if w.Code != tt.code || !strings.Contains(w.Body.String(), tt.says) {
				t.Errorf("%d, want %d and %q: %s", w.Code, tt.code, tt.says, w.Body)
			}
		})
	}
}

func TestConsolesThatHaveEnded(t *testing.T) {
	s := open(t)
	path := begin(t, s, "maze", "purpose", "Find the treasure", "seed", "1")
	for _, tt := range []struct {
		method, path, body string
		code               int
		says               string
	}{
		{http.MethodGet, "/environments/maze/console/none", "", 404, "This console has ended"},
		{http.MethodGet, strings.Replace(path, "maze", "workshop", 1), "", 404, "no such console"},
		{http.MethodPost, "/environments/maze/console/none/act", "turn=1", 404, "This console has ended"},
		{http.MethodPost, path + "/act", "", 422, "open the console again"},
		{http.MethodPost, path + "/act", "turn=" + strings.Repeat("9", 40), 422, "open the console again"},
		{http.MethodGet, path + "/picture.svg?turn=-3", "", 404, "gone on"},
		{http.MethodGet, path + "/files/" + url.PathEscape("../../etc/passwd"), "", 404, "no file"},
		{http.MethodGet, path + "/act", "", 405, "not possible"},
	} {
		w := pagetest.Ask(s, tt.method, tt.path, tt.body)
		if w.Code != tt.code || !strings.Contains(w.Body.String(), tt.says) {
			t.Errorf("%s %s: %d, want %d and %q: %s", tt.method, tt.path, w.Code, tt.code, tt.says, w.Body)
		}
	}
	if w := pagetest.Ask(s, http.MethodPost, path+"/act", "turn=1&choice="+url.QueryEscape(goSouth), "Origin", "https://evil.example"); w.Code != http.StatusForbidden {
		t.Errorf("another site acted: %d", w.Code)
	}
}

// noGets fails where a page begins, acts or ends.
type noGets struct{ environments.Consoles }

// A page that is only looked at begins nothing.
func TestGetsBeginNothing(t *testing.T) {
	s := sitetest.New(t, func(c *handlers.Config) { c.Console.Sessions = noGets{} })
	for _, kind := range []string{"", "/maze", "/workshop", "/maze?preset=small&purpose=x"} {
		sitetest.Body(t, s, "/environments"+kind, http.StatusOK)
	}
}

// strange is a console whose environment says odd things.
type strange struct {
	environments.Consoles
	view console.View
}

func (s strange) Look(string) (console.View, error) { return s.view, nil }

func (s strange) Picture(string, int) (string, error) {
	return `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script>`, nil
}

func (s strange) File(string, string) (files.File, []byte, error) {
	return files.File{Name: "page.html", Type: "text/html"}, []byte("<script>alert(1)</script>"), nil
}

func TestWhatEnvironmentsSayIsText(t *testing.T) {
	const script = `<script>alert("x")</script>`
	data, err := agent.NewObject(map[string]any{script: strings.Repeat("x", 100<<10), "control": "\x1b[31m"})
	if err != nil {
		t.Fatal(err)
	}
	legal := slices.Repeat([]agent.Action{{Name: script}}, 400)
	v := console.View{ID: "strange", Environment: agent.EnvironmentRef{Name: "maze"}, Task: agent.Task{Purpose: script}, Turn: 1, Limit: 300, Pictured: true,
		State: agent.State{Data: data, Summary: script + strings.Repeat("y", 100<<10)}, Legal: legal, Actions: []agent.ActionSpec{{Name: script, Description: script, Params: []agent.ParamSpec{{Name: script, Type: "string"}}}},
		Done: []console.Done{{Action: agent.Action{Name: script}, Error: script}}, Phi: console.Phi{Why: script}, Files: []files.File{{Name: "page.html", Type: "text/html", Text: script}}}
	s := sitetest.New(t, func(c *handlers.Config) { c.Console.Sessions = strange{view: v} })
	body := sitetest.Body(t, s, "/environments/maze/console/strange", http.StatusOK)
	if strings.Contains(body, "<script>alert") || strings.Contains(body, "\x1b") || len(body) > 200<<10 {
		t.Errorf("the page has %d bytes: %.2000s", len(body), body)
	}
	w := pagetest.Ask(s, http.MethodGet, "/environments/maze/console/strange/picture.svg?turn=1", "")
	if strings.Contains(w.Body.String(), "<script>") || !strings.Contains(w.Body.String(), "No picture") {
		t.Errorf("the picture: %s", w.Body)
	}
	w = pagetest.Ask(s, http.MethodGet, "/environments/maze/console/strange/files/page.html", "")
	if kind := w.Header().Get("Content-Type"); kind != "text/plain; charset=utf-8" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("a page of a stranger is served as %s, %v", kind, w.Header())
	}
}

// full refuses to begin.
type full struct{ environments.Consoles }

func (full) Begin(context.Context, agent.EnvironmentRef, string, int64) (console.View, error) {
	return console.View{}, agent.Errorf(agent.CodeUnavailable, "all consoles are in use")
}

func TestNoConsoleLeft(t *testing.T) {
	s := sitetest.New(t, func(c *handlers.Config) { c.Console.Sessions = full{} })
	w := pagetest.Ask(s, http.MethodPost, "/environments/maze/console", "purpose=kept+as+typed")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "All consoles are in use.") || !strings.Contains(w.Body.String(), "kept as typed") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestSiteWithoutConsoles(t *testing.T) {
	s := sitetest.New(t)
	if body := sitetest.Body(t, s, "/environments/maze", http.StatusOK); strings.Contains(body, `id="try"`) {
		t.Error("a console is offered where there is none")
	}
	if w := pagetest.Ask(s, http.MethodPost, "/environments/maze/console", ""); w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed {
		t.Errorf("begun all the same: %d", w.Code)
	}
}

func FuzzAct(f *testing.F) {
	f.Add("1", goSouth, "go", "{}", "go")
	f.Add("", "{", "\xff", "[1]", "")
	f.Add("-1", "null", "DONE", `{"direction":1e999}`, "unlock")
	v := console.View{ID: "x", Environment: agent.EnvironmentRef{Name: "maze"}, Turn: 1, State: agent.State{Data: "{}"}, Actions: []agent.ActionSpec{{Name: "go", Params: []agent.ParamSpec{{Name: "direction", Type: "number"}}}}}
	s := sitetest.New(f, func(c *handlers.Config) { c.Console.Sessions = echo{view: v} })
	f.Fuzz(func(t *testing.T, turn, choice, action, params, name string) {
		w := pagetest.Ask(s, http.MethodPost, "/environments/maze/console/x/act", pagetest.Form("turn", turn, "choice", choice, "action", action, "params", params, "name", name, "param.go.direction", params), "HX-Request", "true")
		if w.Code >= http.StatusInternalServerError {
			t.Errorf("answered %d: %s", w.Code, w.Body)
		}
	})
}

// echo does nothing with any action.
type echo struct {
	environments.Consoles
	view console.View
}

func (e echo) Look(string) (console.View, error) { return e.view, nil }
func (e echo) Act(_ context.Context, _ string, _ int, a agent.Action) (console.View, error) {
	v := e.view
	v.Done = []console.Done{{Action: a}}
	return v, nil
}
