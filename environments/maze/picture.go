package maze

import (
	"encoding/xml"
	"math"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
)

// The picture's measures, in units that are pixels at its smallest good width.
const (
	pictureWidth  = 320.0
	margin        = 12.0
	captionHeight = 34.0
)

// Colours for light and dark. They are presentation attributes, so that the
// picture keeps its looks where a page allows no style element; the one style
// rule it has lets it follow the reader's scheme when it stands alone.
const (
	tonePaper = "light-dark(#f4f1ea,#14171d)"
	toneFog   = "light-dark(#d2cbbd,#343b48)"
	toneWall  = "light-dark(#4c5160,#8791a5)"
	toneFloor = "light-dark(#fffdf9,#262c37)"
	toneHere  = "light-dark(#dfe7fd,#34446b)"
	toneInk   = "light-dark(#1f232d,#f4f2ec)"
	toneSoft  = "light-dark(#636876,#a3abbb)"
	toneGold  = "light-dark(#e0a100,#ffd055)"
)

// Picture draws what was seen so far: rooms, passages, doors, keys, the
// treasure where it was found, the last steps and the actor. Doors and keys of
// one colour share an emblem, so that colour is never the only mark. The SVG
// is self-contained and has no script.
func (m *Maze) Picture(state agent.State) (string, error) {
	p, j, err := m.read(state)
	if err != nil {
		return "", err
	}
	k := newSketch(p, &j)
	k.open(p.summary(j.position))
	k.fog()
	k.floors()
	k.footsteps()
	k.passages()
	k.contents()
	k.caption()
	k.b.WriteString("</svg>\n")
	return k.b.String(), nil
}

// sketch is a picture in the making.
type sketch struct {
	b    strings.Builder
	p    *plan
	j    *journey
	cell float64 // side of a grid cell
	tile float64 // side of a room
	hall float64 // width of a passage
	unit float64 // size of a thing: about half its height
}

func newSketch(p *plan, j *journey) *sketch {
	cell := (pictureWidth - 2*margin) / float64(p.config.Size)
	return &sketch{p: p, j: j, cell: cell, tile: cell * .68, hall: min(cell*.3, 30), unit: min(max(cell*.15, 3.8), 12)}
}

// centre returns the middle of a room.
func (k *sketch) centre(room int) (x, y float64) {
	n := k.p.config.Size
	return margin + (float64(room%n)+.5)*k.cell, margin + (float64(room/n)+.5)*k.cell
}

// step returns the unit vector of a direction.
func (d direction) step() (x, y float64) {
	switch d {
	case north:
		return 0, -1
	case east:
		return 1, 0
	case south:
		return 0, 1
	case west:
		return -1, 0
	}
	return 0, 0
}

// num writes a length with at most two decimals.
func num(x float64) string {
	return strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64)
}

// element appends <name key="value" …/>; numbers are given as float64.
func (k *sketch) element(name string, pairs ...any) {
	k.b.WriteString("<" + name)
	for i := 0; i+1 < len(pairs); i += 2 {
		key, _ := pairs[i].(string)
		k.b.WriteString(" " + key + `="`)
		switch v := pairs[i+1].(type) {
		case float64:
			k.b.WriteString(num(v))
		case string:
			k.b.WriteString(v)
		}
		k.b.WriteString(`"`)
	}
	k.b.WriteString("/>")
}

// open writes the frame and what a screen reader says.
func (k *sketch) open(summary string) {
	height := num(pictureWidth + captionHeight)
	k.b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + num(pictureWidth) + " " + height +
		`" width="` + num(pictureWidth) + `" height="` + height + `" role="img" font-family="Inter,ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif">`)
	k.b.WriteString("<title>")
	_ = xml.EscapeText(&k.b, []byte(summary)) // a strings.Builder takes everything
	k.b.WriteString("</title><style>svg:root{color-scheme:light dark}</style>\n")
	k.element("rect", "width", pictureWidth, "height", pictureWidth+captionHeight, "rx", 12.0, "fill", tonePaper)
	k.b.WriteString("\n")
}

// fog marks rooms that are not known, and outlines those an exit leads to.
func (k *sketch) fog() {
	known := make([]bool, k.p.rooms())
	for room, ways := range k.p.ways {
		for _, w := range ways {
			if k.j.hasSeen(room) && w.to != none {
				known[w.to] = true
			}
		}
	}
	k.b.WriteString(`<g fill="` + toneFog + `">`)
	for room := range known {
		if x, y := k.centre(room); !k.j.hasSeen(room) && !known[room] {
			k.element("circle", "cx", x, "cy", y, "r", min(max(k.cell*.03, 1), 2))
		}
	}
	k.b.WriteString("</g>\n" + `<g fill="none" stroke="` + toneWall + `" stroke-opacity=".55" stroke-width="1.2" stroke-dasharray="3 3">`)
	for room := range known {
		if x, y := k.centre(room); !k.j.hasSeen(room) && known[room] {
			k.element("rect", "x", x-k.tile/2, "y", y-k.tile/2, "width", k.tile, "height", k.tile, "rx", k.tile*.16)
		}
	}
	k.b.WriteString("</g>\n")
}

