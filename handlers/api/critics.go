package api

import (
	"context"
	"net/http"

	"purposeagent/agent/calibration"
	"purposeagent/agent/catalog"
)

// Critics reports how far critics can be trusted.
type Critics interface {
	Critics(ctx context.Context) ([]calibration.CriticReport, error)
}

func (s *server) critics() {
	if s.Critics == nil {
		return
	}
	register(s, http.MethodGet, "/critics", "list-critics", "Calibration of each critic in each world, and whether it may give credit", "critics", http.StatusOK,
		func(ctx context.Context, _ *nothing) (*body[list[calibration.CriticReport]], error) {
			reports, err := s.Critics.Critics(ctx)
			if err != nil {
				return nil, err
			}
			return newList(catalog.Page[calibration.CriticReport]{Items: reports, Total: len(reports)}, same), nil
		})
}
