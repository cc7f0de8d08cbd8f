package suites

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/suites"
	"purposeagent/handlers/request"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/suitesview"
)

// runInput is what stands in the form of a run, as a person typed it.
type runInput struct {
	tries, split, memory, version, actor, critic, optimizer string
	tokens, usd, seconds, tags                              string
}

func runInputOf(values url.Values) runInput {
	get := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	return runInput{tries: ui.FirstOf(get("tries"), "1"), split: get("split"), memory: ui.FirstOf(get("memory"), "on"), version: get("version"), actor: ui.FirstOf(get("models.actor"), agent.Reasoner),
		critic: get("models.critic"), optimizer: get("models.optimizer"), tokens: get("budget.tokens"), usd: get("budget.usd"), seconds: get("budget.seconds"), tags: get("tags")}
}

// request reads the inputs, with a message for each that can't be read.
func (in *runInput) request() (request.SuiteRun, map[string]string) {
	p := ui.FieldParser{Problems: map[string]string{}}
	r := request.SuiteRun{Version: int(p.Integer("version", in.version, 1_000_000)), Split: in.split, Memory: in.memory, Tries: int(p.Integer("tries", in.tries, math.MaxInt32)),
		Models: request.Models{Actor: in.actor, Critic: in.critic, Optimizer: in.optimizer},
		Budget: request.Budget{Tokens: p.Integer("budget.tokens", in.tokens, math.MaxInt64), USD: p.Number("budget.usd", in.usd), Seconds: p.Number("budget.seconds", in.seconds)}}
	p.NotZero("tries", in.tries, r.Tries == 0)
	var err error
	if r.Tags, err = agent.ParseTags(in.tags); err != nil {
		p.Problems["tags"] = agent.MessageOf(err)
	}
	return r, p.Problems
}

// runForm shows what a run of the suite starts with: what the last one was asked.
func (s *Section) runForm(c echo.Context) error {
	info, version, err := s.versionOf(c, c.QueryParam("version"))
	if err != nil {
		return err
	}
	in := runInputOf(c.QueryParams())
	if last, err := s.cfg.Suites.Outcomes(c.Request().Context(), info.ID); err == nil && len(last) > 0 && len(c.QueryParams()) == 0 {
		r := &last[0].Run
		in.tries, in.memory, in.split, in.actor = ui.Itoa(max(r.Tries, 1)), r.Memory, r.Split, r.Models.Actor
		if r.Models.Critic != r.Models.Actor {
			in.critic = r.Models.Critic
		}
		if r.Models.Optimizer != r.Models.Actor {
			in.optimizer = r.Models.Optimizer
		}
	}
	return s.showRun(c, http.StatusOK, &info, &version, in, nil)
}

// versionOf is the version that a form is about, the newest for "".
func (s *Section) versionOf(c echo.Context, number string) (suites.Info, suites.Version, error) {
	ctx := c.Request().Context()
	info, err := s.cfg.Suites.Get(ctx, c.Param("id"))
	if err != nil {
		return info, suites.Version{}, err
	}
	n, err := ui.OptionalNumber(number)
	if err != nil || n < 0 || n > 1_000_000 {
		return info, suites.Version{}, agent.Errorf(agent.CodeInvalid, "%q is no number of a version", partials.Clip(ui.Visible(number), 20))
	}
	version, err := s.cfg.Suites.Version(ctx, info.ID, int(n))
	return info, version, err
}

// previewRun says what the inputs would start.
func (s *Section) previewRun(c echo.Context) error {
	values, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	info, version, err := s.versionOf(c, values.Get("version"))
	if err != nil {
		return err
	}
	return s.Render(c, http.StatusOK, suitesview.RunUpdate(s.asideOf(c, &info, &version, runInputOf(values))))
}

