package runpage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
)

// Bounds of a picture.
const (
	picturePatience = 5 * time.Second
	picturesAtOnce  = 4
)

// showPicture draws the state after a step. It is served as a picture of its
// own, so that nothing in it can act on the page. Where there is none, the
// answer is empty; where it can't be shown, a picture says why. A picture that the
// environment showed with the step goes before one that is drawn.
func (s *Section) showPicture(c echo.Context) error {
	index, err := placeOf(c.Param("n"))
	if err != nil {
		return err
	}
	if shown, err := (filePages{s}).filesOf(c.Request().Context(), c.Param("id"), index); err == nil {
		if f, ok := pictureOf(shown); ok {
			return c.Redirect(http.StatusFound, filePages{s}.filePath(c.Param("id"), stepPlace(index), f.Name))
		}
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", ui.PicturePolicy)
	if s.cfg.Picture == nil {
		return c.NoContent(http.StatusNoContent)
	}
	svg, err := s.pictureFor(c.Request().Context(), pictureKey{c.Param("id"), index})
	switch {
	case agent.CodeOf(err) == agent.CodeNotFound && err != nil:
		return err // there is no such step
	case errors.Is(err, errNotDrawn):
		return c.Blob(http.StatusOK, "image/svg+xml", []byte(ui.NoPicture(err)))
	case err != nil:
		s.Logger.WarnContext(c.Request().Context(), "no picture", "run", c.Param("id"), "step", index, "err", err)
		h.Set("Cache-Control", "private, max-age=60")
		return c.Blob(http.StatusOK, "image/svg+xml", []byte(ui.NoPicture(err)))
	case svg == "":
		return c.NoContent(http.StatusNoContent)
	}
	h.Set("Cache-Control", "private, max-age=3600") // a recorded step never changes
	return c.Blob(http.StatusOK, "image/svg+xml", []byte(svg))
}

// placeOf reads the number of a step, or 0 for the initial state.
func placeOf(text string) (int, error) {
	if text == "0" {
		return 0, nil
	}
	return ui.IndexOf(text)
}

// pictureFor is the picture as a page that is looked at may have it: drawn in
// this process, or drawn before by a program that somebody had started for it.
func (s *Section) pictureFor(ctx context.Context, k pictureKey) (string, error) {
	run, err := s.cfg.Runs.Get(ctx, k.run)
	if err != nil {
		return "", err
	}
	if !s.startsPrograms(&run) {
		return s.draw(ctx, k.run, k.step)
	}
	if svg, ok := s.drawn.get(k); ok {
		return svg, nil
	}
	return "", errNotDrawn
}

// draw asks for a picture and checks it. It does not wait longer than
// picturePatience for whoever draws; Close does.
func (s *Section) draw(ctx context.Context, run string, step int) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, picturePatience)
	defer cancel()
	late := agent.Errorf(agent.CodeTimeout, "it was not drawn within %s", partials.Duration(picturePatience))
	select {
	case s.drawing <- struct{}{}:
	case <-ctx.Done():
		return "", late
	}
	type drawn struct {
		svg string
		err error
	}
	done := make(chan drawn, 1)
	s.drawers.Go(func() {
		defer func() { <-s.drawing }()
		defer func() {
			if p := recover(); p != nil {
				done <- drawn{err: fmt.Errorf("drawing panicked: %v", p)}
			}
		}()
		svg, err := s.cfg.Picture(ctx, run, step)
		done <- drawn{svg, err}
	})
	select {
	case d := <-done:
		if d.err != nil || d.svg == "" {
			return "", d.err
		}
		return d.svg, ui.CheckPicture(d.svg)
	case <-ctx.Done():
		return "", late
	}
}

// WaitForPictures returns when none is being drawn.
func (s *Section) WaitForPictures() { s.drawers.Wait() }
