package handlers_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/files"
	"purposeagent/agent/milestones"
	"purposeagent/agent/suites"
	"purposeagent/handlers"
	"purposeagent/handlers/environments"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/internal/browsertest"
	"purposeagent/internal/console"
)

// notPages are addresses that answer with something else than a page.
var notPages = regexp.MustCompile(`^/(healthz|readyz|metrics|rail|static/\*|)$|/(live|events|spine|picture\.svg|files/:name|export|export\.:format|report\.json|outcomes|list|local|film)$`)

// addresses are those of the pages that need more than their route to say what
// they show.
var addresses = map[string][]string{
	"/runs/:id": {"/runs/r_hostile", "/runs/r_asks", "/runs/r_choice", "/runs/r_failed"}, "/runs/:id/steps": {"/runs/r_hostile/steps?find=words"},
	"/runs/:id/steps/:n": {"/runs/r_hostile/steps/1", "/runs/r_hostile/steps/1?tab=diff", "/runs/r_hostile/steps/1?tab=memory", "/runs/r_hostile/steps/1?tab=critic", "/runs/r_hostile/steps/1?tab=prompt",
		"/runs/r_hostile/steps/1?tab=raw", "/runs/r_solved/steps/9?tab=memory"},
	"/runs/:id/phi": {"/runs/r_hostile/phi"}, "/runs/:id/fork": {"/runs/r_hostile/fork?step=1", "/runs/r_choice/fork?step=0"}, "/runs": {"/runs", "/runs?q=phi:odd", "/runs?q=nowhere"},
	"/compare": {"/compare?runs=r_hostile,r_asks", "/compare?runs=r_hostile,r_solved,r_unsolved,r_asks&row=1"}, "/groups/:id": {"/groups/g_hostile", "/groups/g_demo"}, "/demo/:group": {"/demo/g_demo"},
	"/library/:id": {"/library/h_hostile", "/library/h000001"}, "/library/:id/edit": {"/library/h_hostile/edit"}, "/library/delete": {"/library/delete?ids=h_hostile&ids=h000001"},
	"/library/line": {"/library/line?ids=h_hostile&ids=h000001&title=" + strings.Repeat("t", 900)}, "/library/comments/new": {"/library/comments/new?ids=h_hostile&line=" + strings.Repeat("t", 900)},
	"/library/milestones": {"/library/milestones", "/library/milestones?environment=maze&world=" + strings.Repeat("d", 900)},
	"/library/set":        {"/library/set?environment=maze&dynamics=" + strings.Repeat("d", 3000)},
	"/library/merge":      {"/library/merge?ids=h_hostile&ids=h_hostile2"}, "/library/snapshots/at": {"/library/snapshots/at?moment=1"}, "/library/snapshots/diff": {"/library/snapshots/diff?from=1&to=now"},
	"/lab/:id": {"/lab/x_running", "/lab/x_one", "/lab/x_worlds", "/lab/x_failed"}, "/replay/:id": {"/replay/t_hostile", "/replay/t_A"}, "/replay/prune": {"/replay/prune?ids=t_hostile&ids=t_A"},
	"/replay/simulate": {"/replay/simulate", "/replay/simulate?environment=maze&purpose=" + strings.Repeat("m", 900)}, "/settings/models/:name": {"/settings/models/lab"},
	"/settings/models/:name/delete": {"/settings/models/lab/delete"}, "/settings/prompts/:role": {"/settings/prompts/actor"}, "/find": {"/find?q=x", "/find?q=" + strings.Repeat("w", 200)},
	"/environments/:kind": {"/environments/maze", "/environments/workshop"}, "/environments/:kind/console/:id": {"/environments/maze/console/goes-on", "/environments/maze/console/over"},
	"/suites/:id": {"/suites/hostile", "/suites/hostile?version=1"}, "/suites/:id/edit": {"/suites/hostile/edit"}, "/suites/:id/run": {"/suites/hostile/run"}, "/suites/:id/compare": {"/suites/hostile/compare"},
	"/suites/:id/task": {"/suites/hostile/task", "/suites/hostile/task?task=" + strings.Repeat("i", 120)},
	"/review":          {"/review", "/review?item=" + "none"},
}

