package reasoner

import (
	"purposeagent/agent"
	"purposeagent/agent/features"
)

// kinds counts what was done in a training episode by its kind: the template of an
// action with all that rules may speak of when it is done. To look at
// one of twelve things that are alike is one kind; to use one with another one in hand
// is a second.
//
// Who draws among actions does what there is much of, and seldom comes to the end
// of a chain whose links are few among many. Who takes the kind that was done least
// goes through all kinds, and does what became possible for the first time at once
// (novelty by counts over features in place of states: Martin et al., IJCAI 2017,
// arXiv 1706.08090). It needs no memory beyond the episode.
type kinds map[uint64]int

// maxKinds bounds the kinds that an episode counts.
const maxKinds = 1 << 14

func (k kinds) note(template string, about []uint64) {
	kind := kindOf(template, about)
	if _, known := k[kind]; known || len(k) < maxKinds {
		k[kind]++
	}
}

// kindOf folds a template and the signature of an action into one number (FNV-1a's
// way of mixing).
func kindOf(template string, about []uint64) uint64 {
	kind := features.HashText(template)
	for _, feature := range about {
		kind = (kind ^ feature) * 1099511628211
	}
	return kind
}

// doneHere is what having done an action in this very state counts against it, in
// times that its kind was done.
const doneHere = 2

// seldom draws evenly among the kinds that were done least in the episode, and then
// among the actions of that kind.
func seldom(s *agent.Situation, e memory, all []features.Lifted) agent.Action {
	scene := e.Scene()
	var order []uint64 // the rarest kinds
	var rarest map[uint64][]int
	least := 0
	for i := range all {
		l := &all[i]
		here, _ := e.Tried(l)
		kind := kindOf(l.Template, scene.Signature(l))
		n := e.kinds[kind] + doneHere*here.Times
		if rarest == nil || n < least {
			order, rarest, least = nil, map[uint64][]int{}, n
		}
		if n > least {
			continue
		}
		if rarest[kind] == nil {
			order = append(order, kind)
		}
		rarest[kind] = append(rarest[kind], i)
	}
	r := s.Rand(streamBaseline)
	some := rarest[order[r.IntN(len(order))]]
	thought := "Exploring: nothing like it was done in this task yet."
	if least > 0 {
		thought = "Exploring: no rule stands out, and nothing was done as seldom in this task."
	}
	return withThought(all[some[r.IntN(len(some))]].Action, thought)
}
