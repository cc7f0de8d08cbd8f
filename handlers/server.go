// Package handlers serves the pages, their live updates and what they post.
// A handler binds the request, makes one call, builds a view-model and renders it.
package handlers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"purposeagent/agent"
	"purposeagent/agent/roles"
	"purposeagent/static"
)

// MaxBody is the largest request body, in bytes.
const MaxBody = 2 << 20

// contentPolicy allows what the pages use and nothing else: own files only,
// no inline script or style, no framing.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Config is what a Server works with. The interfaces are required.
type Config struct {
	Runs         Runs
	Engine       Engine
	Launcher     Launcher
	Library      Library
	Snapshots    Snapshots     // nil: there is no time machine
	Packs        Packs         // nil: rules are not carried in or out
	Policy       LibraryPolicy // nil: it can't be chosen
	Review       Review        // nil: there is no inbox
	Models       Models        // nil: there are no settings of models
	Prompts      Prompts       // nil: there are none to change
	Replay       Replay
	Environments Environments
	Settings     Settings
	Views        Views // nil: lists can't be saved
	// Critics knows how far critics can be trusted. nil: there is no such page.
	Critics Critics
	// PhiWords keeps what people say that Φ is. nil: nobody can correct a critic.
	PhiWords PhiWords
	// Lab works experiments. nil: there are no Lab pages.
	Lab Lab
	// Picture draws the state after a step (0: the initial state) as a small
	// SVG, or returns "" where the environment draws none. nil: no pictures.
	Picture func(ctx context.Context, run string, step int) (svg string, err error)
	// Possible returns the actions of a run's environment, and those that can be
	// done in the state after a step (0: the initial state), none where the
	// environment can't say. nil: nobody can tell.
	Possible func(ctx context.Context, run agent.Run, step int) (specs []agent.ActionSpec, legal []agent.Action, err error)
	// Thinking returns what the actor of a run is thinking right now, at which
	// step, and a channel that is closed when it goes on. nil: nobody thinks in words.
	Thinking func(run string) (step int, thought string, changed <-chan struct{})
	// Calls returns what models were asked and answered at a step of a run; step 0
	// is before the first and after the last. nil: nobody kept it.
	Calls func(ctx context.Context, run string, step int) ([]agent.Call, error)
	// Simulate answers what would be retrieved in an environment; it writes
	// nothing. CodeInvalid for what no task could hold. nil: there is no simulator.
	Simulate func(ctx context.Context, environment string, config agent.Object, p roles.Probe) (roles.Simulation, error)
	// Demo launches the demo and returns its group. nil: there is none.
	Demo func(ctx context.Context) (group string, err error)
	// Sealed is the SHA-256 of this installation's secret rules, in hex; ""
	// where there are none.
	Sealed string
	// API adds the routes under /api to the group at the base path.
	API func(e *echo.Echo, base *echo.Group)
	// Ready reports why the program can't serve, or nil. nil: always ready.
	Ready    func(ctx context.Context) error
	Logger   *slog.Logger
	BasePath string  // such as "/purpose", "" for none
	Origins  Origins // the addresses of a proxy in front
	Version  string
	Now      func() time.Time
}

// Server is the dashboard as an http.Handler. Close ends its live connections.
type Server struct {
	cfg  Config
	echo *echo.Echo
	live *broadcasters
	// bodies is how slow a request's body may be; a test may want less.
	bodies bodyLimits
	// reviews is the number beside Review in the rail.
	reviews reviewCount
	// drawing bounds the pictures that are drawn at once, drawers waits for them.
	drawing chan struct{}
	drawers sync.WaitGroup
	drawn   drawnPictures
}

