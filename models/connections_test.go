package models

import (
	"bytes"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/embedding"
)

// reversed is a sealer for tests: it turns bytes round.
type reversed struct{ broken bool }

func (r reversed) Seal(plain []byte) ([]byte, error) { return turned(plain), nil }
func (r reversed) Open(sealed []byte) ([]byte, error) {
	if r.broken {
		return nil, errors.New("another key")
	}
	return turned(sealed), nil
}

func turned(b []byte) []byte {
	out := bytes.Clone(b)
	for i := range out {
		out[i] ^= 0x55
	}
	return out
}

func TestConnections(t *testing.T) {
	db := open(t, "")
	c := db.Connections(reversed{})
	first := chat.Connection{Name: "lab", Provider: "openai", BaseURL: "http://10.1.2.3/v1", Key: "sk-first", Concurrency: 3, DayUSD: 2.5}
	if err := c.Put(t.Context(), "Ann", first, false); err != nil {
		t.Fatal(err)
	}
	got, err := c.Get(t.Context(), "lab")
	if err != nil || got.Key != "" || !got.HasKey || got.Concurrency != 3 || got.DayUSD != 2.5 {
		t.Fatalf("%+v %v", got, err)
	}
	if used, err := c.ForUse(t.Context(), "lab"); err != nil || used.Key != "sk-first" {
		t.Errorf("%+v %v", used, err)
	}
	first.Key, first.Disabled = "", true // edited, the key left as it is
	if err := c.Put(t.Context(), "Bob", first, false); err != nil {
		t.Fatal(err)
	}
	if used, err := c.ForUse(t.Context(), "lab"); err != nil || used.Key != "sk-first" || !used.Disabled {
		t.Errorf("%+v %v", used, err)
	}
	if _, err := db.Connections(reversed{broken: true}).ForUse(t.Context(), "lab"); agent.CodeOf(err) != agent.CodeDenied || !strings.Contains(err.Error(), "store the key again") {
		t.Error(err)
	}
	if err := c.Put(t.Context(), "Bob", first, true); err != nil {
		t.Fatal(err)
	}
	if used, _ := c.ForUse(t.Context(), "lab"); used.Key != "" || used.HasKey {
		t.Errorf("the key was not forgotten: %+v", used)
	}
	for field, bad := range map[string]chat.Connection{
		"name": {Name: "Lab 1"}, "key_env": {Name: "a", KeyEnv: "sk-123-456"}, "key": {Name: "a", Key: "ключ"},
		"concurrency": {Name: "a", Concurrency: -1}, "day_usd": {Name: "a", DayUSD: -1}, "per_minute": {Name: "a", PerMinute: 1 << 30}, "base_url": {Name: "a", BaseURL: "http://\x00"},
	} {
		e, ok := errors.AsType[*agent.Error](c.Put(t.Context(), "Ann", bad, false))
		if !ok || e.Fields[field] == "" {
			t.Errorf("%s: %v", field, e)
		}
	}
	if err := c.Delete(t.Context(), "Ann", "lab"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(t.Context(), "lab"); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
	if err := c.Delete(t.Context(), "Ann", "lab"); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
}

// A key is nowhere in the file, and not in the audit.
func TestKeysAreNotInTheFile(t *testing.T) {
	path := t.TempDir() + "/p.db"
	db, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	const key = "sk-very-secret-0123456789"
	if err := db.Connections(reversed{}).Put(t.Context(), "Ann", chat.Connection{Name: "lab", Provider: "openai", Key: key}, false); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, path + "-wal"} {
		if raw, err := os.ReadFile(file); err == nil && bytes.Contains(raw, []byte(key)) {
			t.Errorf("%s holds the key", file)
		}
	}
}

func TestPriceTable(t *testing.T) {
	c := open(t, "").Connections(reversed{})
	for _, p := range []chat.Price{{Model: "openai:*", In: 1, Out: 2}, {Model: "openai:*", In: 3, Cached: .5, Out: 4}, {Model: "lab:m"}} {
		if err := c.PutPrice(t.Context(), "Ann", p); err != nil {
			t.Fatal(err)
		}
	}
	list, err := c.Prices(t.Context())
	if err != nil || len(list) != 2 || list[1] != (chat.Price{Model: "openai:*", In: 3, Cached: .5, Out: 4}) {
		t.Error(list, err)
	}
	if err := c.PutPrice(t.Context(), "Ann", chat.Price{Model: "x", In: -1}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}
	if err := c.DeletePrice(t.Context(), "Ann", "lab:m"); err != nil {
		t.Error(err)
	}
	if err := c.DeletePrice(t.Context(), "Ann", "lab:m"); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
}

