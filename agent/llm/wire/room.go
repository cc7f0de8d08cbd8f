package wire

import "purposeagent/agent"

// leastRoom is the first room for thinking that is tried, in tokens.
const leastRoom = 2048

// Room is how many tokens a request's budget is raised by, so that a model can
// think and still answer. It is what this client found its model to need.
func (s *Server) Room() int { return int(s.room.Load()) }

// MoreRoom raises the room after an answer that was given the room had, and was
// spent on thinking; false where it is at its bound. It holds for later requests.
func (s *Server) MoreRoom(had int) bool {
	most := int64(max(s.ThinkingTokens, 0))
	for {
		now := s.room.Load()
		if now > int64(had) { // another request raised it meanwhile
			return true
		}
		next := min(max(now*2, leastRoom), most)
		if next <= now {
			return false
		}
		if s.room.CompareAndSwap(now, next) {
			return true
		}
	}
}

// OnlyThought is the failure of a model that spent its budget of tokens on
// thinking although it was given all the room there is.
func (s *Server) OnlyThought(budget int) *Failure {
	return &Failure{Why: agent.NoAnswerRefused, Err: agent.Errorf(agent.CodeInvalid,
		"the model %s spent all of its %d tokens on thinking and did not come to an answer: raise the room for thinking of its connection in Settings → Models, or choose a model that thinks less", s.Model, budget)}
}
