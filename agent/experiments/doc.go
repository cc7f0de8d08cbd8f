// Package experiments has the form in which an experiment of the Lab is stored,
// listed and shown while it works. The Lab itself is internal/lab.
package experiments
