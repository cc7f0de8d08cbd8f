package runview

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"purposeagent/views/partials"
)

// Limits of a spine, whatever the run's length.
const (
	maxLinePoints = 600 // of the Φ line
	maxBuckets    = 200 // of bars, marks and hit areas
)

// Heights in px: Φ 10 and 0, the zero line of Δ, the lanes.
const (
	spineHeight = 204
	phiTop      = 14.0
	phiBottom   = 112.0
	deltaZero   = 145.0
	deltaReach  = 22.0
	laneMemory  = 180
	laneFlags   = 196
)

// SpinePoint is one step as a spine is drawn from it. Memory is "", cited,
// shown, withheld or eligible.
type SpinePoint struct {
	Step            int
	Phi, Delta      float64
	Label, Memory   string
	Flagged, Failed bool
}

// SpineInput is what a spine is drawn from.
type SpineInput struct {
	Points    []SpinePoint
	Initial   float64 // Φ before the first step
	Started   bool
	MaxSteps  int
	EarlyStop float64
	Ended     bool
	StepLink  func(step int) templ.SafeURL
	Table     templ.SafeURL
	// From and To are the first and the last step that are drawn; 0, 0 for all.
	From, To int
}

// window is what is drawn: its points, the room for them in steps, and Φ and the
// best Φ before the first of them.
type window struct {
	points    []SpinePoint
	slots     int
	before    int // steps that come before it
	phi, best float64
}

func (in SpineInput) window() window {
	w := window{points: in.Points, slots: SlotsOf(len(in.Points), in.MaxSteps), phi: in.Initial, best: in.Initial}
	if in.From < 1 || in.To < in.From || in.To > len(in.Points) {
		return w
	}
	w.before = in.From - 1
	for _, p := range in.Points[:w.before] {
		w.phi, w.best = p.Phi, max(w.best, p.Phi)
	}
	w.points, w.slots = in.Points[w.before:in.To], in.To-w.before
	return w
}

// Spine is the Φ line with bars and lanes, ready to be written: x in %, y in px.
type Spine struct {
	Label, Height, Slots string
	Before               string // steps that come before what is drawn
	Zoom                 SpineZoom
	Ticks                []SpineTick
	RestX, RestW, RestT  string
	RestText             string
	RestNarrow           bool // no room for the text on small screens
	Line, Area, Best     string
	StopY, StopTextY     string
	StopText, StopLine   string
	Bars                 []SpineBar
	Marks                []SpineMark
	DotX, DotY           string
	Hits                 []SpineHit
	Now                  string
	Change               partials.Delta
	Facts                []RunFact
	Table                templ.SafeURL
	MarkerX              string // of the chosen step
	MarkerOff            bool   // it is not among the steps that are drawn
}

// SpineZoom leads to closer and wider looks at the line. A look that there is
// not has no address.
type SpineZoom struct {
	Text                         string // the steps that are drawn, "" for all
	In, Out, Earlier, Later, All templ.SafeURL
}

// SpineTick is a line of the Φ axis.
type SpineTick struct{ Y, TextY, Text string }

// SpineBar is a Δ bar: up, dn or nil.
type SpineBar struct{ Class, X, W, Y, H string }

// SpineMark is a mark in a lane.
type SpineMark struct {
	Class, X, Y, R string
	Flag           bool // a triangle instead of a dot
}

// SpineHit is an area that leads to a step.
type SpineHit struct {
	Href     templ.SafeURL
	X, W     string
	Title, N string
}

// SlotsOf returns how many steps a spine has room for: the whole budget where
// the run has used a fair part of it, else a round part of it, so that a short
// run with a large budget is not a dot at the left edge.
func SlotsOf(steps, maxSteps int) int {
	if steps >= maxSteps {
		return max(steps, 1)
	}
	slots := 60
	for slots < 2*steps {
		slots *= 2
	}
	return min(slots, maxSteps)
}

