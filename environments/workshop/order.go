package workshop

import (
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/environments/laws"
)

// order is what a purpose asks for. Colour and material count from 1; none
// leaves them open.
type order struct{ kind, material, colour uint8 }

// drawOrders deals all orders to the two splits: a third is for testing. No
// order is in both.
func (w *world) drawOrders(d *laws.Draw) {
	var all []order
	for k := range kinds {
		for m := range len(materials) + 1 {
			for c := range len(colours) + 1 {
				all = append(all, order{uint8(k), uint8(m), uint8(c)})
			}
		}
	}
	w.orders = map[string][]order{}
	for i, j := range d.Perm(len(all)) {
		split := SplitTrain
		if i < len(all)/3 {
			split = SplitTest
		}
		w.orders[split] = append(w.orders[split], all[j])
	}
}

// drawOrder returns the order of a seed.
func (w *world) drawOrder(split string, seed int64) order {
	d := laws.NewDraw(w.seed, w.level, split, "order", seed)
	return w.orders[split][d.Intn(len(w.orders[split]))]
}

// text returns the order as a purpose.
func (o order) text() string {
	return "deliver " + o.article() + " " + o.thing()
}

// thing returns what is ordered, without the verb.
func (o order) thing() string {
	words := make([]string, 0, 3)
	if o.colour != none {
		words = append(words, colours[o.colour-1])
	}
	if o.material != none {
		words = append(words, materials[o.material-1])
	}
	return strings.Join(append(words, kinds[o.kind]), " ")
}

func (o order) article() string {
	if strings.ContainsRune("aeiou", rune(o.thing()[0])) {
		return "an"
	}
	return "a"
}

// parseOrder reads an order that a person may have typed: capitals,
// punctuation, polite words and any order of colour and material
// are forgiven, an unknown or doubled word is not.
func parseOrder(purpose string) (order, error) {
	words := strings.FieldsFunc(strings.ToLower(purpose), func(r rune) bool {
		return strings.ContainsRune(" \t\r\n.,;:!?\"'()-_/", r)
	})
	found := [3][]uint8{} // kind, material, colour
	var unknown []string
	for _, w := range words {
		switch {
		case slices.Contains(kinds[:], w):
			found[0] = append(found[0], uint8(slices.Index(kinds[:], w)))
		case slices.Contains(materials[:], w):
			found[1] = append(found[1], uint8(slices.Index(materials[:], w)+1))
		case slices.Contains(colours[:], w):
			found[2] = append(found[2], uint8(slices.Index(colours[:], w)+1))
		case slices.Contains(filler[:], w):
		default:
			unknown = append(unknown, w)
		}
	}
	var o order
	switch {
	case len(unknown) > 0:
		return o, notAnOrder("does not know %q", shorten(unknown[0]))
	case len(found[0]) == 0:
		return o, notAnOrder("does not see what to make")
	case len(found[0]) > 1 || len(found[1]) > 1 || len(found[2]) > 1:
		return o, notAnOrder("fills one order at a time, of one kind, one material and one colour")
	}
	o.kind = found[0][0]
	if len(found[1]) == 1 {
		o.material = found[1][0]
	}
	if len(found[2]) == 1 {
		o.colour = found[2][0]
	}
	return o, nil
}

// filler holds words that say nothing about what is ordered.
var filler = [...]string{"deliver", "a", "an", "the", "one", "please", "make", "me", "i", "want", "need", "bring",
	"build", "craft", "produce", "of", "from", "in", "out", "made", "some", "us", "would", "like", "to", "get", "and"}

func shorten(text string) string {
	r := []rune(text)
	if len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return text
}

func notAnOrder(format string, args ...any) error {
	message := agent.Errorf(agent.CodeInvalid, format, args...).Message
	e := agent.InvalidFields(map[string]string{"purpose": "the workshop " + message +
		`; write an order such as "deliver a red oak comb": a kind (` + strings.Join(kinds[:], ", ") +
		"), if you like with a material (" + strings.Join(materials[:], ", ") +
		") and a colour (" + strings.Join(colours[:], ", ") + ")"})
	return e
}
