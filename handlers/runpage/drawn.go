package runpage

import (
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/runview"
)

// drawnPictures are the pictures that programs drew because somebody asked for
// them, the newest. What is computed in this process is drawn anew each time.
type drawnPictures struct {
	mu    sync.Mutex
	order []pictureKey // oldest first
	svgs  map[pictureKey]string
	bytes int
}

type pictureKey struct {
	run  string
	step int
}

// Bounds of drawnPictures.
const (
	maxDrawn      = 256
	maxDrawnBytes = 16 << 20
)

func (d *drawnPictures) get(k pictureKey) (string, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	svg, ok := d.svgs[k]
	return svg, ok
}

func (d *drawnPictures) put(k pictureKey, svg string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.svgs[k]; ok {
		return // a recorded step never changes
	}
	if d.svgs == nil {
		d.svgs = map[pictureKey]string{}
	}
	d.order, d.svgs[k], d.bytes = append(d.order, k), svg, d.bytes+len(svg)
	for len(d.order) > maxDrawn || d.bytes > maxDrawnBytes && len(d.order) > 1 {
		oldest := d.order[0]
		d.bytes -= len(d.svgs[oldest])
		delete(d.svgs, oldest)
		d.order = d.order[1:]
	}
}

// errNotDrawn is why a GET shows no picture that only a program can draw.
var errNotDrawn = agent.Errorf(agent.CodeUnavailable, "its program draws it when you press Draw on the page of the step")

// startsPrograms reports whether to draw for a run means to start a program.
func (s *Section) startsPrograms(run *agent.Run) bool { return s.kindOf(run).Program }

// kindOf is the kind of a run's environment; a zero one where it is not there any more.
func (s *Section) kindOf(run *agent.Run) ui.Kind {
	for _, kind := range s.Environments.Kinds() {
		if kind.Name == run.Spec.Environment.Name {
			return kind
		}
	}
	return ui.Kind{}
}

// drawPicture draws the state after a step where only a program can: it is
// started for whoever asks for it, and never for a page that is looked at.
func (s *Section) drawPicture(c echo.Context) error {
	index, err := ui.IndexOf(c.Param("n"))
	if err != nil {
		return err
	}
	key := pictureKey{c.Param("id"), index}
	if s.cfg.Picture == nil {
		return agent.Errorf(agent.CodeNotFound, "there are no pictures here")
	}
	if _, ok := s.drawn.get(key); !ok {
		svg, err := s.draw(c.Request().Context(), key.run, index)
		if err != nil {
			return err
		}
		if svg == "" {
			return agent.Errorf(agent.CodeNotFound, "this world draws no pictures")
		}
		s.drawn.put(key, svg)
	}
	if ui.IsFragment(c) {
		return s.Render(c, http.StatusOK, runview.DrawnPicture(s.picturePath(key), "The environment after step "+strconv.Itoa(index)))
	}
	return s.SeeOther(c, "/runs/"+url.PathEscape(key.run)+"?step="+strconv.Itoa(index))
}

func (s *Section) picturePath(k pictureKey) string {
	return s.Path("/runs/" + url.PathEscape(k.run) + "/steps/" + strconv.Itoa(k.step) + "/picture.svg")
}
