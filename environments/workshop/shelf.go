package workshop

// stockShare is the share of seeds whose shelf has stock: pieces that somebody
// finished earlier, some of them as ordered. Those tasks are the easy grade.
// An actor that chooses at random solves some of them, and hardly any other,
// so that it has a few successes to learn from.
var stockShare = map[string]float64{LevelPlain: 0.3, LevelRich: 0.35}

// drawPieces lays out the shelf. Half of the pieces are of a material that
// fits the order and, without stock, raw; so every order can be filled.
func (w *world) drawPieces(o order, d *draw) [pieceCount]piece {
	var out [pieceCount]piece
	base := o.material
	if base == none {
		base = uint8(1 + d.intn(len(materials)))
	}
	stock := d.share() < stockShare[w.level]
	for i, at := range d.perm(pieceCount) {
		p := piece{material: base - 1}
		if i >= pieceCount/2 {
			p.material = uint8(d.intn(len(materials)))
		}
		if stock {
			p = w.drawStock(o, p, i, d)
		}
		out[at] = p
	}
	return out
}

// drawStock returns what an earlier shift left of a piece. The first one is as
// ordered, and so are some of the others of its material; the rest are of any
// kind and colour. What is in stock is not prepared any more, so that a
// beginner does not break it at once.
func (w *world) drawStock(o order, p piece, i int, d *draw) piece {
	kind, colour := o.kind, o.colour
	if colour == none {
		colour = uint8(d.intn(len(colours) + 1))
	}
	if i > 0 && (i >= pieceCount/2 || d.intn(3) == 0) {
		kind, colour = uint8(d.intn(len(kinds))), uint8(d.intn(len(colours)+1))
	}
	for _, operation := range w.recipes[kind] {
		p.node = uint8(w.nodes[p.node].next[operation])
	}
	p.colour = colour
	if w.level == LevelRich && colour != none {
		p.mordant = w.mordant[p.material]
	}
	return p
}
