// Package playbook writes what the library of one world says on one page: facts
// as tables, procedures, strategies and pitfalls. It is composed by code from the
// rules' predicates and words, and is the same for the same rules. It knows the
// features' grammar (docs/remote.md) and no word of any environment
// (docs/learning.md, §10).
package playbook
