// Package learning turns trajectories into rules that earn their place. The
// HeuristicOptimizer gives credit, distils, admits what is worth a trial, merges
// what says the same and moves rules through their lifecycle; libraries in
// memory, packs, near duplicates, the review list and the calibration of
// critics stand beside it. What a step or a port of the core needs, such as
// [agent.Heuristic] and the accounts of package credit, is not here.
package learning
