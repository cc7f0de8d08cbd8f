package pagetest

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
)

// Kit is what pages share, at noon, two minutes after the sample runs started.
func Kit(runs ui.Runs) *ui.Kit {
	return &ui.Kit{Site: ui.Site{Version: "test", Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return Noon.Add(2 * time.Minute) }},
		Runs: runs, Environments: TwoWorldKind{}}
}

// Family is pages that add their routes.
type Family interface{ Register(g *echo.Group) }

// Serve answers with the pages of some families alone. An error is answered
// with its status and its words.
func Serve(families ...Family) http.Handler {
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		var known *agent.Error
		var router *echo.HTTPError
		switch {
		case c.Response().Committed:
		case errors.As(err, &known):
			err = c.String(ui.StatusOf(known.Code), known.Message)
		case errors.As(err, &router):
			err = c.NoContent(router.Code)
		default:
			err = c.String(http.StatusInternalServerError, err.Error())
		}
		if err != nil && !c.Response().Committed {
			c.Error(err)
		}
	}
	for _, family := range families {
		family.Register(e.Group(""))
	}
	return e
}
