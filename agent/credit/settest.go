package credit

import "math"

// SetTest is the sequential test of a learned set: does it lower success? It
// may be looked at after every task, and is right at most SetTestLevel of the
// time by mistake, however often one looks. While a set is suspended the same
// test runs with the two sides exchanged: does doing without it lower success?
// The zero value is a test that has not begun. It is not changed by its
// methods but for Add.
//
// # What it tests
//
// Before each task chance lets the set in with a known probability π, which may
// depend on everything before the task. Let p be the probability that the task
// is then solved with the set in and q without, given everything before it. The
// null hypothesis is p ≥ q for every task: at no time does the set lower the
// success of the task that comes next. p and q may move in any way, as they do
// when an agent learns or a world changes; validity rests on the draw alone.
//
// # Why it is valid
//
// From the tasks before, choose q̂ ≥ p̂ in (0, 1) and let m = π·p̂ + (1−π)·q̂. A
// task with outcome y multiplies what was bet by
//
//	f = P̂(y | in or out) / P̂(y),   with P̂(1 | in) = p̂, P̂(1 | out) = q̂, P̂(1) = m,
//
// which is the conditional likelihood ratio of the draw given the outcome.
// Writing h₁ = (1−π)·q̂/m and h₀ = (1−π)·(1−q̂)/(1−m), its mean is
//
//	E f = q·h₁ + (1−q)·h₀ + p·(1−h₁) + (1−p)·(1−h₀) = 1 + (q−p)·(h₁−h₀),
//	h₁ − h₀ = π·(1−π)·(q̂−p̂) / (m·(1−m)) ≥ 0,
//
// so E f ≤ 1 under the null whatever q is, and 1 + c·(f−1) has mean ≤ 1 for
// any c ≥ 0 that was chosen before and keeps it from falling below 0. The capital is
// a sum of such bets and of what is not bet: a nonnegative supermartingale that
// begins at 1. By Ville's inequality it ever reaches 1/α with probability α at
// most. All bets of this form with h₁ ≥ h₀ are all that there are for one task:
// E f is linear in p and q, so the corners (0, 0), (1, 1) and (1, 0) of p ≥ q
// decide.
//
// Betting: Ramdas, Grünwald, Vovk and Shafer, Game-theoretic statistics and safe
// anytime-valid inference, Statistical Science 38 (2023); for two shares: Turner,
// Ly and Grünwald, Generic E-variables for exact sequential k-sample tests
// (arXiv 2106.02693); drifting baselines: Howard, Ramdas, McAuliffe and Sekhon,
// Time-uniform, nonparametric, nonasymptotic confidence sequences, Annals of
// Statistics 49 (2021).
//
// # How it bets
//
// q̂ and p̂ lie setHarm apart around the recent share of success. How much is
// bet, c, is Browne's strategy for reaching a goal by a deadline (Advances in
// Applied Probability 31, 1999), which maximises the probability of getting there:
// growing capital as fast as possible instead (Kelly) takes half as long again in
// the median. A round stakes part of the capital: the first, nearly all of it for
// setFirstRound tasks, and each later one half of what is left, for setRound
// tasks, when the tasks lean towards harm (Page's CUSUM over ln f). So harm that
// comes late is found as well.
//
// After SetTestSpan tasks the capital is 1 anew, where it is no more than 1 and nothing is
// staked: the level holds for each such span, and a set that was good for
// thousands of tasks can still be found out. Tasks that run at the same time
// are counted in the order in which they end.
type SetTest struct {
	// Tasks with and without the set since the test began, and how many of them
	// were solved.
	In        int `json:"in"`
	InSolved  int `json:"in_solved"`
	Out       int `json:"out"`
	OutSolved int `json:"out_solved"`
	// Span counts the tasks since the capital was last 1.
	Span int `json:"span"`
	// Reserve is the capital that is not staked, Stake what a round has made of
	// its stake, 0 where none is on.
	Reserve float64 `json:"reserve"`
	Stake   float64 `json:"stake"`
	Rounds  int     `json:"rounds"`
	Round   int     `json:"round"` // tasks of the round that is on
	// Lean is how much the last tasks speak for harm: a CUSUM, in nats.
	Lean float64 `json:"lean"`
	// Solved of Weight recent tasks, faded.
	Solved float64 `json:"solved"`
	Weight float64 `json:"weight"`
}

