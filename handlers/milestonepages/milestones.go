package milestonepages

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/milestones"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/milestoneview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// address is where these pages are.
const address = "/library/milestones"

// Register adds the routes.
func (s *Section) Register(g *echo.Group) {
	if s.milestones == nil {
		return
	}
	g.GET(address, s.show)
	g.POST(address, s.decide)
	g.POST(address+"/restore", s.restore)
}

// Address is the page of a world's milestones, below the base path.
func Address(w milestones.World) string {
	return address + "?" + url.Values{"environment": {w.Environment}, "world": {w.Dynamics}}.Encode()
}

// Title names a world.
func Title(w milestones.World) string {
	return ui.ScopeLabel(agent.Scope{Environment: w.Environment, Dynamics: w.Dynamics})
}

// Chip says what becomes of a set.
func Chip(s *milestones.Set) partials.Chip {
	switch {
	case s.Status == milestones.Waiting:
		return partials.Chip{Text: "waits for you", Tone: "acc"}
	case s.Status == milestones.Rejected:
		return partials.Chip{Text: "turned down", Icon: "ban"}
	case !s.Reviewed:
		return partials.Chip{Text: "in use, not reviewed", Icon: "review", Tone: "out"}
	}
	return partials.Chip{Text: "in use", Icon: "ok", Tone: "good"}
}

// show lists the worlds, or shows the one that is asked for.
func (s *Section) show(c echo.Context) error {
	if c.QueryParam("environment") == "" {
		return s.list(c)
	}
	world := worldOf(c.QueryParams())
	return s.page(c, http.StatusOK, world, nil)
}

func worldOf(values url.Values) milestones.World {
	return milestones.World{Environment: values.Get("environment"), Dynamics: values.Get("world")}
}

