package library

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/stats"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// enoughTasks is how many tasks, with and without a rule, an uplift must rest
// on to be drawn.
const enoughTasks = 16

// UpliftOf places a rule's uplift on an axis from −limit to +limit, or says
// why there is none. Colour is kept for intervals that leave out 0.
func UpliftOf(h *agent.Heuristic, limit float64) pages.Interval {
	u := h.Credit.Uplift
	if u == nil || u.In+u.Out < enoughTasks {
		return pages.Interval{Words: noUplift(h)}
	}
	v := intervalOn(u.Value, u.Low, u.High, limit)
	v.Radius = strconv.FormatFloat(2.5+2.1*min(math.Log((u.In+u.Out)/enoughTasks)/math.Log(25), 1), 'f', 1, 64)
	v.Label = fmt.Sprintf("uplift %s, 95 %% interval %s to %s, from %s tasks with it and %s without", v.Share, effect(u.Low), effect(u.High), tasks(u.In), tasks(u.Out))
	return v
}

func noUplift(h *agent.Heuristic) string {
	n := 0.0
	if u := h.Credit.Uplift; u != nil {
		n = u.In + u.Out
	} else {
		for _, stratum := range h.Credit.Strata {
			n += stratum.In + stratum.Out
		}
	}
	switch {
	case n > 0:
		return "not enough data · n " + tasks(n)
	case h.Pinned:
		return "always shown, no hold-out"
	}
	return "not enough data"
}

// intervalOn places an estimate on an axis from −limit to +limit.
func intervalOn(value, low, high, limit float64) pages.Interval {
	place := func(x float64) string { return ui.Percent((min(max(x, -limit), limit) + limit) / (2 * limit)) }
	v := pages.Interval{Point: place(value), Low: place(low), High: place(high), Zero: place(0), Tone: "b-nil", Radius: "3.5",
		Share: effect(value), Range: "[" + effect(low) + ", " + effect(high) + "]"}
	switch {
	case low > 0:
		v.Tone = "b-pos"
	case high < 0:
		v.Tone = "b-neg"
	}
	return v
}

// upliftScale is the end of an axis that holds every interval of the rules, in
// steps of a quarter.
func upliftScale(rules []agent.Heuristic) float64 {
	most := 0.25
	for i := range rules {
		if u := rules[i].Credit.Uplift; u != nil && u.In+u.Out >= enoughTasks {
			most = max(most, math.Abs(u.Low), math.Abs(u.High))
		}
	}
	return min(math.Ceil(4*most)/4, 1)
}

// advantageText is a rule's shrunk advantage, and how sure it is.
func advantageText(h *agent.Heuristic) (value, more string) {
	if h.Credit.Weight <= 0 {
		return "", ""
	}
	a := h.Credit.Advantage()
	return effect(a.Value), fmt.Sprintf("95 %% interval %s to %s, weight %s", effect(a.Low), effect(a.High), tasks(a.N))
}

// tasks writes a number of tasks that may have faded.
func tasks(n float64) string {
	if n >= 100 || n == math.Trunc(n) {
		return partials.Count(int64(math.Round(n)))
	}
	return strconv.FormatFloat(n, 'f', 1, 64)
}

// effect writes a difference of shares as "+.21".
func effect(x float64) string {
	text := strings.Replace(strconv.FormatFloat(math.Abs(x), 'f', 2, 64), "0.", ".", 1)
	switch {
	case text == ".00":
		return ".00"
	case x < 0:
		return "−" + text
	}
	return "+" + text
}

// EvidenceBound is the lower end of Wilson's interval of a rule's evidence:
// the better-proven rule has the higher one.
func EvidenceBound(h *agent.Heuristic) float64 {
	if h.Good+h.Bad == 0 {
		return 0
	}
	return stats.Wilson(h.Good, h.Good+h.Bad).Low
}
