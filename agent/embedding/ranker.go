// Package embedding finds rules by the vectors of an embedding model.
package embedding

import (
	"context"
	"crypto/sha256"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/search"
)

// Store keeps vectors of texts, so that no text is sent to an embedding
// model twice. It is safe for concurrent use. Both calls may leave some out.
type Store interface {
	// Vectors returns the stored vectors of a model by key.
	Vectors(ctx context.Context, model string, keys []Key) (map[Key][]float32, error)
	SaveVectors(ctx context.Context, model string, vectors map[Key][]float32) error
}

// Key names a text: its SHA-256.
type Key [sha256.Size]byte

// Ranker compares texts by the vectors of an embedding model. It is safe for
// concurrent use.
type Ranker struct {
	name  string
	model chat.Embedder
	store Store // nil: vectors are kept in memory only

	mu    sync.Mutex
	known map[Key][]float32              // of length 1
	rules map[*agent.Heuristic][]float32 // the same, by rule
	floor float64                        // 0 until it was measured
}

// NewRanker returns one for a model; nothing is asked yet.
func NewRanker(name string, model chat.Embedder, store Store) *Ranker {
	return &Ranker{name: name, model: model, store: store, known: map[Key][]float32{}, rules: map[*agent.Heuristic][]float32{}}
}

// Name is the model's.
func (m *Ranker) Name() string { return m.name }

// maxVectors bounds the vectors in memory: 10,000 rules and as many queries.
const maxVectors = 20_000

// vectors returns the vectors of texts, asking the model for those that nobody knows.
func (m *Ranker) vectors(ctx context.Context, texts []string) ([][]float32, error) {
	keys := make([]Key, len(texts))
	missing := map[Key]string{}
	m.mu.Lock()
	for i, text := range texts {
		keys[i] = sha256.Sum256([]byte(text))
		if m.known[keys[i]] == nil {
			missing[keys[i]] = text
		}
	}
	m.mu.Unlock()
	if len(missing) > 0 {
		if err := m.learn(ctx, missing); err != nil {
			return nil, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([][]float32, len(keys))
	for i, k := range keys {
		out[i] = m.known[k]
	}
	return out, nil
}

// learn fills in what is missing: from the store, else by the model.
func (m *Ranker) learn(ctx context.Context, missing map[Key]string) error {
	found := map[Key][]float32{}
	var keys []Key
	for k := range missing {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b Key) int { return slices.Compare(a[:], b[:]) })
	if m.store != nil {
		var err error
		if found, err = m.store.Vectors(ctx, m.name, keys); err != nil {
			return err
		}
	}
	keys = slices.DeleteFunc(keys, func(k Key) bool { return found[k] != nil })
	fresh, err := m.embed(ctx, keys, missing)
	if err != nil {
		return err
	}
	maps.Copy(found, fresh)
	if m.store != nil && len(fresh) > 0 {
		if err := m.store.SaveVectors(ctx, m.name, fresh); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.known)+len(found) > maxVectors {
		clear(m.known) // the store has them
	}
	maps.Copy(m.known, found)
	return nil
}

// embed asks the model for the vectors of texts.
func (m *Ranker) embed(ctx context.Context, keys []Key, texts map[Key]string) (map[Key][]float32, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = texts[k]
		if strings.TrimSpace(list[i]) == "" {
			list[i] = "nothing" // some servers refuse an empty text
		}
	}
	vectors, err := m.model.Embed(ctx, list)
	if err != nil {
		return nil, err
	}
	if len(vectors) != len(keys) {
		return nil, agent.Errorf(agent.CodeInvalid, "the embedding model %s gave %d vectors for %d texts", m.name, len(vectors), len(keys))
	}
	fresh := make(map[Key][]float32, len(keys))
	for i, v := range vectors {
		unit, ok := ofUnitLength(v)
		if !ok || len(unit) != len(vectors[0]) {
			return nil, agent.Errorf(agent.CodeInvalid, "the embedding model %s gave an invalid vector", m.name)
		}
		fresh[keys[i]] = unit
	}
	return fresh, nil
}

