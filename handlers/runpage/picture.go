package runpage

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
)

// Bounds of a picture.
const (
	maxPicture      = 512 << 10 // bytes
	picturePatience = 5 * time.Second
	picturesAtOnce  = 4
)

// picturePolicy shows a picture as a picture only, whatever is in it.
const picturePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

// showPicture draws the state after a step. It is served as a picture of its
// own, so that nothing in it can act on the page. Where there is none, the
// answer is empty; where it can't be shown, a picture says why. A picture that the
// environment showed with the step goes before one that is drawn.
func (s *Section) showPicture(c echo.Context) error {
	index, err := placeOf(c.Param("n"))
	if err != nil {
		return err
	}
	if shown, err := s.filesOf(c.Request().Context(), c.Param("id"), index); err == nil {
		if f, ok := pictureOf(shown); ok {
			return c.Redirect(http.StatusFound, s.filePath(c.Param("id"), stepPlace(index), f.Name))
		}
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", picturePolicy)
	if s.cfg.Picture == nil {
		return c.NoContent(http.StatusNoContent)
	}
	svg, err := s.pictureFor(c.Request().Context(), pictureKey{c.Param("id"), index})
	switch {
	case agent.CodeOf(err) == agent.CodeNotFound && err != nil:
		return err // there is no such step
	case errors.Is(err, errNotDrawn):
		return c.Blob(http.StatusOK, "image/svg+xml", []byte(noPicture(err)))
	case err != nil:
		s.Logger.WarnContext(c.Request().Context(), "no picture", "run", c.Param("id"), "step", index, "err", err)
		h.Set("Cache-Control", "private, max-age=60")
		return c.Blob(http.StatusOK, "image/svg+xml", []byte(noPicture(err)))
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
		return d.svg, checkPicture(d.svg)
	case <-ctx.Done():
		return "", late
	}
}

// WaitForPictures returns when none is being drawn.
func (s *Section) WaitForPictures() { s.drawers.Wait() }

// checkPicture reports what keeps a text from being shown as a picture.
func checkPicture(svg string) error {
	if len(svg) > maxPicture {
		return agent.Errorf(agent.CodeInvalid, "it has %s, the most is %s", partials.Bytes(len(svg)), partials.Bytes(maxPicture))
	}
	root := ""
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return agent.Wrap(agent.CodeInvalid, err, "it is not an SVG that can be read")
		}
		if element, ok := token.(xml.StartElement); ok && root == "" {
			root = element.Name.Local
		}
	}
	if root != "svg" {
		return agent.Errorf(agent.CodeInvalid, "it is not an SVG")
	}
	return nil
}

// noPicture is a picture that says why there is none.
func noPicture(err error) string {
	why := "it could not be drawn"
	if known, ok := errors.AsType[*agent.Error](err); ok {
		why = known.Message
	}
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" width="190" height="120" viewBox="0 0 190 120"><g font-family="system-ui, sans-serif" font-size="11" fill="#767676">`)
	line, y := "", 24
	flush := func() {
		if line != "" && y < 116 {
			fmt.Fprintf(&b, `<text x="12" y="%d">%s</text>`, y, html.EscapeString(line))
		}
		line, y = "", y+16
	}
	for word := range strings.FieldsSeq("No picture: " + partials.Clip(ui.Visible(why), 160)) {
		word = partials.Clip(word, 28)
		if len([]rune(line))+len([]rune(word)) > 28 {
			flush()
		}
		line = strings.TrimSpace(line + " " + word)
	}
	flush()
	b.WriteString(`</g></svg>`)
	return b.String()
}
