// Package suites has the form of a task suite: a set of tasks that is done as a
// group again and again, so that what an agent can do is compared over time. It
// reads suites that come from outside, writes them, and says what runs of one show.
// docs/suites.md describes the file.
package suites