func TestCalls(t *testing.T) {
	db := open(t, "")
	calls := db.Calls(slog.New(slog.DiscardHandler))
	noon := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	kept := agent.Run{ID: "r_1", Status: agent.RunIsQueued, Spec: agent.RunSpec{Environment: agent.EnvironmentRef{Name: "maze"}, Purpose: "find it"}.WithDefaults()}
	if err := db.Runs().Create(t.Context(), []agent.Run{kept}, 1, func(*sql.Tx) ([]int64, error) { return []int64{1}, nil }); err != nil {
		t.Fatal(err)
	}
	calls.Record(t.Context(), chat.Call{CallScope: agent.CallScope{Run: "of an experiment", Step: 1}, Model: "lab:m", Answer: "north", Usage: agent.Usage{TokensIn: 7, Calls: 1}, At: noon.Add(-time.Hour)})
	if of, err := calls.Of(t.Context(), "of an experiment", 1); err != nil || len(of) != 1 || of[0].Answer != "" || of[0].Usage.TokensIn != 7 {
		t.Errorf("of a run that is not kept: %+v %v", of, err)
	}
	for i := range 6 {
		calls.Record(t.Context(), chat.Call{CallScope: agent.CallScope{Run: "r_1", Step: i / 2, Role: agent.ModelRoles[i%2]}, Model: "lab:qwen3:1.7b", Prompt: "actor.v1 0a1b",
			Messages: []chat.Message{{Role: chat.RoleSystem, Text: "You act. " + strings.Repeat("state ", 500)}}, Schema: []byte(`{"type":"object"}`), Answer: `{"thought":"go"}`,
			Usage: agent.Usage{TokensIn: 100, TokensCached: 50, TokensOut: 10, Calls: 1, USD: .25}, Took: time.Second, FirstText: time.Millisecond, At: noon.Add(time.Duration(i) * time.Hour)})
	}
	of, err := calls.Of(t.Context(), "r_1", 1)
	if err != nil || len(of) != 2 || of[0].N != 3 || of[1].Role != agent.CriticRole || of[0].Messages[0].Role != chat.RoleSystem || len(of[0].Messages[0].Text) < 3000 ||
		of[0].Answer != `{"thought":"go"}` || of[0].Usage.USD != .25 || of[0].Took != time.Second || string(of[0].Schema) != `{"type":"object"}` {
		t.Fatalf("%+v %v", of, err)
	}
	if u, err := calls.Spent(t.Context(), "lab", noon.Add(4*time.Hour)); err != nil || u != (agent.Usage{TokensIn: 200, TokensOut: 20, Calls: 2, USD: .5}) {
		t.Error(u, err)
	}
	if u, err := calls.Spent(t.Context(), "other", noon); err != nil || u.Calls != 0 {
		t.Error(u, err)
	}
	if none, err := calls.Of(t.Context(), "r_2", 1); err != nil || len(none) != 0 {
		t.Error(none, err)
	}
}

func TestVectors(t *testing.T) {
	db := open(t, "")
	v := db.Vectors()
	vectors := map[embedding.Key][]float32{}
	var keys []embedding.Key
	for i := range 1200 {
		k := embedding.Key{byte(i), byte(i >> 8)}
		keys = append(keys, k)
		vectors[k] = []float32{float32(i), -.5, 1e-20}
	}
	for range 2 { // the second changes nothing
		if err := v.SaveVectors(t.Context(), "lab:bge", vectors); err != nil {
			t.Fatal(err)
		}
	}
	got, err := v.Vectors(t.Context(), "lab:bge", append(keys, embedding.Key{255, 255}))
	if err != nil || len(got) != 1200 || got[keys[7]][0] != 7 || got[keys[7]][2] != 1e-20 {
		t.Error(len(got), err)
	}
	if none, err := v.Vectors(t.Context(), "lab:other", keys); err != nil || len(none) != 0 {
		t.Error(len(none), err)
	}
}

