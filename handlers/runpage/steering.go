package runpage

import (
	"cmp"
	"context"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
	"purposeagent/views/runview"
)

// PeopleShown is how many of the things that people did a run's page lists.
const PeopleShown = 50

// steerPages are what people do to a run while it works.
type steerPages struct{ *Section }

func (s steerPages) register(g *echo.Group) {
	g.POST("/runs/:id/pause", s.steer(s.cfg.Engine.PauseRun))
	g.POST("/runs/:id/resume", s.steer(s.cfg.Engine.ResumeRun))
	g.POST("/runs/:id/step", s.steer(s.cfg.Engine.StepRun))
	g.POST("/runs/:id/stop", s.steer(s.cfg.Engine.StopRun))
	g.POST("/runs/:id/extend", s.extendRun)
	g.POST("/runs/:id/note", s.noteRun)
	g.POST("/runs/:id/approve", s.answerRun)
	g.POST("/runs/:id/steps/:n/phi", s.sayPhi)
}

// steer returns a handler that does one thing to a run and shows it again.
func (s steerPages) steer(do func(ctx context.Context, id, by string) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := do(c.Request().Context(), c.Param("id"), ui.Person); err != nil {
			return err
		}
		return s.steered(c)
	}
}

// steered shows the parts of a run's page that change when somebody steers it.
func (s steerPages) steered(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("id")
	if !ui.IsFragment(c) {
		return s.SeeOther(c, "/runs/"+url.PathEscape(id))
	}
	run, err := s.cfg.Runs.Get(ctx, id)
	if err != nil {
		return err
	}
	people, err := s.cfg.Runs.People(ctx, id, PeopleShown)
	if err != nil {
		return err
	}
	head := s.HeadView(ctx, run)
	return s.Render(c, http.StatusOK, templ.Join(runview.RunStatus(head), runview.RunReason(head), runview.RunControls(head),
		runview.RunApproval(s.AskView(run)), runview.RunPeople(s.PeopleView(people)), runview.SteerForm(s.SteerForm(run))))
}

// headParts are the places that change when somebody steers a run.
const headParts = "#run-status,#run-reason,#run-controls,#run-ask,#run-people,#run-steer"

// extendRun gives a paused run half as much again of its budget, and lets it go on.
func (s steerPages) extendRun(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("id")
	run, err := s.cfg.Runs.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := s.cfg.Engine.ExtendRun(ctx, id, ui.Person, 0, moreOf(run.Spec.Budget)); err != nil {
		return err
	}
	return s.SeeOther(c, "/runs/"+url.PathEscape(id))
}

// moreOf is what one press adds to a budget: half of it.
func moreOf(b agent.Budget) agent.Budget {
	return agent.Budget{Tokens: (b.Tokens + 1) / 2, USD: b.USD / 2, Seconds: b.Seconds / 2}
}

func (s steerPages) noteRun(c echo.Context) error {
	if err := s.cfg.Engine.NoteRun(c.Request().Context(), c.Param("id"), ui.Person, c.FormValue("text")); err != nil {
		return err
	}
	return s.steered(c)
}

func (s steerPages) answerRun(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("id")
	run, err := s.cfg.Runs.Get(ctx, id)
	if err != nil {
		return err
	}
	values, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	index, err := strconv.Atoi(values.Get("index"))
	if err != nil {
		return agent.InvalidFields(map[string]string{"index": "is not the number of a step"})
	}
	answer := agent.Answer{Index: index, Verdict: values.Get("verdict"), Reason: values.Get("reason")}
	if answer.Verdict == agent.VerdictEdited {
		var specs []agent.ActionSpec
		if run.Asked != nil {
			specs = run.Asked.Actions
		}
		if answer.Action, err = ui.ChosenAction(values, specs); err != nil {
			return err
		}
	}
	if err := s.cfg.Engine.AnswerRun(ctx, id, ui.Person, answer); err != nil {
		return err
	}
	return s.steered(c)
}

