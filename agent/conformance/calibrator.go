package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/calibration"
)

// CriticReader is what a calibrator offers to pages beyond agent.Calibrator.
type CriticReader interface {
	agent.Calibrator
	Critics(ctx context.Context) ([]calibration.CriticReport, error)
}

// Calibrator runs the conformance suite of agent.Calibrator. fresh returns an
// empty one for each check.
func Calibrator(t *testing.T, fresh func() CriticReader) {
	runChecks(t, func(*testing.T) CriticReader { return fresh() }, calibratorChecks)
}

var calibratorChecks = []check[CriticReader]{
	{"a flatterer loses the right at the look after enough tasks", checkCalibratorFlatterer},
	{"a critic that was right keeps the right", checkCalibratorHonest},
	{"a critic that gets better gets the right back", checkCalibratorRecovers},
	{"a run counts once", checkCalibratorOnce},
	{"only outcomes that the critic did not give itself count", checkCalibratorSources},
	{"scopes and critics are apart, and listed in order", checkCalibratorApart},
	{"what is kept is bounded", checkCalibratorBounded},
	{"a cancelled context writes nothing", checkCalibratorCancelled},
	{"concurrent use", checkCalibratorConcurrent},
}

// observe tells the calibrator of n episodes from the first number on.
func observe(c agent.Calibrator, from, n int, verdict func(i int) *agent.Trajectory) error {
	for i := from; i < from+n; i++ {
		if err := c.Observe(context.Background(), verdict(i)); err != nil {
			return err
		}
	}
	return nil
}

func flattery(i int) *agent.Trajectory { return agenttest.TestVerdict(i, "flatterer", 9, i%5 == 0) }

func honesty(i int) *agent.Trajectory {
	if i%2 == 0 {
		return agenttest.TestVerdict(i, "honest", 9, true)
	}
	return agenttest.TestVerdict(i, "honest", 3, false)
}

func discredited(c agent.Calibrator, want ...string) error {
	names, err := c.Discredited(context.Background(), agenttest.TestScope)
	if len(names) == 0 && len(want) == 0 {
		return err
	}
	return first(err, mismatch("discredited critics", names, want))
}

func checkCalibratorFlatterer(c CriticReader) error {
	if err := first(discredited(c), observe(c, 1, calibration.MinFalseSuccess-1, flattery), discredited(c)); err != nil {
		return fmt.Errorf("before there is enough data: %w", err)
	}
	if err := first(observe(c, calibration.MinFalseSuccess, 1, flattery), discredited(c, "flatterer")); err != nil {
		return err
	}
	reports, err := c.Critics(context.Background())
	if err != nil || len(reports) != 1 {
		return errors.Join(err, mismatch("reports", len(reports), 1))
	}
	return first(mismatch("right", reports[0].Right, calibration.RightLost), mismatch("pairs", reports[0].N, calibration.MinFalseSuccess),
		mismatch("false successes", reports[0].FalseSuccess.Hits, 8))
}

func checkCalibratorHonest(c CriticReader) error {
	if err := first(observe(c, 1, 60, honesty), discredited(c)); err != nil {
		return err
	}
	reports, err := c.Critics(context.Background())
	if err != nil || len(reports) != 1 {
		return errors.Join(err, mismatch("reports", len(reports), 1))
	}
	return mismatch("right", reports[0].Right, calibration.RightProven)
}

func checkCalibratorRecovers(c CriticReader) error {
	if err := first(observe(c, 1, 30, flattery), discredited(c, "flatterer")); err != nil {
		return err
	}
	better := func(i int) *agent.Trajectory {
		t := honesty(i)
		return agenttest.TestVerdict(i, "flatterer", t.FinalPhi(), t.Outcome.Success)
	}
	return first(observe(c, 31, calibration.MaxCriticPairs, better), discredited(c))
}

func checkCalibratorOnce(c CriticReader) error {
	for range 30 {
		if err := observe(c, 1, 1, flattery); err != nil {
			return err
		}
	}
	reports, err := c.Critics(context.Background())
	if err != nil || len(reports) != 1 {
		return errors.Join(err, mismatch("reports", len(reports), 1))
	}
	return first(discredited(c), mismatch("pairs of one run that was told 30 times", reports[0].Total, 1))
}

func checkCalibratorSources(c CriticReader) error {
	self := func(i int) *agent.Trajectory {
		t := flattery(i)
		t.Outcome = agent.CriticOutcome(t.FinalPhi())
		return t
	}
	unscored := func(i int) *agent.Trajectory {
		t := flattery(i)
		for k := range t.Steps {
			t.Steps[k].Score = agent.Unscored(0, "flatterer", "down")
		}
		return t
	}
	if err := first(observe(c, 1, 40, self), observe(c, 100, 40, unscored)); err != nil {
		return err
	}
	reports, err := c.Critics(context.Background())
	return first(err, mismatch("reports", len(reports), 0), discredited(c))
}

func checkCalibratorApart(c CriticReader) error {
	elsewhere := func(i int) *agent.Trajectory {
		t := flattery(i)
		t.Scope.Environment = "another"
		return t
	}
	err := first(observe(c, 1, 30, elsewhere), observe(c, 100, 30, honesty), discredited(c), observe(c, 200, 30, flattery), discredited(c, "flatterer"))
	if err != nil {
		return err
	}
	reports, err := c.Critics(context.Background())
	var got []string
	for i := range reports {
		got = append(got, reports[i].Scope.Environment+"/"+reports[i].Critic)
	}
	return first(err, mismatch("critics in order", got, []string{"another/flatterer", "counter/flatterer", "counter/honest"}))
}

func checkCalibratorBounded(c CriticReader) error {
	const more = calibration.KeptCriticPairs + 21
	if err := observe(c, 1, more, honesty); err != nil {
		return err
	}
	reports, err := c.Critics(context.Background())
	if err != nil || len(reports) != 1 {
		return errors.Join(err, mismatch("reports", len(reports), 1))
	}
	return first(mismatch("pairs in all", reports[0].Total, more), mismatch("pairs looked at", reports[0].N, calibration.MaxCriticPairs))
}

func checkCalibratorCancelled(c CriticReader) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := c.Observe(ctx, flattery(1)); err == nil {
		return errors.New("observing with a cancelled context gives no error")
	}
	if _, err := c.Discredited(ctx, agenttest.TestScope); err == nil {
		return errors.New("asking who is discredited with a cancelled context gives no error")
	}
	reports, err := c.Critics(context.Background())
	return first(err, mismatch("reports", len(reports), 0))
}

func checkCalibratorConcurrent(c CriticReader) error {
	const workers, rounds = 4, 15
	errs := make([]error, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := range rounds {
				errs[w] = errors.Join(errs[w], c.Observe(context.Background(), flattery(w*rounds+i)), discard(c.Discredited(context.Background(), agenttest.TestScope)))
			}
		})
	}
	group.Wait()
	if err := first(slices.Clone(errs)...); err != nil {
		return err
	}
	reports, err := c.Critics(context.Background())
	if err != nil || len(reports) != 1 {
		return errors.Join(err, mismatch("reports", len(reports), 1))
	}
	return first(mismatch("pairs", reports[0].Total, workers*rounds), discredited(c, "flatterer"))
}

func discard(_ []string, err error) error { return err }
