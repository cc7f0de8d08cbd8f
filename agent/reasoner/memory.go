package reasoner

import (
	"purposeagent/agent"

	"purposeagent/agent/features"
	"purposeagent/agent/statetable"
)

// memory is what the actor remembers of a run: the episode as rules speak of it,
// what its steps taught, and where it went among the exact states.
type memory struct {
	*features.Episode
	*course
}

// course is what the actor remembers beside the episode.
type course struct {
	lessons lessons
	kinds   kinds
	table   *statetable.Table // which exact states are told apart by
	exact   []uint64          // the exact states before each step, as far as anybody asked
	// What the known states let one expect of the first checked steps: how many
	// go elsewhere than was ever seen, its variance, and how many did.
	checked            int
	expected, variance float64
	surprises          int
}

// memories keeps those of the runs in progress.
type memories struct{ features.Episodes[course] }

func newMemories() memories {
	return memories{features.Episodes[course]{Note: func(c *course, e *features.Episode, s *agent.Situation, step *agent.Step, done *features.Lifted) {
		if !s.Explore {
			return
		}
		if s.Wander {
			if c.kinds == nil {
				c.kinds = kinds{}
			}
			c.kinds.note(done.Template, e.Moment().Signature(done))
			return // it goes by nothing else
		}
		if step.Score.Critic == agent.CriticPotential {
			if c.lessons == nil {
				c.lessons = lessons{}
			}
			c.lessons.note(step, done.Template, e.Moment().Signature(done), s.Discredited)
		}
	}}}
}

// of returns the memory of the situation's run, up to date. It is the caller's until
// it calls release.
func (m *memories) of(s *agent.Situation) (run memory, release func()) {
	e, c, release := m.Of(s)
	return memory{e, c}, release
}
