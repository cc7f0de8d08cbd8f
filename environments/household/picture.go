package household

import (
	"encoding/xml"
	"strconv"
	"strings"

	"purposeagent/agent"
)

// The picture's measures, in units that are pixels at its smallest good width.
const (
	pictureWidth = 320
	margin       = 12
	inner        = pictureWidth - 2*margin
	perRow       = 4 // rooms of the plan, and tiles
	roomHeight   = 26
	tileHeight   = 62
	gap          = 6
	planTop      = 56
)

// Tones for light and dark, as presentation attributes: the picture keeps its looks
// where a page allows no style element.
const (
	tonePaper = "light-dark(#f4f1ea,#14171d)"
	toneCard  = "light-dark(#fffdf9,#262c37)"
	toneHere  = "light-dark(#dfe7f8,#2c3b5c)"
	toneLine  = "light-dark(#4c5160,#8791a5)"
	toneInk   = "light-dark(#1f232d,#f4f2ec)"
	toneSoft  = "light-dark(#636876,#a3abbb)"
	toneGood  = "light-dark(#1d7a4c,#4cc389)"
	toneWarm  = "light-dark(#b4531f,#f0a15c)"
)

// Picture draws the task, a plan of the rooms with the one where the actor is, what
// stands and lies there, and the hand. It shows what the actor sees, and no more:
// what is inside closed furniture and in other rooms is not drawn. The SVG is
// self-contained and has no script.
func (h *Household) Picture(state agent.State) (string, error) {
	s, err := h.world.decode(state.Hidden, h.tag)
	if err != nil {
		return "", err
	}
	k := &sketch{w: h.world, s: &s}
	k.draw()
	return k.b.String(), nil
}

// sketch is a picture in the making.
type sketch struct {
	b strings.Builder
	w *world
	s *day
}

func (k *sketch) draw() {
	var here []int
	for i := range k.w.fixtures {
		if k.w.fixtures[i].room == k.s.room {
			here = append(here, i)
		}
	}
	tilesTop := planTop + rowsOf(k.w.rooms)*(roomHeight+gap) + gap
	handTop := tilesTop + rowsOf(len(here)+1)*(tileHeight+gap) // the floor is a tile
	height := handTop + 40
	k.b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + num(pictureWidth) + " " + num(height) + `" width="` + num(pictureWidth) + `" height="` + num(height) +
		`" role="img" font-family="Inter,ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif"><title>`)
	_ = xml.EscapeText(&k.b, []byte(strings.TrimSpace(k.w.summary(k.s, "")))) // a strings.Builder takes everything
	k.b.WriteString("</title><style>svg:root{color-scheme:light dark}</style>\n")
	k.box(0, 0, pictureWidth, height, 12, tonePaper, "none")
	k.ticket()
	for r := range k.w.rooms {
		k.room(r, place(r, planTop, roomHeight))
	}
	for n, i := range here {
		k.tile(i, place(n, tilesTop, tileHeight))
	}
	k.floor(place(len(here), tilesTop, tileHeight))
	k.hand(handTop)
	k.b.WriteString("</svg>\n")
}

func rowsOf(n int) int { return (n + perRow - 1) / perRow }

// spot is where a box of a grid is.
type spot struct{ x, y, width int }

// place returns the n-th spot of a grid.
func place(n, top, height int) spot {
	width := (inner - (perRow-1)*gap) / perRow
	return spot{margin + n%perRow*(width+gap), top + n/perRow*(height+gap), width}
}

func num(x int) string { return strconv.Itoa(x) }

func (k *sketch) box(x, y, width, height, radius int, fill, stroke string) {
	k.b.WriteString(`<rect x="` + num(x) + `" y="` + num(y) + `" width="` + num(width) + `" height="` + num(height) + `" rx="` + num(radius) +
		`" fill="` + fill + `" stroke="` + stroke + "\"/>\n")
}

// text writes words in the middle of, before or after a point.
func (k *sketch) text(x, y int, size, anchor, tone, weight, words string) {
	k.b.WriteString(`<text x="` + num(x) + `" y="` + num(y) + `" text-anchor="` + anchor + `" fill="` + tone +
		`" font-size="` + size + `" font-weight="` + weight + `">` + words + "</text>\n")
}

// ticket shows the task, and whether it is fulfilled.
func (k *sketch) ticket() {
	k.box(margin, 10, inner, 34, 8, toneCard, "none")
	k.text(margin+10, 31, "12", "start", toneInk, "600", k.s.goal.text())
	if !k.s.chance.on && k.w.done(k.s) {
		k.text(pictureWidth-margin-10, 31, "12", "end", toneGood, "600", "done")
	}
}

// room draws one room of the plan.
func (k *sketch) room(r int, at spot) {
	fill, tone, weight := toneCard, toneSoft, "400"
	if uint8(r) == k.s.room {
		fill, tone, weight = toneHere, toneInk, "600"
	}
	k.box(at.x, at.y, at.width, roomHeight, 4, fill, toneLine)
	k.text(at.x+at.width/2, at.y+17, "11", "middle", tone, weight, rooms[r])
}

// tile draws a piece of furniture or a tool, how it is, and what can be seen on it.
func (k *sketch) tile(i int, at spot) {
	looks := k.w.looks(k.s, i)
	k.box(at.x, at.y, at.width, tileHeight, 4, toneHere, toneLine)
	k.text(at.x+at.width/2, at.y+14, "11", "middle", toneInk, "600", k.w.fixtures[i].name)
	how := looks[attrDoor]
	if power := looks[attrPower]; power != "" {
		how += ", " + power
	}
	tone := toneSoft
	if looks[attrPower] == isOn {
		tone = toneWarm
	}
	k.text(at.x+at.width/2, at.y+26, "10", "middle", tone, "400", how)
	k.lying(at, func(t item) bool { return int(t.at) == i && k.w.visible(k.s, t) })
}

func (k *sketch) floor(at spot) {
	k.text(at.x+at.width/2, at.y+14, "11", "middle", toneSoft, "400", atFloor)
	k.lying(at, func(t item) bool { return t.at == onFloor+k.s.room })
}

// lying lists at most two things, and how many more there are.
func (k *sketch) lying(at spot, fits func(item) bool) {
	var names []string
	for i, t := range k.s.items[:k.w.items] {
		if fits(t) {
			names = append(names, k.w.itemName(k.s, i))
		}
	}
	for n, name := range names[:min(len(names), 2)] {
		if n == 1 && len(names) > 2 {
			name = "and " + num(len(names)-1) + " more"
		}
		k.text(at.x+at.width/2, at.y+40+13*n, "10.5", "middle", toneInk, "500", name)
	}
}

// hand shows what is held.
func (k *sketch) hand(top int) {
	words, tone := "nothing", toneSoft
	if i := k.w.held(k.s); i >= 0 {
		words, tone = k.w.tell(k.s, i), toneInk
	}
	k.box(margin, top, inner, 28, 8, toneCard, "none")
	k.text(margin+10, top+18, "11", "start", toneSoft, "400", "in the hand")
	k.text(pictureWidth-margin-10, top+18, "12", "end", tone, "600", words)
}
