//go:build !race

package reasoner_test

import (
	"math/rand/v2"
	"testing"

	"purposeagent/agent"
)

// A learner that knows outcomes only walks around holes: the end of an episode
// says which step was its last.
func TestHolesFromOutcomesOnly(t *testing.T) {
	t.Parallel()
	for seed := range 2 {
		s := toySchool(t, ice(false), 100, 30).practise(t, 1+1000*seed, 150)
		if after, _ := s.share(t, on, 10); after < .95 {
			t.Errorf("seed %d: success %.2f after 150 episodes on the ice; want at least .95", seed, after)
		}
	}
}

// A learner that never succeeded learns from the partial score, and then succeeds.
// Without memory none of its training tasks is solved, so that it is the score
// that taught it.
func TestScoreWithoutSuccessTeaches(t *testing.T) {
	t.Parallel()
	const tasks = 100
	for _, from := range []int{1, 1001} {
		s := toySchool(t, chores(), 30, 13)
		for i := range tasks {
			if s.run(t, "train", int64(from+i), off).Outcome.Success {
				t.Fatalf("chance solves task %d: take other seeds", from+i)
			}
		}
		s.practise(t, from, tasks)
		if after, _ := s.share(t, on, 20); after < .9 {
			t.Errorf("from seed %d: success %.2f after %d tasks; want at least .9", from, after, tasks)
		}
	}
}

// A form is filled in from the words of its purpose.
func TestAFormIsLearned(t *testing.T) {
	t.Parallel()
	s := toySchool(t, form(), 20, 4)
	before, _ := s.share(t, off, 40)
	s.practise(t, 1, 150)
	if after, steps := s.share(t, on, 40); after < .9 || before > .2 {
		t.Errorf("success %.2f in %.1f steps after 150 forms, %.2f without memory; want at least .9", after, steps, before)
	}
}

// Learning makes nobody worse at cards than chance.
func TestCardsAreNotUnlearned(t *testing.T) {
	t.Parallel()
	s := toySchool(t, cards(), 20, 20)
	before, _ := s.share(t, off, 100)
	s.practise(t, 1, 200)
	if after, _ := s.share(t, on, 100); after < before-.05 {
		t.Errorf("it wins %.2f of its games after 200, %.2f without memory", after, before)
	}
}

// worlds that end at once, always or never, in failure or in success.
func TestNothingIsLearnedFromAnEndThatAlwaysComes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		after int // steps; 0: never
	}{{"at once", 1}, {"always", 4}, {"never", 0}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := ice(false)
			w.name = "end-" + tt.name
			move := w.act
			w.act = func(s *toyState, a agent.Action, r *rand.Rand) {
				move(s, a, r)
				s.Won, s.Score, s.Over = false, 0, tt.after > 0 && s.Step >= tt.after
			}
			s := toySchool(t, w, 20, 20).practise(t, 1, 20)
			rules, err := s.library.All(t.Context(), agent.ScopeOf(s.name, w))
			check(t, err)
			for _, r := range rules {
				if r.Predicate.States == nil && r.Good+r.Bad > 0 { // a map of states says what led where
					t.Errorf("%q, good %d, bad %d, in a world where nothing makes a difference", r.Title, r.Good, r.Bad)
				}
			}
		})
	}
}
