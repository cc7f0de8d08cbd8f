package live

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
)

// polled is the answer to a page that asks again and again, because nothing
// else comes through.
type polled struct {
	Frames []json.RawMessage `json:"frames"`
	// Thinks counts the actor's thoughts; the page gives it back with ?thinks=N
	// and is told the next one.
	Thinks int `json:"thinks"`
	// End is the code with which the stream has ended, 0 while it goes on.
	End int `json:"end,omitempty"`
}

// watchByAsking answers once: at once with what follows the cursor, or as soon
// as there is something, or after pollHold with nothing. With ?first=1 it
// answers at once, with all parts of the page.
func (s *Section) watchByAsking(c echo.Context, b source, cursor int64) error {
	thinks, _ := strconv.Atoi(c.QueryParam("thinks")) // what is no number is no thought that was seen
	first := c.QueryParam("first") != ""
	h := c.Response().Header()
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Add(echo.HeaderVary, echo.HeaderAccept)
	over := time.NewTimer(pollHold)
	defer over.Stop()
	for {
		look := b.look(cursor)
		answer := polled{Frames: []json.RawMessage{}, Thinks: look.thinks}
		switch {
		case look.behind || look.frame != nil || first && look.ready:
			frame, err := b.catchUp(cursor, look)
			if err != nil {
				return err
			}
			answer.Frames = append(answer.Frames, frame.raw)
			if look.done && frame.to >= look.at {
				answer.End = websocket.CloseNormalClosure
			}
			return c.JSON(http.StatusOK, answer)
		case look.thought != nil && look.thinks != thinks:
			answer.Frames = append(answer.Frames, look.thought.raw)
			return c.JSON(http.StatusOK, answer)
		case look.done:
			answer.End = websocket.CloseNormalClosure
			return c.JSON(http.StatusOK, answer)
		case look.err != nil:
			return look.err
		}
		select {
		case <-look.changed:
		case <-over.C:
			return c.JSON(http.StatusOK, answer)
		case <-s.live.ctx.Done():
			return agent.Errorf(agent.CodeUnavailable, "the program is shutting down")
		case <-c.Request().Context().Done():
			return c.Request().Context().Err()
		}
	}
}
