package main

import (
	"bytes"
	"maps"
	"net/http"
	"strings"
	"testing"
)

func maze(more map[string]any) map[string]any {
	spec := map[string]any{"environment": map[string]any{"name": "maze"}, "purpose": "Find the treasure and take it", "seed": 7, "max_steps": 60}
	maps.Copy(spec, more)
	return spec
}

func TestKillNineInMidRunLosesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := serve(t, data, "")
	var ids []string
	for seed := range 3 {
		ids = append(ids, s.launch(maze(map[string]any{"seed": seed + 1, "pace": 0.05, "early_stop_phi": 10})).ID)
	}
	before := s.wait(ids[0], func(r launched) bool { return r.Steps >= 3 })
	known := s.events(ids[0])
	s.kill()

	s = serve(t, data, "")
	for _, id := range ids {
		r := s.wait(id, ended)
		if r.Status != "finished" {
			t.Errorf("run %s is %s: %s", id, r.Status, r.Reason)
		}
		all := s.events(id)
		checkLog(t, all)
		if id == ids[0] {
			if r.Steps < before.Steps {
				t.Errorf("run had %d steps before the kill and %d after", before.Steps, r.Steps)
			}
			for i, e := range known {
				if !bytes.Equal(e.Data, all[i].Data) {
					t.Errorf("event %d changed over the restart: %s, was %s", e.Seq, all[i].Data, e.Data)
				}
			}
		}
	}
}

func TestGracefulRestartSuspendsAndResumes(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := serve(t, data, "")
	id := s.launch(maze(map[string]any{"pace": 0.05})).ID
	s.wait(id, func(r launched) bool { return r.Steps >= 2 })
	s.stop()
	s = serve(t, data, "")
	if r := s.wait(id, ended); r.Status != "finished" {
		t.Errorf("run is %s: %s", r.Status, r.Reason)
	}
	checkLog(t, s.events(id))
}

func TestPauseResumeStop(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	id := s.launch(maze(map[string]any{"pace": 0.1})).ID
	s.wait(id, func(r launched) bool { return r.Steps >= 1 })
	s.call(http.MethodPost, "/api/v1/runs/"+id+"/pause", nil, nil)
	paused := s.wait(id, func(r launched) bool { return r.Status == "paused" })
	s.call(http.MethodPost, "/api/v1/runs/"+id+"/resume", nil, nil)
	s.wait(id, func(r launched) bool { return r.Steps > paused.Steps })
	s.call(http.MethodPost, "/api/v1/runs/"+id+"/stop", nil, nil)
	if r := s.wait(id, ended); r.Status != "stopped" || r.Result == nil {
		t.Errorf("run is %+v, want stopped with its result", r)
	}
	checkLog(t, s.events(id))
	if status := s.call(http.MethodPost, "/api/v1/runs/"+id+"/pause", nil, nil); status != http.StatusConflict {
		t.Errorf("pausing an ended run answered %d, want 409", status)
	}
}

type apiError struct {
	Error struct {
		Code, Message string
		Fields        map[string]string
	}
}

func TestBadInputIsRefusedByField(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	deep := strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)
	tests := []struct {
		name, body string
		status     int
		field      string
	}{
		{"unknown environment", `{"environment":{"name":"mase"},"purpose":"x"}`, 422, "environment.name"},
		{"bad config", `{"environment":{"name":"maze","config":{"size":99}},"purpose":"x"}`, 422, "environment.config.size"},
		{"unknown config", `{"environment":{"name":"maze","config":{"sise":3}},"purpose":"x"}`, 422, "environment.config.sise"},
		{"no purpose", `{"environment":{"name":"maze"}}`, 422, "purpose"},
		{"max_steps 0", `{"environment":{"name":"maze"},"purpose":"x","max_steps":0}`, 422, "max_steps"},
		{"max_steps 1e9", `{"environment":{"name":"maze"},"purpose":"x","max_steps":1000000000}`, 422, "max_steps"},
		{"phi out of range", `{"environment":{"name":"maze"},"purpose":"x","early_stop_phi":11}`, 422, "early_stop_phi"},
		{"unknown field", `{"environment":{"name":"maze"},"purpose":"x","max_step":3}`, 422, "max_step"},
		{"unknown model", `{"environment":{"name":"maze"},"purpose":"x","models":{"actor":"nobody:x"}}`, 422, "models.actor"},
		{"memory", `{"environment":{"name":"maze"},"purpose":"x","memory":"maybe"}`, 422, "memory"},
		{"not JSON", `{"environment":`, 400, ""},
		{"invalid UTF-8", "{\"environment\":{\"name\":\"maze\"},\"purpose\":\"\xff\xfe\"}", 400, ""},
		{"deep initial state", `{"environment":{"name":"maze"},"purpose":"x","initial_state":` + deep + `}`, 422, ""},
		{"long purpose", `{"environment":{"name":"maze"},"purpose":"` + strings.Repeat("x", 5000) + `"}`, 422, "purpose"},
		{"10 MB purpose", `{"environment":{"name":"maze"},"purpose":"` + strings.Repeat("x", 10<<20) + `"}`, 413, ""},
		{"too many repeats", `{"environment":{"name":"maze"},"purpose":"x","repeats":100000}`, 422, "repeats"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got apiError
			status := s.call(http.MethodPost, "/api/v1/runs", []byte(tt.body), &got)
			if status != tt.status || got.Error.Message == "" {
				t.Errorf("answered %d %+v, want %d", status, got, tt.status)
			}
			if tt.field != "" && got.Error.Fields[tt.field] == "" {
				t.Errorf("no message for the field %s: %+v", tt.field, got)
			}
		})
	}
	for _, path := range []string{"/api/v1/runs/r_none", "/api/v1/runs/r_none/events", "/api/v1/runs/r_none/steps", "/api/v1/heuristics/h_none", "/api/v1/trajectories/t_none"} {
		var got apiError
		if status := s.call(http.MethodGet, path, nil, &got); status != http.StatusNotFound || got.Error.Code != "not_found" {
			t.Errorf("%s answered %d %+v, want 404", path, status, got)
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/v1/environments", "/api/v1/models", "/runs"} {
		if status := s.call(http.MethodGet, path, nil, nil); status != http.StatusOK {
			t.Errorf("%s answers %d after all that", path, status)
		}
	}
}
