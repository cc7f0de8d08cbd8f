package household

import (
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/environments/laws"
)

// form is a family of tasks.
type form uint8

// The forms.
const (
	formPut     form = iota // put it there
	formWash                // clean, then put
	formHeat                // heat, then put
	formCool                // cool, then put
	formTwo                 // two of them
	formExamine             // look at it under a light
)

// forms is the number of forms.
const forms = int(formExamine) + 1

// goal is what a purpose asks for. An examination has no place.
type goal struct {
	form form
	kind uint8
	to   uint8 // a store
}

// preparation returns what the form asks to be done with the thing.
func (f form) preparation() (int, bool) {
	switch f {
	case formWash:
		return washing, true
	case formHeat:
		return heating, true
	case formCool:
		return cooling, true
	case formExamine:
		return lighting, true
	case formPut, formTwo:
	}
	return 0, false
}

// number returns how many things the form asks for.
func (f form) number() int {
	if f == formTwo {
		return 2
	}
	return 1
}

// text returns the goal as a purpose.
func (g goal) text() string {
	kind := kindName(g.kind)
	where := " " + preposition(int(g.to)) + " the " + stores[g.to]
	switch g.form {
	case formPut:
		return "put " + article(kind) + where
	case formWash:
		return "put a clean " + kind + where
	case formHeat:
		return "put a hot " + kind + where
	case formCool:
		return "put a cold " + kind + where
	case formTwo:
		return "put two " + plural(kind) + where
	case formExamine:
	}
	return "examine " + article(kind) + " under a light"
}

// drawGoals deals all tasks of a house to the splits: a third is for testing. No
// task is in both. Things are not asked to be put where they are kept anyway.
func (w *world) drawGoals() {
	known, fresh := make([]uint8, w.kinds), make([]uint8, len(newKinds))
	for i := range known {
		known[i] = uint8(i)
	}
	for i := range fresh {
		fresh[i] = uint8(len(kinds) + i)
	}
	w.goals = map[string]map[string][]goal{}
	for name, list := range map[string][]uint8{KindsKnown: known, KindsNew: fresh} {
		w.goals[name] = map[string][]goal{}
		w.deal(w.goals[name], list, laws.NewDraw(w.seed, w.size, "goals", name))
	}
}

// deal deals the tasks of some kinds, family by family.
func (w *world) deal(splits map[string][]goal, list []uint8, d *laws.Draw) {
	for f := range form(forms) {
		var all []goal
		for _, kind := range list {
			for to := range w.stores {
				if f == formExamine && to == 0 || f != formExamine && to != w.home[kind] {
					all = append(all, goal{f, kind, uint8(to)})
				}
			}
		}
		for i, j := range d.Perm(len(all)) {
			split := SplitTrain
			if i < len(all)/3 {
				split = SplitTest
			}
			splits[split] = append(splits[split], all[j])
		}
	}
}

// drawGoal returns the task of a seed. Each form is as likely as the others.
func (w *world) drawGoal(c Config, seed int64) goal {
	d := laws.NewDraw(w.seed, w.size, c.Kinds, c.Split, "goal", seed)
	wanted := form(d.Intn(forms))
	var list []goal
	for _, g := range w.goals[c.Kinds][c.Split] {
		if g.form == wanted {
			list = append(list, g)
		}
	}
	return list[d.Intn(len(list))]
}

// filler holds words that say nothing about what is asked.
var filler = [...]string{"a", "an", "the", "one", "some", "please", "it", "them", "and", "then", "in", "into", "on", "onto", "inside", "under",
	"with", "by", "to", "at", "of", "put", "place", "bring", "set", "store", "take", "find", "me", "i", "want", "need", "you", "would", "like", "light", "thing"}

// formWords are the words that tell a form.
var formWords = map[string]form{
	"clean": formWash, "cleaned": formWash, "wash": formWash, "washed": formWash,
	"hot": formHeat, "heat": formHeat, "heated": formHeat, "warm": formHeat,
	"cold": formCool, "cool": formCool, "cooled": formCool, "chilled": formCool,
	"two": formTwo, "2": formTwo, "both": formTwo,
	"examine": formExamine, "look": formExamine, "inspect": formExamine,
}

// readGoal reads a task that a person may have typed: capitals, punctuation and
// polite words are forgiven, an unknown or doubled word is not.
func (w *world) readGoal(purpose string) (goal, error) {
	var found [3][]uint8 // form, kind, store
	for _, word := range strings.FieldsFunc(strings.ToLower(purpose), func(r rune) bool { return strings.ContainsRune(" \t\r\n.,;:!?\"'()-_/", r) }) {
		part, value := w.wordOf(word)
		if part == unknownWord {
			return goal{}, w.notATask("does not know %q", shorten(word))
		}
		if part != noWord && !slices.Contains(found[part], value) {
			found[part] = append(found[part], value)
		}
	}
	g := goal{}
	switch {
	case len(found[1]) == 0:
		return g, w.notATask("does not see which thing is meant")
	case len(found[0]) > 1:
		return g, w.notATask("does one thing at a time: clean, heat, cool, examine, or two of a kind")
	case len(found[1]) > 1 || len(found[2]) > 1:
		return g, w.notATask("moves one kind of thing to one place")
	}
	if len(found[0]) == 1 {
		g.form = form(found[0][0])
	}
	g.kind = found[1][0]
	switch {
	case g.form != formExamine && len(found[2]) == 0:
		return g, w.notATask("does not see where to put it")
	case g.form == formExamine && len(found[2]) > 0:
		return g, w.notATask("examines a thing in the hand, and puts it nowhere")
	case g.form != formExamine:
		g.to = found[2][0]
	}
	return g, nil
}

// What a word is about, beside the indexes of readGoal.
const (
	noWord      = -1
	unknownWord = -2
)

// wordOf tells what a word of a purpose is about, and its value.
func (w *world) wordOf(word string) (part int, value uint8) {
	if f, is := formWords[word]; is {
		return 0, uint8(f)
	}
	for _, k := range w.inventory() {
		if name := kindName(k); word == name || word == plural(name) {
			return 1, k
		}
	}
	if at := slices.Index(stores[:w.stores], word); at >= 0 {
		return 2, uint8(at)
	}
	if slices.Contains(filler[:], word) {
		return noWord, 0
	}
	return unknownWord, 0
}

func (w *world) notATask(format string, args ...any) error {
	message := agent.Errorf(agent.CodeInvalid, format, args...).Message
	var names []string
	for _, k := range w.inventory() {
		names = append(names, kindName(k))
	}
	return agent.InvalidFields(map[string]string{"purpose": "the household " + message +
		`; write a task such as "put a clean cup on the shelf", "put two cups in the drawer" or "examine a cup under a light". Things: ` +
		strings.Join(names, ", ") + ". Places: " + strings.Join(stores[:w.stores], ", ")})
}
