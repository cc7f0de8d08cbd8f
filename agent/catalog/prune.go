package catalog

// MaxPrune bounds the trajectories of one prune, so that all of them can be
// confirmed by name.
const MaxPrune = 2_000

// PruneBinTime is how long what was pruned can be brought back.
const PruneBinTime = RunBinTime

// Pruned is what a prune did.
type Pruned struct {
	ID           int64 `json:"id"` // to undo it; 0 where nothing went
	Trajectories int   `json:"trajectories"`
}