// NewSpine draws a spine.
func NewSpine(in SpineInput) Spine {
	n := len(in.Points)
	w := in.window()
	slots := w.slots
	s := Spine{Height: strconv.Itoa(spineHeight), Slots: strconv.Itoa(slots), Before: strconv.Itoa(w.before), MarkerX: "0%", Table: in.Table, Change: partials.NewDelta(0)}
	for _, tick := range []float64{0, 5, 10} {
		s.Ticks = append(s.Ticks, SpineTick{px(phiY(tick)), px(phiY(tick) + 4), strconv.Itoa(int(tick))})
	}
	stop := phiY(in.EarlyStop)
	s.StopY, s.StopTextY = px(stop), px(stop-5)
	if in.EarlyStop > 8 { // above it the marker's number has its place
		s.StopTextY = px(stop + 14)
	}
	s.StopText = "early stop " + partials.Phi(in.EarlyStop)
	if drawn := len(w.points); drawn < slots {
		n := drawn
		s.RestX, s.RestW = percent(n, slots), percent(slots-n, slots)
		s.RestT = percentF((float64(n) + float64(slots-n)/2) / float64(slots))
		if slots-n > slots/8 {
			s.RestText = restText(in.MaxSteps-n, in.Ended)
			s.RestNarrow = slots-n < slots/3
		}
	}
	phi, best, bestAt := in.Initial, in.Initial, 0
	for _, p := range in.Points {
		phi = p.Phi
		if p.Phi > best {
			best, bestAt = p.Phi, p.Step
		}
	}
	if in.Started {
		s.lines(w)
		s.buckets(in, w)
		if w.before+len(w.points) == n {
			s.DotX, s.DotY = percent(len(w.points), slots), px(phiY(phi))
		}
	}
	s.words(in, phi, best, bestAt)
	return s
}

func restText(left int, ended bool) string {
	if ended {
		return partials.Plural(left, "step") + " unspent"
	}
	return partials.Plural(left, "step") + " left"
}

// lines draws Φ and the best so far as step lines: a value holds until the next action.
func (s *Spine) lines(w window) {
	points := make([]XY, 0, len(w.points)+1)
	points = append(points, XY{0, w.phi})
	for _, p := range w.points {
		points = append(points, XY{float64(p.Step - w.before), p.Phi})
	}
	var line, top strings.Builder
	best := w.best
	for i, p := range Thin(points, maxLinePoints) {
		best = max(best, p.Y)
		if i == 0 {
			fmt.Fprintf(&line, "M0 %s", px(phiY(p.Y)))
			fmt.Fprintf(&top, "M0 %s", px(phiY(best)))
			continue
		}
		x := strconv.FormatFloat(100*p.X/float64(w.slots), 'f', 2, 64)
		fmt.Fprintf(&line, "H%sV%s", x, px(phiY(p.Y)))
		fmt.Fprintf(&top, "H%sV%s", x, px(phiY(best)))
	}
	s.Line, s.Best = line.String(), top.String()
	s.Area = s.Line + "V" + px(phiBottom) + "H0Z"
}

// buckets draws bars, marks and hit areas: one for each step, or for each few
// steps of a long run, where the largest change and the strongest mark stand for all.
func (s *Spine) buckets(in SpineInput, w window) {
	n, slots := len(w.points), w.slots
	size := (n + maxBuckets - 1) / maxBuckets
	radius := "4"
	if shown := slots / max(size, 1); shown > 100 {
		radius = "2.5" // so that neighbours stay apart
	} else if shown > 50 {
		radius = "3.25"
	}
	largest := 1.0
	for _, p := range w.points {
		largest = max(largest, math.Abs(p.Delta))
	}
	for from := 0; from < n; from += size {
		group := w.points[from:min(from+size, n)]
		x, width := float64(from)/float64(slots), float64(len(group))/float64(slots)
		top := group[0]
		for _, p := range group[1:] {
			if math.Abs(p.Delta) > math.Abs(top.Delta) {
				top = p
			}
			top.Flagged = top.Flagged || p.Flagged
			top.Failed = top.Failed || p.Failed
			if strength(p.Memory) > strength(top.Memory) {
				top.Memory = p.Memory
			}
		}
		s.bar(top, x, width, largest)
		s.marks(top, percentF(x+width/2), radius)
		s.Hits = append(s.Hits, SpineHit{Href: in.StepLink(top.Step), X: percentF(x), W: percentF(width),
			N: strconv.Itoa(top.Step), Title: hitTitle(group, top)})
	}
}

