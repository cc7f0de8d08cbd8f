package ui

import (
	"hash/fnv"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
	"purposeagent/views/partials"
)

// CriticsPath is where the critics' page is.
const CriticsPath = "/lab/critics"

// CriticID is the anchor of a critic's card.
func CriticID(key calibration.CriticKey) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.Join([]string{key.Critic, key.Scope.Environment, key.Scope.Dynamics, key.Scope.Schema}, "\x00"))) // a hash never fails
	return "c-" + strconv.FormatUint(uint64(h.Sum32()), 36)
}

// RightOf is a critic's right as pages show it.
func RightOf(right calibration.CriticRight) partials.Chip {
	switch right {
	case calibration.RightProven:
		return partials.Chip{Text: "may give credit", Icon: "ok", Tone: "good"}
	case calibration.RightLost:
		return partials.Chip{Text: "gives no credit", Icon: "x", Tone: "bad"}
	case calibration.RightUnproven:
		return partials.Chip{Text: "unproven", Tone: "held"}
	}
	return partials.Chip{Text: string(right), Tone: "out"}
}

// FlagOf is a flag as pages show it: a chip and what it means. worth is
// whether people should look at the step because of it.
func FlagOf(flag agent.Flag) (chip partials.Chip, text string, worth bool) {
	warn := func(word string) partials.Chip { return partials.Chip{Text: word, Icon: "flag", Tone: "warn"} }
	plain := func(word string) partials.Chip { return partials.Chip{Text: word, Tone: "out"} }
	switch flag {
	case agent.FlagUnscored:
		return warn("not scored"), "The critic gave no usable score; Φ is carried over from the step before.", true
	case agent.FlagUnsupportedEvidence:
		return warn("no evidence"), "Nothing that the critic cited was found to have changed, so Δ was set to 0.", true
	case agent.FlagDrift:
		return warn("drift"), "The critic's own Φ before was more than 1 away from the chain.", true
	case agent.FlagLowConfidence:
		return warn("unsure"), "The critic's confidence was below 0.3, so Δ was halved.", true
	case agent.FlagDisputed:
		return warn("disputed"), "A second reading disagreed; the smaller change was taken.", true
	case agent.FlagFlat:
		return warn("flat"), "The critic gave different states one and the same score.", true
	case agent.FlagSplit:
		return warn("split"), "The critics of the panel are more than 2 apart.", true
	case agent.FlagSecondRead:
		return plain("read twice"), "The change was larger than 3, so it was read a second time.", false
	case agent.FlagRepaired:
		return plain("repaired"), "The critic's answer needed one retry to be readable.", false
	case agent.FlagCached:
		return plain("cached"), "This state was scored before for the same purpose.", false
	case agent.FlagCorrected:
		return partials.Chip{Text: "corrected", Icon: "review", Tone: "acc"}, "A person said what Φ is in this state; the critic was not asked.", false
	case agent.FlagCarried:
		return plain("carried"), "DONE could not be scored; the last Φ stands.", false
	}
	return plain(string(flag)), "", false
}
