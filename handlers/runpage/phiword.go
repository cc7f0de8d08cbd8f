package runpage

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
	"purposeagent/views/runview"
)

// phiWordView is a person's word on a step and where to say one, nil where
// nobody can.
func (s *Section) phiWordView(ctx context.Context, run string, step *agent.Step) (*runview.PhiWordBox, error) {
	if s.cfg.PhiWords == nil {
		return nil, nil
	}
	word, err := s.cfg.PhiWords.Of(ctx, run, step.Index)
	if err != nil {
		return nil, err
	}
	box := &runview.PhiWordBox{Send: s.Link("/runs/" + url.PathEscape(run) + "/steps/" + strconv.Itoa(step.Index) + "/phi"), Phi: partials.Phi(step.Score.PhiAfter)}
	if word != nil {
		box.Phi, box.Why = strconv.FormatFloat(word.Phi, 'f', -1, 64), word.Reason
		box.Said = &partials.Note{Tone: "acc", Icon: "review", Text: fmt.Sprintf("%s says Φ is %s here, where the critic said %s. %s", word.By, partials.Phi(word.Phi), partials.Phi(word.Was), ui.Sentence(word.Reason))}
	}
	return box, nil
}

// sayPhi keeps a person's word on a step, and shows the step again.
func (s *Section) sayPhi(c echo.Context) error {
	index, err := ui.IndexOf(c.Param("n"))
	if err != nil {
		return err
	}
	if s.cfg.PhiWords == nil {
		return agent.Errorf(agent.CodeNotFound, "the critic can't be corrected here")
	}
	phi, err := strconv.ParseFloat(strings.TrimSpace(c.FormValue("phi")), 64)
	if err != nil {
		phi = math.NaN() // the check says what it has to be
	}
	if _, err := s.cfg.PhiWords.Say(c.Request().Context(), ui.Person, c.Param("id"), index, phi, c.FormValue("reason")); err != nil {
		return err
	}
	return s.SeeOther(c, "/runs/"+url.PathEscape(c.Param("id"))+"/steps/"+strconv.Itoa(index)+"?tab=critic")
}
