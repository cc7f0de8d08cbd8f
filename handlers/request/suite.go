package request

import (
	"purposeagent/agent"
	"purposeagent/agent/suites"
)

// SuiteRun asks for a run of a suite: the body of POST /suites/{id}/runs. What is
// left out is the default.
type SuiteRun struct {
	Version int      `json:"version,omitempty" minimum:"0" flag:"version" doc:"of the suite; default: the newest" usage:"of the suite; default: the newest"`
	Split   string   `json:"split,omitempty" flag:"split" enum:"train,test" doc:"left out: all tasks" usage:"train or test; default: all tasks"`
	Tries   int      `json:"tries,omitempty" flag:"tries,k" minimum:"1" maximum:"20" doc:"of each task; default 1" usage:"of each task, so that pass^k is known; default 1"`
	Memory  string   `json:"memory,omitempty" flag:"memory" enum:"on,off,frozen" doc:"on (default): rules are used and learned; off: neither; frozen: rules are used as they are at the launch, and none is learned" usage:"on: rules are used and learned; off: neither; frozen: used as they are now, and none is learned"`
	Models  Models   `json:"models,omitempty,omitzero"`
	Budget  Budget   `json:"budget,omitempty,omitzero" doc:"of each try"`
	Tags    []string `json:"tags,omitempty" flag:"tags" maxItems:"12" minLength:"1" maxLength:"40" pattern:"^[a-z0-9._/-]+$" patternDescription:"small letters, digits, - _ . or /" doc:"of each run" usage:"of each run, with commas between"`
}

// Ask returns what is asked for; its zeros are filled in by the launch.
func (r *SuiteRun) Ask() suites.Ask {
	return suites.Ask{Version: r.Version, Split: r.Split, Tries: r.Tries, Memory: r.Memory, Models: agent.ModelRefs(r.Models), Budget: agent.Budget(r.Budget), Tags: r.Tags}
}
