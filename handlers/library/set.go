package library

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/credit"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/libraryview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// SetLink leads to all that was learned in a scope.
func (s *Section) SetLink(scope agent.Scope) templ.SafeURL {
	return s.Link("/library/set?" + scopeValues(scope).Encode())
}

func scopeValues(scope agent.Scope) url.Values {
	return url.Values{"environment": {scope.Environment}, "dynamics": {scope.Dynamics}, "schema": {scope.Schema}}
}

// setChip is whether a learned set is used.
func setChip(l *credit.Ledger) partials.Chip {
	switch {
	case l.Suspended != nil:
		return partials.Chip{Text: "suspended", Icon: "pause", Tone: "warn"}
	case l.SetProven():
		return partials.Chip{Text: "proven", Icon: "ok", Tone: "good"}
	}
	return partials.Chip{Text: "in trial", Icon: "sync", Tone: "out"}
}

// SetWords say what a suspension is.
const SetWords = "A suspended set is not used in normal runs. It goes on learning, and acts in a quarter of the learning tasks: that is how the same test finds out whether it helps by now."

// suspender is who suspended a set.
func suspender(s *credit.Suspension) string {
	if s.ByPeople() {
		return s.By
	}
	return "the " + s.By
}

// SetFacts are the figures of a set's hold-out.
func SetFacts(l *credit.Ledger) []pages.Fact {
	f := l.Figures()
	solved := func(hits, n int) string {
		if n == 0 {
			return "no task yet"
		}
		return fmt.Sprintf("%d of %s solved", hits, partials.Plural(n, "task"))
	}
	test, help := "that it lowers success", "How many times more a bet against the set has become, made task by task: at 20 the set is suspended. A set that does no harm gets there with a probability of at most 5 %, however often one looks."
	if l.Suspended != nil {
		test, help = "that it raises success", "The same test with its sides exchanged: at 20 the set is used again."
		if l.Suspended.ByPeople() {
			help = "The same test with its sides exchanged. A person suspended the set, so that only a person lifts it."
		}
	}
	return []pages.Fact{
		{Term: "With the set", Value: solved(f.InSolved, f.In)}, {Term: "Without it", Value: solved(f.OutSolved, f.Out)},
		{Term: "Evidence " + test, Value: "e-value " + evidenceText(f.Evidence) + " of 20", Help: help},
		{Term: "Withheld next from", Value: fmt.Sprintf("%.0f %% of the learning tasks", 100*l.WithholdSet()),
			Help: "A quarter of the first 200 and until it is proven, then one of 20; three quarters while it is suspended; half while the last tasks make that doubtful."},
	}
}

func evidenceText(e float64) string {
	if e < 10 {
		return fmt.Sprintf("%.2g", e)
	}
	return partials.Count(int64(e))
}

// ledgerOf finds the ledger of a scope, or CodeNotFound.
func (s *Section) ledgerOf(ctx context.Context, scope agent.Scope) (*catalog.ScopeLedger, error) {
	ledgers, err := s.cfg.Policy.Ledgers(ctx)
	if err != nil {
		return nil, err
	}
	for i := range ledgers {
		if ledgers[i].Scope == scope {
			return &ledgers[i], nil
		}
	}
	return nil, agent.Errorf(agent.CodeNotFound, "nothing was learned in %q yet", partials.Clip(ui.ScopeLabel(scope), 80))
}

func scopeFrom(value func(string) string) agent.Scope {
	return agent.Scope{Environment: value("environment"), Dynamics: value("dynamics"), Schema: value("schema")}
}

// learnedSet shows whether all that was learned in a scope is used, and why.
func (s *Section) learnedSet(c echo.Context) error {
	found, err := s.ledgerOf(c.Request().Context(), scopeFrom(c.QueryParam))
	if err != nil {
		return err
	}
	return s.showSet(c, http.StatusOK, found, "", "")
}

