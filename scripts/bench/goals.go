package main

// goal is the most that a benchmark's figure should be, or the least, on two cores at 2 to 3 GHz.
// Units are those that the benchmark prints. Where the figure says something at one
// number of rounds only, at is that number as -benchtime has it; then the benchmark is
// run so besides, at the working tree alone, and once where it is long.
type goal struct {
	benchmark, unit string
	most, least     float64 // one of them; least is for rates
	at              string
	once            bool
}

// name is what the goal is called beside its figure.
func (g *goal) name() string {
	if g.at != "" {
		return g.benchmark + " " + g.at
	}
	return g.benchmark
}

const (
	microseconds = 1e3 // in ns
	milliseconds = 1e6
)

// goals are what a step, a call, a list and a page may cost. CONTRIBUTING.md tells
// when one may change.
var goals = []goal{
	{benchmark: "Overhead/20_steps", unit: "ns/step", most: 8 * microseconds},
	{benchmark: "Overhead/1000_steps", unit: "ns/step", most: 8 * microseconds},
	{benchmark: "Client/streamed", unit: "ns/op", most: 250 * microseconds},
	{benchmark: "Prompt200Steps", unit: "ns/op", most: 150 * microseconds},
	{benchmark: "ActorPrompt", unit: "ns/op", most: 150 * microseconds},
	{benchmark: "ProductStep/actor", unit: "ns/op", most: 1.2 * milliseconds},
	{benchmark: "WrittenPerStep/step", unit: "WAL-B/step", most: 35_000},
	{benchmark: "WrittenPerStep/call", unit: "WAL-B/call", most: 35_000},
	{benchmark: "BytesPerStep", unit: "B/step-without-state", most: 3_000},
	{benchmark: "LearningEpisode", unit: "ms-end-p95", most: 10, at: "100x"},
	{benchmark: "LearningEpisode", unit: "KB-disk/op", most: 6, at: "4000x", once: true},
	{benchmark: "Experiment", unit: "episodes/s", least: 150},
	{benchmark: "Compose/10000_rules", unit: "ns/op", most: 20 * milliseconds},
	{benchmark: "RetrieveApplying/10000", unit: "ns/op", most: 2 * milliseconds},
	{benchmark: "Entries/seen", unit: "ns/op", most: 7 * milliseconds},
	{benchmark: "ListEndedRuns/phi", unit: "ns/op", most: 15 * milliseconds},
	{benchmark: "ListEndedRuns/steps", unit: "ns/op", most: 15 * milliseconds},
	{benchmark: "ListEndedRuns/took", unit: "ns/op", most: 15 * milliseconds},
	{benchmark: "ListEndedRuns/tokens", unit: "ns/op", most: 15 * milliseconds},
	{benchmark: "ListEndedRuns/usd", unit: "ns/op", most: 15 * milliseconds},
	{benchmark: "ListEndedRuns/phiFacets", unit: "ns/op", most: 15 * milliseconds},
}
