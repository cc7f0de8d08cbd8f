// Package learning turns trajectories into rules that earn their place. The
// HeuristicOptimizer gives credit, distils, admits what is worth a trial, merges
// what says the same and moves rules through their lifecycle; libraries in
// memory, packs, near duplicates, the review list and the calibration of
// critics stand beside it. The types that a step or a library port needs,
// [agent.Heuristic], [agent.Credit] and [agent.Ledger], are the root's.
package learning