func (s *Spine) bar(p SpinePoint, x, w, largest float64) {
	h := math.Abs(p.Delta) / largest * deltaReach
	b := SpineBar{Class: "up", X: percentF(x + w/5), W: percentF(w * 3 / 5), Y: px(deltaZero - h), H: px(h)}
	switch {
	case math.Abs(p.Delta) < 0.05:
		b.Class, b.Y, b.H = "nil", px(deltaZero-1), px(2)
	case p.Delta < 0:
		b.Class, b.Y = "dn", px(deltaZero)
		b.H = px(min(h, deltaReach))
	}
	s.Bars = append(s.Bars, b)
}

func (s *Spine) marks(p SpinePoint, x, radius string) {
	y := strconv.Itoa(laneMemory)
	switch p.Memory {
	case "cited":
		s.Marks = append(s.Marks, SpineMark{Class: "m-cited", X: x, Y: y, R: radius})
	case "shown":
		s.Marks = append(s.Marks, SpineMark{Class: "m-mem", X: x, Y: y, R: "1.75"})
	case "withheld":
		s.Marks = append(s.Marks, SpineMark{Class: "m-held", X: x, Y: y, R: "3.5"})
	}
	switch {
	case p.Failed:
		s.Marks = append(s.Marks, SpineMark{Class: "m-fail", X: x, Y: strconv.Itoa(laneFlags), Flag: true})
	case p.Flagged:
		s.Marks = append(s.Marks, SpineMark{Class: "m-flag", X: x, Y: strconv.Itoa(laneFlags), Flag: true})
	}
}

func strength(memory string) int {
	switch memory {
	case "cited":
		return 3
	case "withheld":
		return 2
	case "shown":
		return 1
	}
	return 0
}

func hitTitle(group []SpinePoint, top SpinePoint) string {
	text := fmt.Sprintf("Step %d: %s · Φ %s · Δ %+.1f", top.Step, top.Label, partials.Phi(top.Phi), top.Delta)
	if top.Failed {
		text += " · the action failed"
	}
	if len(group) > 1 {
		text += fmt.Sprintf(" (largest change of steps %d to %d)", group[0].Step, group[len(group)-1].Step)
	}
	return text
}

// words says in text what the picture shows.
func (s *Spine) words(in SpineInput, phi, best float64, bestAt int) {
	n := len(in.Points)
	if !in.Started {
		s.Label, s.Now = "no Φ yet: the run has not started", "–"
		return
	}
	s.Now = partials.Phi(phi)
	if n > 0 {
		s.Change = partials.NewDelta(in.Points[n-1].Delta)
	}
	at := "at the start"
	if bestAt > 0 {
		at = "at #" + strconv.Itoa(bestAt)
	}
	gap := "reached"
	if phi < in.EarlyStop {
		gap = partials.Phi(in.EarlyStop - phi)
	}
	s.Facts = []RunFact{{Word: "Start", Value: partials.Phi(in.Initial), Wide: true}, {Word: "Best", Value: partials.Phi(best) + " " + at}, {Word: "To early stop", Value: gap}}
	if in.From > 0 {
		s.Zoom.Text = fmt.Sprintf("steps %d to %d", in.From, in.To)
	}
	s.Label = fmt.Sprintf("Φ over %d of %d steps, from %s to %s; best %s %s; early stop at %s",
		n, in.MaxSteps, partials.Phi(in.Initial), partials.Phi(phi), partials.Phi(best), at, partials.Phi(in.EarlyStop))
	if s.Zoom.Text != "" {
		s.Label += "; drawn are " + s.Zoom.Text
	}
}

// Mark puts the marker over a chosen step.
func (s *Spine) Mark(in SpineInput, step int) {
	w := in.window()
	x := (float64(step-w.before) - 0.5) / float64(w.slots)
	s.MarkerX, s.MarkerOff = percentF(x), x < 0 || x > 1
}

func phiY(phi float64) float64 { return phiBottom - (phiBottom-phiTop)*min(max(phi, 0), 10)/10 }

func px(x float64) string { return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0") }

func percent(part, whole int) string { return percentF(float64(part) / float64(whole)) }

func percentF(share float64) string { return strconv.FormatFloat(100*share, 'f', 2, 64) + "%" }