// run starts what the form says, or shows it with what is wrong.
func (s *Section) run(c echo.Context) error {
	values, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	info, version, err := s.versionOf(c, values.Get("version"))
	if err != nil {
		return err
	}
	in := runInputOf(values)
	r, problems := in.request()
	if len(problems) == 0 {
		_, err := s.cfg.Suites.Start(c.Request().Context(), ui.Person, info.ID, r.Ask())
		switch {
		case err == nil:
			return s.SeeOther(c, pathOf(info.ID)+"?did=run")
		case agent.CodeOf(err) != agent.CodeInvalid:
			return err
		}
		if problems = ui.ProblemsOf(err); len(problems) == 0 {
			problems = map[string]string{"": agent.MessageOf(err)}
		}
	}
	return s.showRun(c, http.StatusUnprocessableEntity, &info, &version, in, problems)
}

func (s *Section) showRun(c echo.Context, status int, info *suites.Info, version *suites.Version, in runInput, problems map[string]string) error {
	here := pathOf(info.ID)
	in.version = ui.Itoa(version.Number)
	v := suitesview.RunForm{Title: "Run " + info.Name, Text: fmt.Sprintf("The %s of version %d are done as a group of runs.", partials.Plural(version.Count, "task"), version.Number), Action: s.Link(here + "/run"),
		Memory: []pages.Choice{
			{Value: "on", Text: "On", Help: "uses what was learned, and learns", Selected: in.memory == "on"},
			{Value: suites.Frozen, Text: "Frozen", Help: "uses it as it is now, and learns nothing: for comparisons", Selected: in.memory == suites.Frozen},
			{Value: "off", Text: "Off", Help: "uses nothing, learns nothing", Selected: in.memory == "off"},
		}, MemoryError: problems["memory"], Aside: s.asideOf(c, info, version, in)}
	v.Known = s.cfg.KnownModels(c.Request().Context())
	v.Fields = []pages.Input{
		{Field: partials.Field{ID: "f-tries", Name: "tries", Label: "Tries of each task", Kind: "number", Value: in.tries, Min: "1", Max: ui.Itoa(suites.MaxTries), Step: "1", Hint: "More than one shows pass^k: how far it can be relied on"}, Width: "w2"},
		{Field: partials.Field{ID: "f-split", Name: "split", Label: "Which tasks", Kind: "select", Options: ui.Options(in.split, "", "All", suites.Test, "Those for testing", suites.Train, "Those for training")}, Width: "w2"},
		{Field: partials.Field{ID: "f-version", Name: "version", Label: "Version", Kind: "number", Value: in.version, Min: "1", Max: ui.Itoa(info.Version), Step: "1"}, Width: "w2"},
	}
	v.Models = []pages.Input{
		{Field: partials.Field{ID: "f-models-actor", Name: "models.actor", Label: "Actor", Value: in.actor, Hint: "Who decides what to do"}},
		{Field: partials.Field{ID: "f-models-critic", Name: "models.critic", Label: "Critic", Value: in.critic, Hint: "Left empty: as the actor"}},
		{Field: partials.Field{ID: "f-models-optimizer", Name: "models.optimizer", Label: "Optimizer", Value: in.optimizer, Hint: "Left empty: as the actor"}},
	}
	v.Limits = []pages.Input{
		{Field: partials.Field{ID: "f-budget-tokens", Name: "budget.tokens", Label: "Tokens", Kind: "text", Value: in.tokens, Placeholder: "no limit"}, Width: "w2"},
		{Field: partials.Field{ID: "f-budget-usd", Name: "budget.usd", Label: "Dollars", Kind: "text", Value: in.usd, Placeholder: "no limit"}, Width: "w2"},
		{Field: partials.Field{ID: "f-budget-seconds", Name: "budget.seconds", Label: "Seconds", Kind: "text", Value: in.seconds, Placeholder: "no limit"}, Width: "w2"},
		{Field: partials.Field{ID: "f-tags", Name: "tags", Label: "Tags", Kind: "text", Value: in.tags, Hint: "Words to find the runs by"}},
	}
	v.More = pages.Fold{ID: "more", Title: "Limits and tags", Says: "none"}
	if in.tokens+in.usd+in.seconds+in.tags != "" {
		v.More.Says = "some"
	}
	told := map[string]bool{"": true}
	for _, inputs := range [][]pages.Input{v.Fields, v.Models, v.Limits} {
		for i := range inputs {
			f := &inputs[i].Field
			if f.Error = problems[f.Name]; f.Error == "" {
				continue
			}
			told[f.Name] = true
			v.Errors = append(v.Errors, pages.FieldError{Href: ui.Href(f.ID), Label: f.Label, Text: f.Error})
		}
	}
	for i := range v.Limits {
		v.More.Open = v.More.Open || v.Limits[i].Error != ""
	}
	if text := problems[""]; text != "" {
		v.Message, v.Errors = problemsOf(agent.Errorf(agent.CodeInvalid, "%s", text), "f-tries")
	}
	for _, name := range slices.Sorted(maps.Keys(problems)) {
		if !told[name] {
			v.Errors = append(v.Errors, pages.FieldError{Href: ui.Href("f-" + strings.ReplaceAll(name, ".", "-")), Label: ui.PlainField(name), Text: problems[name]})
		}
	}
	v.Start = pages.StartBox{Form: "suite-run", Preview: s.Link(here + "/run/preview"), Icon: "play", Says: v.Aside.Start}
	return s.Page(c, status, layout.Frame{Title: v.Title, Crumbs: s.crumbs(info, "Run")}, suitesview.RunPage(v))
}

