package pagetest

import (
	"net/url"
)

// GoodExperiment is a form that starts; pairs replace or add fields.
func GoodExperiment(pairs ...string) string {
	v := url.Values{"environment.name": {"workshop"}, "arms": {"off", "placebo"}, "train": {"20"}, "test": {"30"}, "seed": {"1"}, "source": {"training"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

// GoodLaunch is a form that launches; pairs replace or add fields.
func GoodLaunch(pairs ...string) string {
	v := url.Values{"environment.name": {"maze"}, "purpose": {"Find the treasure"}, "max_steps": {"20"}, "early_stop_phi": {"9.0"},
		"models.actor": {"reasoner"}, "memory": {"on"}, "repeats": {"1"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}
