package household

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/reveal"
	"purposeagent/agent/wording"
)

// configs are houses of all sizes.
var configs = []agent.Object{`{"size":"small"}`, `{"size":"small","world":9,"kinds":"new"}`, `{}`, `{"world":4,"split":"test"}`, `{"size":"large","world":2}`, `{"size":"large","world":5,"kinds":"new","split":"test"}`}

func open(t testing.TB, config agent.Object) *Household {
	t.Helper()
	h, err := New(config, "tests")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// begin returns the first moment of a seed's task.
func begin(t testing.TB, h *Household, seed int64) day {
	t.Helper()
	s, err := h.begin(agent.Task{Purpose: h.DrawPurpose(seed), Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConfig(t *testing.T) {
	for _, tt := range []struct {
		name, config string
		want         map[string]string // property → part of its message; nil: accepted
	}{
		{"empty", `{}`, nil},
		{"all", `{"world":3,"size":"large","split":"test","kinds":"new","rewards":"random","draw":4}`, nil},
		{"whole number with a point", `{"world":4.0}`, nil},
		{"world too small", `{"world":0}`, map[string]string{"world": "from 1 to 1000"}},
		{"world text", `{"world":"1"}`, map[string]string{"world": "whole number"}},
		{"world a fraction", `{"world":1.5}`, map[string]string{"world": "whole number"}},
		{"draw too large", `{"draw":1000001}`, map[string]string{"draw": "from 0 to 1000000"}},
		{"size", `{"size":"huge"}`, map[string]string{"size": "small, medium, large"}},
		{"kinds", `{"kinds":7}`, map[string]string{"kinds": "known, new"}},
		{"split and rewards", `{"split":"x","rewards":null}`, map[string]string{"split": "train, test", "rewards": "real, random"}},
		{"unknown", `{"rooms":4}`, map[string]string{"rooms": "is not a property"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(agent.Object(tt.config), "tests")
			if tt.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var e *agent.Error
			if !errors.As(err, &e) || e.Code != agent.CodeInvalid {
				t.Fatalf("got %v, want CodeInvalid", err)
			}
			if got, want := slices.Sorted(maps.Keys(e.Fields)), slices.Sorted(maps.Keys(tt.want)); !slices.Equal(got, want) {
				t.Fatalf("fields %v, want %v", got, want)
			}
			for name, part := range tt.want {
				if !strings.Contains(e.Fields[name], part) {
					t.Errorf("%s: %q does not contain %q", name, e.Fields[name], part)
				}
			}
		})
	}
	if _, err := New(`{}`, ""); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("without an install seed: %v, want CodeInvalid", err)
	}
}

// FuzzConfig: whatever a configuration holds, there is a house or a clear refusal,
// and the house has a day for any seed.
func FuzzConfig(f *testing.F) {
	f.Add(`{"world":3,"size":"large"}`, "tests", int64(1))
	f.Add(`{"world":1e999,"size":[],"x":null}`, "", int64(-9))
	f.Fuzz(func(t *testing.T, raw, install string, seed int64) {
		config, err := agent.ParseObject([]byte(raw))
		if err != nil {
			t.Skip()
		}
		h, err := New(config, install)
		if err != nil {
			if agent.CodeOf(err) != agent.CodeInvalid {
				t.Fatal(err)
			}
			return
		}
		state, err := h.Reset(t.Context(), agent.Task{Purpose: h.DrawPurpose(seed), Seed: seed})
		if err != nil || h.IsTerminal(state) || len(h.LegalActions(state)) == 0 {
			t.Fatalf("the day of %d: %v", seed, err)
		}
	})
}

// FuzzExecute throws any actions at any states: the answer is a state that can be
// gone on from, or CodeInvalid.
func FuzzExecute(f *testing.F) {
	h, err := New(`{}`, "tests")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("go", `{"room":"cellar"}`, "", int64(1))
	f.Add("take", `{"thing":"cup1"}`, "", int64(2))
	f.Add("clean", `{"thing":"cup1","where":"basin"}`, `{"h":"00"}`, int64(3))
	f.Add("put", `{"thing":"zz","where":"table"}`, "", int64(4))
	f.Add("open", `{"what":7}`, `{}`, int64(5))
	f.Add("DONE", `{}`, "", int64(6))
	f.Fuzz(func(t *testing.T, name, params, hidden string, seed int64) {
		ctx := t.Context()
		state, err := h.Reset(ctx, agent.Task{Purpose: h.DrawPurpose(seed), Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		p, err := agent.ParseObject([]byte(params))
		if err != nil {
			t.Skip()
		}
		if hidden != "" {
			state.Hidden = agent.Object(hidden)
		}
		after, err := h.Execute(ctx, agent.Action{Name: name, Params: p}, state)
		if err != nil {
			if agent.CodeOf(err) != agent.CodeInvalid || agent.MessageOf(err) == "" {
				t.Fatal(err)
			}
			return
		}
		phi, err := h.Potential(after)
		_, drawErr := h.Picture(after)
		if err != nil || drawErr != nil || !agent.ValidPhi(phi) {
			t.Fatalf("Φ %g, %v, %v", phi, err, drawErr)
		}
	})
}

func TestTasks(t *testing.T) {
	h := open(t, `{"size":"large"}`)
	for _, tt := range []struct {
		purpose string
		want    string // the task as it is understood; "": refused
		part    string // of the message
	}{
		{"put a cup in the chest", "put a cup in the chest", ""},
		{"Please, put one clean spoon on the TABLE!", "put a clean spoon on the table", ""},
		{"clean a plate, then put it in the drawer", "put a clean plate in the drawer", ""},
		{"heat some cup and place it on the rack", "put a hot cup on the rack", ""},
		{"two jars into the wardrobe", "put two jars in the wardrobe", ""},
		{"look at the bell under a light", "examine a bell under a light", ""},
		{"put a cup", "", "where to put it"},
		{"put it on the table", "", "which thing"},
		{"put a clean hot cup on the table", "", "one thing at a time"},
		{"put a cup and a plate on the table", "", "one kind of thing"},
		{"put a cup on the table and the bench", "", "to one place"},
		{"examine a cup in the chest", "", "puts it nowhere"},
		{"put an elephant on the table", "", `does not know "elephant"`},
		{"", "", "which thing"},
	} {
		g, err := h.world.readGoal(tt.purpose)
		if tt.want == "" {
			var e *agent.Error
			if !errors.As(err, &e) || e.Code != agent.CodeInvalid || !strings.Contains(e.Fields["purpose"], tt.part) {
				t.Errorf("%q: %v, want a refusal with %q", tt.purpose, err, tt.part)
			}
			continue
		}
		if err != nil || g.text() != tt.want {
			t.Errorf("%q is understood as %q (%v), want %q", tt.purpose, g.text(), err, tt.want)
		}
	}
	if _, err := open(t, `{"size":"small"}`).world.readGoal("put a cup in the wardrobe"); err == nil {
		t.Error("a small house has no wardrobe")
	}
}

// TestSplits: no task is for training and for testing, each reads back as it was
// drawn, none asks to put a thing where it is kept, new kinds are new, and all
// families come.
func TestSplits(t *testing.T) {
	for _, size := range []string{SizeSmall, SizeMedium, SizeLarge} {
		w := newWorld("seed", size)
		owner := map[string]string{}
		for kinds, splits := range w.goals {
			for split, list := range splits {
				for _, g := range list {
					name := kinds + " " + split
					if other := owner[g.text()]; other != "" {
						t.Fatalf("%s: %q is of %s and of %s", size, g.text(), other, name)
					}
					owner[g.text()] = name
					back, err := w.readGoal(g.text())
					if err != nil || back != g {
						t.Errorf("%q reads back as %+v, want %+v (%v)", g.text(), back, g, err)
					}
					if g.form != formExamine && int(g.to) == w.home[g.kind] {
						t.Errorf("%q asks for nothing", g.text())
					}
					if (int(g.kind) >= len(kindsOf(w))) != (kinds == KindsNew) {
						t.Errorf("%q is among the kinds %s", g.text(), kinds)
					}
				}
			}
		}
		for _, config := range []Config{{Split: SplitTrain, Kinds: KindsKnown}, {Split: SplitTest, Kinds: KindsNew}} {
			met := map[form]bool{}
			for seed := range int64(100) {
				met[w.drawGoal(config, seed).form] = true
			}
			if len(met) != forms {
				t.Errorf("%s, %+v: only the forms %v", size, config, met)
			}
		}
	}
}

func kindsOf(w *world) []string { return kinds[:w.kinds] }

// TestDistance: the distance is 0 at the end only, no action shortens it by more
// than one, and some action shortens it by one. Together that makes it exact. It is
// asked of the states of random walks, of all houses and families.
func TestDistance(t *testing.T) {
	for _, config := range configs {
		h := open(t, config)
		w, random := h.world, rand.New(rand.NewPCG(1, 2))
		for seed := range int64(24) {
			s := begin(t, h, seed)
			for step := 0; step < 80 && !w.done(&s); step++ {
				moves, here, best := w.moves(&s), w.distance(&s), 1<<10
				for _, m := range moves {
					after := s
					w.do(&after, m)
					best = min(best, w.distance(&after))
				}
				if here <= 0 || here != best+1 {
					t.Fatalf("%s, %q, step %d: distance %d, and the best neighbour has %d", config, s.goal.text(), step, here, best)
				}
				w.do(&s, moves[random.IntN(len(moves))])
			}
			if w.done(&s) && w.distance(&s) != 0 {
				t.Fatalf("%s, %q: distance %d at the end", config, s.goal.text(), w.distance(&s))
			}
		}
	}
}

// TestOptimum holds the optimum against a breadth-first search over everything that
// can be done, in small houses.
func TestOptimum(t *testing.T) {
	met := map[form]bool{}
	for world := 1; world <= 2; world++ {
		h := open(t, agent.MustObject(map[string]any{"size": SizeSmall, "world": world}))
		for seed := range int64(24) {
			s := begin(t, h, seed)
			got, err := h.Optimum(agent.Task{Purpose: s.goal.text(), Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			if got > 5 {
				continue // the search would take too long
			}
			met[s.goal.form] = true
			if want := search(h.world, s); got != want {
				t.Errorf("world %d, seed %d, %q: optimum %d, and the search needs %d", world, seed, s.goal.text(), got, want)
			}
		}
	}
	if len(met) < forms {
		t.Errorf("only the forms %v were searched", met)
	}
}

// search returns the least number of moves to the end, shortest first.
func search(w *world, start day) int {
	seen := map[day]bool{start: true}
	front := []day{start}
	for steps := 1; len(front) > 0; steps++ {
		var next []day
		for i := range front {
			for _, m := range w.moves(&front[i]) {
				after := front[i]
				w.do(&after, m)
				if w.done(&after) {
					return steps
				}
				if !seen[after] {
					seen[after] = true
					next = append(next, after)
				}
			}
		}
		front = next
	}
	return -1
}

// TestEveryDayCanBeDone: on each day, to go by the best Φ ends the task in the
// optimal number of steps, and Φ never counts as success before.
func TestEveryDayCanBeDone(t *testing.T) {
	for _, config := range configs {
		h := open(t, config)
		for seed := range int64(30) {
			task := agent.Task{Purpose: h.DrawPurpose(seed), Seed: seed}
			state, err := h.Reset(t.Context(), task)
			if err != nil {
				t.Fatal(err)
			}
			optimum, err := h.Optimum(task)
			if err != nil || optimum < 1 {
				t.Fatalf("%s, seed %d: optimum %d, %v", config, seed, optimum, err)
			}
			for range optimum {
				if phi := must(h.Potential(state)); phi > 7 {
					t.Fatalf("%s, seed %d: Φ %g before the end", config, seed, phi)
				}
				state = bestOf(t, h, state)
			}
			if v, err := h.Verify(t.Context(), state); err != nil || !v.Success || !h.IsTerminal(state) || must(h.Potential(state)) != 10 {
				t.Fatalf("%s, seed %d, %q: %+v after %d steps, %v", config, seed, task.Purpose, v, optimum, err)
			}
		}
	}
}

func must(x float64, err error) float64 {
	if err != nil {
		return -1
	}
	return x
}

// bestOf returns the state with the best Φ that an action leads to.
func bestOf(t testing.TB, h *Household, state agent.State) agent.State {
	t.Helper()
	best, most := state, -1.0
	for _, a := range h.LegalActions(state) {
		after, err := h.Execute(context.Background(), a, state)
		if err != nil {
			t.Fatal(err)
		}
		if phi := must(h.Potential(after)); phi > most {
			best, most = after, phi
		}
	}
	return best
}

// TestWhatIsHiddenIsNotSeen: moving a thing within closed furniture or between other
// rooms changes nothing of what is shown.
func TestWhatIsHiddenIsNotSeen(t *testing.T) {
	h := open(t, `{}`)
	w, moved := h.world, 0
	for seed := range int64(20) {
		s := begin(t, h, seed)
		before := h.state(&s, dayBegins)
		for i := range w.items {
			for at := range w.stores {
				other := s
				other.items[i].at = uint8(at)
				if w.visible(&s, s.items[i]) || w.visible(&other, other.items[i]) || w.done(&other) {
					continue
				}
				after := h.state(&other, dayBegins)
				moved++
				if before.Data != after.Data || before.Summary != after.Summary || mustPicture(t, h, before) != mustPicture(t, h, after) {
					t.Fatalf("seed %d: that %s is %s is seen from the %s", seed, w.itemName(&s, i), stores[at], rooms[s.room])
				}
			}
		}
	}
	if moved < 200 {
		t.Errorf("only %d moves were tried", moved)
	}
}

func mustPicture(t *testing.T, h *Household, s agent.State) string {
	t.Helper()
	svg, err := h.Picture(s)
	if err != nil {
		t.Fatal(err)
	}
	return svg
}

// TestHabits: they belong to the world and its install seed and not to the day, they
// differ between worlds, most things are where they are usually kept, and no text of
// the environment tells them.
func TestHabits(t *testing.T) {
	h := open(t, `{}`)
	secrets := h.Secrets()
	again, other := open(t, `{"split":"test"}`), open(t, `{"world":2}`)
	if !slices.EqualFunc(secrets.Rules, again.Secrets().Rules, func(a, b reveal.Secret) bool { return a.Text == b.Text }) {
		t.Error("the test tasks are in another house")
	}
	if h.Describe().Dynamics != again.Describe().Dynamics || h.Describe().Dynamics == other.Describe().Dynamics {
		t.Error("the name of the laws is not that of the house")
	}
	same := 0
	for i, rule := range secrets.Rules {
		if rule.Text == other.Secrets().Rules[i].Text {
			same++
		}
	}
	if same > len(secrets.Rules)/2 {
		t.Errorf("%d of %d habits are the same in another house", same, len(secrets.Rules))
	}
	kept, all := 0, 0
	for seed := range int64(200) {
		s := begin(t, h, seed)
		for _, item := range s.items[:h.world.items] {
			if item.kind != s.goal.kind && item.at != inHand {
				all++
				if int(item.at) == h.world.home[item.kind] {
					kept++
				}
			}
		}
	}
	if share := float64(kept) / float64(all); share < .8 || share > .95 {
		t.Errorf("a share of %.2f is where it is kept", share)
	}
	text := h.Describe().Text
	for _, spec := range h.Actions() {
		text += spec.Description
	}
	for _, rule := range secrets.Rules {
		if strings.Contains(text, rule.Text) {
			t.Errorf("the environment tells %q", rule.Text)
		}
	}
	if control := open(t, `{"rewards":"random"}`); len(control.Secrets().Rules) > 0 || len(control.Facts()) > 0 {
		t.Error("where chance decides there are secrets")
	}
}

// TestSecretsDecide: along the best way, what is done goes by facts that are among
// the secrets, and of all kinds of them.
func TestSecretsDecide(t *testing.T) {
	h := open(t, `{}`)
	facts, met := h.Facts(), map[string]bool{}
	for seed := range int64(24) {
		state, err := h.Reset(t.Context(), agent.Task{Purpose: h.DrawPurpose(seed), Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		for !h.IsTerminal(state) {
			for _, a := range h.LegalActions(state) {
				if fact := h.Decides(state, a); fact != "" {
					if !slices.Contains(facts, fact) {
						t.Fatalf("%s goes by %q, which is no secret", a.Label(), fact)
					}
					about, _, _ := strings.Cut(fact, " of ")
					met[about] = true
				}
			}
			state = bestOf(t, h, state)
		}
	}
	if want := []string{verbClean, verbCool, verbExamine, verbHeat, AboutHome, AboutNeed, AboutRoom}; !slices.Equal(slices.Sorted(maps.Keys(met)), slices.Sorted(slices.Values(want))) {
		t.Errorf("facts about %v decide, want %v", met, want)
	}
}

// TestRandomRewards: whatever is done, the episode ends when its time has come, and
// as it was drawn; another draw has other outcomes; half are successes.
func TestRandomRewards(t *testing.T) {
	a, b := open(t, `{"rewards":"random","draw":1}`), open(t, `{"rewards":"random","draw":2}`)
	wins, differ := 0, 0
	for seed := range int64(80) {
		firstWon, firstSteps := play(t, a, seed, 1)
		won, steps := play(t, a, seed, 2)
		if won != firstWon || steps != firstSteps {
			t.Fatalf("seed %d: %v after %d steps, then %v after %d: actions matter", seed, firstWon, firstSteps, won, steps)
		}
		if other, _ := play(t, b, seed, 1); other != won {
			differ++
		}
		if won {
			wins++
		}
	}
	if wins < 25 || wins > 55 || differ < 25 || differ > 55 {
		t.Errorf("%d of 80 won, %d otherwise in another draw", wins, differ)
	}
}

// play acts at random and returns how the episode ended.
func play(t *testing.T, h *Household, seed int64, by uint64) (won bool, steps int) {
	t.Helper()
	random := rand.New(rand.NewPCG(by, uint64(seed)))
	state, err := h.Reset(t.Context(), agent.Task{Purpose: h.DrawPurpose(seed), Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	for ; !h.IsTerminal(state); steps++ {
		legal := h.LegalActions(state)
		if state, err = h.Execute(t.Context(), legal[random.IntN(len(legal))], state); err != nil {
			t.Fatal(err)
		}
	}
	v, err := h.Verify(t.Context(), state)
	if err != nil {
		t.Fatal(err)
	}
	return v.Success, steps
}

// TestRefusals: what can't be done is refused in words that help.
func TestRefusals(t *testing.T) {
	h := open(t, `{}`)
	w := h.world
	s := begin(t, h, 3)
	s.room = w.fixtures[1].room // of the cupboard
	s.open, s.on = 0, 0
	for i := range w.items {
		s.items[i].at = onFloor + s.room
	}
	full := s
	full.items[0].at = inHand
	away := (s.room + 1) % uint8(w.rooms)
	far := ""
	for i := range w.stores {
		if w.fixtures[i].room != s.room {
			far = stores[i]
		}
	}
	name, second := w.itemName(&s, 0), w.itemName(&s, 1)
	for _, tt := range []struct {
		state  day
		action agent.Action
		want   string
	}{
		{s, agent.NewAction("fly"), "unknown action"},
		{s, agent.NewAction(verbGo, paramRoom, rooms[s.room]), "already"},
		{s, agent.NewAction(verbGo, paramRoom, "moon"), "must be one of kitchen"},
		{s, agent.NewAction(verbTake, paramThing, "cup99"), "you see no cup99"},
		{s, agent.NewAction(verbClose, paramWhat, "cupboard"), "closed already"},
		{s, agent.NewAction(verbDrop, paramThing, name), "you don't hold"},
		{full, agent.NewAction(verbTake, paramThing, second), "your hand is full"},
		{full, agent.NewAction(verbTake, paramThing, name), "you hold " + name + " already"},
		{full, agent.NewAction(verbPut, paramThing, name, paramWhere, "cupboard"), "open it first"},
		{full, agent.NewAction(verbPut, paramThing, name, paramWhere, far), "there is no " + far},
		{full, agent.NewAction(agent.Done), "DONE"},
	} {
		state := h.state(&tt.state, dayBegins)
		_, err := h.Execute(t.Context(), tt.action, state)
		if agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(agent.MessageOf(err), tt.want) {
			t.Errorf("%s: %v, want a refusal with %q", tt.action.Label(), err, tt.want)
		}
	}
	if _, err := h.Execute(t.Context(), agent.NewAction(verbGo, paramRoom, rooms[away]), h.state(&s, dayBegins)); err != nil {
		t.Errorf("to go elsewhere: %v", err)
	}
	state := h.state(&s, dayBegins)
	if err := open(t, `{"world":2}`).Restore(t.Context(), agent.Task{}, state); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(agent.MessageOf(err), "another house") {
		t.Errorf("a state of another house: %v", err)
	}
	damaged := s
	damaged.items[0].at, damaged.items[1].at = inHand, inHand
	for name, hidden := range map[string]agent.Object{"empty": "", "short": `{"h":"00"}`, "two hands": h.state(&damaged, "").Hidden} {
		if err := h.Restore(t.Context(), agent.Task{}, agent.State{Hidden: hidden}); agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("%s: %v, want CodeInvalid", name, err)
		}
	}
}

// TestPhrases: the words for features can be said, and read back.
func TestPhrases(t *testing.T) {
	for _, p := range featureWords() {
		if err := wording.CheckPhrase(p); err != nil {
			t.Errorf("%q: %v", p.Feature, err)
		}
	}
}

// TestExplorer: the player written by hand solves most tasks within the Lab's limit,
// with more steps than needed, by legal actions only.
func TestExplorer(t *testing.T) {
	for _, config := range configs {
		h := open(t, config)
		solved, steps, optimum := 0, 0, 0
		for seed := range int64(30) {
			task := agent.Task{Purpose: h.DrawPurpose(seed), Seed: seed}
			state, err := h.Reset(t.Context(), task)
			if err != nil {
				t.Fatal(err)
			}
			best, err := h.Optimum(task)
			if err != nil {
				t.Fatal(err)
			}
			player := h.Explorer()
			for n := 0; n < LimitFactor*best+20 && !h.IsTerminal(state); n++ {
				d, err := player.Decide(t.Context(), &agent.Situation{Task: task, State: state, Legal: h.LegalActions(state)})
				if err != nil {
					t.Fatal(err)
				}
				if state, err = h.Execute(t.Context(), d.Action, state); err != nil {
					t.Fatalf("%s, %q: %v", config, task.Purpose, err)
				}
				steps++
			}
			optimum += best
			if h.IsTerminal(state) {
				solved++
			}
		}
		if solved < 26 || steps < optimum*5/4 {
			t.Errorf("%s: %d of 30 solved in %d steps, where %d are needed", config, solved, steps, optimum)
		}
	}
}

// TestPicture: it shows the task, all rooms, what is in sight with how it is, and
// the hand; and in the end that the task is done.
func TestPicture(t *testing.T) {
	h := open(t, `{}`)
	s := begin(t, h, 5)
	svg := mustPicture(t, h, h.state(&s, dayBegins))
	want := append([]string{s.goal.text(), "in the hand", atFloor}, rooms[:h.world.rooms]...)
	for i := range h.world.fixtures {
		if f := &h.world.fixtures[i]; f.room == s.room {
			want = append(want, ">"+f.name+"<")
		}
	}
	for _, words := range want {
		if !strings.Contains(svg, words) {
			t.Errorf("the picture does not show %q", words)
		}
	}
	state := h.state(&s, dayBegins)
	for !h.IsTerminal(state) {
		if strings.Contains(mustPicture(t, h, state), ">done<") {
			t.Fatal("the picture says done before the end")
		}
		state = bestOf(t, h, state)
	}
	if !strings.Contains(mustPicture(t, h, state), ">done<") {
		t.Error("the picture does not say that the task is done")
	}
}
