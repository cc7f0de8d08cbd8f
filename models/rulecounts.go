package models

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"purposeagent/agent"
	"purposeagent/agent/credit"
)

// digestOf is the SHA-256 over what a snapshot promises to hold exactly.
func digestOf(rules []*agent.Heuristic) string {
	h := sha256.New()
	for _, r := range rules {
		_, _ = fmt.Fprintf(h, "%s\x00%d\x00%s\x00%t\n", r.ID, r.Version, r.Status, r.Pinned) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

// ruleCounts is what moves without leaving an entry in a rule's history.
type ruleCounts struct {
	ID      string            `json:"i"`
	Good    int               `json:"g,omitempty"`
	Bad     int               `json:"b,omitempty"`
	Q       float64           `json:"q"`
	Shown   int               `json:"s,omitempty"`
	Cited   int               `json:"c,omitempty"`
	Tasks   int               `json:"t,omitempty"`
	Prior   *float64          `json:"p,omitempty"`
	States  *agent.StateTable `json:"x,omitempty"`
	Because string            `json:"w,omitempty"` // its numbers move
	Credit  credit.Credit     `json:"r,omitzero"`
}

// packCounts writes one line a rule, compressed.
func packCounts(rules []*agent.Heuristic) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	lines := json.NewEncoder(w)
	for _, h := range rules {
		c := ruleCounts{ID: h.ID, Good: h.Good, Bad: h.Bad, Q: h.QValue, Shown: h.Shown, Cited: h.Cited, Tasks: h.Tasks, Because: h.Because, Credit: h.Credit}
		if h.Predicate != nil {
			c.Prior, c.States = &h.Predicate.Prior, h.Predicate.States
		}
		if err := lines.Encode(c); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// unpackCounts puts the counts of a snapshot into its rules.
func unpackCounts(packed []byte, rules []*agent.Heuristic) error {
	byID := make(map[string]*agent.Heuristic, len(rules))
	for _, h := range rules {
		byID[h.ID] = h
	}
	lines := json.NewDecoder(flate.NewReader(bytes.NewReader(packed)))
	for {
		var c ruleCounts
		err := lines.Decode(&c)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the counts of a snapshot: %w", err)
		}
		h := byID[c.ID]
		if h == nil {
			continue
		}
		h.Good, h.Bad, h.QValue, h.Shown, h.Cited, h.Tasks, h.Because = c.Good, c.Bad, c.Q, c.Shown, c.Cited, c.Tasks, c.Because
		if c.Prior != nil && h.Predicate != nil {
			h.Predicate.Prior = *c.Prior
			if c.States != nil && h.Predicate.States != nil {
				h.Predicate.States = c.States
			}
		}
		h.Credit = c.Credit
	}
}
