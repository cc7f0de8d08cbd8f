package reasoner_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"purposeagent/agent"
)

// toy is a small world of a test: all of it is in what is seen and in a hidden
// object, so that it is a function of both.
type toy struct {
	name    string
	specs   []agent.ActionSpec
	spec    agent.StateSpec
	begin   func(purpose string, r *rand.Rand) toyState
	act     func(s *toyState, a agent.Action, r *rand.Rand)
	legal   func(s *toyState) []agent.Action // nil: all that the specs say
	purpose func(r *rand.Rand) string
}

type toyState struct {
	Seen    map[string]any `json:"seen"`
	Purpose string         `json:"purpose"`
	Score   float64        `json:"score"`
	Over    bool           `json:"over"`
	Won     bool           `json:"won"`
	Step    int            `json:"step"`
	Seed    int64          `json:"seed"`
	Secret  map[string]any `json:"secret,omitempty"`
}

func (s *toyState) state() agent.State {
	hidden, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return agent.State{Summary: "A toy.", Data: agent.MustObject(s.Seen), Hidden: agent.Object(hidden)}
}

func toyOf(state agent.State) *toyState {
	var s toyState
	if err := json.Unmarshal([]byte(state.Hidden), &s); err != nil {
		panic(err)
	}
	return &s
}

func (w *toy) Actions() []agent.ActionSpec { return w.specs }

func (w *toy) Describe() agent.Description {
	return agent.Description{Text: "A toy.", Dynamics: w.name, State: w.spec}
}

func (w *toy) Reset(_ context.Context, task agent.Task) (agent.State, error) {
	s := w.begin(task.Purpose, rand.New(rand.NewPCG(uint64(task.Seed), 1)))
	s.Purpose, s.Seed = task.Purpose, task.Seed
	return s.state(), nil
}

func (w *toy) Execute(_ context.Context, a agent.Action, state agent.State) (agent.State, error) {
	s := toyOf(state)
	s.Step++
	w.act(s, a, rand.New(rand.NewPCG(uint64(s.Seed), uint64(1000+s.Step))))
	return s.state(), nil
}

func (w *toy) IsTerminal(state agent.State) bool { return toyOf(state).Over }

func (w *toy) Verify(_ context.Context, state agent.State) (agent.Verdict, error) {
	s := toyOf(state)
	return agent.Verdict{Success: s.Won, Score: s.Score}, nil
}

func (w *toy) LegalActions(state agent.State) []agent.Action {
	if w.legal != nil {
		return w.legal(toyOf(state))
	}
	var out []agent.Action
	for _, spec := range w.specs {
		if len(spec.Params) == 0 {
			out = append(out, agent.NewAction(spec.Name))
			continue
		}
		for _, value := range spec.Params[0].Enum {
			out = append(out, agent.NewAction(spec.Name, spec.Params[0].Name, value))
		}
	}
	return out
}

// toySchool is a learner in a toy that knows outcomes and partial scores only.
func toySchool(tb testing.TB, w *toy, train, test int) *school {
	tb.Helper()
	s := &school{name: w.name, limit: map[string]int{"train": train, "test": test}, critic: blind}
	s.open = func(string) agent.Environment { return w }
	s.purpose = func(_ string, seed int64) string { return w.purpose(rand.New(rand.NewPCG(uint64(seed), 2))) }
	s.enrol()
	return s
}

func (s *school) practise(tb testing.TB, from, n int) *school {
	tb.Helper()
	for i := range n {
		s.run(tb, "train", int64(from+i), train)
	}
	return s
}

func fixed(purpose string) func(*rand.Rand) string { return func(*rand.Rand) string { return purpose } }

// ice is a lake of 4 by 4 with holes; one way leads around them. Where it is
// slippery, a third of the steps go to either side.
func ice(slippery bool) *toy {
	rows := []string{"S...", ".H.H", "...H", "H..G"}
	ways := []string{"left", "down", "right", "up"}
	return &toy{name: fmt.Sprintf("ice-%v", slippery),
		specs:   []agent.ActionSpec{{Name: "go", Params: []agent.ParamSpec{{Name: "way", Type: "string", Enum: ways}}}},
		purpose: fixed("reach the far corner"),
		begin:   func(string, *rand.Rand) toyState { return toyState{Seen: map[string]any{"cell": "c0"}} },
		act: func(s *toyState, a agent.Action, r *rand.Rand) {
			var at int
			_, err := fmt.Sscanf(s.Seen["cell"].(string), "c%d", &at)
			if err != nil {
				panic(err)
			}
			way := slices.Index(ways, a.Param("way"))
			if slippery {
				way = (way + r.IntN(3) + 3) % 4
			}
			x, y := at%4, at/4
			switch way {
			case 0:
				x = max(x-1, 0)
			case 1:
				y = min(y+1, 3)
			case 2:
				x = min(x+1, 3)
			case 3:
				y = max(y-1, 0)
			}
			s.Seen["cell"] = fmt.Sprintf("c%d", 4*y+x)
			s.Won = rows[y][x] == 'G'
			s.Over = s.Won || rows[y][x] == 'H'
			if s.Won {
				s.Score = 1
			}
		}}
}

