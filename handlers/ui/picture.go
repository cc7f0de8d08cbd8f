package ui

import (
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/files"
	"purposeagent/views/partials"
)

// MaxPicture bounds a picture, in bytes.
const MaxPicture = 512 << 10

// PicturePolicy shows a picture as a picture only, whatever is in it.
const PicturePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

// shownImages are the media types that are shown as pictures.
var shownImages = []string{"image/png", "image/jpeg", "image/webp", "image/gif"}

// SendFile sends what an environment wrote, which is a stranger's: only pictures and
// plain text are shown in a browser, and none of it can act there. The address must
// be one that never comes to mean something else.
func SendFile(c echo.Context, f files.File, content []byte) error {
	kind, way := "application/octet-stream", "attachment"
	switch {
	case IsImage(f):
		kind, way = MediaType(f), "inline"
	case IsText(f):
		kind, way = "text/plain; charset=utf-8", "inline"
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", PicturePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Disposition", mime.FormatMediaType(way, map[string]string{"filename": f.Name}))
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, max-age=3600")
	}
	return c.Blob(http.StatusOK, kind, content)
}

// MediaType is a file's media type without parameters, "" for one that can't be read.
func MediaType(f files.File) string {
	kind, _, err := mime.ParseMediaType(f.Type)
	if err != nil {
		return ""
	}
	return kind
}

// IsImage reports whether a file is shown as a picture.
func IsImage(f files.File) bool { return slices.Contains(shownImages, MediaType(f)) }

// IsText reports whether a file is shown as text.
func IsText(f files.File) bool { return strings.HasPrefix(MediaType(f), "text/") }

// CheckPicture reports what keeps a text from being shown as a picture.
func CheckPicture(svg string) error {
	if len(svg) > MaxPicture {
		return agent.Errorf(agent.CodeInvalid, "it has %s, the most is %s", partials.Bytes(len(svg)), partials.Bytes(MaxPicture))
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

// NoPicture is a picture that says why there is none.
func NoPicture(err error) string {
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
	for word := range strings.FieldsSeq("No picture: " + partials.Clip(Visible(why), 160)) {
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
