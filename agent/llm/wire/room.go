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
	for {
		most := int64(max(s.ThinkingTokens, 0))
		if limit := s.roomLimit.Load(); limit > 0 {
			most = min(most, limit)
		}
		if most < leastRoom/4 {
			return false
		}
		now := s.room.Load()
		if now > int64(had) { // another request raised it meanwhile
			return true
		}
		next := min(max(now*4, leastRoom), most)
		if next <= now {
			return false
		}
		if s.room.CompareAndSwap(now, next) {
			return true
		}
	}
}

// LessRoom lowers the room after a request that was too long for the model with
// the room it was given; false where it was given none.
func (s *Server) LessRoom(had int) bool {
	if had <= 0 {
		return false
	}
	limit := int64(had / 2)
	if limit < leastRoom/4 {
		limit = 1 // as good as none
	}
	if known := s.roomLimit.Load(); known == 0 || limit < known {
		s.roomLimit.Store(limit)
	}
	if limit == 1 {
		limit = 0
	}
	if s.room.Load() > limit {
		s.room.Store(limit)
	}
	return true
}

// OnlyThought is the failure of a model that spent its budget of tokens on
// thinking although it was given all the room there is.
func (s *Server) OnlyThought(budget int) *Failure {
	return &Failure{Why: agent.NoAnswerRefused, Err: agent.Errorf(agent.CodeInvalid,
		"the model %s spent all of its %d tokens on thinking and did not come to an answer: raise the room for thinking of its connection in Settings → Models, or choose a model that thinks less", s.Model, budget)}
}
