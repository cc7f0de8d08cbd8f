package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/live"
)

const (
	eventPage    = 1000 // events in one JSON page
	writeTimeout = 10 * time.Second
	beatInterval = 15 * time.Second // between signs of life, far below the 60 s of usual proxies
)

// events serves a run's log as a websocket, as server-sent events or as a JSON
// page, all with ?after=SEQ: what follows SEQ, each event once and in order.
func (s *server) events(g *echo.Group) {
	op := s.describeEvents()
	s.api.OpenAPI().AddOperation(op)
	g.GET("/api/v1/runs/:id/events", func(c echo.Context) error {
		plain, problems := checkParams(op.Parameters, c.Request().URL, c.Param)
		for name := range c.QueryParams() {
			if !slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.Name == name && p.In == "query" }) {
				problems = append(problems, &huma.ErrorDetail{Location: "query." + name, Message: "there is no such parameter"})
			}
		}
		if len(problems) > 0 {
			return c.JSON(http.StatusUnprocessableEntity, newError(http.StatusUnprocessableEntity, refusedWords(http.StatusUnprocessableEntity), problems...))
		}
		if err := s.serveEvents(c, plain); err != nil {
			body := s.failure(c.Request().Context(), err)
			return c.JSON(body.status, body)
		}
		return nil
	})
}

// describeEvents says what the route takes and answers, for it is none of huma's.
func (s *server) describeEvents() *huma.Operation {
	schemas := s.api.OpenAPI().Components.Schemas
	failure := schemas.Schema(reflect.TypeFor[errorBody](), true, "ErrorBody")
	op := &huma.Operation{
		OperationID: "follow-events", Method: http.MethodGet, Path: "/api/v1/runs/{id}/events", Tags: []string{"runs"},
		Summary:     "The run's numbered events after SEQ",
		Description: "A websocket on upgrade (one event a message; close 1000 when the run has ended, 1012 on restart), server-sent events on Accept: text/event-stream, else a JSON page.",
		Parameters: []*huma.Param{
			{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: "after", In: "query", Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: new(0.0)}, Description: "sequence number of the last event already seen"},
			{Name: "limit", In: "query", Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: new(1.0), Maximum: new(float64(eventPage))}, Description: "of a JSON page"},
			{Name: "Last-Event-ID", In: "header", Schema: &huma.Schema{Type: huma.TypeString, Pattern: "^([0-9]{1,18})?$"}, Description: "likewise; a browser's EventSource sends it by itself"},
		},
		Responses: map[string]*huma.Response{"200": {Description: "events", Content: map[string]*huma.MediaType{
			jsonType:            {Schema: schemas.Schema(reflect.TypeFor[list[eventBody]](), true, "ListEvent")},
			"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}},
		}}, "101": {Description: "a websocket"}},
	}
	for _, status := range append(statuses(op, true), http.StatusForbidden) {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: map[string]*huma.MediaType{jsonType: {Schema: failure}}}
	}
	return op
}

// eventBody describes an event as the log has it.
type eventBody struct {
	Seq  int64        `json:"seq"`
	Run  string       `json:"run"`
	At   time.Time    `json:"at"`
	Kind string       `json:"kind"`
	Data agent.Object `json:"data"`
}

func (s *server) serveEvents(c echo.Context, plain map[string]string) error {
	ctx, id := c.Request().Context(), c.Param("id")
	after, err := number(plain, "after", 0)
	if err != nil {
		return err
	}
	if last := c.Request().Header.Get("Last-Event-ID"); last != "" {
		if after, err = strconv.ParseInt(last, 10, 64); err != nil || after < 0 || last[0] == '+' {
			return agent.InvalidFields(map[string]string{"Last-Event-ID": "must be a sequence number"})
		}
	}
	run, err := s.Runs.Get(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case websocket.IsWebSocketUpgrade(c.Request()):
		return s.socket(c, id, after)
	case strings.Contains(c.Request().Header.Get("Accept"), "text/event-stream"):
		return s.sse(c, id, after)
	}
	limit, err := number(plain, "limit", eventPage)
	if err != nil {
		return err
	}
	if limit < 1 || limit > eventPage {
		return agent.InvalidFields(map[string]string{"limit": fmt.Sprintf("must be 1 to %d", eventPage)})
	}
	events, err := s.Runs.Events(ctx, id, after, int(limit))
	if err != nil {
		return err
	}
	page := list[agent.Event]{Items: events}
	if page.Items == nil {
		page.Items = []agent.Event{}
	}
	if n := len(events); n > 0 && (n == int(limit) || events[n-1].Seq < run.LastSeq) { // large ones come few at once
		page.Next = strconv.FormatInt(events[n-1].Seq, 10)
	}
	return c.JSON(http.StatusOK, page)
}

