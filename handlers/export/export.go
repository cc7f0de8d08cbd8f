package export

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
	"purposeagent/views/runview"
)

// exportBatch is how many events or steps of an export are in memory at once.
const exportBatch = 200

// exportFormats are the forms of an exported run: what the file ends with, its
// type, and who writes it.
var exportFormats = map[string]struct {
	mime  string
	write func(s *Section, ctx context.Context, w io.Writer, run agent.Run) error
}{
	"json":  {"application/json", (*Section).exportJSON},
	"jsonl": {"application/x-ndjson", (*Section).exportJSONL},
	"md":    {"text/markdown; charset=utf-8", (*Section).exportMarkdown},
	"html":  {"text/html; charset=utf-8", (*Section).exportHTML},
}

// Register adds the routes.
func (s *Section) Register(g *echo.Group) { g.GET("/runs/:id/export.:format", s.exportRun) }

// exportRun sends a run as a file. What an environment hides is in none of them.
// A file that breaks off is no whole one: it lacks its end.
func (s *Section) exportRun(c echo.Context) error {
	format, ok := exportFormats[c.Param("format")]
	if !ok {
		return agent.Errorf(agent.CodeNotFound, "a run is exported as json, jsonl, md or html, not as %q", partials.Clip(c.Param("format"), 20))
	}
	ctx := c.Request().Context()
	run, err := s.cfg.Runs.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, format.mime)
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf("attachment; filename=%q", run.ID+"."+c.Param("format")))
	h.Set("Cache-Control", "no-store")
	c.Response().WriteHeader(http.StatusOK)
	return format.write(s, ctx, c.Response(), run)
}

// eachEvent calls f with every event up to the last one that the run had.
func (s *Section) eachEvent(ctx context.Context, run agent.Run, f func(agent.Event) error) error {
	for after := int64(0); after < run.LastSeq; {
		events, err := s.cfg.Runs.Events(ctx, run.ID, after, exportBatch)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return nil
		}
		for _, e := range events {
			if e.Seq > run.LastSeq {
				return nil
			}
			if err := f(e); err != nil {
				return err
			}
			after = e.Seq
		}
	}
	return nil
}

