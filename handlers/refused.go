package handlers

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// Refuse answers a request that does not reach the pages or the API: in the
// API's form where the API was asked, in words otherwise.
func Refuse(w http.ResponseWriter, r *http.Request, status int, message string) {
	if !strings.Contains(r.URL.Path, "/api/") {
		http.Error(w, message, status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]apiError{"error": {Code: CodeOfStatus(status), Message: message}}) //nolint:errchkjson // nobody is left to tell
}

// How much of a refused body is still read, and for how long.
const (
	restBytes = 64 << 20
	restTime  = 10 * time.Second
)

// readRest reads what the client of a refused request still sends. A server
// that answers and closes while a body is under way breaks the client's pipe,
// and the answer that says why is lost with it.
func readRest(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, body := c.Request(), c.Request().Body
		err := next(c)
		waits := strings.EqualFold(r.Header.Get("Expect"), "100-continue") && r.ContentLength >= 0 // sends nothing before it is told to
		if body == nil || body == http.NoBody || waits || err == nil && c.Response().Status < http.StatusBadRequest {
			return err
		}
		control := http.NewResponseController(c.Response())
		_ = control.SetReadDeadline(time.Now().Add(restTime)) // not every connection has deadlines
		_, _ = io.CopyN(io.Discard, body, restBytes)          // what can't be read is not missed
		_ = control.SetReadDeadline(time.Time{})
		return err
	}
}
