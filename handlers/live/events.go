package live

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"
)

// EventStream is the media type of server-sent events.
const EventStream = "text/event-stream"

// BeginEvents starts an answer of server-sent events that no proxy may keep
// back, change or compress.
func BeginEvents(h http.Header) {
	h.Set(echo.HeaderContentType, EventStream)
	h.Set(echo.HeaderCacheControl, "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no") // nginx would collect them
	h.Add(echo.HeaderVary, echo.HeaderAccept)
}

// eventOutlet is a viewer's stream of server-sent events.
type eventOutlet struct {
	response *echo.Response
	control  *http.ResponseController
}

func (s *Section) watchByEvents(c echo.Context, b source, after int64) error {
	o := eventOutlet{c.Response(), http.NewResponseController(c.Response())}
	BeginEvents(o.response.Header())
	o.response.WriteHeader(http.StatusOK)
	ctx, cancel := context.WithCancel(c.Request().Context())
	defer cancel()
	left := make(chan struct{})
	hurry := context.AfterFunc(s.live.ctx, func() {
		defer close(left)
		cancel()
		_ = o.control.SetWriteDeadline(time.Now().Add(partingTime)) // ends a write that waits for a viewer who does not read
	})
	defer func() {
		if !hurry() {
			<-left // it must not touch the response after its handler
		}
	}()
	v := &viewer{server: s, from: b, to: o, cursor: after}
	code, reason := v.serve(ctx)
	if code == 0 {
		code, reason = websocket.CloseServiceRestart, "come back" // if anybody still reads
	}
	raw, err := json.Marshal(map[string]any{"code": code, "reason": reason})
	if err != nil {
		return err
	}
	_ = o.control.SetWriteDeadline(time.Now().Add(partingTime))
	_ = o.write("event: end\ndata: %s\n\n", raw)
	return nil
}

func (o eventOutlet) send(f frame) error {
	_ = o.control.SetWriteDeadline(time.Now().Add(WriteTimeout)) // not every writer has deadlines
	return o.write("id: %d\ndata: %s\n\n", f.to, f.raw)
}

func (o eventOutlet) beat(cursor int64) error {
	_ = o.control.SetWriteDeadline(time.Now().Add(WriteTimeout))
	return o.write("data: %s\n\n", standing(cursor))
}

func (o eventOutlet) write(format string, values ...any) error {
	if _, err := fmt.Fprintf(o.response, format, values...); err != nil {
		return err
	}
	return o.control.Flush()
}