// A stored key is for one server: where the connection leads to another it is
// asked for again, and keys of before know theirs after a start.
func TestKeysStayWithTheirServer(t *testing.T) {
	c := open(t, "").Connections(reversed{})
	lab := chat.Connection{Name: "lab", Provider: "openai", BaseURL: "http://10.1.2.3/v1", Key: "sk-first", ThinkingTokens: 9000, OverflowWords: []string{"sequence is longer", "zu lang"}}
	if err := c.Put(t.Context(), "Ann", lab, false); err != nil {
		t.Fatal(err)
	}
	if err := c.BindKeys(t.Context(), func(x chat.Connection) string { return "openai at " + x.BaseURL }); err != nil {
		t.Fatal(err)
	}
	got, err := c.ForUse(t.Context(), "lab")
	if err != nil || got.KeyFor != "openai at http://10.1.2.3/v1" || got.ThinkingTokens != 9000 || len(got.OverflowWords) != 2 || got.OverflowWords[1] != "zu lang" {
		t.Fatalf("%+v %v", got, err)
	}
	put := func(x chat.Connection, forget bool) string {
		t.Helper()
		e, _ := errors.AsType[*agent.Error](c.Put(t.Context(), "Eve", x, forget))
		if e == nil {
			return ""
		}
		return e.Fields["key"]
	}
	moved := lab
	moved.Key, moved.BaseURL, moved.KeyFor = "", "http://evil.example/v1", "openai at http://evil.example"
	if said := put(moved, false); !strings.Contains(said, "type the key again") || !strings.Contains(said, "10.1.2.3") {
		t.Errorf("the key went along: %q", said)
	}
	if used, _ := c.ForUse(t.Context(), "lab"); used.BaseURL != lab.BaseURL {
		t.Errorf("half of it was stored: %+v", used)
	}
	if said := put(moved, true); said != "" { // without the key
		t.Error(said)
	}
	if used, _ := c.ForUse(t.Context(), "lab"); used.Key != "" || used.BaseURL != moved.BaseURL {
		t.Errorf("%+v", used)
	}
	moved.Key = "sk-second"
	if said := put(moved, false); said != "" {
		t.Error(said)
	}
	moved.Key, moved.PerMinute = "", 9
	if said := put(moved, false); said != "" { // where it was given for
		t.Error(said)
	}
	if used, _ := c.ForUse(t.Context(), "lab"); used.Key != "sk-second" || used.PerMinute != 9 {
		t.Errorf("%+v", used)
	}
}

// The mark of an estimate is kept with calls, the day and the run.
func TestEstimatesAreKept(t *testing.T) {
	db := open(t, "")
	calls := db.Calls(slog.New(slog.DiscardHandler))
	noon := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for i := range 2 {
		calls.Record(t.Context(), chat.Call{Model: "lab:m", Usage: agent.Usage{TokensIn: 5, Calls: 1, Estimated: i == 1}, At: noon.Add(time.Duration(i) * time.Hour)})
	}
	if u, err := calls.Spent(t.Context(), "lab", noon); err != nil || u != (agent.Usage{TokensIn: 10, Calls: 2, Estimated: true}) {
		t.Error(u, err)
	}
	if u, err := calls.Spent(t.Context(), "other", noon); err != nil || u.Estimated {
		t.Error(u, err)
	}
	if of, err := calls.OfRun(t.Context(), ""); err != nil || len(of) != 2 || of[0].Usage.Estimated || !of[1].Usage.Estimated {
		t.Error(of, err)
	}
	epoch := newRun(t, db, "r_1", nil)
	if err := db.Runs().Append(t.Context(), "r_1", epoch, agent.Event{Run: "r_1", Seq: 2, At: noon, Data: agent.RunStarted{Task: agent.Task{Purpose: "p"}, Score: agent.Score{Usage: agent.Usage{TokensIn: 7, Calls: 1, Estimated: true}}}}); err != nil {
		t.Fatal(err)
	}
	if run, err := db.Runs().Get(t.Context(), "r_1"); err != nil || !run.Usage.Estimated || run.Usage.TokensIn != 7 {
		t.Error(run.Usage, err)
	}
}