// AskView is the card with what a run asks, empty where it asks nothing.
func (s *Section) AskView(run agent.Run) runview.RunAsk {
	asked := run.Asked
	if asked == nil || run.Status.Final() {
		return runview.RunAsk{}
	}
	step := agent.Step{Index: asked.Index, Action: asked.Action, Memory: asked.Memory}
	name, rest := ui.ActionWords(asked.Action)
	v := runview.RunAsk{Key: fmt.Sprintf("%d-%x", asked.Index, crc32.ChecksumIEEE([]byte(asked.Action.Key()))), Index: strconv.Itoa(asked.Index), Name: name, Rest: rest, Thought: ui.ThoughtOf(asked.Action, asked.Memory),
		Lead: fmt.Sprintf("Step %d waits for you: %s.", asked.Index, asked.Why), Send: s.Link("/runs/" + url.PathEscape(run.ID) + "/approve"), Update: headParts}
	if run.Status == agent.RunIsPaused {
		v.Lead += " The run is paused; it goes on when it is resumed."
	}
	for _, p := range ui.ParamNames(asked.Action) {
		v.Params = append(v.Params, runview.RunFact{Word: p, Value: ui.ParamText(asked.Action, p)})
	}
	if x := asked.Action.ExpectedDelta; x != nil {
		d := partials.NewDelta(*x)
		v.Predicted = &d
	}
	for _, use := range ui.SortedUses(step.Memory) {
		if (use.Use == agent.UseShown || use.Use == agent.UseCited) && len(v.Rules) < maxShaped {
			v.Rules = append(v.Rules, s.RuleUse(use))
		}
	}
	v.Instead = ui.ChooserView("ask", asked.Actions, asked.Legal, &asked.Action, nil, nil)
	v.Instead.Label = "What to do instead"
	return v
}

// SteerForm is where a person writes to the actor.
func (s *Section) SteerForm(run agent.Run) runview.SteerBox {
	if run.Status.Final() {
		return runview.SteerBox{}
	}
	box := runview.SteerBox{Send: s.Link("/runs/" + url.PathEscape(run.ID) + "/note"), Update: headParts, Limit: strconv.Itoa(agent.MaxNoteBytes), Hint: "Tell the actor something…"}
	if run.Spec.Models.Actor == agent.Reasoner {
		box.Hint = "A note for the record: the offline reasoner reads no words"
	}
	return box
}

// PeopleView lists what people did with a run, newest first.
func (s *Section) PeopleView(events []agent.Event) runview.RunPeopleLog {
	var v runview.RunPeopleLog
	for _, e := range slices.Backward(events) {
		line := runview.PeopleLine{At: partials.Ago(s.Now(), e.At)}
		by, did := "", ""
		switch d := e.Data.(type) {
		case agent.NoteAdded:
			by, did, line.Text = d.By, fmt.Sprintf("told the actor after step %d", d.After), d.Text
		case agent.ApprovalAsked:
			by, did, line.Text = "the run", fmt.Sprintf("asked about step %d", d.Index), d.Action.Label()
		case agent.ApprovalAnswered:
			by, did, line.Text = d.By, fmt.Sprintf("%s step %d", d.Verdict, d.Index), d.Action.Label()
			if d.Reason != "" {
				line.Text += ": " + d.Reason
			}
		case agent.RunPaused:
			by, did = d.By, "paused"
			if d.Reason != "" {
				by, line.Text = "the run", "since "+d.Reason
			}
		case agent.RunResumed:
			by, did = d.By, fmt.Sprintf("let it go on after step %d", d.After)
			if d.By == "" {
				by, did = "the run", fmt.Sprintf("went on after step %d", d.After)
			}
			if d.InFlight != nil {
				line.Text = d.InFlight.Label() + " had been started before and may have been done: it may be done twice"
			}
		case agent.RunStopped:
			by, did = d.By, "stopped it"
		case agent.RunQueued, agent.RunStarted, agent.ActionStarted, agent.StepTaken, agent.RunWaiting, agent.Judged, agent.Learned, agent.RunFinished, agent.RunFailed:
			continue
		}
		line.Who = cmp.Or(by, "somebody") + " " + did
		line.Text = partials.Clip(line.Text, 600)
		v.Lines = append(v.Lines, line)
	}
	if len(v.Lines) > 0 {
		v.Head = "Who did what: " + partials.Plural(len(v.Lines), "act") + ", the last: " + partials.Clip(v.Lines[0].Who, 80)
	}
	return v
}