// New returns the dashboard. The caller calls Close when it shuts down.
func New(cfg Config) (*Server, error) {
	switch {
	case cfg.Runs == nil, cfg.Engine == nil, cfg.Launcher == nil, cfg.Library == nil, cfg.Replay == nil, cfg.Environments == nil, cfg.Settings == nil:
		return nil, errors.New("handlers: Runs, Engine, Launcher, Library, Replay, Environments and Settings are required")
	case cfg.BasePath != "" && (!strings.HasPrefix(cfg.BasePath, "/") || strings.HasSuffix(cfg.BasePath, "/")):
		return nil, agent.Errorf(agent.CodeInvalid, "the base path must look like /purpose, got %q", cfg.BasePath)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{cfg: cfg, echo: echo.New(), bodies: usualBodies(), drawing: make(chan struct{}, picturesAtOnce)}
	s.live = newBroadcasters(s)
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

// rootPaths are answered with and without the base path.
var rootPaths = []string{"/healthz", "/readyz", "/metrics"}

// prefixed puts the base path before the path of a request whose proxy took it
// away, as some do.
func (s *Server) prefixed(r *http.Request) *http.Request {
	base, path := s.cfg.BasePath, r.URL.Path
	if base == "" || path == base || strings.HasPrefix(path, base+"/") || slices.Contains(rootPaths, path) {
		return r
	}
	copied, to := *r, *r.URL
	to.Path = base + path
	if to.RawPath != "" {
		to.RawPath = base + to.RawPath
	}
	copied.URL = &to
	return &copied
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
	s.live.close()
	drawn := make(chan struct{})
	go func() {
		s.waitForPictures()
		close(drawn)
	}()
	select {
	case <-drawn:
	case <-patience.C:
		s.cfg.Logger.Warn("a picture is still being drawn; the stop does not wait for it")
	}
}

func (s *Server) routes() {
	s.echo.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	s.echo.GET("/readyz", s.ready)
	s.echo.GET("/metrics", s.metrics())
	base := s.echo.Group(s.cfg.BasePath)
	if s.cfg.BasePath != "" {
		base.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
		base.GET("/readyz", s.ready)
	}
	files := echo.WrapHandler(static.Handler(s.cfg.BasePath))
	base.GET("/static/*", files)
	base.HEAD("/static/*", files)
	home := func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, s.path("/runs")) }
	base.GET("", home)
	base.GET("/", home)
	s.registerRuns(base)
	s.registerRun(base)
	s.registerViews(base)
	base.GET("/find", s.find)
	base.GET("/rail", s.rail)
	base.GET("/keys", s.showKeys)
	base.POST("/theme", s.switchTheme)
	s.registerFork(base)
	s.registerExport(base)
	s.registerStream(base)
	s.registerLaunch(base)
	s.registerLibrary(base)
	s.registerHistory(base)
	s.registerReview(base)
	s.registerSettings(base)
	s.registerReplay(base)
	s.registerLab(base)
	if s.cfg.API != nil {
		s.cfg.API(s.echo, base)
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

// path puts the base path before an absolute path of the program.
func (s *Server) path(path string) string { return s.cfg.BasePath + path }

// now is the time that pages are relative to.
func (s *Server) now() time.Time { return s.cfg.Now() }

// limitsItself reports whether the API answers, which bounds bodies by what
// they are: a state may be larger than any form.
func (s *Server) limitsItself(c echo.Context) bool {
	return s.cfg.API != nil && strings.HasPrefix(strings.TrimPrefix(c.Request().URL.Path, s.cfg.BasePath), "/api/")
}

// notCompressed leaves alone what is compressed already, and streams: what is
// compressed is collected first.
func (s *Server) notCompressed(c echo.Context) bool {
	r := c.Request()
	path := strings.TrimPrefix(r.URL.Path, s.cfg.BasePath)
	return strings.HasPrefix(path, "/static/") || websocket.IsWebSocketUpgrade(r) || strings.Contains(r.Header.Get(echo.HeaderAccept), eventStream)
}

// requestID gives each request a number that logs and error pages share.
func requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		var raw [6]byte
		_, _ = rand.Read(raw[:]) // never fails, by its documentation
		c.Response().Header().Set(echo.HeaderXRequestID, hex.EncodeToString(raw[:]))
		return next(c)
	}
}

// securityHeaders are on every answer, errors included.
func securityHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		return next(c)
	}
}

// sameOrigin refuses unsafe requests that another site's page made.
func (s *Server) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
		default:
			if !s.cfg.Origins.Own(r) {
				return s.cfg.Origins.refused(r)
			}
		}
		return next(c)
	}
}
