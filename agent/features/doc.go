// Package features says what rules may speak of, and whether they hold. A state,
// an action and the memory of an episode become named features ("box weight is as
// asked", "it was done here"), and the predicates of rules are evaluated on them. It
// knows no environment, and learns nothing: it reads what an environment announces.
//
// An Episode is the memory of one run. Its Scene gives the features of any action
// (Scene.Of). A Book holds compiled rules and finds the one that speaks of an action
// (Book.Match); Applicability tells which rules of a library hold now, and a Vocabulary
// what conditions may say in a world. The offline reasoner, retrieval, the playbook and
// the checker of remote programs read a world with the same code.
package features
