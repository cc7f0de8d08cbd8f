package replay

// ValueBins is how many equal parts of 0 to 1 a distribution of values has.
const ValueBins = 10

// PrunePreview says what a prune of some trajectories would do. Pinned ones
// stay and are not counted with what goes.
type PrunePreview struct {
	Going     int `json:"going"`
	Successes int `json:"successes"` // of what goes
	Pinned    int `json:"pinned"`    // asked for, and kept
	// Best is how many of those that go are the best success of their purpose,
	// which a full replay itself drops last. Last is how many purposes are left
	// without any success.
	Best int `json:"best"`
	Last int `json:"last"`
	// Before and After count the trajectories of the whole replay by value.
	Before [ValueBins]int `json:"before"`
	After  [ValueBins]int `json:"after"`
	// Rules are those that lose links to their evidence, the worst hit first;
	// MoreRules were not listed.
	Rules     []EvidenceLoss `json:"rules"`
	MoreRules int            `json:"more_rules"`
}

// EvidenceLoss is a rule that loses some of the steps kept as its evidence. Its
// counts stay.
type EvidenceLoss struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Lost  int    `json:"lost"`
	Of    int    `json:"of"`
}

// PreviewPrune fills in what the index knows about a prune: all but the rules.
// Unknown ids are left out.
func (x *Index) PreviewPrune(ids []string) PrunePreview {
	x.mu.Lock()
	defer x.mu.Unlock()
	var p PrunePreview
	going := map[int]bool{}
	for _, id := range ids {
		i, known := x.at[id]
		switch {
		case !known || going[i]:
		case x.entries[i].Pinned:
			p.Pinned++
		default:
			going[i] = true
		}
	}
	p.Going = len(going)
	best, left := map[int]int{}, map[int]bool{} // by purpose: the best success, and whether a success stays
	for i := range x.entries {
		e := &x.entries[i]
		bin := min(int(e.Value*ValueBins), ValueBins-1)
		p.Before[bin]++
		if !going[i] {
			p.After[bin]++
		}
		if !e.Outcome.Success {
			continue
		}
		if going[i] {
			p.Successes++
		} else {
			left[e.purpose] = true
		}
		if at, known := best[e.purpose]; !known || compareWorth(e, &x.entries[at]) > 0 {
			best[e.purpose] = i
		}
	}
	for purpose, i := range best {
		if going[i] {
			p.Best++
		}
		if !left[purpose] {
			p.Last++
		}
	}
	return p
}