// Constants of the test of a learned set. They were chosen with the simulation
// of internal/creditbench (make bench-credit).
const (
	// SetTestLevel is the level of the test, and SetTestSpan the number of tasks
	// that it holds for at least.
	SetTestLevel = 0.05
	SetTestSpan  = 1000

	setHarm       = 0.2  // the harm that bets are made for
	setFloor      = 0.1  // p̂ ≥ setFloor·m, and 1 − q̂ ≥ setFloor·(1−m)
	setFirst      = 0.9  // of the capital is staked at first
	setLater      = 0.5  // of what is left is staked later
	setFirstRound = 100  // tasks
	setRound      = 200  // tasks
	setQuiet      = 0.02 // nothing is bet where fewer tasks than this are solved, or are not
	setRuin       = 1e-4 // of the goal, under which a round is lost
	setMaxBet     = 0.95 // of the stake may be lost by one task
	setHalfLife   = 40.0 // tasks after which one counts half for the recent share
	leanFirst     = 1.25 // how strong a lean is, as a likelihood ratio, in the first round
	leanLater     = 2.0
)

// Evidence is the capital of the test, its e-value: how many times more than 1
// the bets against the null have made. 20 decides.
func (t *SetTest) Evidence() float64 {
	if !t.sound() {
		return 1
	}
	return t.Reserve + t.Stake
}

// Decided reports whether the null is rejected.
func (t *SetTest) Decided() bool { return t.Evidence() >= 1/SetTestLevel }

// Leans reports whether recent tasks lean towards harm, so that it is worth to
// look closer. It decides nothing. In the first round a slight lean is enough,
// where the shares of success agree with it.
func (t *SetTest) Leans(reversed bool) bool {
	if !t.sound() {
		return false
	}
	if t.Rounds > 1 || t.Stake == 0 {
		return t.Lean >= math.Log(leanLater)
	}
	better := t.OutSolved*t.In - t.InSolved*t.Out
	return t.Lean >= math.Log(leanFirst) && (!reversed && better > 0 || reversed && better < 0)
}

// begun returns a test that has counted nothing.
func begun() SetTest { return SetTest{Reserve: 1 - setFirst, Stake: setFirst, Rounds: 1} }

// sound reports whether the numbers can be those of a test. The zero value is
// none, and neither is what something other than Purpose wrote: such a test
// begins anew.
func (t *SetTest) sound() bool {
	whole := min(t.In-t.InSolved, t.InSolved, t.Out-t.OutSolved, t.OutSolved, t.Span, t.Rounds-1, t.Round) >= 0
	capital := t.Reserve+t.Stake > 0 && t.Reserve >= 0 && t.Stake >= 0 && t.Reserve+t.Stake <= maxCapital
	share := t.Solved >= 0 && t.Solved <= t.Weight && t.Weight <= 2*setHalfLife
	return whole && capital && share && t.Lean >= 0 && t.Lean <= maxLogE
}

// maxCapital is more than any task can make of a stake: the test has decided
// long before.
const maxCapital = 1e6