// asideOf says what the inputs would start.
func (s *Section) asideOf(c echo.Context, info *suites.Info, version *suites.Version, in runInput) suitesview.RunAside {
	v := suitesview.RunAside{Start: "Start"}
	r, problems := in.request()
	tasks := len(suites.Of(version.Tasks, in.split))
	switch {
	case len(problems) > 0:
		v.Problem = "Some fields need a look."
	case tasks == 0:
		v.Problem = "No task of this version is in this split."
	case r.Tries > suites.MaxTries || tasks*r.Tries > agent.MaxRepeats:
		v.Problem = fmt.Sprintf("At most %d tries, and at most %s runs at once.", suites.MaxTries, ui.Count(agent.MaxRepeats))
	default:
		v.Start = "Start " + partials.Plural(tasks*r.Tries, "run")
		v.Facts = []pages.Fact{{Term: "Tasks", Value: ui.Count(tasks)}, {Term: "Tries of each", Value: ui.Itoa(r.Tries)}, {Term: "Runs", Value: ui.Count(tasks * r.Tries)}}
	}
	if r.Tries > 1 && in.memory == "on" {
		v.Notes = append(v.Notes, partials.Note{Icon: "info", Text: "With memory on, a later try knows what an earlier one has learned. For pass^k of the agent as it is, take frozen."})
	}
	if in.memory == suites.Frozen {
		v.Notes = append(v.Notes, partials.Note{Icon: "pin", Text: "A snapshot of the library is taken at the start, and kept."})
	}
	newest := r
	if version.Number == info.Version {
		newest.Version = 0 // the command goes for the newest, whichever that is then
	}
	v.CLI, v.Curl = suiteCLI(info.Name, newest), suiteCurl(newest, s.Origins.Base(c.Request())+s.Path("/api/v1"+pathOf(info.ID)+"/runs"))
	return v
}

// suiteCLI is the run as a command.
func suiteCLI(name string, r request.SuiteRun) string {
	words := []string{"purpose suite run"}
	for _, f := range request.Flags(&r) {
		if value := f.String(); value != "" {
			words = append(words, "--"+f.Name+" "+ui.ShellQuote(value))
		}
	}
	return strings.Join(append(words, ui.ShellQuote(name)), " \\\n  ")
}

// suiteCurl is the run as a request to the API.
func suiteCurl(r request.SuiteRun, address string) string {
	var raw bytes.Buffer
	e := json.NewEncoder(&raw)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return "" // plain texts and numbers encode
	}
	return "curl " + ui.ShellQuote(address) + " \\\n  -H 'Content-Type: application/json' \\\n  -d " + ui.ShellQuote(strings.TrimSpace(raw.String()))
}