// everyPage lists the addresses of all pages, from the routes, so that a new
// page is among them or fails the test.
func everyPage(t *testing.T, s *handlers.Server) []string {
	t.Helper()
	list := []string{"/runs/r_none", "/nowhere"}
	for _, route := range s.Echo().Routes() {
		if route.Method != http.MethodGet || notPages.MatchString(route.Path) {
			continue
		}
		switch more, ok := addresses[route.Path]; {
		case ok:
			list = append(list, more...)
		case strings.Contains(route.Path, ":"):
			t.Errorf("the page %s has no address in this test", route.Path)
		default:
			list = append(list, route.Path)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// long is one long word.
func long(c string) string { return strings.Repeat(c, 3000) }

// longWords has the sample rules, and two whose every text is one long word, in a
// world with a long name.
var longWords = pagetest.NewSet(func(t testing.TB, s *pagetest.Store) {
	sitetest.Sample(t, s).AddGroup("g_demo", "r_", 30, 26)
	for i, mark := range []string{"x", "y"} {
		h := pagetest.SampleRules()[0]
		h.Title, h.Pattern, h.Strategy, h.Because = long("T")+mark, long("P")+mark, long("S"), long("B")
		h.Evidence = []agent.EvidenceRef{{Run: "r_hostile", Step: 1, Good: i == 0}}
		s.Learn(t, h)
	}
	words := milestones.Set{World: milestones.World{Environment: "maze", Dynamics: strings.Repeat("d", 900)}, Items: []string{strings.Repeat("m", milestones.Characters)}, Author: agent.AuthorModel + agent.Author(long("a")), Note: long("n")}
	if _, err := s.Milestones().Add(t.Context(), words); err != nil {
		t.Fatal(err)
	}
	world := agent.Scope{Environment: "maze", Dynamics: long("d")}
	s.Compact(t, world, 50)
	if _, err := s.Library().SuspendSet(t.Context(), long("A"), world, strings.Repeat("r", 200)); err != nil {
		t.Fatal(err)
	}
})

// crowded is a server with everything in it, and words without a space of 3,000
// signs wherever somebody else's text is shown.
func crowded(t *testing.T) (*handlers.Server, string) {
	t.Helper()
	store := longWords.Open(t)
	tried := pagetest.SampleExperiments(t)
	for i := range tried {
		switch x := &tried[i]; x.ID {
		case "x_running", "x_failed":
			x.Name, x.Reason = long("X"), long("R")
		case "x_one":
			tried = append(tried, auditOf(*x, "h000005"))
		}
	}
	store.AddExperiments(t, tried...)
	servers, desk := store.Connect(t), store.App(t).Models
	if err := desk.PutConnection(t.Context(), "you", chat.Connection{Name: "lab", Provider: "openai", BaseURL: servers.Lab.URL + "/" + strings.Repeat("v", 300), Concurrency: 4}, true); err != nil {
		t.Fatal(err)
	}
	x := sitetest.Of(t, store, func(c *handlers.Config) {
		c.Library.Milestones, c.Lab.Suites = store.App(t).Milestones, hostileSuite(t, store.App(t).Suites)
		c.Lab.Experiments, c.Library.Policy, c.Settings.Prompts, c.Settings.Models, c.Lab.Critics = store.App(t).Lab, store.Library(), store.Prompts(), desk, pagetest.JudgedCritics(t)
		c.Console = handlers.ConsolePorts{Sessions: longConsole{}, About: func(string) environments.About {
			return environments.About{Known: true, Actions: longSpecs(long("a")), Text: long("w")}
		}}
		c.Runs.Picture = func(context.Context, string, int) (string, error) {
			return "", agent.Errorf(agent.CodeInvalid, "%s", long("p"))
		}
		c.Runs.Calls = func(context.Context, string, int) ([]chat.Call, error) {
			return []chat.Call{{Model: long("m")}}, nil
		}
		c.Runs.Possible = func(_ context.Context, run agent.Run, _ int) ([]agent.ActionSpec, []agent.Action, error) {
			if run.ID == "r_choice" {
				return longSpecs(long("a")), nil, nil
			}
			return nil, []agent.Action{{Name: long("a")}, {Name: "go"}}, nil
		}
	})
	x.Log.AddSamples()
	hostileRun(x.Log, "r_hostile", long)
	hostileRun(x.Log, "r_asks", long)
	x.Log.Emit("r_asks", pagetest.Noon, agent.ApprovalAsked{Proposed: agent.Proposed{Index: 2, Action: agent.Action{Name: long("a"), Thought: "By h000002: " + long("t")}, Memory: []agent.RuleUse{pagetest.CitedRule}}, Why: long("w"),
		Legal: []agent.Action{{Name: long("l")}, {Name: "go"}}})
	hostileRun(x.Log, "r_choice", long)
	x.Log.Emit("r_choice", pagetest.Noon, agent.ApprovalAsked{Proposed: agent.Proposed{Index: 2, Action: agent.Action{Name: "go"}}, Why: "every action", Actions: longSpecs(long("a"))})
	hostile := store.Rules(t)[10:12]
	tr := pagetest.SampleTrajectory("t_hostile", 4, true, agent.SourceEnvironment)
	tr.Task.Purpose, tr.Steps[0].Action.Name, tr.Steps[0].After.Summary = long("Q"), long("a"), long("s")
	store.Remember(t, tr)
	// The rules get their ids here; the addresses say h_hostile.
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i, h := range hostile {
			name := []string{"h_hostile", "h_hostile2"}[i]
			r.URL.Path = regexp.MustCompile(name+`\b`).ReplaceAllString(r.URL.Path, h.ID)
			r.URL.RawQuery = regexp.MustCompile(name+`\b`).ReplaceAllString(r.URL.RawQuery, h.ID)
		}
		x.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	return x.Server, web.URL
}

// hostileSuite keeps a suite whose every text is one long word, with another one that
// has its longest name, and launches it twice.
func hostileSuite[S interface {
	Create(ctx context.Context, by string, s suites.Suite, note string) (suites.Info, error)
	Start(ctx context.Context, by, suite string, ask suites.Ask) (suites.Run, error)
}](t *testing.T, kept S) S {
	t.Helper()
	tasks := []suites.Task{{ID: strings.Repeat("i", 120), Environment: "workshop", Seed: suites.MaxSeed, Split: suites.Train, MaxSteps: agent.MaxMaxSteps},
		{ID: strings.Repeat("j", 120), Environment: "maze", Purpose: long("P"), Seed: 1, Config: agent.MustObject(map[string]any{long("c"): long("v")}), Check: agent.MustObject(map[string]any{long("c"): long("v")})}}
	for _, name := range []string{"hostile", strings.Repeat("N", suites.MaxName)} {
		if _, err := kept.Create(t.Context(), long("b"), suites.Suite{Name: name, Description: long("D"), Tasks: tasks}, strings.Repeat("n", 400)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := kept.Start(t.Context(), "you", "hostile", suites.Ask{Split: suites.Train, Tries: 2, Memory: "off"}); err != nil {
			t.Fatal(err)
		}
	}
	return kept
}

// longConsole is a console whose every text is one long word.
type longConsole struct{ environments.Consoles }

func (longConsole) Look(id string) (console.View, error) {
	value, delta := 3.5, -0.5
	v := console.View{ID: id, Environment: agent.EnvironmentRef{Name: "maze"}, Task: agent.Task{Purpose: long("P"), Seed: math.MaxInt64}, Turn: 1, Limit: 300, Actions: longSpecs(long("a")),
		Legal: []agent.Action{{Name: long("l")}, {Name: "go"}}, Phi: console.Phi{Known: true, Value: value}, NoPicture: long("n"),
		Files: []files.File{{Name: strings.Repeat("f", 100), Type: "text/plain", Text: long("t")}}, Done: []console.Done{{Action: agent.Action{Name: long("a")}, Summary: long("s"), Delta: &delta}, {Action: agent.Action{Name: "go"}, Error: long("e")}}}
	v.State.Summary = long("s")
	v.State.Data, _ = agent.NewObject(map[string]any{long("d"): long("v")})
	if id == "over" {
		v.End, v.Why, v.Legal = console.Lost, long("y"), nil
	}
	return v, nil
}

func (longConsole) File(_, name string) (files.File, []byte, error) {
	return files.File{Name: name, Type: "text/plain"}, []byte(long("c")), nil
}

func longSpecs(name string) []agent.ActionSpec {
	return []agent.ActionSpec{{Name: "go", Description: name, Params: []agent.ParamSpec{{Name: "direction", Type: "string", Enum: []string{"north", name}}, {Name: "n", Type: "integer", Description: name}}},
		{Name: name, Params: []agent.ParamSpec{{Name: name, Type: "boolean"}}}}
}

// hostileRun adds a run of one step whose every text is one long word.
func hostileRun(log *pagetest.RunLog, id string, long func(string) string) {
	run := pagetest.SampleRun(id, 20)
	run.Spec.Purpose, run.Spec.Description, run.Label, run.Tags, run.Group = long("W"), long("D"), long("L"), []string{strings.Repeat("t", 40), strings.Repeat("u", 40)}, "g_hostile"
	run.Spec.Models.Actor, run.Reason = "openai:"+long("m"), long("r")
	run.Spec.Environment.Config, _ = agent.NewObject(map[string]any{"size": 5, strings.Repeat("k", 300): long("c")})
	log.Add(run)
	log.Emit(id, pagetest.Noon, pagetest.SampleStart())
	step := pagetest.SampleStep(1, 1)
	step.Action.Name, step.Action.Thought, step.After.Summary, step.Error, step.Score.Reasoning = long("a"), long("t"), long("s"), long("e"), long("c")
	step.Action.Params, _ = agent.NewObject(map[string]any{strings.Repeat("p", 300): long("v")})
	step.After.Data, _ = agent.NewObject(map[string]any{strings.Repeat("d", 300): long("v")})
	step.Memory = []agent.RuleUse{{ID: "h_" + long("i"), Version: 1, Title: long("T"), Why: long("y"), Use: agent.UseCited}, pagetest.CitedRule}
	step.Action.Thought = "By h000002: " + step.Action.Thought
	log.Emit(id, pagetest.Noon, agent.StepTaken{Step: step}, agent.NoteAdded{By: long("b"), Text: long("n")})
}

// tooWide is how many px the page is wider than its window, and by what.
const tooWide = `(() => {
	const page = document.documentElement, by = page.scrollWidth - page.clientWidth;
	if (by <= 0) return "";
	const at = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > page.clientWidth + 1 && !e.closest(".sr"));
	return by + " px: " + at.slice(0, 6).map(e => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + (typeof e.className === "string" && e.className ? "." + e.className.trim().replaceAll(" ", ".") : "")).join(" > ");
})()`

// loose lists texts for readers of the screen in what scrolls that do not scroll
// with it: where it is wide enough they make the whole page wider.
const loose = `[...document.querySelectorAll("main .sr")].filter(e => {
	let box = e.parentElement;
	while (box && !/auto|scroll/.test(getComputedStyle(box).overflowX)) box = box.parentElement;
	return box && box !== document.documentElement && e.checkVisibility() && !box.contains(e.offsetParent);
}).map(e => e.outerHTML.slice(0, 120))`

// squeezed lists fields that leave no room for what is typed into them.
const squeezed = `[...document.querySelectorAll("input:is([type=search], [type=text], :not([type]))")].filter(e => e.checkVisibility() && e.clientWidth < (e.type === "search" ? 110 : 48)).map(e => e.outerHTML.slice(0, 120))`

// shown gives the tab a theme and a width.
func shown(theme string, width int64) chromedp.Action {
	height := int64(900)
	if width < 760 {
		height = 812
	}
	return chromedp.Tasks{chromedp.EmulateViewport(width, height),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}})}
}

// No page scrolls sideways, on a screen or on a phone, whatever stands in it:
// wide tables and code scroll in their own boxes. And none breaks a rule of
// WCAG 2.2 AA that axe-core knows, in any theme at any width. Each page is
// loaded once and then shown in all four ways.
func TestEveryPageFitsAndIsAccessible(t *testing.T) {
	s, address := crowded(t)
	for part := range slices.Chunk(everyPage(t, s), 12) { // a tab has its time
		ctx := browsertest.New(t)
		for _, path := range part {
			t.Run(path, func(t *testing.T) {
				var apart []string
				browsertest.Run(t, ctx, shown("light", 1440), chromedp.Navigate(address+path), browsertest.Holds(`document.readyState === "complete"`), chromedp.Evaluate(loose, &apart))
				for _, what := range apart {
					t.Errorf("%s does not scroll with what it is in: %s", path, what)
				}
				for _, width := range []int64{1440, 375} {
					at := fmt.Sprintf("%s at %d px", path, width)
					wide := ""
					browsertest.Run(t, ctx, shown("light", width), chromedp.Evaluate(tooWide, &wide))
					if wide != "" {
						t.Errorf("%s is too wide by %s", at, wide)
					}
					var tight []string
					browsertest.Run(t, ctx, chromedp.Evaluate(squeezed, &tight))
					for _, what := range tight {
						t.Errorf("%s has no room to type: %s", at, what)
					}
					browsertest.Accessible(t, ctx, at+", light")
					browsertest.Run(t, ctx, shown("dark", width))
					browsertest.Contrast(t, ctx, at+", dark")
				}
			})
		}
	}
}

// The number over the chosen step, the name of the early stop and the zoom stand
// apart on a run's line, and none of them is cut, wherever the step is.
func TestSpineLabelsStandApart(t *testing.T) {
	_, address := crowded(t)
	ctx := browsertest.New(t)
	const meet = `(() => {
		const box = e => e.getBoundingClientRect(), read = document.querySelector("#spine-read .now"), stop = document.getElementById("spine-stop"), number = document.querySelector("#spine-marker .sel-b");
		const zoom = document.querySelector("#spine-zoom:has(a)"), all = {stop, number, read, ...(zoom && {zoom})}, found = [];
		for (const [a, x] of Object.entries(all)) {
			const r = box(x);
			if (r.width < 10) found.push(a + " is not there");
			if (r.left < 0 || r.right > document.documentElement.clientWidth) found.push(a + " is cut");
			for (const [b, y] of Object.entries(all)) {
				const q = box(y);
				if (a < b && r.left < q.right && q.left < r.right && r.top < q.bottom && q.top < r.bottom) found.push(a + " is over " + b);
			}
		}
		return found.join(", ");
	})()`
	for _, path := range []string{"/runs/r_solved/steps/1", "/runs/r_solved/steps/2", "/runs/r_solved/steps/12", "/runs/r_solved/steps/4?from=3&to=8", "/runs/r_unsolved/steps/1"} {
		for _, width := range []int64{1440, 1024, 375} {
			found := ""
			browsertest.Run(t, ctx, shown("light", width), chromedp.Navigate(address+path), browsertest.Holds(`document.readyState === "complete"`), chromedp.Evaluate(meet, &found))
			if found != "" {
				t.Errorf("%s at %d px: %s", path, width, found)
			}
		}
	}
}

// dead lists what can be pressed and does nothing without a script.
const dead = `[...document.querySelectorAll("button, [role=button], summary, a:not([href])")].filter(e => e.checkVisibility({checkVisibilityCSS: true})).filter(e =>
	e.matches("summary") ? !e.parentElement.matches("details") : !(e.matches("button") && e.type !== "button" && e.form && (e.form.hasAttribute("action") || e.hasAttribute("formaction") || e.type === "reset"))
).map(e => e.outerHTML.slice(0, 120))`

// Without a script, everything that can be pressed does something, and a page
// that would go on by itself says how to load it again.
func TestEveryPageWorksWithoutScript(t *testing.T) {
	s, address := crowded(t)
	live := map[string]bool{"/runs": true, "/runs/r_asks": true, "/groups/g_demo": true, "/lab": true, "/lab/x_running": true}
	for part := range slices.Chunk(everyPage(t, s), 30) {
		ctx := browsertest.New(t)
		browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), emulation.SetScriptExecutionDisabled(true))
		for _, path := range part {
			var found []string
			reload := false
			browsertest.Run(t, ctx, chromedp.Navigate(address+path), chromedp.Evaluate(dead, &found),
				chromedp.Evaluate(`[...document.querySelectorAll("main, .main > noscript")].some(e => e.textContent.includes("Reload it"))`, &reload))
			for _, what := range found {
				t.Errorf("%s: %s does nothing", path, what)
			}
			if live[path] && !reload {
				t.Errorf("%s does not say how to load it again", path)
			}
		}
	}
}

