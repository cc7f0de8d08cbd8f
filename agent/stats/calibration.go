package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Isotonic returns the non-decreasing sequence that is nearest to the values in
// weighted least squares, by pooling adjacent violators (Ayer et al. 1955).
// Nil weights are all 1. The values are in the order of what they should rise
// with; ties there must be pooled by the caller.
func Isotonic(values, weights []float64) []float64 {
	type block struct {
		mean, weight float64
		size         int
	}
	var blocks []block
	for i, v := range values {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		blocks = append(blocks, block{v, w, 1})
		for n := len(blocks); n > 1 && blocks[n-2].mean >= blocks[n-1].mean; n = len(blocks) {
			a, b := blocks[n-2], blocks[n-1]
			total := a.weight + b.weight
			blocks = append(blocks[:n-2], block{(a.mean*a.weight + b.mean*b.weight) / total, total, a.size + b.size})
		}
	}
	out := make([]float64, 0, len(values))
	for _, b := range blocks {
		for range b.size {
			out = append(out, b.mean)
		}
	}
	return out
}

// Steps is a non-decreasing step function that maps a score to a probability.
type Steps struct {
	At    []float64 `json:"at"`    // scores, ascending
	Value []float64 `json:"value"` // probability from that score on
}

// FitIsotonic fits the probability of success as a non-decreasing function of
// the score. Equal scores are pooled first.
func FitIsotonic(score []float64, success []bool) Steps {
	var s Steps
	var values, weights []float64
	for _, i := range ascending(score) {
		y := indicator(success[i])
		if n := len(s.At); n > 0 && s.At[n-1] == score[i] {
			weights[n-1]++
			values[n-1] += (y - values[n-1]) / weights[n-1]
			continue
		}
		s.At, values, weights = append(s.At, score[i]), append(values, y), append(weights, 1)
	}
	s.Value = Isotonic(values, weights)
	return s
}

// Map returns the probability at a score: that of the nearest fitted score at
// or below it, and of the lowest one below all. It is 0.5 without any.
func (s Steps) Map(score float64) float64 {
	if len(s.At) == 0 {
		return 0.5
	}
	i, found := slices.BinarySearch(s.At, score)
	if !found {
		i = max(i-1, 0)
	}
	return s.Value[i]
}

// OutOfFold returns a probability of success for each score from an isotonic
// fit to the other folds, so that no case is judged by itself. Folds are drawn
// from rng; there are at most as many as cases.
func OutOfFold(score []float64, success []bool, folds int, rng *rand.Rand) []float64 {
	n := len(score)
	folds = max(min(folds, n), 1)
	fold := make([]int, n)
	for place, i := range rng.Perm(n) {
		fold[i] = place % folds
	}
	out := make([]float64, n)
	for f := range folds {
		var x []float64
		var y []bool
		for i := range score {
			if fold[i] != f {
				x, y = append(x, score[i]), append(y, success[i])
			}
		}
		fit := FitIsotonic(x, y)
		for i := range score {
			if fold[i] == f {
				out[i] = fit.Map(score[i])
			}
		}
	}
	return out
}

// Brier returns the mean squared error of predicted probabilities (Brier 1950)
// and its skill: 1 is perfect, 0 is no better than always saying the base
// rate, below 0 is worse. Where all outcomes are the same the base rate is
// never wrong; the skill is 0 then if nothing was wrong, else −Inf.
func Brier(p []float64, success []bool) (score, skill float64) {
	if len(p) == 0 {
		return math.NaN(), math.NaN()
	}
	base := 0.0
	for i := range p {
		y := indicator(success[i])
		score += (p[i] - y) * (p[i] - y)
		base += y
	}
	n := float64(len(p))
	score, base = score/n, base/n
	switch reference := base * (1 - base); {
	case reference > 0:
		return score, 1 - score/reference
	case score == 0:
		return 0, 0
	}
	return score, math.Inf(-1)
}

