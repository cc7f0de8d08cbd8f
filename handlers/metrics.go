package handlers

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/VictoriaMetrics/metrics"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
)

// metrics is the handler of /metrics: the Go runtime, the process, and what is stored,
// in the text that Prometheus reads. It is compressed where everything is.
func (s *Server) metrics(c echo.Context) error {
	var text bytes.Buffer
	metrics.ExposeMetadata(true)
	metrics.WriteProcessMetrics(&text)
	metrics.WriteFDMetrics(&text)
	s.writeStored(c.Request().Context(), &text)
	return c.Blob(http.StatusOK, "text/plain; version=0.0.4; charset=utf-8", text.Bytes())
}

// writeStored counts what is stored; what can't be counted now is left out.
func (s *Server) writeStored(ctx context.Context, text *bytes.Buffer) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	head := func(name, help string) { fmt.Fprintf(text, "# HELP %s %s\n# TYPE %[1]s gauge\n", name, help) }
	if counts, err := s.cfg.Runs.Store.Counts(ctx); err == nil {
		head("purpose_runs", "Runs by status.")
		for _, status := range agent.RunStatuses {
			fmt.Fprintf(text, "purpose_runs{status=%q} %d\n", status, counts[status])
		}
	}
	if report, err := s.cfg.Library.Rules.Report(ctx); err == nil {
		head("purpose_heuristics", "Heuristics by status.")
		for _, status := range agent.Statuses {
			fmt.Fprintf(text, "purpose_heuristics{status=%q} %d\n", status, report.ByStatus[status])
		}
	}
	if stats, err := s.cfg.Replay.Store.Stats(ctx); err == nil {
		head("purpose_trajectories", "Trajectories in the replay.")
		fmt.Fprintf(text, "purpose_trajectories %d\n", stats.Count)
	}
}
