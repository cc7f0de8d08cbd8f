// Package code is an environment in which an agent writes programs: it reads,
// writes and edits files in a workspace of its own, runs them, and is judged by
// tests that it never sees.
//
// Everything that an agent writes or starts stays in a workspace of
// internal/sandbox. After each change its files are kept by their content, so a
// run can be entered again at any step. Φ comes from the task's visible tests:
// they are run after each change as the task has them, in a workspace of their
// own, whatever the agent made of its copies. The hidden tests are put into
// another one after the agent has ended, and decide the outcome alone.
package code
