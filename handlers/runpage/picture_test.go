package runpage_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"purposeagent/agent"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/runpage"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
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
		{"too large", func() (string, error) { return "<svg>" + strings.Repeat(" ", runpage.MaxPicture) + "</svg>", nil }, "KB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := sitetest.OfRuns(t, pagetest.SampleLog(t), func(c *handlers.Config) {
				c.Runs.Picture = func(context.Context, string, int) (string, error) { return test.draw() }
			})
			w := pagetest.Ask(s, http.MethodGet, "/runs/r_solved/steps/1/picture.svg", "")
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
		log := pagetest.SampleLog(t)
		cfg := sitetest.Config(log.Store, log)
		cfg.Runs.Picture = func(context.Context, string, int) (string, error) { <-goOn; return "<svg/>", nil }
		s, err := handlers.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for range runpage.PicturesAtOnce + 2 {
			if w := pagetest.Ask(s, http.MethodGet, "/runs/r_solved/steps/1/picture.svg", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "within") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		}
		close(goOn)
		s.Close()
	})
}

// What only a program can draw is drawn for who asks for it by a POST, once; to
// look at the page draws nothing.
func TestPicturesOfProgramsAreAskedFor(t *testing.T) {
	drawn := 0
	s := sitetest.OfRuns(t, pagetest.SampleLog(t), func(c *handlers.Config) {
		c.Environments = programKind{}
		c.Runs.Picture = func(context.Context, string, int) (string, error) {
			drawn++
			return "<svg><text>here</text></svg>", nil
		}
	})
	const at = "/runs/r_solved/steps/2"
	if body := pagetest.Ask(s, http.MethodGet, at, "", "HX-Request", "true").Body.String(); !strings.Contains(body, `action="`+at+`/picture" data-draw`) || strings.Contains(body, "picture.svg") {
		t.Errorf("the page of the step has no button to draw it: %s", body)
	}
	if body := pagetest.Ask(s, http.MethodGet, at+"/picture.svg", "").Body.String(); !strings.Contains(body, "press Draw") || drawn != 0 {
		t.Errorf("a GET drew %d pictures: %s", drawn, body)
	}
	if w := pagetest.Ask(s, http.MethodPost, at+"/picture", ""); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/runs/r_solved?step=2" {
		t.Errorf("POST: %d %s", w.Code, w.Header().Get("Location"))
	}
	if w := pagetest.Ask(s, http.MethodPost, at+"/picture", "", "HX-Request", "true"); !strings.HasPrefix(w.Body.String(), `<img src="`+at+`/picture.svg"`) {
		t.Errorf("POST by the script: %d %s", w.Code, w.Body)
	}
	if body := pagetest.Ask(s, http.MethodGet, at+"/picture.svg", "").Body.String(); !strings.Contains(body, "<text>here</text>") || drawn != 1 {
		t.Errorf("drawn %d times: %s", drawn, body)
	}
	if body := pagetest.Ask(s, http.MethodGet, at, "", "HX-Request", "true").Body.String(); !strings.Contains(body, `src="`+at+`/picture.svg"`) {
		t.Error("the page of the step does not show what was drawn")
	}
}

type programKind struct{ pagetest.TwoWorldKind }

func (k programKind) Kinds() []ui.Kind {
	kinds := k.TwoWorldKind.Kinds()
	for i := range kinds {
		kinds[i].Program = true
	}
	return kinds
}
