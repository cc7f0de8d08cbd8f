// Package reasoner acts and judges without a language model, by the rules that
// package distiller learns.
//
// It knows no word of any environment. All it may use is what an environment
// announces about itself (its action specs and where a learner finds things in
// the state), the state's JSON, the words of the purpose, the critic's Δ and
// the outcome. What is learned are heuristic rows: decision rules over generic
// features, one for each leaf of a decision tree that is grown per lifted
// action. The actor acts from those rows alone; without them it is a uniform
// draw over the actions not yet tried in the state.
package reasoner
