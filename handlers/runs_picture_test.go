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
		{"no SVG", func() (string, error) { return "<html><body>hello</body></html>", nil }, "no SVG"},
		{"no XML", func() (string, error) { return "<svg><g", nil }, "read"},
		{"words", func() (string, error) { return "hello", nil }, "no SVG"},
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
