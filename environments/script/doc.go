// Package script makes an environment of a text: a person writes a world's
// functions (reset, execute, is_terminal, outcome) in Starlark, on a page.
// docs/script.md describes the language and the functions.
//
// A world is a pure function from state to state: what it draws at random follows
// from the seed and the number of the step. So a state has all that is needed to
// go on from it.
//
// Nobody trusts a script. It is read and evaluated in a child process, which is
// this program started again with no variables, no files and nothing to reach, by
// an interpreter that has no input or output. Steps, time and memory of each call
// are bounded; a child that does not keep to them is ended, and the call fails
// with a message that names the line where it is known.
//
// A program that uses this package calls Child before anything else in main, and
// so does TestMain in tests.
package script
