package catalog

import (
	"purposeagent/agent"
	"purposeagent/agent/credit"
)

// ScopeLedger is a ledger with the scope that it belongs to.
type ScopeLedger struct {
	Scope  agent.Scope   `json:"scope"`
	Ledger credit.Ledger `json:"ledger"`
}
