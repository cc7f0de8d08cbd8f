// Package agent is the core of Purpose: an agent that acts, is scored step by
// step, and gets better from its own experience.
//
// An [Orchestrator] drives one task as an iterator of events. A [Decider]
// chooses the next [Action], an [Environment] executes it, a [Critic] scores
// the change (Φ from 0 to 10 and its difference Δ), the finished [Trajectory]
// goes to a [Replay], and a [Distiller] turns trajectories into [Heuristic]
// rules that stand in a [Library] and reach the decider next time. No weights
// are trained: the memory is the learning.
//
// The roles are played in the packages below: by a language model in roles, by
// counting in reasoner; learning turns trajectories into rules. What the core
// itself rests on are leaves that know nothing of it: credit, search, language,
// prompttext, stats.
//
// The package imports the standard library only. Storage, language models and
// environments implement its small interfaces elsewhere; the conformance
// suites in agenttest say what they must keep.
package agent
