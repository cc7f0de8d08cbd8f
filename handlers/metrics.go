package handlers

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"purposeagent/agent"
)

// metrics returns the handler of /metrics: the Go runtime, the process, and
// what is stored. It is compressed where everything is, and not here as well.
func (s *Server) metrics() echo.HandlerFunc {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&storedMetrics{s, prometheus.NewDesc("purpose_runs", "Runs by status.", []string{"status"}, nil),
			prometheus.NewDesc("purpose_heuristics", "Heuristics by status.", []string{"status"}, nil),
			prometheus.NewDesc("purpose_trajectories", "Trajectories in the replay.", nil, nil)})
	return echo.WrapHandler(promhttp.HandlerFor(registry, promhttp.HandlerOpts{DisableCompression: true}))
}

// storedMetrics counts what is stored, when it is asked.
type storedMetrics struct {
	server                         *Server
	runs, heuristics, trajectories *prometheus.Desc
}

// Describe sends the descriptions.
func (m *storedMetrics) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- m.runs
	descriptions <- m.heuristics
	descriptions <- m.trajectories
}

// Collect sends the counts; what can't be counted now is left out.
func (m *storedMetrics) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, n int, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
	}
	if counts, err := m.server.cfg.Runs.Store.Counts(ctx); err == nil {
		for _, status := range agent.RunStatuses {
			gauge(m.runs, counts[status], string(status))
		}
	}
	if report, err := m.server.cfg.Library.Rules.Report(ctx); err == nil {
		for _, status := range agent.Statuses {
			gauge(m.heuristics, report.ByStatus[status], string(status))
		}
	}
	if stats, err := m.server.cfg.Replay.Store.Stats(ctx); err == nil {
		gauge(m.trajectories, stats.Count)
	}
}
