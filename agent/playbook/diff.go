package playbook

import "purposeagent/agent"

// Diff is what differs between two playbooks of one world. Lines are in the order of
// their playbooks.
type Diff struct {
	Added, Gone []agent.PlaybookLine
	Changed     []LineChange
	Same        int
}

// LineChange is a line that says something else, or with other certainty.
type LineChange struct{ Before, After agent.PlaybookLine }

// Compare tells what came, what went and what changed from one playbook to another. A
// line is the same line where it has the same section and title, else where it has
// most rules in common with one that would otherwise be gone.
func Compare(before, after *agent.Playbook) Diff {
	d := Diff{}
	of := pair(before.Lines, after.Lines)
	found := make([]bool, len(before.Lines))
	for i := range after.Lines {
		l := &after.Lines[i]
		j := of[i]
		if j < 0 {
			d.Added = append(d.Added, *l)
			continue
		}
		found[j] = true
		if sameLine(&before.Lines[j], l) {
			d.Same++
		} else {
			d.Changed = append(d.Changed, LineChange{before.Lines[j], *l})
		}
	}
	for j := range before.Lines {
		if !found[j] {
			d.Gone = append(d.Gone, before.Lines[j])
		}
	}
	return d
}

// sameLine reports whether two lines say the same with the same certainty.
func sameLine(a, b *agent.PlaybookLine) bool {
	return a.Title == b.Title && a.Text == b.Text && a.Status == b.Status && a.Pinned == b.Pinned && a.Good == b.Good && a.Bad == b.Bad
}

// pair returns for each line of a playbook its place in the one before, −1 for none.
func pair(before, after []agent.PlaybookLine) []int {
	type name struct {
		kind  agent.LineKind
		title string
	}
	named, byRule := map[name]int{}, map[string][]int{}
	for j := range before {
		l := &before[j]
		named[name{l.Kind, l.Title}] = j
		for _, id := range l.Rules {
			byRule[id] = append(byRule[id], j)
		}
	}
	of, taken := make([]int, len(after)), make([]bool, len(before))
	for i := range after {
		of[i] = -1
		if j, ok := named[name{after[i].Kind, after[i].Title}]; ok {
			of[i], taken[j] = j, true
		}
	}
	for i := range after {
		if of[i] >= 0 {
			continue
		}
		shared, best := map[int]int{}, -1
		for _, id := range after[i].Rules {
			for _, j := range byRule[id] {
				if shared[j]++; !taken[j] && (best < 0 || shared[j] > shared[best] || shared[j] == shared[best] && j < best) {
					best = j
				}
			}
		}
		if best >= 0 {
			of[i], taken[best] = best, true
		}
	}
	return of
}
