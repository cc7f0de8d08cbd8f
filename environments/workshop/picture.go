package workshop

import (
	"encoding/xml"
	"strconv"
	"strings"

	"purposeagent/agent"
)

// The picture's measures, in units that are pixels at its smallest good width.
const (
	pictureWidth  = 320.0
	pictureHeight = 262.0
	margin        = 12.0
	tableTop      = 128.0
	shelfBoard    = 214.0
	slotWidth     = (pictureWidth - 2*margin) / pieceCount
)

// Tones for light and dark, as presentation attributes: the picture keeps its
// looks where a page allows no style element.
const (
	tonePaper = "light-dark(#f4f1ea,#14171d)"
	toneCard  = "light-dark(#fffdf9,#262c37)"
	toneLine  = "light-dark(#4c5160,#8791a5)"
	toneWood  = "light-dark(#cbb795,#5b4f40)"
	toneMark  = "light-dark(#363b47,#1a1d24)" // on a piece, which is light in both
	toneInk   = "light-dark(#1f232d,#f4f2ec)"
	toneSoft  = "light-dark(#636876,#a3abbb)"
	toneGood  = "light-dark(#1d7a4c,#4cc389)"
	toneBad   = "light-dark(#b4531f,#f0a15c)"
)

// dyes and naturals fill a piece; its label says the same in words.
var (
	dyes     = [...]string{"light-dark(#cf4038,#e4635b)", "light-dark(#3b6fd6,#6a98f2)", "light-dark(#3d9455,#58b973)", "light-dark(#33363f,#0c0d11)", "light-dark(#ffffff,#f3f1ec)"}
	naturals = [...]string{"light-dark(#c99a61,#b98b55)", "light-dark(#e6d3aa,#cdb98d)", "light-dark(#9aa4b2,#8893a3)", "light-dark(#c8845f,#b4724f)", "light-dark(#dcc296,#bfa679)", "light-dark(#b3bc78,#9aa55f)"}
)

// blackDye is the dye on which marks must be light.
const blackDye = 3

// Picture draws the order, the bench or station with the piece on it, and the
// shelf. A piece's shape is its stage, its fill its dye or material, and a tick
// or cross says how it is prepared; labels repeat what colour says. The SVG is
// self-contained and has no script.
func (w *Workshop) Picture(state agent.State) (string, error) {
	s, err := w.world.decode(state.Hidden, w.tag)
	if err != nil {
		return "", err
	}
	k := &sketch{world: w.world, shop: &s}
	k.open()
	k.ticket()
	k.tables()
	k.shelf()
	k.b.WriteString("</svg>\n")
	return k.b.String(), nil
}

// sketch is a picture in the making.
type sketch struct {
	b     strings.Builder
	world *world
	shop  *shop
}

func num(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func (k *sketch) open() {
	size := num(pictureWidth) + `" height="` + num(pictureHeight)
	k.b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + num(pictureWidth) + " " + num(pictureHeight) + `" width="` + size +
		`" role="img" font-family="Inter,ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif"><title>`)
	_ = xml.EscapeText(&k.b, []byte(strings.TrimSpace(k.world.summary(k.shop, "")))) // a strings.Builder takes everything
	k.b.WriteString("</title><style>svg:root{color-scheme:light dark}</style>\n")
	k.b.WriteString(`<rect width="` + size + `" rx="12" fill="` + tonePaper + "\"/>\n")
}

// text writes words in the middle of, before or after a point.
func (k *sketch) text(x, y, size float64, anchor, tone, weight, words string) {
	k.b.WriteString(`<text x="` + num(x) + `" y="` + num(y) + `" text-anchor="` + anchor + `" fill="` + tone +
		`" font-size="` + num(size) + `" font-weight="` + weight + `">` + words + "</text>")
}

