// Package handlers is the dashboard as an http.Handler: it mounts the page
// families, the REST API and the files, and holds what all requests go through.
// A handler binds the request, makes one call, builds a view-model and renders it.
package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"purposeagent/agent"
	"purposeagent/handlers/environments"
	"purposeagent/handlers/export"
	"purposeagent/handlers/fork"
	"purposeagent/handlers/history"
	"purposeagent/handlers/labpages"
	"purposeagent/handlers/launch"
	"purposeagent/handlers/library"
	"purposeagent/handlers/live"
	"purposeagent/handlers/milestonepages"
	"purposeagent/handlers/replay"
	"purposeagent/handlers/review"
	"purposeagent/handlers/runpage"
	"purposeagent/handlers/runs"
	"purposeagent/handlers/settings"
	"purposeagent/handlers/suites"
	"purposeagent/handlers/ui"
	"purposeagent/static"
)

// Server is the dashboard as an http.Handler. Close ends its live connections.
type Server struct {
	*ui.Kit
	cfg  Config
	echo *echo.Echo
	// bodies is how slow a request's body may be; a test may want less.
	bodies bodyLimits
	run    *runpage.Section
	live   *live.Section
	review *review.Section
}

// New returns the dashboard. The caller calls Close when it shuts down.
func New(cfg Config) (*Server, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{cfg: cfg, echo: echo.New(), bodies: usualBodies()}
	s.Kit = &ui.Kit{Site: cfg.Site, Nav: s.nav, Runs: cfg.Runs.Store, Rules: cfg.Library.Rules, Snapshots: cfg.Library.Snapshots,
		Environments: cfg.Environments, Views: cfg.Settings.Views}
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.HTTPErrorHandler = s.handleError
	s.echo.Use(s.recoverer, requestID, securityHeaders, s.sameOrigin, middleware.BodyLimitWithConfig(middleware.BodyLimitConfig{Limit: "2M", Skipper: s.limitsItself}), s.wholeForm,
		middleware.GzipWithConfig(middleware.GzipConfig{Skipper: s.notCompressed, MinLength: 512}))
	s.routes()
	return s, nil
}

// ServeHTTP serves the dashboard. A sender that is too slow and a reader that
// has stopped are cut off.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.bodies.serve(w, s.prefixed(r), s.echo)
}

// closePatience is how long Close waits.
const closePatience = 2 * time.Second

// Close ends every live connection with 1012 and waits for them and for the
// pictures that are being drawn, two seconds at most in all: a program that
// hangs while it draws does not hold up the stop. An http.Server's Shutdown
// neither closes nor waits for websockets, so this has to be called beside it.
func (s *Server) Close() {
	patience := time.NewTimer(closePatience)
	defer patience.Stop()
	s.live.Close()
	drawn := make(chan struct{})
	go func() {
		s.run.WaitForPictures()
		close(drawn)
	}()
	select {
	case <-drawn:
	case <-patience.C:
		s.Logger.Warn("a picture is still being drawn; the stop does not wait for it")
	}
}

func (s *Server) routes() {
	alive := func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }
	s.echo.GET("/healthz", alive)
	s.echo.GET("/readyz", s.ready)
	s.echo.GET("/metrics", s.metrics)
	base := s.echo.Group(s.BasePath)
	if s.BasePath != "" {
		base.GET("/healthz", alive)
		base.GET("/readyz", s.ready)
	}
	files := echo.WrapHandler(static.Handler(s.BasePath))
	base.GET("/static/*", files)
	base.HEAD("/static/*", files)
	home := func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, s.Path("/runs")) }
	base.GET("", home)
	base.GET("/", home)
	base.GET("/find", s.find)
	base.GET("/rail", s.rail)
	base.GET("/keys", s.showKeys)
	base.POST("/theme", s.switchTheme)
	s.registerViews(base)
	s.mount(base)
	if s.cfg.API != nil {
		s.cfg.API(s.echo, base)
	}
}

