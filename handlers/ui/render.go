package ui

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"purposeagent/static"
	"purposeagent/views/layout"
)

// IsFragment reports whether htmx asks for a part of a page. A page that htmx
// restores from the history is asked for in full.
func IsFragment(c echo.Context) bool {
	h := c.Request().Header
	return h.Get("HX-Request") == "true" && h.Get("HX-History-Restore-Request") != "true" && h.Get("HX-Boosted") != "true"
}

// Render writes a component as HTML. It renders to a buffer first, so that a
// failure half-way is an error page and not half a page.
func (k *Kit) Render(c echo.Context, status int, component templ.Component) error {
	buffer, _ := buffers.Get().(*bytes.Buffer)
	defer func() {
		if buffer.Cap() <= maxKeptBuffer {
			buffer.Reset()
			buffers.Put(buffer)
		}
	}()
	if err := component.Render(c.Request().Context(), buffer); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Add("Vary", "HX-Request")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	return c.HTMLBlob(status, seen(buffer.Bytes()))
}

// buffers are those of pages that were written, for the next ones: to grow a new
// one takes as much memory again as three pages.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxKeptBuffer bounds what is kept of them, in bytes.
const maxKeptBuffer = 1 << 20

// Markup is a component as HTML. Control characters, which HTML must not hold, are
// shown as pictures of themselves, whatever text they came in.
func Markup(ctx context.Context, component templ.Component) ([]byte, error) {
	var buffer bytes.Buffer
	if err := component.Render(ctx, &buffer); err != nil {
		return nil, err
	}
	return seen(buffer.Bytes()), nil
}

// Page writes the body alone to htmx and within the frame to everybody else.
// The caller gives the frame's title, crumbs, actions and section (the label
// of its rail entry as Crumbs[0]); page fills in the rest.
func (k *Kit) Page(c echo.Context, status int, frame layout.Frame, body templ.Component) error {
	if IsFragment(c) {
		return k.Render(c, status, body)
	}
	frame = k.Frame(c, frame)
	return k.Render(c, status, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return layout.Page(frame).Render(templ.WithChildren(ctx, body), w)
	}))
}

// Frame fills in what is the same on every page.
func (k *Kit) Frame(c echo.Context, f layout.Frame) layout.Frame {
	section := ""
	if len(f.Crumbs) > 0 {
		section = f.Crumbs[0].Label
	}
	f.Home, f.Find = k.Path("/runs"), k.Link("/find")
	f.Version, f.ThemeNext, f.AllKeys, f.Demo = k.Version, k.Link("/theme"), k.Link("/keys"), k.Link("/demo")
	f.HereText = "/runs"
	if c.Request().Method == http.MethodGet {
		f.HereText = strings.TrimPrefix(c.Request().URL.RequestURI(), k.BasePath)
	}
	f.Here = k.Link(f.HereText)
	f.Stylesheet = static.URL(k.BasePath, static.Stylesheet)
	scripts := []string{static.URL(k.BasePath, static.HTMX), static.URL(k.BasePath, static.App), static.URL(k.BasePath, static.Palette), static.URL(k.BasePath, static.Rail)}
	f.Scripts = append(scripts, f.Scripts...)
	if cookie, err := c.Cookie("theme"); err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		f.Theme = cookie.Value
	}
	f.Counts = k.Path("/rail")
	if k.Nav != nil {
		f.Nav = k.Nav(c.Request().Context())
	}
	for i := range f.Nav {
		f.Nav[i].Current = f.Nav[i].Label == section
	}
	return f
}
