package handlers_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

// A program that hangs while it draws does not hold up the stop.
func TestCloseDoesNotWaitForAHungPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := make(chan struct{})
		log := pagetest.SampleLog(t)
		cfg := sitetest.Config(log.Store, log)
		cfg.Runs.Picture = func(context.Context, string, int) (string, error) { <-never; return "<svg/>", nil }
		s, err := handlers.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		pagetest.Ask(s, http.MethodGet, "/runs/r_solved/steps/1/picture.svg", "")
		began := time.Now()
		s.Close()
		if took := time.Since(began); took != handlers.ClosePatience {
			t.Errorf("Close took %v, want %v", took, handlers.ClosePatience)
		}
		close(never)
	})
}