// mount makes the page families, gives each the ports that it needs, and adds
// their routes.
func (s *Server) mount(base *echo.Group) {
	cfg := s.cfg
	models := settings.New(s.Kit, settings.Config{Models: cfg.Settings.Models, Prompts: cfg.Settings.Prompts})
	welcome := launch.New(s.Kit, launch.Config{Runs: cfg.Runs.Store, Launcher: cfg.Runs.Launcher, Library: cfg.Library.Rules, Settings: cfg.Settings.Store,
		KnownModels: models.KnownModels, Demo: cfg.Welcome.Demo != nil, Sealed: cfg.Welcome.Sealed})
	s.run = runpage.New(s.Kit, runpage.Config{Runs: cfg.Runs.Store, Engine: cfg.Runs.Engine, Replay: cfg.Replay.Store, Critics: cfg.Lab.Critics, PhiWords: cfg.Runs.PhiWords,
		Policy: cfg.Library.Policy != nil, Picture: cfg.Runs.Picture, File: cfg.Runs.File, Calls: cfg.Runs.Calls})
	s.live = live.New(s.Kit, s.run, live.Config{Runs: cfg.Runs.Store, Engine: cfg.Runs.Engine, Thinking: cfg.Runs.Thinking})
	rules := library.New(s.Kit, library.Config{Library: cfg.Library.Rules, Runs: cfg.Runs.Store, Policy: cfg.Library.Policy, Moments: s.moments(),
		Pages:     library.Pages{Snapshots: cfg.Library.Snapshots != nil, Packs: cfg.Library.Packs != nil, Lab: cfg.Lab.Experiments != nil, Milestones: cfg.Library.Milestones != nil},
		Playbooks: cfg.Library.Playbooks, Lines: cfg.Library.Lines, Comments: cfg.Library.Comments, RuleLanguage: cfg.Library.RuleLanguage, ModelsSetUp: models.ModelsSetUp, Forget: func() { s.review.Forget() }})
	s.review = review.New(s.Kit, rules, review.Config{Review: cfg.Library.Review, Library: cfg.Library.Rules, Runs: cfg.Runs.Store, Critics: cfg.Lab.Critics, Playbooks: cfg.Library.Playbooks, Milestones: cfg.Library.Milestones})
	several := runs.Config{Runs: cfg.Runs.Store, Engine: cfg.Runs.Engine, Demo: cfg.Welcome.Demo, Film: s.run.FilmView, Watch: s.live.Watch, ShowWelcome: welcome.ShowWelcome}
	if cfg.Lab.Experiments != nil {
		several.Lab = cfg.Lab.Experiments
	}
	sets := suites.Config{Suites: cfg.Lab.Suites, KnownModels: models.KnownModels}
	several.Suite = sets.OfGroup()
	for _, family := range []interface{ Register(g *echo.Group) }{
		runs.New(s.Kit, several),
		s.run, s.live, fork.New(s.Kit, fork.Config{Runs: cfg.Runs.Store, Engine: cfg.Runs.Engine, Snapshots: cfg.Library.Snapshots, Possible: cfg.Runs.Possible}),
		export.New(s.Kit, s.run, export.Config{Runs: cfg.Runs.Store}),
		welcome, milestonepages.New(s.Kit, cfg.Library.Milestones, func() { s.review.Forget() }), rules, s.review,
		history.New(s.Kit, rules, history.Config{Library: cfg.Library.Rules, Snapshots: cfg.Library.Snapshots, Packs: cfg.Library.Packs}),
		replay.New(s.Kit, replay.Config{Replay: cfg.Replay.Store, Simulate: cfg.Replay.Simulate}),
		labpages.New(s.Kit, labpages.Config{Lab: cfg.Lab.Experiments, Critics: cfg.Lab.Critics, Library: cfg.Library.Rules, Runs: cfg.Runs.Store, KnownModels: models.KnownModels}),
		suites.New(s.Kit, sets),
		environments.New(s.Kit, environments.Config{Runs: cfg.Runs.Store, Library: cfg.Library.Rules, About: cfg.Console.About, Consoles: cfg.Console.Sessions}),
		models,
	} {
		family.Register(base)
	}
}

func (s *Server) ready(c echo.Context) error {
	if s.cfg.Ready != nil {
		if err := s.cfg.Ready(c.Request().Context()); err != nil {
			return agent.Wrap(agent.CodeUnavailable, err, "not ready: %s", agent.MessageOf(err))
		}
	}
	return c.String(http.StatusOK, "ready\n")
}

// check reports what a Config can't do without.
func (c *Config) check() error {
	switch {
	case c.Runs.Store == nil, c.Runs.Engine == nil, c.Runs.Launcher == nil, c.Library.Rules == nil, c.Replay.Store == nil, c.Environments == nil, c.Settings.Store == nil:
		return errors.New("handlers: the stores of runs, rules, trajectories and settings, Engine, Launcher and Environments are required")
	case c.BasePath != "" && (!strings.HasPrefix(c.BasePath, "/") || strings.HasSuffix(c.BasePath, "/")):
		return agent.Errorf(agent.CodeInvalid, "the base path must look like /purpose, got %q", c.BasePath)
	}
	return nil
}

// moments lists the snapshots for the pages of the library, nil where there are none.
func (s *Server) moments() library.Moments {
	if s.cfg.Library.Snapshots == nil {
		return nil
	}
	return s.cfg.Library.Snapshots.List
}
