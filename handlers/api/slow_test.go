package api

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers"
	"purposeagent/handlers/sitetest"
	"purposeagent/internal/pipetest"
)

// The API's bodies are under the rule of all: a slow one is answered in the API's
// form and cut, a slow line is not.
func TestSlowBodiesOfTheAPI(t *testing.T) {
	for _, test := range []struct {
		name   string
		pause  time.Duration
		piece  int
		status int
		after  time.Duration
		code   string
	}{
		{"a byte a second", time.Second, 1, http.StatusRequestTimeout, 15 * time.Second, string(agent.CodeInvalid)},
		{"stops", time.Hour, 1, http.StatusRequestTimeout, 15 * time.Second, string(agent.CodeInvalid)},
		{"a slow line", time.Second, 8 << 10, http.StatusBadRequest, 13 * time.Second, string(agent.CodeInvalid)},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := worked.Open(t)
			ports := portsOf(store.App(t))
			synctest.Test(t, func(t *testing.T) {
				site := sitetest.Of(t, store, func(c *handlers.Config) {
					c.API = func(e *echo.Echo, g *echo.Group) { Mount(e, g, ports) }
				})
				near := pipetest.Serve(t, site)
				var sender sync.WaitGroup
				defer sender.Wait()
				defer func() { _ = near.Close() }() // ends a write that nobody reads
				began := time.Now()
				sender.Go(func() {
					_, err := fmt.Fprint(near, "POST /api/v1/runs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
					for left := 100000; err == nil && left > 0; {
						time.Sleep(test.pause)
						var n int
						n, err = near.Write([]byte(strings.Repeat("[", min(test.piece, left))))
						left -= n
					}
				})
				response, err := http.ReadResponse(bufio.NewReader(near), nil)
				if err != nil {
					t.Fatal(err)
				}
				text, err := io.ReadAll(response.Body)
				took := time.Since(began).Round(time.Second)
				slow := test.status == http.StatusRequestTimeout
				if err != nil || response.StatusCode != test.status || response.Close != slow || took != test.after || !strings.Contains(string(text), `"code":"`+test.code) {
					t.Errorf("answered %d, close %v, after %v, %v: %s", response.StatusCode, response.Close, took, err, text)
				}
				if slow {
					if _, err := io.Copy(io.Discard, near); err != nil { // to the end of the connection
						t.Error(err)
					}
				}
			})
		})
	}
}
