// Package wording says rules in words that people use: what holds first, what
// must not hold as "unless", the things by name. What it writes it can read
// again, so that people may edit it. It knows the features' grammar
// (docs/remote.md) and no word of any environment; an environment may announce
// phrases for its own features (agent.StateSpec.Phrases).
package wording
