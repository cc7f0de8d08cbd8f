package reasoner

import "purposeagent/agent"

// memory is what the actor remembers of a run: the episode as rules speak of it,
// what its steps taught, and where it went among the exact states.
type memory struct {
	*episode
	*course
}

// course is what the actor remembers beside the episode.
type course struct {
	lessons lessons
	drop    []string // fields that exact states leave out
	trail   bool     // they hold what was done before
	exact   []uint64 // the exact states before each step, as far as anybody asked
	// What the known states let one expect of the first checked steps: how many
	// go elsewhere than was ever seen, its variance, and how many did.
	checked            int
	expected, variance float64
	surprises          int
}

// memories keeps those of the runs in progress.
type memories struct{ episodes[course] }

func newMemories() memories {
	return memories{episodes[course]{note: func(c *course, e *episode, s *agent.Situation, step *agent.Step, done *lifted) {
		if s.Explore && step.Score.Critic == agent.CriticPotential {
			if c.lessons == nil {
				c.lessons = lessons{}
			}
			c.lessons.note(step, done.template, e.moment().signature(done), s.Discredited)
		}
	}}}
}

// of returns the memory of the situation's run, up to date. It is the caller's until
// it calls release.
func (m *memories) of(s *agent.Situation) (run memory, release func()) {
	e, c, release := m.episodes.of(s)
	return memory{e, c}, release
}