// form is filled in as asked and then submitted, which shows nothing.
func form() *toy {
	colours, sizes := []string{"red", "green", "blue", "white"}, []string{"small", "medium", "large"}
	sheet := agent.ParamSpec{Name: "sheet", Type: "string", Role: agent.RoleThing}
	w := &toy{name: "form",
		specs: []agent.ActionSpec{{Name: "colour", Params: []agent.ParamSpec{{Name: "value", Type: "string", Enum: colours}, sheet}},
			{Name: "size", Params: []agent.ParamSpec{{Name: "value", Type: "string", Enum: sizes}, sheet}},
			{Name: "submit", Params: []agent.ParamSpec{sheet}}},
		spec:    agent.StateSpec{Vocabulary: map[string][]string{"colour": colours, "size": sizes}, Things: "/things"},
		purpose: func(r *rand.Rand) string { return "a " + sizes[r.IntN(3)] + " " + colours[r.IntN(4)] + " one" },
		begin: func(string, *rand.Rand) toyState {
			return toyState{Seen: map[string]any{"things": map[string]any{"f1": map[string]any{"colour": "none", "size": "none"}}}}
		}}
	w.legal = func(*toyState) []agent.Action {
		out := []agent.Action{agent.NewAction("submit", "sheet", "f1")}
		for _, spec := range w.specs[:2] {
			for _, value := range spec.Params[0].Enum {
				out = append(out, agent.NewAction(spec.Name, "value", value, "sheet", "f1"))
			}
		}
		return out
	}
	w.act = func(s *toyState, a agent.Action, _ *rand.Rand) {
		sheet := s.Seen["things"].(map[string]any)["f1"].(map[string]any)
		if a.Name != "submit" {
			sheet[a.Name] = a.Param("value")
			return
		}
		s.Over, s.Won = true, s.Purpose == fmt.Sprintf("a %s %s one", sheet["size"], sheet["colour"])
	}
	return w
}

// cards is a game of hit and stick against a dealer, with an endless pack.
func cards() *toy {
	deal := func(r *rand.Rand) int { return min(1+r.IntN(13), 10) }
	return &toy{name: "cards",
		specs:   []agent.ActionSpec{{Name: "hit"}, {Name: "stick"}},
		purpose: fixed("beat the dealer"),
		begin: func(_ string, r *rand.Rand) toyState {
			sum := deal(r) + deal(r)
			return toyState{Seen: map[string]any{"mine": fmt.Sprintf("s%d", sum), "dealer": fmt.Sprintf("d%d", deal(r))}}
		},
		act: func(s *toyState, a agent.Action, r *rand.Rand) {
			var mine, dealer int
			_, err := fmt.Sscanf(s.Seen["mine"].(string)+s.Seen["dealer"].(string), "s%dd%d", &mine, &dealer)
			if err != nil {
				panic(err)
			}
			if a.Name == "hit" {
				mine += deal(r)
				s.Seen["mine"] = fmt.Sprintf("s%d", mine)
				s.Over = mine > 21
				return
			}
			for dealer < 17 {
				dealer += deal(r)
			}
			s.Over, s.Won = true, dealer > 21 || mine > dealer
		}}
}

// chores: each kind of thing belongs into one container; the score is the share
// that is in place, and only all of it is a success. Each day brings other things,
// so that no exact state recurs.
func chores() *toy {
	kinds := []string{"mug", "shirt", "book", "fork", "ball", "lamp"}
	places := []string{"cupboard", "wardrobe", "case", "drawer", "basket", "corner"}
	belongs := func(kind string) string { return places[(slices.Index(kinds, kind)*5+2)%6] }
	w := &toy{name: "chores", purpose: fixed("tidy up"),
		specs: []agent.ActionSpec{{Name: "take", Params: []agent.ParamSpec{{Name: "thing", Type: "string", Role: agent.RoleThing}}},
			{Name: "put", Params: []agent.ParamSpec{{Name: "into", Type: "string", Enum: places}, {Name: "thing", Type: "string", Role: agent.RoleThing}}}},
		spec: agent.StateSpec{Things: "/things", Held: "/held", Vocabulary: map[string][]string{"kind": kinds}},
		begin: func(_ string, r *rand.Rand) toyState {
			things := map[string]any{}
			day := r.IntN(1 << 30)
			for i, k := range r.Perm(len(kinds)) {
				things[fmt.Sprintf("t%d-%d", day, i)] = map[string]any{"kind": kinds[k], "place": "floor"}
			}
			return toyState{Seen: map[string]any{"things": things, "held": []any{}}}
		}}
	w.legal = func(s *toyState) []agent.Action {
		var out []agent.Action
		held := s.Seen["held"].([]any)
		for _, id := range slices.Sorted(maps.Keys(s.Seen["things"].(map[string]any))) {
			if len(held) == 0 {
				out = append(out, agent.NewAction("take", "thing", id))
			} else if held[0] == id {
				for _, p := range places {
					out = append(out, agent.NewAction("put", "into", p, "thing", id))
				}
			}
		}
		return out
	}
	w.act = func(s *toyState, a agent.Action, _ *rand.Rand) {
		things := s.Seen["things"].(map[string]any)
		t := things[a.Param("thing")].(map[string]any)
		if a.Name == "take" {
			s.Seen["held"], t["place"] = []any{a.Param("thing")}, "hand"
		} else {
			s.Seen["held"], t["place"] = []any{}, a.Param("into")
		}
		s.Score = 0
		for _, x := range things {
			if x := x.(map[string]any); x["place"] == belongs(x["kind"].(string)) {
				s.Score += 1.0 / 6
			}
		}
		s.Won = s.Score > .99
		s.Over = s.Won
	}
	return w
}
