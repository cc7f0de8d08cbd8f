package announced

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxPictureBytes bounds a picture.
const maxPictureBytes = 128 << 10

// drawing lists the elements that a picture may be made of: none of them runs
// or loads anything.
var drawing = []string{"svg", "g", "title", "desc", "defs", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
	"text", "tspan", "linearGradient", "radialGradient", "stop", "clipPath", "marker", "symbol", "use"}

// Picture refuses a picture that could do more than be looked at.
func Picture(svg string) error {
	if len(svg) > maxPictureBytes {
		return fmt.Errorf(`"svg" is %d bytes; at most %d are allowed`, len(svg), maxPictureBytes)
	}
	d := xml.NewDecoder(strings.NewReader(svg))
	root := ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf(`"svg" is not well-formed XML: %w`, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if root == "" {
				root = t.Name.Local
			}
			if err := checkElement(t); err != nil {
				return err
			}
		case xml.Directive, xml.ProcInst:
			return errors.New(`"svg" must begin with <svg, without declarations before it`)
		}
	}
	if root != "svg" {
		return fmt.Errorf(`"svg" must begin with <svg, not with <%s`, root)
	}
	return nil
}

func checkElement(e xml.StartElement) error {
	if !slices.Contains(drawing, e.Name.Local) {
		return fmt.Errorf(`"svg" holds a <%s>; a picture may be made of %s`, e.Name.Local, strings.Join(drawing, ", "))
	}
	for _, a := range e.Attr {
		name, value := strings.ToLower(a.Name.Local), strings.ToLower(a.Value)
		switch {
		case strings.HasPrefix(name, "on"),
			name == "href" && !strings.HasPrefix(value, "#"),
			strings.Contains(strings.ReplaceAll(value, "url(#", ""), "url("),
			strings.Contains(value, "javascript:"), strings.Contains(value, "@import"), strings.Contains(value, `\`):
			return fmt.Errorf(`"svg" holds the attribute %s=%q, which could load or run something`, a.Name.Local, a.Value)
		}
	}
	return nil
}
