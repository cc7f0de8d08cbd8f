// Package learning turns trajectories into rules that earn their place. The
// HeuristicOptimizer gives credit, distils, and asks which proposals to let in
// (package admission), which say the same as others (duplicates), which rules
// move (lifecycle) and what a batch does to the library (rulestore).
package learning
