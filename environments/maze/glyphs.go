package maze

import (
	"math"
	"strings"
)

// tone returns a door colour for light and dark pages.
func tone(colour string) string {
	switch colour {
	case "red":
		return "light-dark(#c62f2a,#ff8279)"
	case "blue":
		return "light-dark(#1f5ccc,#82adff)"
	case "green":
		return "light-dark(#1b7a43,#62d293)"
	case "purple":
		return "light-dark(#8a35a8,#d696ef)"
	case "orange":
		return "light-dark(#bd5800,#ffa95c)"
	case "teal":
		return "light-dark(#0d7480,#5fd0dc)"
	}
	return toneInk
}

// emblem returns the path of a colour's sign around (x, y) with radius r.
func emblem(colour string, x, y, r float64) string {
	switch colour {
	case "red": // disc
		return "M" + num(x-r) + " " + num(y) + "a" + num(r) + " " + num(r) + " 0 1 0 " + num(2*r) + " 0a" + num(r) + " " + num(r) + " 0 1 0 -" + num(2*r) + " 0z"
	case "blue":
		return polygon(x, y, r*1.18, 4, 0)
	case "green":
		return polygon(x, y+r*.2, r*1.25, 3, -math.Pi/2)
	case "purple":
		return polygon(x, y, r*1.22, 4, math.Pi/4)
	case "orange":
		return star(x, y, r*1.3)
	case "teal": // cross
		a, c := r*.38, r*1.08
		return "M" + num(x-a) + " " + num(y-c) + "h" + num(2*a) + "v" + num(c-a) + "h" + num(c-a) + "v" + num(2*a) + "h-" + num(c-a) +
			"v" + num(c-a) + "h-" + num(2*a) + "v-" + num(c-a) + "h-" + num(c-a) + "v-" + num(2*a) + "h" + num(c-a) + "z"
	}
	return ""
}

// polygon returns a regular polygon whose first corner stands at the angle.
func polygon(x, y, r float64, corners int, angle float64) string {
	var d strings.Builder
	for i := range corners {
		a := angle + 2*math.Pi*float64(i)/float64(corners)
		d.WriteString([]string{"M", "L"}[min(i, 1)] + num(x+r*math.Cos(a)) + " " + num(y+r*math.Sin(a)))
	}
	return d.String() + "z"
}

// star returns a star with five points.
func star(x, y, r float64) string {
	var d strings.Builder
	for i := range 10 {
		a := -math.Pi/2 + math.Pi*float64(i)/5
		length := r
		if i%2 == 1 {
			length = r * .45
		}
		d.WriteString([]string{"M", "L"}[min(i, 1)] + num(x+length*math.Cos(a)) + " " + num(y+length*math.Sin(a)))
	}
	return d.String() + "z"
}

// bar draws a rectangle across a passage that leads in direction d: along is
// its centre's distance from (x, y) across the passage.
func (k *sketch) bar(x, y float64, d direction, across, along, length, thick float64, fill string) {
	w, h := length, thick
	if d == east || d == west {
		w, h = thick, length
		y += across
		x += along
	} else {
		x += across
		y += along
	}
	k.element("rect", "x", x-w/2, "y", y-h/2, "width", w, "height", h, "rx", min(w, h)/2.5, "fill", fill)
}

// door draws a locked door as a bar with its emblem, an open one as its two
// posts with a small emblem between them.
func (k *sketch) door(x, y float64, d direction, colour string, open bool) {
	fill := tone(colour)
	thick := min(max(k.cell*.08, 2.4), 7)
	if open {
		post := min(max(k.hall*.36, 3), 9)
		k.bar(x, y, d, -k.hall/2, 0, post, thick, fill)
		k.bar(x, y, d, k.hall/2, 0, post, thick, fill)
		k.element("path", "d", emblem(colour, x, y, min(max(k.hall*.16, 1.5), 4)), "fill", fill)
		return
	}
	k.bar(x, y, d, 0, 0, k.hall+thick*2, thick, fill)
	r := min(max(k.cell*.12, 4.6), 11)
	k.element("circle", "cx", x, "cy", y, "r", r, "fill", fill, "stroke", tonePaper, "stroke-width", min(r*.16, 1.4))
	k.element("path", "d", emblem(colour, x, y, r*.5), "fill", toneFloor)
}

