package library

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"purposeagent/agent/catalog"
	"purposeagent/agent/lifecycle"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/libraryview"
	"purposeagent/views/partials"
)

func (s *Section) registerPolicy(g *echo.Group) {
	if s.cfg.Policy != nil {
		g.GET("/library/policy", s.policy)
		g.POST("/library/policy", s.setPolicy)
		g.GET("/library/set", s.learnedSet)
		g.POST("/library/set", s.changeLearnedSet)
	}
}

// policyTexts says what each policy does.
var policyTexts = map[lifecycle.Policy][2]string{
	lifecycle.Evidence: {"Evidence", "A rule earns its place: first it is watched without being shown, then it is on trial and withheld from half of the tasks, and it stays if it is shown to help."},
	lifecycle.Approve:  {"Approve first", "No learned rule reaches the agent before a person approves it. Trials and proofs go on after that."},
	lifecycle.Open:     {"Open", "Every learned rule is used at once, without a trial. For demonstrations; harm is still noticed."},
}

// policy shows how rules come to be used.
func (s *Section) policy(c echo.Context) error {
	ctx := c.Request().Context()
	policy, err := s.cfg.Policy.Policy(ctx)
	if err != nil {
		return err
	}
	ledgers, err := s.cfg.Policy.Ledgers(ctx)
	if err != nil {
		return err
	}
	v := libraryview.LibraryPolicy{Save: s.Link("/library/policy"), Saved: c.QueryParam("saved") == "1", Worlds: s.ledgerRows(ledgers)}
	for _, p := range lifecycle.Policies {
		v.Choices = append(v.Choices, libraryview.PolicyChoice{Value: string(p), Name: policyTexts[p][0], Text: policyTexts[p][1], Chosen: p == policy})
	}
	frame := layout.Frame{Title: "How rules come to be used", Crumbs: []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Policy"}}}
	return s.Page(c, http.StatusOK, frame, libraryview.LibraryPolicyPage(v))
}

// setPolicy chooses the policy.
func (s *Section) setPolicy(c echo.Context) error {
	if err := s.cfg.Policy.SetPolicy(c.Request().Context(), ui.Person, lifecycle.Policy(c.FormValue("policy"))); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, s.Path("/library/policy?saved=1"))
}

// ledgerRows lists what the learned sets are worth.
func (s *Section) ledgerRows(ledgers []catalog.ScopeLedger) []libraryview.SetRow {
	var rows []libraryview.SetRow
	for i := range ledgers {
		x := &ledgers[i].Ledger
		solved := 0
		for _, n := range x.Types {
			solved += n.Solved
		}
		row := libraryview.SetRow{World: partials.Link{Text: ui.ScopeLabel(ledgers[i].Scope), Href: s.SetLink(ledgers[i].Scope)}, Tasks: partials.Count(int64(x.Tasks)),
			Solved: partials.Count(int64(solved)), Uplift: "not enough data", Proposed: partials.Count(int64(x.Hypotheses)), State: setChip(x)}
		if u := x.SetUplift; u != nil {
			row.Uplift, row.Interval = effect(u.Value), fmt.Sprintf("%s to %s", effect(u.Low), effect(u.High))
			row.Counts = fmt.Sprintf("%.0f / %.0f", u.In, u.Out)
		}
		row.States = "not looked at"
		if x.States != nil {
			row.States = x.States.String()
		}
		rows = append(rows, row)
	}
	return rows
}
