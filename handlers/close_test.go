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
		s, err := handlers.New(handlers.Config{Library: handlers.LibraryPorts{Rules: sitetest.NoLibrary{}}, Replay: handlers.ReplayPorts{Store: sitetest.NoReplay{}}, Settings: handlers.SettingsPorts{Store: sitetest.NoSettings{}}, Environments: pagetest.TwoWorldKind{},
			Runs: handlers.RunPorts{Store: pagetest.SampleLog(), Engine: pagetest.NewRunLog(), Launcher: sitetest.NoLauncher{}, Picture: func(context.Context, string, int) (string, error) { <-never; return "<svg/>", nil }}})
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
