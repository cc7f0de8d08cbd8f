package history

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/packs"
	"purposeagent/handlers/query"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/libraryview"
	"purposeagent/views/partials"
)

// exportPack answers with a pack as a file.
func (s *Section) exportPack(c echo.Context) error {
	q, err := query.Heuristics(c.QueryParam("q"))
	if err != nil {
		return err
	}
	pack, err := s.cfg.Packs.Export(c.Request().Context(), ui.FirstOf(c.QueryParam("name"), "library"), q)
	if err != nil {
		return err
	}
	raw, err := pack.Encode()
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": pack.Name + ".json"}))
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, raw)
}

// importForm shows both ways: out and in.
func (s *Section) importForm(c echo.Context) error {
	return s.showImport(c, http.StatusOK, libraryview.Packs{})
}

// importPack reads an uploaded pack, and shows all that is wrong with it or
// takes its rules in.
func (s *Section) importPack(c echo.Context) error {
	raw, name, err := uploaded(c)
	if err != nil {
		return err
	}
	pack, problems := packs.Parse(raw)
	if len(problems) > 0 {
		kept, some := pack.Without(problems)
		if c.FormValue("skip") == "" || !some || len(kept.Rules) == 0 {
			return s.showImport(c, http.StatusUnprocessableEntity, packProblems(name, pack, problems, some && len(kept.Rules) > 0))
		}
		pack = kept
	}
	as := packs.Import{Status: agent.Status(c.FormValue("status"))}
	if as.Status != "" && !slices.Contains(agent.Statuses, as.Status) {
		return agent.Errorf(agent.CodeInvalid, "there is no status %q", partials.Clip(string(as.Status), 40))
	}
	report, err := s.cfg.Packs.Import(c.Request().Context(), ui.Person, pack, as)
	if err != nil {
		return err
	}
	report.Change.Action, report.Change.Rules = agent.ActImport, len(report.Added)
	q := ui.Noticed(url.Values{"known": {ui.Itoa(len(report.Known))}, "unwanted": {ui.Itoa(len(report.Unwanted))}}, report.Change)
	return s.SeeOther(c, "/library/import?"+q.Encode())
}

// uploaded returns the file of a form and its name.
func uploaded(c echo.Context) (raw []byte, name string, err error) {
	file, err := c.FormFile("pack")
	if err != nil {
		return nil, "", agent.Wrap(agent.CodeInvalid, err, "choose the file of a pack first; a file over %d MB is read by: purpose library import FILE", ui.MaxBody>>20)
	}
	f, err := file.Open()
	if err != nil {
		return nil, "", agent.Wrap(agent.CodeInvalid, err, "the file could not be read; choose it again")
	}
	defer f.Close() //nolint:errcheck // opened for reading only
	raw, err = io.ReadAll(f)
	if err != nil {
		return nil, "", agent.Wrap(agent.CodeInvalid, err, "the file could not be read; choose it again")
	}
	return raw, partials.Clip(file.Filename, 80), nil
}

// packProblems lists what is wrong with a pack.
func packProblems(file string, pack packs.Pack, problems []packs.Problem, skippable bool) libraryview.Packs {
	v := libraryview.Packs{File: file, Skippable: skippable,
		Verdict: "Nothing was imported: " + partials.Plural(len(problems), "problem")}
	if len(problems) == packs.MaxProblems {
		v.Verdict += " or more"
	}
	bad := map[int]bool{}
	for _, p := range problems {
		where := "the pack"
		if p.Rule > 0 {
			bad[p.Rule] = true
			where = "rule " + ui.Itoa(p.Rule)
		}
		v.Problems = append(v.Problems, libraryview.PackProblem{Where: where, ID: p.ID, Field: p.Field, Text: p.Text})
	}
	if skippable {
		v.Skip = fmt.Sprintf("Leave out the %s with a problem and import the other %d", partials.Plural(len(bad), "rule"), len(pack.Rules)-len(bad))
	}
	return v
}

func (s *Section) showImport(c echo.Context, status int, v libraryview.Packs) error {
	v.Import, v.Export = s.Link("/library/import"), s.Link("/library/export")
	did := ui.ReadNotice(c)
	v.Notice = s.NoticeView(did, "/library/import")
	if v.Notice.Text != "" {
		v.Notice.Text += " " + knownWords(c.QueryParam("known"), c.QueryParam("unwanted"))
	}
	v.Statuses = ui.Options("candidate", "candidate", "Candidates: tried in the shadow first", "probation", "In trial: shown in half of the tasks", "active", "Active: shown at once")
	return s.Page(c, status, layout.Frame{Title: "Packs",
		Crumbs: []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Packs"}}}, libraryview.PacksPage(v))
}

// knownWords says what of a pack was left out.
func knownWords(known, unwanted string) string {
	count := func(text string) int {
		n := 0
		_, _ = fmt.Sscan(text, &n) // what is no number is none
		return max(n, 0)
	}
	return fmt.Sprintf("%s here before; %s because a person deleted or banned them.", partials.Plural(count(known), "rule")+" said the same", partials.Plural(count(unwanted), "rule")+" left out")
}