func (s *Section) list(c echo.Context) error {
	sets, err := s.milestones.Sets(c.Request().Context())
	if err != nil {
		return err
	}
	rows := make([]milestoneview.Row, len(sets))
	for i := range sets {
		set := &sets[i]
		rows[i] = milestoneview.Row{Href: s.Link(Address(set.World)), Title: Title(set.World), Text: Summary(set), Chip: Chip(set), At: partials.Ago(s.Now(), set.At)}
	}
	return s.Page(c, http.StatusOK, layout.Frame{Title: "Milestones", Crumbs: []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Milestones"}}},
		milestoneview.ListPage(rows))
}

// Summary tells a set on a line.
func Summary(set *milestones.Set) string {
	return partials.Clip(ui.FirstOf(strings.Join(set.Items, " · "), set.Note, "none"), 160)
}

// written is what a form on the page said, where it could not be done.
type written struct {
	text string
	err  error
}

// page shows a world's milestones. asked is what was posted, nil where nothing was.
func (s *Section) page(c echo.Context, status int, world milestones.World, asked *written) error {
	ctx := c.Request().Context()
	versions, err := s.milestones.Versions(ctx, world)
	if err != nil {
		return err
	}
	declared, err := s.milestones.Declared(ctx, world)
	if err != nil {
		return err
	}
	v := milestoneview.World{Title: Title(world), Declared: declared, Playbook: s.Link("/library?" + url.Values{"environment": {world.Environment}, "world": {world.Dynamics}}.Encode()),
		Form: s.form(world, versions, asked), Notice: s.notice(c.QueryParams(), world, versions)}
	for i := range versions {
		set := s.told(&versions[i])
		if i == 0 {
			v.Set = set
			continue
		}
		n := strconv.Itoa(versions[i].Version)
		v.Versions = append(v.Versions, milestoneview.Version{Set: set, Number: n, Restore: s.restoreLink(world, versions[0].Version, n)})
	}
	crumbs := []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Milestones", Href: s.Link(address)}, {Label: partials.Clip(v.Title, 60)}}
	return s.Page(c, status, layout.Frame{Title: "Milestones", Crumbs: crumbs}, milestoneview.WorldPage(v))
}

func (s *Section) restoreLink(world milestones.World, base int, version string) templ.SafeURL {
	return s.Link(address + "/restore?" + url.Values{"environment": {world.Environment}, "world": {world.Dynamics}, "base": {strconv.Itoa(base)}, "version": {version}}.Encode())
}

// told is a version as the page tells it.
func (s *Section) told(set *milestones.Set) milestoneview.Set {
	by := "Written by a person"
	if model, ok := strings.CutPrefix(string(set.Author), string(agent.AuthorModel)); ok && len(set.Items) > 0 {
		by = strings.TrimSpace("Written by " + ui.ModelName(model) + " " + set.Note)
	} else if ok {
		by = "Asked of " + ui.ModelName(model) + ": " + set.Note
	}
	return milestoneview.Set{Title: by, Chip: Chip(set), At: partials.Ago(s.Now(), set.At), Items: set.Items}
}

// form is where a person decides on the newest of the versions.
func (s *Section) form(world milestones.World, versions []milestones.Set, asked *written) milestoneview.Form {
	f := milestoneview.Form{Action: s.Link(address), Environment: world.Environment, World: world.Dynamics, Base: "0", Accept: "Use these",
		Items: partials.Field{ID: "f-items", Name: "items", Label: "Milestones, one on a line", Kind: "textarea", Rows: "8",
			Hint: "In the order in which they are usually reached. Say what is so, in words that fit every purpose of this world: “the piece is prepared”."}}
	if len(versions) > 0 {
		set := &versions[0]
		f.Base, f.Items.Value = strconv.Itoa(set.Version), strings.Join(set.Items, "\n")
		f.Reject = set.Status != milestones.Rejected
		if set.Status == milestones.InUse && set.Reviewed {
			f.Accept = "Save"
		} else if len(set.Items) > 0 {
			f.Accept = "Accept"
		}
	}
	if asked != nil {
		problems := ui.ProblemsOrConflict(asked.err)
		f.Items.Value, f.Items.Error, f.Message = asked.text, problems["items"], ui.FirstOf(problems["status"], problems["environment"], problems[""])
		if f.Items.Error != "" {
			f.Errors = []pages.FieldError{{Href: s.Link("#" + f.Items.ID), Label: "Milestones", Text: f.Items.Error}}
		}
	}
	return f
}

// decide does what a person decided about a set, as its next version.
func (s *Section) decide(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	world, text := worldOf(form), form.Get("items")
	set := milestones.Set{World: world, Items: strings.Split(text, "\n"), Author: agent.AuthorHuman, Status: milestones.InUse}
	switch form.Get("do") {
	case "accept":
	case "reject":
		set.Status = milestones.Rejected
	default:
		return agent.Errorf(agent.CodeInvalid, "there is no decision %q about milestones", partials.Clip(form.Get("do"), 40))
	}
	base, err := strconv.Atoi(form.Get("base"))
	if err != nil || base < 0 {
		return agent.Errorf(agent.CodeInvalid, "which version this is about can't be read; open the page again")
	}
	ctx := c.Request().Context()
	versions, err := s.milestones.Versions(ctx, world)
	if err != nil {
		return err
	}
	if at := slices.IndexFunc(versions, func(v milestones.Set) bool { return v.Version == base }); at >= 0 {
		if kept, err := milestones.Check(set.Items); err == nil && slices.Equal(kept, versions[at].Items) { // not a word was changed
			set.Author, set.Note = versions[at].Author, versions[at].Note
		}
	}
	kept, err := s.milestones.Decide(ctx, ui.Person, base, set)
	switch {
	case agent.CodeOf(err) == agent.CodeConflict:
		return s.page(c, http.StatusConflict, world, &written{text, err})
	case ui.ProblemsOf(err) != nil:
		return s.page(c, http.StatusUnprocessableEntity, world, &written{text, err})
	case err != nil:
		return err
	}
	s.forget()
	did := string(kept.Status)
	if len(kept.Items) == 0 {
		did = "none"
	}
	return s.SeeOther(c, Address(world)+"&did="+did)
}

// restore brings an earlier version back.
func (s *Section) restore(c echo.Context) error {
	world := milestones.World{Environment: c.FormValue("environment"), Dynamics: c.FormValue("world")}
	base, err := strconv.Atoi(c.FormValue("base"))
	version, err2 := strconv.Atoi(c.FormValue("version"))
	if err != nil || err2 != nil {
		return agent.Errorf(agent.CodeNotFound, "there is no such version")
	}
	if _, err := s.milestones.Restore(c.Request().Context(), ui.Person, base, world, version); err != nil {
		return err
	}
	s.forget()
	return s.SeeOther(c, Address(world)+"&did=restored")
}

// notice says what the last decision did, with the way back to before it.
func (s *Section) notice(q url.Values, world milestones.World, versions []milestones.Set) pages.Notice {
	n := pages.Notice{Text: map[string]string{string(milestones.InUse): "Saved. Critics judge runs by these milestones from now on.",
		string(milestones.Rejected): "Turned down. Critics judge without milestones.", "none": "Saved. There are none: critics judge without milestones.", "restored": "The earlier version is back."}[q.Get("did")]}
	if n.Text != "" && len(versions) > 1 {
		n.Undo = s.restoreLink(world, versions[0].Version, strconv.Itoa(versions[1].Version))
	}
	return n
}
