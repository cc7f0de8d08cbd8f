package handlers

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"purposeagent/agent"
	"purposeagent/agent/stats"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// enoughEvidence is how many transitions a share must rest on to be drawn.
const enoughEvidence = 8

// libraryView maps a page of rules to what the list shows.
func (s *Server) libraryView(f libraryFilter, page agent.Page[agent.Heuristic], report agent.LibraryReport, did notice) pages.Library {
	values := f.values()
	v := pages.Library{
		Self: s.link("/library"), BulkURL: s.link("/library/bulk"), DeleteURL: s.link("/library/delete"),
		Query: f.text, Keep: hiddenOf(values, "q", "tier", "env", "sort"), Return: values.Encode(),
		Matching: partials.Count(int64(report.Total)) + " in all", Tabs: s.libraryTabs(f, report),
		Tiers: []partials.Option{{Text: "All tiers"}}, Environments: s.environmentOptions(f.env),
		Actions: libraryActions(f.status), Notice: did.rules(),
		Sorts: options(f.sort, "updated", "Newest change", "support", "Strongest support", "uses", "Most shown"),
	}
	for _, tier := range agent.Tiers {
		v.Tiers = append(v.Tiers, partials.Option{Value: string(tier), Selected: f.tier == string(tier),
			Text: title(string(tier)) + " · " + itoa(report.ByTier[tier])})
	}
	for i := range page.Items {
		v.Rows = append(v.Rows, s.ruleRow(&page.Items[i]))
	}
	if f.cursor != "" {
		v.Pager.Newer = s.link(f.with("", ""))
	}
	if page.Next != "" {
		v.Pager.Older = s.link(f.with("cursor", page.Next))
	}
	switch {
	case len(v.Rows) > 0:
	case f.filtered() && report.Total > 0:
		v.Empty = partials.Empty{Icon: "search", Text: "No rule matches.", Action: &partials.Link{Text: "Show all rules", Href: v.Self}}
	default:
		v.Empty = partials.Empty{Icon: "library", Text: "Nothing learned yet. Rules appear here when a run with memory ends, or when you teach one.",
			Action: &partials.Link{Text: "Start a run", Href: s.link("/runs/new")}}
	}
	return v
}

func (s *Server) libraryTabs(f libraryFilter, report agent.LibraryReport) []partials.Tab {
	tab := func(value, text, icon string, count int) partials.Tab {
		return partials.Tab{Text: text, Href: s.link(f.with("status", value)), Icon: icon,
			Count: partials.Count(int64(count)), Current: f.status == value}
	}
	tabs := []partials.Tab{
		tab("", "In use", statusChip(agent.Active).Icon, report.ByStatus[agent.Active]+report.ByStatus[agent.Probation]),
		tab(pinnedTab, "Pinned", "pin", report.Pinned),
	}
	for _, status := range agent.Statuses {
		if n := report.ByStatus[status]; status != agent.Active && n > 0 || f.status == string(status) {
			tabs = append(tabs, tab(string(status), title(string(status)), statusChip(status).Icon, n))
		}
	}
	return append(tabs, tab(allTab, "All", "", report.Total))
}

// libraryActions are the buttons that make sense under a tab.
func libraryActions(status string) []pages.BulkAction {
	pin := pages.BulkAction{Value: "pin", Label: "Pin", Icon: "pin"}
	unpin := pages.BulkAction{Value: "unpin", Label: "Unpin"}
	retire := pages.BulkAction{Value: "retire", Label: "Retire", Icon: "archive", Key: "r"}
	restore := pages.BulkAction{Value: "restore", Label: "Restore", Icon: "again"}
	ban := pages.BulkAction{Value: "ban", Label: "Ban", Icon: "ban"}
	switch status {
	case pinnedTab:
		return []pages.BulkAction{unpin, retire, ban}
	case string(agent.Retired), string(agent.Archived), string(agent.Candidate):
		return []pages.BulkAction{restore, pin, ban}
	case string(agent.Banned):
		return []pages.BulkAction{restore}
	}
	return []pages.BulkAction{pin, unpin, retire, restore, ban}
}

func (s *Server) ruleRow(h *agent.Heuristic) pages.RuleRow {
	row := pages.RuleRow{
		ID: h.ID, Href: s.ruleLink(h.ID), Tier: tierOf(h.Tier, h.Kind), Title: h.Title, When: afterWhen(h.Pattern), Do: h.Strategy,
		Status: ruleChips(h), Support: supportOf(h), N: strconv.Itoa(h.Good + h.Bad),
		NTitle: fmt.Sprintf("%d for, %d against", h.Good, h.Bad), Q: fraction(h.QValue),
		Shown: partials.Short(int64(h.Shown)), Used: partials.Short(int64(h.Cited)),
		Quiet: !h.Usable(),
	}
	if h.Strategy == "" {
		row.Do, row.Avoid = h.Avoid, true
	}
	runs := evidenceRuns(h.Evidence)
	switch {
	case len(runs) > 0:
		row.From = partials.Link{Text: tailID(runs[0]), Href: s.runLink(runs[0])}
		if len(runs) > 1 {
			row.FromMore = "+" + itoa(len(runs)-1)
		}
	case !h.Author.Learner():
		row.FromMore = "taught by hand"
	default:
		row.FromMore = "–"
	}
	return row
}

