// Package agenttest holds what tests of an agent need: one conformance suite
// for each port of package agent, a scripted model, decider, critic and
// distiller that record what they were asked, and small environments.
//
// The suites are the promise of the ports in runnable form. Each
// implementation runs the one for its port:
//
//	func TestStore(t *testing.T) {
//		agenttest.Library(t, func() agent.Library { return openStore(t) })
//	}
package agenttest
