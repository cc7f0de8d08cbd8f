// Package credit counts what came of what was used: the credit of a rule, the
// baselines and the randomised hold-out of a scope, the sequential test of its
// learned set, and whether the laws of its world have changed. All of it is a few
// numbers, however many tasks there were, and knows nothing of rules or steps.
package credit