// ofUnitLength scales a vector to length 1; false for the zero vector and for
// one that holds what is no number.
func ofUnitLength(v []float32) ([]float32, bool) {
	squares := 0.0
	for _, x := range v {
		squares += float64(x) * float64(x)
	}
	if !(squares > 0) || math.IsInf(squares, 0) {
		return nil, false
	}
	scale := float32(1 / math.Sqrt(squares))
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = x * scale
	}
	return out, true
}

// apart are sentences that have nothing to do with each other. What a model
// makes of their likeness is what it makes of no likeness.
var apart = []string{
	"The lighthouse keeper polishes the brass lens before dusk.", "Quarterly invoices are due within thirty days.",
	"A glacier calves into the fjord with a sound like thunder.", "Knead the dough until it springs back.",
	"The defendant's motion was denied without prejudice.", "Swallows return to the barn in early April.",
	"Tighten the chain before you ride downhill.", "Photosynthesis turns light into sugar.",
	"The orchestra tunes to the oboe's A.", "Late trains are announced on platform nine.",
	"Her grandmother mended nets by the harbour wall.", "Compile the module with warnings enabled.",
}

// Floor is the cosine below which two texts have nothing to do with each other
// by this model: the mean and two standard deviations of sentences of which that
// is known. Models differ: some give 0.7 to everything.
func (m *Ranker) Floor(ctx context.Context) (float64, error) {
	m.mu.Lock()
	floor := m.floor
	m.mu.Unlock()
	if floor > 0 {
		return floor, nil
	}
	vectors, err := m.vectors(ctx, apart)
	if err != nil {
		return 0, err
	}
	var n, sum, squares float64
	for i := range vectors {
		for j := range i {
			x := dot(vectors[i], vectors[j])
			n, sum, squares = n+1, sum+x, squares+x*x
		}
	}
	mean := sum / n
	floor = min(max(mean+2*math.Sqrt(max(squares/n-mean*mean, 0)), 0.01), 0.99)
	m.mu.Lock()
	m.floor = floor
	m.mu.Unlock()
	return floor, nil
}

// Rank returns the rules whose cosine with the query is above 0, with Floor.
func (m *Ranker) Rank(ctx context.Context, _ *agent.Situation, query string, rules *agent.RuleSet) (search.List, error) {
	floor, err := m.Floor(ctx)
	if err != nil {
		return search.List{}, err
	}
	asked, err := m.vectors(ctx, []string{query})
	if err != nil {
		return search.List{}, err
	}
	var hits []search.Hit
	for _, list := range [][]*agent.Heuristic{rules.Rules, rules.Candidates} {
		vectors, err := m.ofRules(ctx, list)
		if err != nil {
			return search.List{}, err
		}
		hits = slices.Grow(hits, len(list))
		for i, h := range list {
			if len(vectors[i]) != len(asked[0]) {
				continue // of a model that changed under the same name
			}
			if x := dot(asked[0], vectors[i]); x > 0 {
				hits = append(hits, search.Hit{ID: h.ID, Similarity: min(x, 1), Score: x})
			}
		}
	}
	return search.List{Hits: hits, Floor: floor}, nil
}

// ofRules returns the vectors of rules. Rules are never changed, so that one
// that was seen needs no look at its text.
func (m *Ranker) ofRules(ctx context.Context, rules []*agent.Heuristic) ([][]float32, error) {
	out := make([][]float32, len(rules))
	var places []int
	m.mu.Lock()
	for i, h := range rules {
		if out[i] = m.rules[h]; out[i] == nil {
			places = append(places, i)
		}
	}
	m.mu.Unlock()
	if len(places) == 0 {
		return out, nil
	}
	texts := make([]string, len(places))
	for k, i := range places {
		texts[k] = agent.RuleText(rules[i])
	}
	vectors, err := m.vectors(ctx, texts)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.rules)+len(places) > maxVectors {
		clear(m.rules)
	}
	for k, i := range places {
		out[i] = vectors[k]
		m.rules[rules[i]] = vectors[k]
	}
	return out, nil
}

func dot(a, b []float32) float64 {
	if len(a) != len(b) {
		return 0 // of a model that changed under the same name
	}
	var s0, s1, s2, s3 float32 // four sums, so that they don't wait for each other
	n := len(a) &^ 3
	for i := 0; i < n; i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for i := n; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return float64(s0 + s1 + s2 + s3)
}