func (s *Section) showSet(c echo.Context, status int, found *catalog.ScopeLedger, reason, problem string) error {
	l, world := &found.Ledger, ui.ScopeLabel(found.Scope)
	here := "/library/set?" + scopeValues(found.Scope).Encode()
	v := libraryview.LearnedSet{World: world, State: setChip(l), Facts: SetFacts(l), Action: s.Link("/library/set"), Reason: reason, Problem: problem,
		Do: libraryview.BulkAction{Value: string(agent.ActSuspend), Label: "Suspend it", Icon: "pause"}, Notice: s.NoticeView(ui.ReadNotice(c), here),
		Rules:   partials.Link{Text: "Its rules", Href: s.Link(ui.WithParam("/library", url.Values{}, "q", "env:"+found.Scope.Environment))},
		Changes: partials.Link{Text: "History of the library", Href: s.Link("/library/changes")}}
	v.Hidden = []partials.Hidden{{Name: "environment", Value: found.Scope.Environment}, {Name: "dynamics", Value: found.Scope.Dynamics}, {Name: "schema", Value: found.Scope.Schema}}
	switch susp := l.Suspended; {
	case susp != nil:
		v.Do = libraryview.BulkAction{Value: string(agent.ActLift), Label: "Use it again", Icon: "play"}
		v.Verdict = fmt.Sprintf("Suspended since task %s, by %s", partials.Count(int64(susp.Tasks)), suspender(susp))
		v.Words = []string{ui.Sentence(susp.Reason), SetWords, "What people wrote or pinned is used either way. To keep a rule in use, pin it."}
		if !susp.At.IsZero() {
			v.Words[0] += susp.At.UTC().Format(" That was on 2 January 2006 at 15:04 UTC.")
		}
	case l.SetProven():
		v.Verdict = "In use: it is shown to raise success"
		v.Words = []string{"It is withheld from one learning task in 20, so that a change is noticed. If it lowers success, it is suspended by itself."}
	default:
		v.Verdict = "In use: whether it helps is not shown yet"
		v.Words = []string{"It is withheld from a quarter of the learning tasks, so that its effect can be told. If it lowers success, it is suspended by itself."}
	}
	frame := layout.Frame{Title: "What was learned in " + world, Crumbs: []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Policy", Href: s.Link("/library/policy")}, {Label: world}}}
	return s.Page(c, status, frame, libraryview.LearnedSetPage(v))
}

// changeLearnedSet suspends or lifts by a person's hand.
func (s *Section) changeLearnedSet(c echo.Context) error {
	ctx := c.Request().Context()
	found, err := s.ledgerOf(ctx, scopeFrom(c.FormValue))
	if err != nil {
		return err
	}
	reason := c.FormValue("reason")
	change, err := s.ChangeSet(ctx, agent.LibraryAction(c.FormValue("do")), found.Scope, reason)
	if problem := fieldProblem(err, "reason"); problem != "" {
		return s.showSet(c, http.StatusUnprocessableEntity, found, reason, "Please "+problem+".")
	}
	if err != nil {
		return err
	}
	s.cfg.Forget()
	return s.SeeOther(c, "/library/set?"+ui.Noticed(scopeValues(found.Scope), change).Encode())
}

func fieldProblem(err error, field string) string {
	if e, ok := errors.AsType[*agent.Error](err); ok {
		return e.Fields[field]
	}
	return ""
}

// ChangeSet suspends or lifts all that was learned in a scope, for a reason.
func (s *Section) ChangeSet(ctx context.Context, do agent.LibraryAction, scope agent.Scope, reason string) (catalog.LibraryChange, error) {
	switch do { //nolint:exhaustive // the other actions are for rules
	case agent.ActSuspend:
		return s.cfg.Policy.SuspendSet(ctx, ui.Person, scope, reason)
	case agent.ActLift:
		return s.cfg.Policy.LiftSet(ctx, ui.Person, scope, reason)
	default:
		return catalog.LibraryChange{}, agent.Errorf(agent.CodeInvalid, "there is no action %q", partials.Clip(string(do), 40))
	}
}

// maxBanners bounds the suspended worlds that the library's list names.
const maxBanners = 3

// suspendedSets are the banners of the library's list.
func (s *Section) suspendedSets(ctx context.Context) ([]pages.Banner, error) {
	if s.cfg.Policy == nil {
		return nil, nil
	}
	ledgers, err := s.cfg.Policy.Ledgers(ctx)
	if err != nil {
		return nil, err
	}
	var banners []pages.Banner
	more := 0
	for i := range ledgers {
		susp := ledgers[i].Ledger.Suspended
		if susp == nil {
			continue
		}
		if len(banners) == maxBanners {
			more++
			continue
		}
		banners = append(banners, pages.Banner{
			Text: fmt.Sprintf("What was learned in %s is suspended since task %s, by %s: %s", ui.ScopeLabel(ledgers[i].Scope), partials.Count(int64(susp.Tasks)), suspender(susp), strings.TrimRight(susp.Reason, ". ")+"."),
			More: "Runs act without it; a quarter of the learning ones try it.", Link: partials.Link{Text: "Look at it, or use it again", Href: s.SetLink(ledgers[i].Scope)}})
	}
	if more > 0 {
		banners = append(banners, pages.Banner{Text: partials.Plural(more, "more world") + " with a suspension.", Link: partials.Link{Text: "All worlds", Href: s.Link("/library/policy")}})
	}
	return banners, nil
}
