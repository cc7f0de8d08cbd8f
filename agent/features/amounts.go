package features

import (
	"slices"
	"strings"

	"purposeagent/agent/language"
)

// ofAmounts compares what is there with the amounts that are asked: things
// held, elements of lists, numbers that bear the name of what is counted.
// Where there are several amounts, too few of one is too few.
func (s *Scene) ofAmounts() {
	found := map[string]string{}
	note := func(name, says string) {
		if old := found[name]; old == "" || says == " is less than asked" || says == " is more than asked" && old == " is as asked" {
			found[name] = says
		}
	}
	for i := range s.w.amounts {
		a := &s.w.amounts[i]
		if len(a.Of) == 0 || a.Unwanted {
			continue
		}
		if count, speaks := s.countHeld(a.Of); speaks {
			note("number held", versus(a, float64(count)))
		}
		for _, l := range s.v.lists {
			count := 0
			for _, value := range l.values {
				if describes(a.Of, s.w.stemsOf(value)) == len(a.Of) {
					count++
				}
			}
			note("number wanted in "+l.name, versus(a, float64(count)))
		}
		for _, n := range s.v.Numbers {
			if at := strings.LastIndexByte(n.Name, '/'); at > 0 && strings.HasSuffix(s.w.stemsOf(n.Name), " "+a.Of[len(a.Of)-1]+" ") {
				note("number wanted in "+n.Name[:at], versus(a, n.Value))
			}
		}
	}
	for name, says := range found {
		s.general = append(s.general, name+says)
	}
}

// describes counts the words of a description that a text's stems have.
func describes(of []string, stems string) int {
	n := 0
	for _, word := range of {
		if strings.Contains(stems, " "+word+" ") {
			n++
		}
	}
	return n
}

// stemsOfThing returns the stems of what a thing is called and of its values.
func (w *Purpose) stemsOfThing(t *Thing) string {
	var all strings.Builder
	all.WriteString(w.stemsOf(t.ID))
	for _, a := range t.Attrs {
		all.WriteString(w.stemsOf(a.Value))
	}
	return all.String()
}

// countHeld counts the held things that the words describe. Words that
// describe nothing in sight are left out ("two red cubes for the table"); where
// that leaves none, nothing is counted.
func (s *Scene) countHeld(of []string) (int, bool) {
	if s.e.world.Held == "" {
		return 0, false
	}
	all := make([]string, len(s.v.Things))
	for i := range s.v.Things {
		all[i] = s.w.stemsOfThing(&s.v.Things[i])
	}
	of = slices.DeleteFunc(slices.Clone(of), func(word string) bool {
		return !slices.ContainsFunc(all, func(stems string) bool { return describes([]string{word}, stems) == 1 })
	})
	if len(of) == 0 {
		return 0, false
	}
	n := 0
	for i := range s.v.Things {
		if slices.Contains(s.v.Held, s.v.Things[i].ID) && describes(of, all[i]) == len(of) {
			n++
		}
	}
	return n, true
}

// ofKind compares how many things like this one are held with how many are asked.
func (s *Scene) ofKind(t *Thing) []string {
	if len(s.w.amounts) == 0 || s.e.world.Held == "" {
		return nil
	}
	stems := s.w.stemsOfThing(t)
	var best *language.Amount
	most := 0
	for i := range s.w.amounts {
		a := &s.w.amounts[i]
		if n := describes(a.Of, stems); n > most && !a.Unwanted {
			best, most = a, n
		}
	}
	if best == nil {
		return nil
	}
	kind := slices.DeleteFunc(slices.Clone(best.Of), func(word string) bool { return describes([]string{word}, stems) == 0 })
	n, _ := s.countHeld(kind)
	return []string{"number held of that kind" + versus(best, float64(n))}
}

// mentioned tells where an argument occurs: in a text of the state, or in one
// that was read earlier in this episode.
func (s *Scene) mentioned(param, value string) []string {
	if len(s.v.texts) == 0 && len(s.e.read.texts) == 0 {
		return nil
	}
	stems := s.w.stemsOf(value)
	if stems == "" {
		return nil
	}
	var out []string
	for i := range s.v.texts {
		if s.v.texts[i].mentions(stems) {
			out = append(out, param+" is mentioned in "+s.v.texts[i].name)
		}
	}
	if s.e.read.mentions(stems) {
		out = append(out, param+" was mentioned in a text")
	}
	return out
}
