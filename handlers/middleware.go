package handlers

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"

	"purposeagent/handlers/live"
)

// recoverer turns a panic into an error with its stack in the log.
func (s *Server) recoverer(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if r := recover(); r != nil {
				if cause, ok := r.(error); ok && errors.Is(cause, http.ErrAbortHandler) {
					panic(r)
				}
				err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		return next(c)
	}
}

// contentPolicy allows what the pages use and nothing else: own files only,
// no inline script or style, no framing.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

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
	return strings.HasPrefix(path, "/static/") || websocket.IsWebSocketUpgrade(r) || strings.Contains(r.Header.Get(echo.HeaderAccept), live.EventStream)
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
				return s.cfg.Origins.Refused(r)
			}
		}
		return next(c)
	}
}
