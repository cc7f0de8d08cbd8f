package web

import (
	"bytes"
	"context"
	"image/color"
	"image/jpeg"
	"math"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/files"
)

// TestScreenshot holds that a step has a picture of the page, where somebody keeps
// it, on which the things have their numbers.
func TestScreenshot(t *testing.T) {
	t.Parallel()
	s := site(t)
	store := &files.Memory{}
	desk := files.NewDesk(store)
	ctx := desk.With(t.Context())
	v := &session{t: t, env: begin(t, options(t), s.URL+"/dynamic", nil)}
	var err error
	if v.state, err = v.env.Reset(ctx, agent.Task{Purpose: "look", Seed: 1}); err != nil {
		t.Fatal(err)
	}
	list := desk.Take()
	if len(list) != 1 || list[0].Type != "image/jpeg" || list[0].Text != `The page "Dynamic", with the numbers of its things` {
		t.Fatalf("the step has the files %+v", list)
	}
	content, err := store.Content(ctx, list[0].Hash)
	if err != nil {
		t.Fatal(err)
	}
	if len(content) > maxShot {
		t.Errorf("the picture has %d bytes", len(content))
	}
	picture, err := jpeg.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if b := picture.Bounds(); b.Dx() < 900 || b.Dy() < 500 {
		t.Errorf("the picture is %v", b)
	}
	e, ok := v.env.(*Env)
	if !ok {
		t.Fatal("it is no Env")
	}
	line := e.at.page.Line(v.number("Add"))
	if c := picture.At(int(line.Left)+1, int(line.Top)); !near(c, frameColour) {
		t.Errorf("at the corner of a button is %v", c)
	}
	off := begin(t, options(t), s.URL+"/dynamic", map[string]any{"screenshots": false})
	if _, err := off.Reset(ctx, agent.Task{Purpose: "look", Seed: 1}); err != nil {
		t.Fatal(err)
	}
	if list := desk.Take(); len(list) > 0 {
		t.Errorf("without screenshots there are %+v", list)
	}
	if _, err := v.env.Execute(context.Background(), agent.NewAction(press, "key", "Tab"), v.state); err != nil {
		t.Errorf("where nobody keeps files: %v", err)
	}
}

func near(a, b color.Color) bool {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	far := func(x, y uint32) float64 { return math.Abs(float64(x)-float64(y)) / 65535 }
	return far(r1, r2) < .3 && far(g1, g2) < .3 && far(b1, b2) < .3
}