// ticket shows what is ordered, and whether it was delivered.
func (k *sketch) ticket() {
	o, y := k.shop.order, margin+17
	k.b.WriteString(`<rect x="12" y="10" width="296" height="38" rx="8" fill="` + toneCard + `"/>`)
	fill := "none"
	switch {
	case o.colour != none:
		fill = dyes[o.colour-1]
	case o.material != none:
		fill = naturals[o.material-1]
	}
	k.shape(33, y, 11, glyphs[o.kind], fill)
	k.text(54, y+4.5, 13, "start", toneInk, "600", o.thing())
	says, tone := "ordered", toneSoft
	switch {
	case k.shop.delivered():
		says, tone = "delivered", toneGood
	case !k.shop.chance.on && k.world.over(k.shop):
		says, tone = "can't be filled any more", toneBad
	}
	k.text(pictureWidth-margin-10, y+4.5, 12, "end", tone, "500", says)
	k.b.WriteString("\n")
}

// tables draws the bench and, in rich worlds, the stations, with the piece that
// was taken on the one where it is.
func (k *sketch) tables() {
	names := []string{"bench"}
	if k.world.level == LevelRich {
		names = append(names, stations[:]...)
	}
	width := 168.0
	if len(names) > 1 {
		width = 64
	}
	gap := (pictureWidth - 2*margin) / float64(len(names))
	for i, name := range names {
		x := margin + gap*(float64(i)+.5)
		k.b.WriteString(`<path d="M` + num(x-width/2) + " " + num(tableTop) + "h" + num(width) + "v6h-" + num(width) + "zM" +
			num(x-width/2+8) + " " + num(tableTop+6) + "h5v14h-5zM" + num(x+width/2-13) + " " + num(tableTop+6) + `h5v14h-5z" fill="` + toneWood + `"/>`)
		k.text(x, tableTop+18, 10.5, "middle", toneSoft, "500", name)
	}
	for i, p := range k.shop.pieces {
		if p.place == placeShelf || p.place == placeGone {
			continue
		}
		at := 0
		if p.place >= placeStation && p.place < placeDelivered {
			at = int(p.place-placeStation) + 1
		}
		x := margin + gap*(float64(at)+.5)
		k.piece(x, tableTop-24, 24, p)
		k.text(pictureWidth/2, 62, 11, "middle", toneInk, "500", k.tell(i))
	}
	k.b.WriteString("\n")
}

// tell says of the piece in hand what the shape can't.
func (k *sketch) tell(i int) string {
	p := k.shop.pieces[i]
	words := []string{pieceName(i) + ": " + materials[p.material], k.world.nodes[p.node].stage}
	if p.mordant != none {
		words = append(words, mordants[p.mordant-1])
	}
	return strings.Join(append(words, named(colours[:], p.colour, "plain")), " · ")
}

// shelf draws the pieces that wait, and empty places for the others.
func (k *sketch) shelf() {
	k.b.WriteString(`<rect x="12" y="` + num(shelfBoard) + `" width="296" height="5" rx="1.5" fill="` + toneWood + `"/>`)
	for i, p := range k.shop.pieces {
		x := margin + slotWidth*(float64(i)+.5)
		label, tone := materials[p.material], toneInk
		below := named(colours[:], p.colour, "")
		switch p.place {
		case placeShelf:
			k.piece(x, shelfBoard-16, 16, p)
		case placeGone:
			label, below, tone = "broken", "", toneSoft
		default:
			label, below, tone = "taken", "", toneSoft
		}
		if p.place != placeShelf {
			k.b.WriteString(`<rect x="` + num(x-12) + `" y="` + num(shelfBoard-26) + `" width="24" height="24" rx="4" fill="none" stroke="` +
				toneSoft + `" stroke-opacity=".6" stroke-dasharray="3 3"/>`)
		}
		k.text(x, shelfBoard+18, 10.5, "middle", tone, "500", strconv.Itoa(i+1)+" "+label)
		if below != "" {
			k.text(x, shelfBoard+31, 10.5, "middle", toneSoft, "400", below)
		}
		k.b.WriteString("\n")
	}
}

