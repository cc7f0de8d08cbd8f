// Package agenttest holds what tests of an agent need: a scripted model, decider,
// critic and distiller that record what they were asked, small environments and
// sample records. The suites for implementations are in package conformance.
package agenttest
