package runpage

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// filmWindow is the number of frames that one answer holds: a film asks for more
// while it plays, so that a run of any length begins at once.
const filmWindow = 100

// Bounds of the words in a frame.
const (
	maxFrameWords = 240
	maxFrameState = 500
)

// filmFrame is one step as a film shows it.
type filmFrame struct {
	N      int    `json:"n"`
	Action string `json:"action"`
	Rest   string `json:"rest,omitempty"`
	Words  string `json:"words,omitempty"` // why the actor did it
	State  string `json:"state"`           // what came of it
	Phi    string `json:"phi"`
	Delta  string `json:"delta"`
	Tone   string `json:"tone"` // of Delta: up, dn or z
	Failed bool   `json:"failed,omitempty"`
}

// showFilm gives a player the frames after one, and everybody else the page.
func (s *Section) showFilm(c echo.Context) error {
	ctx := c.Request().Context()
	after := 0
	if text := c.QueryParam("after"); text != "" {
		var err error
		if after, err = placeOf(text); err != nil {
			return err
		}
	}
	if c.Request().Header.Get(echo.HeaderAccept) != echo.MIMEApplicationJSON {
		return s.SeeOther(c, "/runs/"+url.PathEscape(c.Param("id")))
	}
	run, err := s.cfg.Runs.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	steps, err := s.cfg.Runs.Steps(ctx, run.ID, after, filmWindow)
	if err != nil {
		return err
	}
	frames := make([]filmFrame, len(steps))
	for i, step := range steps {
		frames[i] = frameOf(step)
	}
	return c.JSON(http.StatusOK, struct {
		Frames []filmFrame `json:"frames"`
	}{frames})
}

func frameOf(step agent.Step) filmFrame {
	name, rest := ui.ActionWords(step.Action)
	delta := partials.NewDelta(step.Score.Delta)
	f := filmFrame{N: step.Index, Action: name, Rest: partials.Clip(rest, maxFrameWords), Words: partials.Clip(ui.Visible(ui.ThoughtOf(step.Action, step.Memory)), maxFrameWords),
		State: partials.Clip(ui.Visible(step.After.Summary), maxFrameState), Phi: partials.Phi(step.Score.PhiAfter), Delta: delta.Text, Tone: delta.Tone, Failed: step.Error != ""}
	if f.State == "" {
		f.State = partials.Clip(step.After.Data.String(), maxFrameState)
	}
	return f
}

// FilmView is a run that has ended as something to play; nil for one that goes on
// or has no step. Pictures are shown where looking at one starts no program.
func (s *Section) FilmView(run agent.Run) *pages.Film {
	if !run.Status.Final() || run.Steps == 0 {
		return nil
	}
	path := "/runs/" + url.PathEscape(run.ID)
	f := &pages.Film{Title: ui.NameOf(run).Short(), Frames: s.Path(path + "/film"), Steps: strconv.Itoa(run.Steps), Run: s.Link(path), Phi: "–",
		Task: ui.PurposeOf(run), Line: partials.NewSpark(run.Spark.Points), Outcome: ui.OutcomeOf(run.Outcome, run.Status)}
	if len(run.Spark.Points) > 0 {
		f.Phi = partials.Phi(run.Spark.Points[0])
	}
	if s.cfg.Picture != nil && !s.startsPrograms(&run) {
		f.Pictures = s.Path(path + "/steps/")
	}
	return f
}
