package embedding_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"strings"
	"sync"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/embedding"
)

// meanings is an embedding model for tests: words of one meaning are one
// direction, and each other word has a direction of its own.
type meanings struct {
	mu    sync.Mutex
	texts int
	fail  error
}

var synonyms = map[string]string{"gate": "door", "bolted": "locked", "shut": "locked"}

func (m *meanings) Embed(_ context.Context, texts []string) ([][]float32, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.texts += len(texts)
	if m.fail != nil {
		return nil, m.fail
	}
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		vectors[i] = make([]float32, 257)
		vectors[i][256] = .2 // all texts are a little alike
		for w := range strings.FieldsSeq(strings.ToLower(text)) {
			if s, ok := synonyms[strings.Trim(w, ".,:")]; ok {
				w = s
			}
			h := fnv.New32a()
			h.Write([]byte(strings.Trim(w, ".,:")))
			vectors[i][h.Sum32()%256]++
		}
	}
	return vectors, nil
}

// shelfOfVectors is an embedding.Store in memory.
type shelfOfVectors struct {
	mu   sync.Mutex
	kept map[embedding.Key][]float32
}

func (s *shelfOfVectors) Vectors(_ context.Context, _ string, keys []embedding.Key) (map[embedding.Key][]float32, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[embedding.Key][]float32{}
	for _, k := range keys {
		if v := s.kept[k]; v != nil {
			found[k] = v
		}
	}
	return found, nil
}

func (s *shelfOfVectors) SaveVectors(_ context.Context, _ string, vectors map[embedding.Key][]float32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.kept, vectors)
	return nil
}

func TestRetrieveByMeaning(t *testing.T) {
	rule := func(id, when, do string) *agent.Heuristic {
		return &agent.Heuristic{ID: id, Tier: agent.Strategic, Title: id, Pattern: when, Strategy: do, Author: agent.AuthorHuman, Status: agent.Active}
	}
	rules := []*agent.Heuristic{rule("a", "door locked", "search"), rule("b", "three signs hang in halls", "read middle sign")}
	set := agent.NewRuleSet(agent.Scope{}, 1, rules, nil)
	at := func(m agent.Ranker) *agent.Situation {
		return &agent.Situation{Task: agent.Task{Purpose: "gate bolted"}, Semantics: m}
	}
	hashed, record := agent.Retrieve(t.Context(), "", at(nil), set)
	if len(hashed) != 0 || record.Vectors != "" {
		t.Fatalf("words alone see that a gate is a door: %+v", record)
	}
	model, store := &meanings{}, &shelfOfVectors{kept: map[embedding.Key][]float32{}}
	m := embedding.NewRanker("lab:bge", model, store)
	got, record := agent.Retrieve(t.Context(), "", at(m), set)
	if len(got) != 1 || got[0].Rule.ID != "a" || record.Vectors != "lab:bge" || record.VectorFloor <= 0 || record.VectorFloor == agent.VectorFloor || record.VectorProblem != "" {
		t.Fatalf("%+v, %+v", got, record)
	}
	asked := model.texts
	for range 5 {
		agent.Retrieve(t.Context(), "", at(m), set)
	}
	if again, _ := agent.Retrieve(t.Context(), "", at(embedding.NewRanker("lab:bge", model, store)), set); len(again) != 1 || model.texts != asked {
		t.Errorf("%d texts were sent again", model.texts-asked)
	}
	model.fail = agent.Errorf(agent.CodeUnavailable, "no connection")
	if _, record := agent.Retrieve(t.Context(), "", at(embedding.NewRanker("lab:other", model, nil)), set); record.VectorProblem != "no connection" || record.Vectors != "" || record.VectorFloor != agent.VectorFloor {
		t.Errorf("a model that is down: %+v", record)
	}
}

// Vectors that are none are no likeness, and no crash.
func TestVectorsOfRubbish(t *testing.T) {
	set := agent.NewRuleSet(agent.Scope{}, 1, []*agent.Heuristic{{ID: "a", Tier: agent.Strategic, Title: "a", Pattern: "x", Strategy: "y", Author: agent.AuthorHuman, Status: agent.Active}}, nil)
	for name, f := range map[string]func(texts []string) [][]float32{
		"none":    func([]string) [][]float32 { return nil },
		"zero":    func(texts []string) [][]float32 { return make([][]float32, len(texts)) },
		"too few": func([]string) [][]float32 { return [][]float32{{1, 2}} },
		"other lengths": func(texts []string) [][]float32 {
			out := make([][]float32, len(texts))
			for i := range out {
				out[i] = make([]float32, 1+i%3)
				out[i][0] = 1
			}
			return out
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &agent.Situation{Task: agent.Task{Purpose: "go"}, Semantics: embedding.NewRanker("m", embeds(f), nil)}
			if _, record := agent.Retrieve(t.Context(), "", s, set); record.Considered != 1 {
				t.Errorf("%+v", record)
			}
		})
	}
}

type embeds func(texts []string) [][]float32

func (f embeds) Embed(_ context.Context, texts []string) ([][]float32, error) { return f(texts), nil }

func BenchmarkRetrieveByMeaning10000(b *testing.B) {
	rules := make([]*agent.Heuristic, 10_000)
	for i := range rules {
		rules[i] = &agent.Heuristic{ID: fmt.Sprintf("h%06d", i), Tier: agent.Strategic, Title: fmt.Sprint("rule ", i), Pattern: fmt.Sprint("door ", i%97, " locked ", i%31), Strategy: fmt.Sprint("search ", i), Author: agent.AuthorHuman, Status: agent.Active}
	}
	set := agent.NewRuleSet(agent.Scope{}, 1, rules, nil)
	s := &agent.Situation{Task: agent.Task{Purpose: "the gate 7 is bolted"}, Semantics: embedding.NewRanker("m", &meanings{}, nil)}
	agent.Retrieve(b.Context(), "", s, set)
	for b.Loop() {
		agent.Retrieve(b.Context(), "", s, set)
	}
}
