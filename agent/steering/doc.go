// Package steering has what people ask of a run while it works: notes, pauses and
// stops, more steps, answers to a request for approval, and another run from one
// of its steps.
package steering
