package pagetest

import (
	"testing"

	"purposeagent/agent"
)

// Remember adds trajectories to the replay.
func (s *Store) Remember(t testing.TB, trajectories ...*agent.Trajectory) {
	t.Helper()
	for _, tr := range trajectories {
		if err := s.Replay(0).Add(t.Context(), tr); err != nil {
			t.Fatal(err)
		}
	}
}

// RememberSamples adds trajectories that were retrieved more or less often, one
// of them pinned.
func (s *Store) RememberSamples(t testing.TB) {
	t.Helper()
	replay, ctx := s.Replay(0), t.Context()
	samples := []*agent.Trajectory{SampleTrajectory("t_A", 22, true, agent.SourceEnvironment), SampleTrajectory("t_B", 9, false, agent.SourceEnvironment),
		SampleTrajectory("t_C", 14, true, agent.SourceCritic), SampleTrajectory("t_D", 450, true, agent.SourceEnvironment)}
	for i, run := range []string{"r_7Q1C", "r_B", "r_7PZ8", "r_D"} { // two of them are evidence of the sample rules
		samples[i].Run, samples[i].Type = run, []string{"find treasure in maze", "deliver {colour} {kind}"}[i%2]
	}
	s.Remember(t, samples...)
	for i, tr := range samples {
		for k := range 3 * i {
			if err := replay.UpdateValue(ctx, []string{tr.ID}, float64((k+i)%2)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := replay.Pin(ctx, "you", "t_B", true); err != nil {
		t.Fatal(err)
	}
}
