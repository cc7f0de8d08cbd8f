package runpage

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/files"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/runview"
)

// maxShownFile bounds how much of a text file stands on the page; all of it is
// one link away.
const maxShownFile = 32 << 10

// filePages are the files that environments show with steps.
type filePages struct{ *Section }

func (s filePages) filePath(run, place, name string) string {
	return s.Path("/runs/" + url.PathEscape(run) + "/" + place + "/files/" + url.PathEscape(name))
}

// stepFile sends a file that an environment showed with a step; step 0 is the
// initial state.
func (s filePages) stepFile(c echo.Context) error {
	index, err := placeOf(c.Param("n"))
	if err != nil {
		return err
	}
	ctx, run := c.Request().Context(), c.Param("id")
	list, err := s.filesOf(ctx, run, index)
	if err != nil {
		return err
	}
	return s.sendFile(c, run, list)
}

// judgedFile sends a file that shows how the outcome came about.
func (s filePages) judgedFile(c echo.Context) error {
	ctx := c.Request().Context()
	run, err := s.cfg.Runs.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	end, err := s.EndingOf(ctx, run)
	if err != nil {
		return err
	}
	if end.Judged == nil {
		return agent.Errorf(agent.CodeNotFound, "nothing judged run %s at its end", run.ID)
	}
	return s.sendFile(c, run.ID, end.Judged.Files)
}

func (s filePages) filesOf(ctx context.Context, run string, step int) ([]files.File, error) {
	if step > 0 {
		taken, err := s.cfg.Runs.Step(ctx, run, step)
		return taken.Files, err
	}
	events, err := s.cfg.Runs.Events(ctx, run, 0, startsWithin)
	if err != nil {
		return nil, err
	}
	for _, event := range events {
		if started, ok := event.Data.(agent.RunStarted); ok {
			return started.Files, nil
		}
	}
	return nil, agent.Errorf(agent.CodeNotFound, "run %s has not begun", run)
}

// sendFile sends one of the files by its name in the path. What an environment
// wrote is a stranger's: only pictures and plain text are shown in a browser, and
// none of it can act there.
func (s filePages) sendFile(c echo.Context, run string, list []files.File) error {
	name := c.Param("name")
	at := slices.IndexFunc(list, func(f files.File) bool { return f.Name == name })
	if at < 0 || s.cfg.File == nil {
		return agent.Errorf(agent.CodeNotFound, "there is no file %q here", name)
	}
	content, err := s.cfg.File(c.Request().Context(), run, list[at].Hash)
	if errors.Is(err, files.ErrNotKept) {
		return agent.Errorf(agent.CodeNotFound, "the file %q is not kept any more", name)
	}
	if err != nil {
		return err
	}
	return ui.SendFile(c, list[at], content)
}

// pictureOf returns the picture among files.
func pictureOf(list []files.File) (files.File, bool) {
	if at := slices.IndexFunc(list, ui.IsImage); at >= 0 {
		return list[at], true
	}
	return files.File{}, false
}

// fileViews are the files of a step, or of the end, as its panel shows them:
// texts with their beginning, all with a link. A picture is shown apart.
func (s filePages) fileViews(ctx context.Context, run, place string, list []files.File) []runview.StepFile {
	var out []runview.StepFile
	for _, f := range list {
		v := runview.StepFile{Name: f.Name, Text: f.Text, Size: partials.Bytes(f.Size), Href: templ.SafeURL(s.filePath(run, place, f.Name)), Image: ui.IsImage(f)}
		if ui.IsText(f) && s.cfg.File != nil {
			s.beginning(ctx, run, f, &v)
		}
		out = append(out, v)
	}
	return out
}

// beginning puts the beginning of a text file into its view.
func (s filePages) beginning(ctx context.Context, run string, f files.File, v *runview.StepFile) {
	content, err := s.cfg.File(ctx, run, f.Hash)
	if err != nil {
		v.Note = "It is not kept any more."
		if !errors.Is(err, files.ErrNotKept) {
			s.Logger.WarnContext(ctx, "file not read", "run", run, "file", f.Name, "err", err)
			v.Note = "It can't be read now."
		}
		return
	}
	text := string(content[:min(len(content), maxShownFile)])
	if len(content) > maxShownFile {
		v.Note = "Its first " + partials.Bytes(maxShownFile) + "; the link has all of it."
	}
	text = ui.Visible(strings.ToValidUTF8(text, "\uFFFD"))
	if ui.MediaType(f) != "text/x-diff" {
		v.Body = text
		return
	}
	v.Diff = unified(text)
}

// unified reads the lines of a unified diff.
func unified(text string) []pages.DiffLine {
	var lines []pages.DiffLine
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		l := pages.DiffLine{Mark: " "}
		switch {
		case strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "---"), strings.HasPrefix(line, "@@"):
		case strings.HasPrefix(line, "+"):
			l.Op, l.Mark, line = "ins", "+", line[1:]
		case strings.HasPrefix(line, "-"):
			l.Op, l.Mark, line = "del", "−", line[1:]
		case strings.HasPrefix(line, " "):
			line = line[1:]
		}
		l.Words = []pages.DiffWord{{Text: line}}
		lines = append(lines, l)
	}
	return lines
}

func stepPlace(index int) string { return "steps/" + strconv.Itoa(index) }