// arrow draws two chevrons in the direction of a one-way passage.
func (k *sketch) arrow(x, y float64, d direction) {
	s := min(max(k.hall*.3, 2.2), 6.5)
	dx, dy := d.step()
	var path strings.Builder
	for _, along := range []float64{-.75, .45} {
		tipX, tipY := x+dx*s*(along+.65), y+dy*s*(along+.65)
		// the two ends lie behind the tip, to its left and right
		path.WriteString("M" + num(tipX-dx*s*.8-dy*s) + " " + num(tipY-dy*s*.8+dx*s) + "L" + num(tipX) + " " + num(tipY) +
			"L" + num(tipX-dx*s*.8+dy*s) + " " + num(tipY-dy*s*.8-dx*s))
	}
	k.element("path", "d", path.String(), "fill", "none", "stroke", toneInk, "stroke-width", min(max(s*.36, 1.2), 2.2),
		"stroke-linecap", "round", "stroke-linejoin", "round")
}

// key draws a key whose bow is its colour's emblem.
func (k *sketch) key(x, y, u float64, colour string) {
	fill := tone(colour)
	bow := x - u*.62
	k.element("path", "d", "M"+num(bow)+" "+num(y)+"H"+num(x+u*1.3)+"M"+num(x+u*1.15)+" "+num(y)+"v"+num(u*.62)+"M"+num(x+u*.6)+" "+num(y)+"v"+num(u*.48),
		"fill", "none", "stroke", fill, "stroke-width", max(u*.3, 1.2), "stroke-linecap", "round")
	k.element("path", "d", emblem(colour, bow, y, u*.72), "fill", fill, "stroke", fill, "stroke-width", u*.16, "stroke-linejoin", "round")
	k.element("circle", "cx", bow, "cy", y, "r", u*.22, "fill", toneFloor)
}

// chest draws the treasure.
func (k *sketch) chest(x, y, u float64) {
	line := max(u*.14, .8)
	k.element("path", "d", "M"+num(x-u)+" "+num(y-u*.1)+"v-"+num(u*.2)+"a"+num(u)+" "+num(u*.62)+" 0 0 1 "+num(2*u)+" 0v"+num(u*1.1)+"h-"+num(2*u)+"z",
		"fill", toneGold, "stroke", "#5c4100", "stroke-width", line, "stroke-linejoin", "round")
	k.element("path", "d", "M"+num(x-u)+" "+num(y-u*.05)+"h"+num(2*u), "stroke", "#5c4100", "stroke-width", line)
	k.element("rect", "x", x-u*.22, "y", y-u*.28, "width", u*.44, "height", u*.52, "rx", u*.1, "fill", "#5c4100")
}

// gate draws the arch where the maze is entered.
func (k *sketch) gate(x, y float64) {
	u := k.unit
	k.element("path", "d", "M"+num(x-u*.85)+" "+num(y+u)+"v-"+num(u)+"a"+num(u*.85)+" "+num(u*.85)+" 0 0 1 "+num(u*1.7)+" 0v"+num(u)+
		"M"+num(x-u*.3)+" "+num(y+u)+"v-"+num(u*1.7)+"M"+num(x+u*.3)+" "+num(y+u)+"v-"+num(u*1.7)+"M"+num(x-u*.85)+" "+num(y+u*.15)+"h"+num(u*1.7),
		"fill", "none", "stroke", toneSoft, "stroke-width", max(u*.18, .9), "stroke-linecap", "round")
}

// actor draws the actor: a head over shoulders in a disc.
func (k *sketch) actor(x, y float64) {
	r := min(max(k.cell*.15, 5.2), 14)
	k.element("circle", "cx", x, "cy", y, "r", r, "fill", toneInk, "stroke", toneFloor, "stroke-width", max(r*.14, 1))
	k.element("circle", "cx", x, "cy", y-r*.28, "r", r*.3, "fill", toneFloor)
	k.element("path", "d", "M"+num(x-r*.56)+" "+num(y+r*.58)+"a"+num(r*.56)+" "+num(r*.52)+" 0 0 1 "+num(r*1.12)+" 0z", "fill", toneFloor)
}