// floors draws the rooms and passages twice, first thicker: what stands out
// are the walls.
func (k *sketch) floors() {
	var rooms, halls strings.Builder
	side := k.tile * .68 // the stroke with round joins makes the rest
	for room, ways := range k.p.ways {
		if !k.j.hasSeen(room) {
			continue
		}
		x, y := k.centre(room)
		rooms.WriteString("M" + num(x-side/2) + " " + num(y-side/2) + "h" + num(side) + "v" + num(side) + "h-" + num(side) + "z")
		for d, w := range ways {
			if w.to == none || k.fromOther(room, direction(d), w) {
				continue
			}
			dx, dy := direction(d).step()
			length := k.cell
			if !k.j.hasSeen(w.to) {
				length -= k.tile / 2
			}
			halls.WriteString("M" + num(x) + " " + num(y) + "l" + num(dx*length) + " " + num(dy*length))
		}
	}
	wall := min(max(k.cell*.022, 1), 1.6)
	layer := func(tone string, extra float64) {
		k.element("path", "d", rooms.String(), "fill", tone, "stroke", tone, "stroke-linejoin", "round", "stroke-width", k.tile-side+extra)
		if halls.Len() > 0 {
			k.element("path", "d", halls.String(), "fill", "none", "stroke", tone, "stroke-width", k.hall+extra)
		}
		k.b.WriteString("\n")
	}
	layer(toneWall, 2*wall)
	layer(toneFloor, 0)
	x, y := k.centre(k.j.room)
	k.element("rect", "x", x-k.tile/2, "y", y-k.tile/2, "width", k.tile, "height", k.tile, "rx", k.tile*.16, "fill", toneHere)
	k.b.WriteString("\n")
}

// fromOther reports whether the passage is drawn from its other end: both are
// seen, both lead to each other, and the other end has the lower number.
func (k *sketch) fromOther(room int, d direction, w way) bool {
	return w.to < room && k.j.hasSeen(w.to) && k.p.ways[w.to][d.opposite()].to == room
}

// footsteps draws the last rooms walked as a dotted line.
func (k *sketch) footsteps() {
	if len(k.j.trail) < 2 {
		return
	}
	var d strings.Builder
	for i, room := range k.j.trail {
		x, y := k.centre(room)
		d.WriteString([]string{"L", "M"}[min(i, 1)^1] + num(x) + " " + num(y))
	}
	size := min(max(k.cell*.05, 1.4), 3)
	k.element("path", "d", d.String(), "fill", "none", "stroke", toneInk, "stroke-opacity", ".28", "stroke-width", size,
		"stroke-linecap", "round", "stroke-linejoin", "round", "stroke-dasharray", "0 "+num(size*2.4))
	k.b.WriteString("\n")
}

// passages draws doors and the arrows of one-way passages.
func (k *sketch) passages() {
	for room, ways := range k.p.ways {
		if !k.j.hasSeen(room) {
			continue
		}
		x, y := k.centre(room)
		for i, w := range ways {
			d := direction(i)
			if w.to == none || k.fromOther(room, d, w) {
				continue
			}
			dx, dy := d.step()
			cx, cy := x+dx*k.cell/2, y+dy*k.cell/2
			switch {
			case w.door != none:
				k.door(cx, cy, d, k.p.colours[w.door], k.j.keys[w.door] == keyUsed)
			case w.oneWay:
				k.arrow(cx, cy, d)
			}
		}
	}
	k.b.WriteString("\n")
}

// contents draws what stands in the rooms, the actor on top.
func (k *sketch) contents() {
	for room := range k.p.ways {
		if !k.j.hasSeen(room) {
			continue
		}
		var draw []func(x, y float64)
		if room == k.j.room {
			draw = append(draw, k.actor)
		}
		for i, at := range k.p.keyRooms {
			if at == room && k.j.keys[i] == keyLies {
				draw = append(draw, func(x, y float64) { k.key(x, y, k.unit, k.p.colours[i]) })
			}
		}
		if room == k.p.treasure && !k.j.treasure {
			draw = append(draw, func(x, y float64) { k.chest(x, y, k.unit*1.15) })
		}
		if room == k.p.start && k.p.hasGate() {
			draw = append(draw, k.gate)
		}
		x, y := k.centre(room)
		for i, at := range places(len(draw)) {
			draw[i](x+at[0]*k.tile, y+at[1]*k.tile)
		}
	}
	k.b.WriteString("\n")
}

// places spreads n things in a room, in shares of its side.
func places(n int) [][2]float64 {
	switch n {
	case 0:
		return nil
	case 1:
		return [][2]float64{{0, 0}}
	case 2:
		return [][2]float64{{-.21, .2}, {.14, -.2}}
	}
	return [][2]float64{{-.24, .22}, {.16, -.22}, {.26, .22}, {-.24, -.24}, {0, 0}, {0, .25}, {0, -.25}}[:min(n, 7)]
}

// caption names the room and shows what is carried.
func (k *sketch) caption() {
	y := pictureWidth + captionHeight/2 - 5
	text := func(x float64, anchor, tone, weight, words string) {
		k.b.WriteString(`<text x="` + num(x) + `" y="` + num(y) + `" dominant-baseline="central" text-anchor="` + anchor +
			`" fill="` + tone + `" font-size="13" font-weight="` + weight + `">` + words + "</text>")
	}
	k.element("path", "d", "M"+num(margin+7)+" "+num(y+5)+"v-10m-3.5 3.5l3.5-3.5 3.5 3.5", "fill", "none", "stroke", toneSoft, "stroke-width", 1.4, "stroke-linecap", "round", "stroke-linejoin", "round")
	text(margin+13, "start", toneSoft, "500", "N")
	text(margin+32, "start", toneInk, "600", k.p.names[k.j.room])
	x := pictureWidth - margin - 4
	const unit, gap = 7.5, 26.0
	shown := 0
	if k.j.treasure {
		k.chest(x-unit, y, unit*1.2)
		x -= gap
		shown++
	}
	for i := range slices.Backward(k.p.keyRooms) {
		if k.j.keys[i] == keyHeld {
			k.key(x-unit*1.1, y, unit, k.p.colours[i])
			x -= gap
			shown++
		}
	}
	if shown == 0 {
		text(x, "end", toneSoft, "400", "carries nothing")
	} else {
		text(x, "end", toneSoft, "400", "carries")
	}
}
