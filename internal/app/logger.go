package app

import (
	"io"
	"log/slog"

	"purposeagent/agent"
)

// NewLogger returns a logger that writes text or JSON from a level on. Errors:
// CodeInvalid with the name of the setting.
func NewLogger(w io.Writer, format, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, agent.InvalidFields(map[string]string{"log-level": "must be debug, info, warn or error"})
	}
	o := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return nil, agent.InvalidFields(map[string]string{"log-format": "must be text or json"})
}
