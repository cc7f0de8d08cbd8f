package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"strconv"

	"purposeagent/agent"
	"purposeagent/agent/files"
	"purposeagent/environments/web/browser"
	"purposeagent/environments/web/page"
)

// maxShot bounds the bytes of a screenshot. One that is larger is made coarser.
const maxShot = 256 << 10

// shoot attaches a picture of the page, with the numbers drawn, to the step, where
// somebody keeps it. A page that can't be drawn has none.
func (e *Env) shoot(ctx context.Context, tab *browser.Tab, what *seen) error {
	if !e.config.Screenshots || e.at == nil || e.at.page == nil || !files.Kept(ctx) {
		return nil
	}
	timed, cancel := e.limit(ctx)
	defer cancel()
	raw, x, y, err := tab.Screenshot(timed, 80)
	if err != nil {
		return nil // a picture is no part of the state: what is seen is told in words
	}
	picture, err := annotate(raw, e.at.page, x, y)
	if err != nil {
		return nil
	}
	name := what.Title
	if name == "" {
		name = what.URL
	}
	err = files.Attach(ctx, files.File{Name: "page.jpg", Type: "image/jpeg", Text: fmt.Sprintf("The page %q, with the numbers of its things", agent.Clip(name, 200))}, picture)
	if errors.Is(err, files.ErrFull) {
		return nil // a long run goes on without
	}
	return err
}

var (
	frameColour = color.RGBA{0xC0, 0x26, 0x6D, 0xFF}
	digitColour = color.RGBA{0xFF, 0xFF, 0xFF, 0xFF}
)

// annotate draws the numbers of a page's things into a picture of the part of it
// that begins at x, y.
func annotate(raw []byte, p *page.Page, x, y float64) ([]byte, error) {
	decoded, err := jpeg.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("read a screenshot: %w", err)
	}
	canvas := image.NewRGBA(decoded.Bounds())
	draw.Draw(canvas, canvas.Bounds(), decoded, decoded.Bounds().Min, draw.Src)
	for i := range p.Lines {
		l := &p.Lines[i]
		if l.Number == 0 || l.Can == page.Nothing {
			continue
		}
		box := image.Rect(int(l.Left-x), int(l.Top-y), int(l.Right-x), int(l.Floor-y)).Intersect(canvas.Bounds())
		if !box.Empty() {
			outline(canvas, box)
			number(canvas, box, l.Number)
		}
	}
	var out bytes.Buffer
	for _, quality := range []int{60, 35, 15} {
		out.Reset()
		if err := jpeg.Encode(&out, canvas, &jpeg.Options{Quality: quality}); err != nil {
			return nil, fmt.Errorf("write a screenshot: %w", err)
		}
		if out.Len() <= maxShot {
			return out.Bytes(), nil
		}
	}
	return nil, fmt.Errorf("a screenshot has %d bytes; at most %d are kept", out.Len(), maxShot)
}

func outline(canvas *image.RGBA, box image.Rectangle) {
	fill := image.NewUniform(frameColour)
	for _, side := range []image.Rectangle{
		{box.Min, image.Pt(box.Max.X, box.Min.Y+1)}, {image.Pt(box.Min.X, box.Max.Y-1), box.Max},
		{box.Min, image.Pt(box.Min.X+1, box.Max.Y)}, {image.Pt(box.Max.X-1, box.Min.Y), box.Max},
	} {
		draw.Draw(canvas, side, fill, image.Point{}, draw.Src)
	}
}

// digits are three columns and five rows each, a bit for each dot, row by row.
var digits = [10]uint16{0b111101101101111, 0b010110010010111, 0b111001111100111, 0b111001111001111, 0b101101111001001,
	0b111100111001111, 0b111100111101111, 0b111001010010010, 0b111101111101111, 0b111101111001111}

// number writes a number on a label at the upper left corner of a box.
func number(canvas *image.RGBA, box image.Rectangle, n int) {
	const dot, pad = 2, 2
	text := strconv.Itoa(n)
	w, h := len(text)*4*dot-dot+2*pad, 5*dot+2*pad
	at := image.Pt(max(0, min(box.Min.X, canvas.Bounds().Max.X-w)), max(0, box.Min.Y-h/2))
	draw.Draw(canvas, image.Rect(at.X, at.Y, at.X+w, at.Y+h), image.NewUniform(frameColour), image.Point{}, draw.Src)
	for i, d := range text {
		bits := digits[d-'0']
		for place := range 15 {
			if bits>>(14-place)&1 == 1 {
				left, top := at.X+pad+(i*4+place%3)*dot, at.Y+pad+place/3*dot
				draw.Draw(canvas, image.Rect(left, top, left+dot, top+dot), image.NewUniform(digitColour), image.Point{}, draw.Src)
			}
		}
	}
}
