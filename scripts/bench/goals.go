package main

// goal is the most that a benchmark's figure should be on two cores at 2 to 3 GHz.
// Units are those that the benchmark prints.
type goal struct {
	benchmark, unit string
	most            float64
}

const (
	microseconds = 1e3 // in ns
	milliseconds = 1e6
)

// goals are what a step, a call, a list and a page may cost. CONTRIBUTING.md tells
// when one may change.
var goals = []goal{
	{"Overhead/20_steps", "ns/step", 8 * microseconds},
	{"Overhead/1000_steps", "ns/step", 8 * microseconds},
	{"Client/streamed", "ns/op", 250 * microseconds},
	{"Prompt200Steps", "ns/op", 150 * microseconds},
	{"ActorPrompt", "ns/op", 150 * microseconds},
	{"ProductStep/actor", "ns/op", 1.2 * milliseconds},
	{"WrittenPerStep/step", "WAL-B/step", 35_000},
	{"WrittenPerStep/call", "WAL-B/call", 35_000},
	{"BytesPerStep", "B/step-without-state", 3_000},
	{"LearningEpisode", "ms-end-p95", 10},
	{"LearningEpisode", "KB-disk/op", 6},
	{"Compose/10000_rules", "ns/op", 20 * milliseconds},
	{"RetrieveApplying/10000", "ns/op", 2 * milliseconds},
	{"ListEndedRuns/phi", "ns/op", 15 * milliseconds},
	{"ListEndedRuns/steps", "ns/op", 15 * milliseconds},
	{"ListEndedRuns/took", "ns/op", 15 * milliseconds},
	{"ListEndedRuns/tokens", "ns/op", 15 * milliseconds},
	{"ListEndedRuns/usd", "ns/op", 15 * milliseconds},
	{"ListEndedRuns/phiFacets", "ns/op", 15 * milliseconds},
}
