package handlers

import (
	"time"

	"github.com/labstack/echo/v4"
)

// What the tests outside of the package look at.
const (
	ContentPolicy = contentPolicy
	ClosePatience = closePatience
)

var UsualBodies = usualBodies

// Echo returns the router.
func (s *Server) Echo() *echo.Echo { return s.echo }

// SetBodies changes how slow a body may be.
func (s *Server) SetBodies(grace, rest time.Duration) { s.bodies.Grace, s.bodies.Rest = grace, rest }

// Kept counts what is kept for those who watch a run, see live.Section.Kept.
func (s *Server) Kept(run string) (frames, fromLog int) { return s.live.Kept(run) }