func number(plain map[string]string, name string, otherwise int64) (int64, error) {
	text := plain["query."+name]
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, agent.InvalidFields(map[string]string{name: "must be a whole number, 0 or more"})
	}
	return n, nil
}

func (s *server) sse(c echo.Context, id string, after int64) error {
	w := c.Response()
	live.BeginEvents(w.Header())
	w.WriteHeader(http.StatusOK)
	control := http.NewResponseController(w)
	var mu sync.Mutex // one line at a time
	write := func(format string, values ...any) error {
		mu.Lock()
		defer mu.Unlock()
		_ = control.SetWriteDeadline(time.Now().Add(writeTimeout)) // not every writer has deadlines
		if _, err := fmt.Fprintf(w, format, values...); err != nil {
			return err
		}
		return control.Flush()
	}
	if err := write(": after %d\n\n", after); err != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(c.Request().Context())
	defer every(beatInterval, func() {
		if write(": beat\n\n") != nil {
			cancel()
		}
	})()
	defer cancel()
	for event, err := range s.Engine.Follow(ctx, id, after) {
		if err != nil {
			return nil // the client left or the server stops; it resumes with Last-Event-ID
		}
		raw, err := json.Marshal(event)
		if err != nil {
			s.Logger.Error("event not encoded", "run", id, "err", err)
			return nil
		}
		if write("id: %d\nevent: %s\ndata: %s\n\n", event.Seq, event.Data.Kind(), raw) != nil {
			return nil
		}
	}
	return nil
}

// every calls f at an interval until what it returns is called, which waits.
func every(interval time.Duration, f func()) (stop func()) {
	end := make(chan struct{})
	var ticking sync.WaitGroup
	ticking.Go(func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				f()
			case <-end:
				return
			}
		}
	})
	return func() { close(end); ticking.Wait() }
}

func (s *server) socket(c echo.Context, id string, after int64) error {
	upgrader := websocket.Upgrader{CheckOrigin: s.Origins.Own}
	conn, err := upgrader.Upgrade(c.Response(), c.Request(), nil)
	if err != nil {
		return nil // Upgrade has answered
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithCancel(c.Request().Context())
	defer cancel()
	defer every(beatInterval, func() { _ = conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTimeout)) })()
	defer context.AfterFunc(ctx, func() { _ = conn.NetConn().SetWriteDeadline(time.Now().Add(time.Second)) })() // ends a write that waits for who does not read
	gone := make(chan struct{})
	go func() { // reads only to see the close and the pongs; ends when conn closes
		defer close(gone)
		defer cancel()
		conn.SetReadLimit(4096)
		for {
			if _, _, err := conn.NextReader(); err != nil {
				return
			}
		}
	}()
	var failed error
	for event, err := range s.Engine.Follow(ctx, id, after) {
		if failed = err; failed == nil {
			_ = conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			failed = conn.WriteJSON(event)
		}
		if failed != nil {
			break
		}
	}
	code, text := websocket.CloseNormalClosure, "the run has ended"
	if failed != nil || ctx.Err() != nil { // the log may also just end with ctx
		code, text = websocket.CloseServiceRestart, "come back with ?after="
		s.Logger.Debug("event socket ended", "run", id, "err", failed)
	}
	_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, text), time.Now().Add(time.Second))
	_ = conn.Close()
	<-gone
	return nil
}