// Journeys without a script: comparing what was ticked, another theme, the keys.
func TestJourneysWithoutScript(t *testing.T) {
	_, address := crowded(t)
	ctx := browsertest.New(t)
	at := browsertest.Holds
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), emulation.SetScriptExecutionDisabled(true), chromedp.Navigate(address+"/runs?q=r_&sort=each"),
		chromedp.Click(`#run-r_solved .check`), chromedp.Click(`#run-r_unsolved .check`), chromedp.Click(`//button[contains(., "Compare")]`, chromedp.BySearch),
		at(`location.pathname === "/compare" && document.querySelector("h1").textContent.includes("solved it in 12 steps")`),
		chromedp.Click(`[data-theme-switch]`), at(`document.documentElement.dataset.theme === "light" && location.pathname === "/compare"`),
		chromedp.Click(`[data-theme-switch]`), at(`document.documentElement.dataset.theme === "dark"`),
		chromedp.Click(`[data-open=keys]`), at(`location.pathname === "/keys" && document.querySelectorAll("main kbd").length > 20`))
	for _, back := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)"} {
		s, _ := crowded(t)
		if w := pagetest.Ask(s, http.MethodPost, "/theme", pagetest.Form("back", back)); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("back to %s: %d %s", back, w.Code, w.Header().Get("Location"))
		}
	}
}
