package handlers

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"purposeagent/agent"
)

// Whatever an environment draws, the answer is a picture or nothing: never an
// error in the page's console.
func TestBadPicturesSayWhy(t *testing.T) {
	for _, test := range []struct {
		name string
		draw func() (string, error)
		want string
	}{
		{"an error in words", func() (string, error) {
			return "", agent.Errorf(agent.CodeInvalid, "the picture loads from example.org")
		}, "example.org"},
		{"an error with markup", func() (string, error) { return "", agent.Errorf(agent.CodeUnavailable, "<script> & \x1b[31m") }, "&lt;script&gt;"},
		{"an unknown error", func() (string, error) { return "", errors.New("secret internals") }, "could not be"},
		{"a panic", func() (string, error) { panic("secret internals") }, "could not be"},
		{"no SVG", func() (string, error) { return "<html><body>hello</body></html>", nil }, "not an SVG"},
		{"no XML", func() (string, error) { return "<svg><g", nil }, "read"},
		{"words", func() (string, error) { return "hello", nil }, "not an SVG"},
		{"too large", func() (string, error) { return "<svg>" + strings.Repeat(" ", maxPicture) + "</svg>", nil }, "KB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := runsServer(t, sampleLog(), func(c *Config) {
				c.Picture = func(context.Context, string, int) (string, error) { return test.draw() }
			})
			w := ask(s, http.MethodGet, "/runs/r_solved/steps/1/picture.svg", "")
			body := w.Body.String()
			if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/svg+xml" || !strings.Contains(body, "No picture:") || !strings.Contains(body, test.want) {
				t.Errorf("%d %s: %s, without %q", w.Code, w.Header().Get("Content-Type"), body, test.want)
			}
			if strings.Contains(body, "secret") || strings.Contains(body, "\x1b") {
				t.Errorf("it tells too much: %s", body)
			}
			for d := xml.NewDecoder(strings.NewReader(body)); ; {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("it is no XML: %v", err)
				}
			}
		})
	}
}

// A picture that takes too long is not waited for, and no more than a few are
// drawn at a time.
func TestSlowPicturesAreNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		s, err := New(Config{Runs: sampleLog(), Engine: newRunLog(), Launcher: noLauncher{}, Library: noLibrary{}, Replay: noReplay{}, Settings: noSettings{}, Environments: twoWorldKind{},
			Picture: func(context.Context, string, int) (string, error) { <-goOn; return "<svg/>", nil }})
		if err != nil {
			t.Fatal(err)
		}
		for range picturesAtOnce + 2 {
			if w := ask(s, http.MethodGet, "/runs/r_solved/steps/1/picture.svg", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "within") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		}
		close(goOn)
		s.Close()
	})
}

// A program that hangs while it draws does not hold up the stop.
func TestCloseDoesNotWaitForAHungPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := make(chan struct{})
		s, err := New(Config{Runs: sampleLog(), Engine: newRunLog(), Launcher: noLauncher{}, Library: noLibrary{}, Replay: noReplay{}, Settings: noSettings{}, Environments: twoWorldKind{},
			Picture: func(context.Context, string, int) (string, error) { <-never; return "<svg/>", nil }})
		if err != nil {
			t.Fatal(err)
		}
		ask(s, http.MethodGet, "/runs/r_solved/steps/1/picture.svg", "")
		began := time.Now()
		s.Close()
		if took := time.Since(began); took != closePatience {
			t.Errorf("Close took %v, want %v", took, closePatience)
		}
		close(never)
	})
}

// What only a program can draw is drawn for who asks for it by a POST, once; to
// look at the page draws nothing.
func TestPicturesOfProgramsAreAskedFor(t *testing.T) {
	drawn := 0
	s := runsServer(t, sampleLog(), func(c *Config) {
		c.Environments = programKind{}
		c.Picture = func(context.Context, string, int) (string, error) {
			drawn++
			return "<svg><text>here</text></svg>", nil
		}
	})
	const at = "/runs/r_solved/steps/2"
	if body := ask(s, http.MethodGet, at, "", "HX-Request", "true").Body.String(); !strings.Contains(body, `action="`+at+`/picture" data-draw`) || strings.Contains(body, "picture.svg") {
		t.Errorf("the page of the step has no button to draw it: %s", body)
	}
	if body := ask(s, http.MethodGet, at+"/picture.svg", "").Body.String(); !strings.Contains(body, "press Draw") || drawn != 0 {
		t.Errorf("a GET drew %d pictures: %s", drawn, body)
	}
	if w := ask(s, http.MethodPost, at+"/picture", ""); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/runs/r_solved?step=2" {
		t.Errorf("POST: %d %s", w.Code, w.Header().Get("Location"))
	}
	if w := ask(s, http.MethodPost, at+"/picture", "", "HX-Request", "true"); !strings.HasPrefix(w.Body.String(), `<img src="`+at+`/picture.svg"`) {
		t.Errorf("POST by the script: %d %s", w.Code, w.Body)
	}
	if body := ask(s, http.MethodGet, at+"/picture.svg", "").Body.String(); !strings.Contains(body, "<text>here</text>") || drawn != 1 {
		t.Errorf("drawn %d times: %s", drawn, body)
	}
	if body := ask(s, http.MethodGet, at, "", "HX-Request", "true").Body.String(); !strings.Contains(body, `src="`+at+`/picture.svg"`) {
		t.Error("the page of the step does not show what was drawn")
	}
}

type programKind struct{ twoWorldKind }

func (k programKind) Kinds() []Kind {
	kinds := k.twoWorldKind.Kinds()
	for i := range kinds {
		kinds[i].Program = true
	}
	return kinds
}

func TestDrawnPicturesAreBounded(t *testing.T) {
	var d drawnPictures
	large := strings.Repeat(" ", maxPicture)
	for i := range 4 * maxDrawn {
		d.put(pictureKey{"r", i}, large[:1+i%2*(maxPicture-1)])
	}
	if len(d.svgs) > maxDrawn || len(d.svgs) != len(d.order) || d.bytes > maxDrawnBytes {
		t.Errorf("%d pictures, %d bytes are kept", len(d.svgs), d.bytes)
	}
	if _, ok := d.get(pictureKey{"r", 4*maxDrawn - 1}); !ok {
		t.Error("the newest is not kept")
	}
}