// exportJSON writes one object: the run and its events.
func (s *Section) exportJSON(ctx context.Context, w io.Writer, run agent.Run) error {
	head, err := json.Marshal(run)
	if err != nil {
		return err
	}
	head = ui.VisibleJSON(head)
	if _, err := fmt.Fprintf(w, "{\"format\":\"purpose-run\",\"version\":1,\"run\":%s,\"events\":[", head); err != nil {
		return err
	}
	comma := ""
	err = s.eachEvent(ctx, run, func(e agent.Event) error {
		raw, err := json.Marshal(e)
		if err == nil {
			_, err = fmt.Fprintf(w, "%s\n%s", comma, ui.VisibleJSON(raw))
		}
		comma = ","
		return err
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, "\n]}\n")
	return err
}

// exportJSONL writes one event a line, as the API and the socket send them.
func (s *Section) exportJSONL(ctx context.Context, w io.Writer, run agent.Run) error {
	return s.eachEvent(ctx, run, func(e agent.Event) error {
		raw, err := json.Marshal(e)
		if err == nil {
			_, err = w.Write(append(ui.VisibleJSON(raw), '\n'))
		}
		return err
	})
}

// exportMarkdown writes the run as a document.
func (s *Section) exportMarkdown(ctx context.Context, w io.Writer, run agent.Run) error {
	p := &printer{w: w}
	p.printf("# %s\n\n", markdownLine(ui.NameOf(run).String()))
	for _, f := range s.exportFacts(run) {
		p.printf("- %s: %s\n", f.Word, markdownLine(f.Value))
	}
	p.printf("\n## Steps\n")
	err := s.eachEvent(ctx, run, func(e agent.Event) error {
		switch d := e.Data.(type) {
		case agent.StepTaken:
			step := d.Step
			p.printf("\n### %d. %s\n\nΦ %s → %s (%+.1f)\n\n", step.Index, markdownLine(step.Action.Label()), partials.Phi(step.Score.PhiBefore), partials.Phi(step.Score.PhiAfter), step.Score.Delta)
			p.quoted("Thought", ui.ThoughtOf(step.Action, step.Memory))
			p.quoted("Result", step.After.Summary)
			p.quoted("Failed", step.Error)
			p.quoted("Critic", step.Score.Reasoning)
			for _, u := range step.Memory {
				if u.Use == agent.UseShown || u.Use == agent.UseCited {
					p.printf("- %s: %s, version %d\n", u.Use, markdownLine(ui.FirstOf(u.Title, u.ID)), u.Version)
				}
			}
		case agent.NoteAdded, agent.ApprovalAsked, agent.ApprovalAnswered, agent.RunPaused, agent.RunResumed, agent.RunStopped:
			for _, line := range s.run.PeopleView([]agent.Event{e}).Lines {
				p.printf("\n*%s* ", markdownLine(line.Who))
				p.quoted("", line.Text)
				p.printf("\n")
			}
		case agent.RunQueued, agent.RunStarted, agent.ActionStarted, agent.RunWaiting, agent.Judged, agent.Learned, agent.RunFinished, agent.RunFailed:
		}
		return p.err
	})
	if err != nil {
		return err
	}
	if run.Result != nil {
		p.printf("\n## Result\n\n%s\n", markdownLine(run.Result.Summary()))
	}
	return p.err
}

// exportFacts are what a document says about a run before its steps.
func (s *Section) exportFacts(run agent.Run) []runview.RunFact {
	facts := []runview.RunFact{{Word: "Run", Value: ui.MarkOf(run) + " (" + run.ID + ")"}, {Word: "Status", Value: ui.StateOf(run.Status).Word},
		{Word: "World", Value: s.worldWords(run.Spec.Environment)}, {Word: "Seed", Value: strconv.FormatInt(run.Seed, 10)},
		{Word: "Actor", Value: ui.ModelName(run.Spec.Models.Actor)}, {Word: "Critic", Value: ui.ModelName(run.Spec.Models.Critic)}, {Word: "Memory", Value: run.Spec.Memory},
		{Word: "Steps", Value: fmt.Sprintf("%d of %d", run.Steps, run.Spec.MaxSteps)}, {Word: "Φ", Value: partials.Phi(run.Phi)},
		{Word: "Launched", Value: run.CreatedAt.UTC().Format("2006-01-02 15:04:05 UTC")}}
	if o := run.Outcome; o != nil {
		facts = append(facts, runview.RunFact{Word: "Outcome", Value: ui.OutcomeOf(o, run.Status).Text})
	}
	if u := run.Usage; u.Calls > 0 {
		facts = append(facts, runview.RunFact{Word: "Tokens", Value: ui.About(u, partials.Count(u.Tokens()))}, runview.RunFact{Word: "Cost", Value: ui.About(u, ui.Dollars(u.USD))})
		if u.Estimated {
			facts = append(facts, runview.RunFact{Word: "Usage", Value: ui.EstimatedText})
		}
	}
	return facts
}

// worldWords are a world and its settings, in one line: as its form calls them,
// or where it has none by their names.
func (s *Section) worldWords(ref agent.EnvironmentRef) string {
	words := ""
	for _, kind := range s.Environments.Kinds() {
		if schema, err := ui.ParseSchema(kind.Schema); err == nil && kind.Name == ref.Name {
			words = ui.SettingsWords(schema, schema.Values(ref.Config))
		}
	}
	if config := ref.Config.Map(); words == "" && len(config) > 0 {
		words = ui.ValueWords(config)
	}
	if words == "" {
		return s.WorldTitle(ref.Name)
	}
	return s.WorldTitle(ref.Name) + " · " + words
}

// printer keeps the first error of many writes.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// quoted writes foreign text as an indented block, in which nothing is markup.
func (p *printer) quoted(word, text string) {
	if text = strings.TrimSpace(ui.Visible(text)); text == "" {
		return
	}
	if word != "" {
		word += ":"
	}
	p.printf("%s\n\n    %s\n\n", word, strings.ReplaceAll(partials.Clip(text, 4000), "\n", "\n    "))
}

// markdownEscapes takes the meaning from signs that Markdown would obey.
var markdownEscapes = strings.NewReplacer("\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]", "<", "&lt;", ">", "&gt;", "#", "\\#", "|", "\\|", "!", "\\!", "~", "\\~", "&", "&amp;",
	"://", "\\://", "www.", "www\\.", "\n", " ", "\t", " ")

func markdownLine(text string) string { return markdownEscapes.Replace(ui.Visible(text)) }

// exportHTML writes a page that needs nothing but itself: no script, no file,
// no network.
func (s *Section) exportHTML(ctx context.Context, w io.Writer, run agent.Run) error {
	points, err := s.cfg.Runs.PhiLine(ctx, run.ID)
	if err != nil {
		return err
	}
	doc := runview.ExportDoc{Title: ui.Visible(ui.NameOf(run).String()), Facts: s.exportFacts(run), Line: exportLine(points, run), Version: s.Version}
	if run.Result != nil {
		doc.Result = ui.Visible(run.Result.Summary())
	}
	for i := range doc.Facts {
		doc.Facts[i].Value = ui.Visible(doc.Facts[i].Value)
	}
	if err := runview.ExportHead(doc).Render(ctx, w); err != nil {
		return err
	}
	err = s.eachEvent(ctx, run, func(e agent.Event) error {
		switch d := e.Data.(type) {
		case agent.StepTaken:
			return runview.ExportLine(exportStep(d.Step)).Render(ctx, w)
		case agent.NoteAdded, agent.ApprovalAsked, agent.ApprovalAnswered, agent.RunPaused, agent.RunResumed, agent.RunStopped:
			for _, line := range s.run.PeopleView([]agent.Event{e}).Lines {
				line.Who, line.Text = ui.Visible(line.Who), ui.Visible(line.Text)
				if err := runview.ExportPeople(line).Render(ctx, w); err != nil {
					return err
				}
			}
		case agent.RunQueued, agent.RunStarted, agent.ActionStarted, agent.RunWaiting, agent.Judged, agent.Learned, agent.RunFinished, agent.RunFailed:
		}
		return nil
	})
	if err != nil {
		return err
	}
	return runview.ExportFoot(doc).Render(ctx, w)
}

// exportLine draws Φ by step as the points of a line in a box of 600 × 100.
func exportLine(points []catalog.PhiPoint, run agent.Run) string {
	var b strings.Builder
	add := func(at, of int, phi float64) {
		fmt.Fprintf(&b, "%.1f,%.1f ", 600*float64(at)/float64(max(of, 1)), 100-10*phi)
	}
	if len(run.Spark.Points) > 0 {
		add(0, 1, run.Spark.Points[0])
	}
	stride := max((len(points)+599)/600, 1)
	for i, p := range points {
		if i%stride == 0 || i == len(points)-1 {
			add(i+1, len(points), p.Phi)
		}
	}
	return strings.TrimSpace(b.String())
}

func exportStep(step agent.Step) runview.ExportStep {
	name, rest := ui.ActionWords(step.Action)
	v := runview.ExportStep{N: strconv.Itoa(step.Index), Name: ui.Visible(name), Rest: ui.Visible(rest), Phi: partials.Phi(step.Score.PhiAfter), Delta: partials.NewDelta(step.Score.Delta),
		Thought: ui.Visible(ui.ThoughtOf(step.Action, step.Memory)), Result: ui.Visible(step.After.Summary), Error: ui.Visible(step.Error), Critic: ui.Visible(step.Score.Reasoning),
		Data: ui.Visible(partials.Clip(step.After.Data.String(), 20000))}
	if n := ui.PersonNote(step.Approval); n != nil {
		v.Person = ui.Visible(n.Text)
	}
	for _, u := range step.Memory {
		if u.Use == agent.UseShown || u.Use == agent.UseCited {
			v.Rules = append(v.Rules, ui.Visible(fmt.Sprintf("%s (version %d, %s)", ui.FirstOf(u.Title, u.ID), u.Version, u.Use)))
		}
	}
	return v
}