// piece draws a piece that stands on a line one unit below y.
func (k *sketch) piece(x, y, unit float64, p piece) {
	fill := naturals[p.material]
	if p.colour != none {
		fill = dyes[p.colour-1]
	}
	n := k.world.nodes[p.node]
	shape := rawGlyph
	switch {
	case n.kind >= 0:
		shape = glyphs[n.kind]
	case n.depth > 0: // a longest recipe ends in a kind, so there is a cut for each
		shape.lines = cuts[n.depth-1]
	}
	k.shape(x, y, unit, shape, fill)
	k.mark(x+unit*.8, y-unit*.75, min(max(unit*.36, 6), 8), p.prep)
}

// mark is the tick of a rightly prepared piece and the cross of a wrongly
// prepared one.
func (k *sketch) mark(x, y, r float64, prep uint8) {
	tone, sign := toneGood, "M-.45 .05L-.1 .4L.5 -.35"
	switch prep {
	case prepNo:
		return
	case prepWrong:
		tone, sign = toneBad, "M-.38 -.38L.38 .38M.38 -.38L-.38 .38"
	}
	k.b.WriteString(`<g transform="translate(` + num(x) + " " + num(y) + ") scale(" + num(r) + `)"><circle r="1" fill="` + tone +
		`"/><path d="` + sign + `" fill="none" stroke="` + tonePaper + `" stroke-width=".28" stroke-linecap="round" stroke-linejoin="round"/></g>`)
}

// glyph is a shape within −1 to 1 that stands on y = 1: a body that is filled,
// and lines upon it.
type glyph struct{ body, lines string }

var (
	rawGlyph = glyph{body: "M-.75 -.45h1.5v1.45h-1.5z"}
	// cuts are the traces of one, two or three operations on a raw piece.
	cuts = [...]string{
		"M0 -.45v.6",
		"M-.25 -.45v.6M.25 -.45v.6",
		"M-.4 -.45v.6M0 -.45v.6M.4 -.45v.6",
	}
	// glyphs by kind: tray, flute, lamp, comb, chest, spindle.
	glyphs = [...]glyph{
		{body: "M-1 .2h2l-.25 .8h-1.5z", lines: "M-.88 .5h1.76"},
		{body: "M-.95 .62L.72 -.85a.22 .22 0 0 1 .3 .34L-.65 .96a.22 .22 0 0 1 -.3 -.34z", lines: "M-.3 .37l.01 0M.08 .04l.01 0M.45 -.29l.01 0"},
		{body: "M-.36 -.95h.72l.44 .95h-1.6zM-.08 0h.16v.62h-.16zM-.5 1q0 -.42 .5 -.42t.5 .42z"},
		{body: "M-.9 -.65h1.8v1.65h-.2v-1h-.2v1h-.2v-1h-.2v1h-.2v-1h-.2v1h-.2v-1h-.2v1h-.2z"},
		{body: "M-.95 1v-1.15q0 -.6 .5 -.6h.9q.5 0 .5 .6v1.15z", lines: "M-.95 0h1.9M-.12 0v.3h.24v-.3"},
		{body: "M0 -1l.16 .6q.75 .35 0 .8l-.16 .6l-.16 -.6q-.75 -.45 0 -.8z", lines: "M-.4 0h.8"},
	}
)

// shape draws a glyph of the unit's size around a point.
func (k *sketch) shape(x, y, unit float64, g glyph, fill string) {
	stroke := num(1.3 / unit)
	k.b.WriteString(`<g transform="translate(` + num(x) + " " + num(y) + ") scale(" + num(unit) + `)" stroke="` + toneLine +
		`" stroke-width="` + stroke + `" stroke-linejoin="round" stroke-linecap="round"><path d="` + g.body + `" fill="` + fill + `"/>`)
	if g.lines != "" {
		tone := toneMark
		if fill == dyes[blackDye] || fill == "none" {
			tone = toneLine
		}
		k.b.WriteString(`<path d="` + g.lines + `" fill="none" stroke="` + tone + `"/>`)
	}
	k.b.WriteString("</g>")
}
