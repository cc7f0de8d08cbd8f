package maze

import (
	"context"
	"testing"

	"purposeagent/agent"
)

// FuzzExecute throws arbitrary actions at arbitrary states: whatever comes, the
// answer is a state that can be gone on from, or CodeInvalid.
func FuzzExecute(f *testing.F) {
	f.Add(int64(1), "go", `{"direction":"north"}`, "", "")
	f.Add(int64(2), "take", `{"thing":"red key"}`, `{"place":"dusty hall","held":["treasure"],"opened":["red door"]}`, "")
	f.Add(int64(3), "unlock", `{"direction":7}`, "", `{"keys":[2,1],"room":3,"seed":3,"seen":"ffff","trail":[1,2,3],"treasure":true}`)
	f.Add(int64(4), "DONE", `{}`, `{"place":null}`, `{"keys":[255,-1],"room":-3,"seed":9223372036854775807,"seen":"zz"}`)
	f.Add(int64(5), "take", `{"thing":"treasure","extra":[{}]}`, "", "{}")
	f.Fuzz(func(t *testing.T, seed int64, name, params, data, hidden string) {
		ctx := context.Background()
		m := newMaze(t, `{"keys":2,"goal":"carry"}`)
		s, err := m.Reset(ctx, agent.Task{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		parse := func(raw string) agent.Object {
			o, err := agent.ParseObject([]byte(raw))
			if err != nil {
				t.Skip()
			}
			return o
		}
		if data != "" || hidden != "" {
			s = agent.State{Data: parse(data), Hidden: parse(hidden)}
		}
		after, err := m.Execute(ctx, agent.Action{Name: name, Params: parse(params)}, s)
		if err != nil {
			if agent.CodeOf(err) != agent.CodeInvalid {
				t.Fatalf("%v", err)
			}
			after = s
		}
		m.IsTerminal(after)
		m.LegalActions(after)
		phi, phiErr := m.Potential(after)
		_, pictureErr := m.Picture(after)
		_, verifyErr := m.Verify(ctx, after)
		if err == nil && (phiErr != nil || pictureErr != nil || verifyErr != nil || !agent.ValidPhi(phi)) {
			t.Fatalf("Φ %g, errors %v, %v, %v", phi, phiErr, pictureErr, verifyErr)
		}
	})
}