// afterWhen is a pattern without the "when" that stands before it on the page.
func afterWhen(pattern string) string {
	if len(pattern) > 5 && strings.EqualFold(pattern[:5], "when ") {
		return pattern[5:]
	}
	return pattern
}

// tailID is enough of an id to tell it from its neighbours in a narrow column:
// ids begin with the time, so the end is what differs.
func tailID(id string) string {
	runes := []rune(id)
	if len(runes) <= 12 {
		return id
	}
	return string(runes[:2]) + "…" + string(runes[len(runes)-6:])
}

// evidenceRuns lists the runs that a rule rests on, newest first, each once.
func evidenceRuns(evidence []agent.EvidenceRef) []string {
	var runs []string
	seen := map[string]bool{}
	for _, e := range slices.Backward(evidence) {
		if run := e.Run; !seen[run] {
			seen[run] = true
			runs = append(runs, run)
		}
	}
	return runs
}

// ruleChips are a rule's status and, where a person pinned it, the pin.
func ruleChips(h *agent.Heuristic) []partials.Chip {
	if h.Pinned {
		pin := partials.Chip{Text: "pinned", Icon: "pin", Tone: "acc"}
		if h.Status == agent.Active {
			return []partials.Chip{pin}
		}
		return []partials.Chip{pin, statusChip(h.Status)}
	}
	return []partials.Chip{statusChip(h.Status)}
}

func statusChip(status agent.Status) partials.Chip {
	chip := partials.Chip{Text: string(status)}
	switch status {
	case agent.Active:
		chip.Icon, chip.Tone = "ok", "acc"
	case agent.Probation:
		chip.Icon, chip.Tone = "sync", "out"
	case agent.Candidate:
		chip.Icon, chip.Tone = "plus", "held"
	case agent.Retired, agent.Archived:
		chip.Icon = "archive"
	case agent.Banned:
		chip.Icon, chip.Tone = "ban", "bad"
	}
	return chip
}

// supportOf draws the share of transitions that spoke for a rule. Blue and
// orange are kept for intervals that leave out one half: more often right, or
// more often wrong.
func supportOf(h *agent.Heuristic) pages.Interval {
	n := h.Good + h.Bad
	if n < enoughEvidence {
		return pages.Interval{Words: "not enough data · n " + itoa(n)}
	}
	w := stats.Wilson(h.Good, n)
	v := pages.Interval{Point: percent(w.Share), Low: percent(w.Low), High: percent(w.High), Zero: percent(.5),
		Tone: "b-nil", Share: fraction(w.Share), Range: "[" + fraction(w.Low) + ", " + fraction(w.High) + "]",
		Radius: strconv.FormatFloat(2.5+2.1*min(math.Log(float64(w.N)/enoughEvidence)/math.Log(25), 1), 'f', 1, 64)}
	switch {
	case w.Low > .5:
		v.Tone = "b-pos"
	case w.High < .5:
		v.Tone = "b-neg"
	}
	v.Label = fmt.Sprintf("%d of %d transitions spoke for it: %s, 95 %% interval %s to %s",
		h.Good, n, v.Share, fraction(w.Low), fraction(w.High))
	return v
}

// percent is a share as a position in SVG.
func percent(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) + "%" }

// fraction writes a share as ".81".
func fraction(x float64) string {
	text := strconv.FormatFloat(x, 'f', 2, 64)
	return strings.TrimPrefix(text, "0")
}

// environmentOptions lists the environments for a filter.
func (s *Server) environmentOptions(current string) []partials.Option {
	out := []partials.Option{{Text: "All worlds"}}
	found := current == ""
	for _, k := range s.cfg.Environments.Kinds() {
		out = append(out, partials.Option{Value: k.Name, Text: k.Title, Selected: k.Name == current})
		found = found || k.Name == current
	}
	if !found {
		out = append(out, partials.Option{Value: current, Text: partials.Clip(current, 40), Selected: true})
	}
	return out
}

// options makes the choices of a select of value, text pairs.
func options(current string, pairs ...string) []partials.Option {
	var out []partials.Option
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, partials.Option{Value: pairs[i], Text: pairs[i+1], Selected: pairs[i] == current})
	}
	return out
}

// href is a fragment of the same page.
func href(id string) templ.SafeURL { return templ.SafeURL("#" + id) }