// Bin is one bin of a reliability diagram.
type Bin struct {
	N         int     `json:"n"`
	Predicted float64 `json:"predicted"` // mean
	Observed  float64 `json:"observed"`  // share of successes
}

// Successes returns how many of the bin's cases were successes.
func (b Bin) Successes() int { return int(math.Round(b.Observed * float64(b.N))) }

// Reliability returns bins of equal mass, by predicted probability, and the
// expected calibration error Σ n_b/n · |predicted_b − observed_b| (Naeini et
// al. 2015; equal mass as in Nixon et al. 2019). Cases with equal predictions
// may fall on both sides of a border; their order decides.
func Reliability(p []float64, success []bool, bins int) ([]Bin, float64) {
	order := ascending(p)
	var out []Bin
	ece := 0.0
	for b := range bins {
		from, to := b*len(order)/bins, (b+1)*len(order)/bins
		if from == to {
			continue
		}
		bin := Bin{N: to - from}
		for _, i := range order[from:to] {
			bin.Predicted += p[i]
			bin.Observed += indicator(success[i])
		}
		bin.Predicted /= float64(bin.N)
		bin.Observed /= float64(bin.N)
		ece += float64(bin.N) / float64(len(order)) * math.Abs(bin.Predicted-bin.Observed)
		out = append(out, bin)
	}
	return out, ece
}

// Spearman returns the rank correlation, with mean ranks for ties (Spearman
// 1904); NaN where one side does not vary.
func Spearman(x, y []float64) float64 {
	rx, ry := ranks(x), ranks(y)
	mx, my := Mean(rx), Mean(ry)
	var xy, xx, yy float64
	for i := range rx {
		dx, dy := rx[i]-mx, ry[i]-my
		xy, xx, yy = xy+dx*dy, xx+dx*dx, yy+dy*dy
	}
	if xx == 0 || yy == 0 {
		return math.NaN()
	}
	return xy / math.Sqrt(xx*yy)
}

// SpearmanInterval returns the rank correlation with its 95 % interval, by
// Fisher's transformation with the standard error √((1 + ρ²/2)/(n − 3)) of
// Bonett & Wright (2000). It is false where there is none: fewer than four
// cases, or a side that does not vary.
func SpearmanInterval(x, y []float64) (Difference, bool) {
	rho := Spearman(x, y)
	if len(x) < 4 || math.IsNaN(rho) {
		return Difference{}, false
	}
	if math.Abs(rho) >= 1 {
		return Difference{rho, rho, rho}, true
	}
	z, half := math.Atanh(rho), Z95*math.Sqrt((1+rho*rho/2)/float64(len(x)-3))
	return Difference{rho, math.Tanh(z - half), math.Tanh(z + half)}, true
}

func ranks(x []float64) []float64 {
	order := ascending(x)
	out := make([]float64, len(x))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && x[order[to]] == x[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			out[i] = float64(from+to+1) / 2
		}
		from = to
	}
	return out
}

// FalseSuccess returns, among the cases whose score is above the threshold,
// the share that were no successes, with Wilson bounds.
func FalseSuccess(score []float64, success []bool, threshold float64) Interval {
	wrong, n := 0, 0
	for i, s := range score {
		if s > threshold {
			n++
			if !success[i] {
				wrong++
			}
		}
	}
	return Wilson(wrong, n)
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// AUC is the probability that a positive case scores above a negative one,
// ties counting half: the area under the ROC curve (Mann & Whitney 1947). It
// is NaN where one of the two kinds is missing.
func AUC(score []float64, positive []bool) float64 {
	r := ranks(score)
	sum, n := 0.0, 0
	for i, p := range positive {
		if p {
			sum, n = sum+r[i], n+1
		}
	}
	others := len(score) - n
	if n == 0 || others == 0 {
		return math.NaN()
	}
	return (sum - float64(n)*float64(n+1)/2) / (float64(n) * float64(others))
}