// Add counts one task: whether the set was in, with which probability, and
// whether the task was solved. reversed exchanges the sides. A propensity that
// is no probability of a draw, 0 < π < 1, changes nothing.
func (t *SetTest) Add(propensity float64, in, solved, reversed bool) {
	if !(propensity > 0 && propensity < 1) {
		return
	}
	if !t.sound() {
		*t = begun()
	}
	t.count(in, solved)
	if reversed {
		propensity, in = 1-propensity, !in
	}
	if b := t.bet(propensity); b.both >= setQuiet && b.both <= 1-setQuiet {
		f := b.factor(in, solved)
		t.stake(&b, f)
		t.Lean = min(max(t.Lean+math.Log(f), 0), maxLogE)
	} else {
		t.Lean = 0 // next to no task tells anything
	}
	t.open()
	fade := math.Exp2(-1 / setHalfLife)
	t.Solved, t.Weight = t.Solved*fade+indicatorOf(solved), t.Weight*fade+1
}

func (t *SetTest) count(in, solved bool) {
	y := 0
	if solved {
		y = 1
	}
	if in {
		t.In, t.InSolved = t.In+1, t.InSolved+y
	} else {
		t.Out, t.OutSolved = t.Out+1, t.OutSolved+y
	}
	t.Span++
}

// setBet is what the test expects of one task if the set harms.
type setBet struct{ propensity, in, out, both float64 } // success with it, without, and of either

// bet makes the expectation from the tasks before.
func (t *SetTest) bet(propensity float64) setBet {
	b := setBet{propensity: propensity, both: (t.Solved + 0.5) / (t.Weight + 1)}
	b.in, b.out = b.both-(1-propensity)*setHarm, b.both+propensity*setHarm
	if low := setFloor * b.both; b.in < low {
		b.in = low
		b.out = (b.both - propensity*b.in) / (1 - propensity)
	}
	if high := 1 - setFloor*(1-b.both); b.out > high {
		b.out = high
		b.in = (b.both - (1-propensity)*b.out) / propensity
	}
	return b
}

// factor is f of the doc comment of SetTest.
func (b *setBet) factor(in, solved bool) float64 {
	p := b.out
	if in {
		p = b.in
	}
	if solved {
		return p / b.both
	}
	return (1 - p) / (1 - b.both)
}

// worst is the least factor that the task can bring.
func (b *setBet) worst() float64 {
	return min(b.factor(true, true), b.factor(false, false))
}

// information is the mean of ln f if the expectation is right: the mutual
// information of draw and outcome, in nats.
func (b *setBet) information() float64 {
	return b.propensity*relativeEntropy(b.in, b.both) + (1-b.propensity)*relativeEntropy(b.out, b.both)
}

// relativeEntropy is that of Kullback and Leibler, of two shares in (0, 1).
func relativeEntropy(p, r float64) float64 {
	return p*math.Log(p/r) + (1-p)*math.Log((1-p)/(1-r))
}

// stake bets on one task, or ends the round that is on.
func (t *SetTest) stake(b *setBet, f float64) {
	if t.Stake == 0 {
		return
	}
	deadline := setRound
	if t.Rounds == 1 {
		deadline = setFirstRound
	}
	left, goal := deadline-t.Round, 1/SetTestLevel-t.Reserve
	x := t.Stake / goal // how much of the goal is reached
	switch {
	case x >= 1:
	case left <= 0 || x < setRuin || t.Rounds > 1 && t.Lean == 0:
		t.Reserve, t.Stake, t.Round = t.Reserve+t.Stake, 0, 0
	default:
		z := math.Sqrt2 * math.Erfinv(2*x-1)
		density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
		c := max(density/(x*math.Sqrt(2*b.information()*float64(left))), 1) // at least as Kelly: large harm is found early
		t.Stake *= 1 + min(c, setMaxBet/(1-b.worst()))*(f-1)
		t.Round++
	}
}

// open begins a round where tasks lean towards harm, and a new span where the
// old one is over.
func (t *SetTest) open() {
	if t.Stake > 0 {
		return
	}
	if t.Span >= SetTestSpan && t.Reserve <= 1 {
		t.Reserve, t.Span = 1, 0
	}
	if t.Lean >= math.Log(leanLater) && !t.Decided() {
		t.Stake = t.Reserve * setLater
		t.Reserve -= t.Stake
		t.Rounds, t.Round = t.Rounds+1, 0
	}
}
