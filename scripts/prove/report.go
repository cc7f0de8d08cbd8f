package main

import (
	"encoding/json"
	"fmt"
	"math"
)

// What is read of the reports of `purpose lab --json`.
type (
	// worlds is a report over several worlds.
	worlds struct {
		Verdict     string                `json:"verdict"`
		Arms        map[string]arm        `json:"arms"`
		Comparisons map[string]comparison `json:"comparisons"`
		Curve       []point               `json:"curve"`
		Worlds      []report              `json:"worlds"`
		Numbers     []int64               `json:"numbers"`
		Failed      map[string]string     `json:"failed"`
	}
	report struct {
		Arms        map[string]arm        `json:"arms"`
		Comparisons map[string]comparison `json:"comparisons"`
		Curve       []point               `json:"curve"`
		Optimum     *float64              `json:"optimum"`
		Promoted    int                   `json:"promoted"`
		Truth       *truth                `json:"truth"`
		Planted     *planted              `json:"planted"`
		LawChanges  []struct{}            `json:"law_changes"`
	}
	arm struct {
		MeanSteps float64  `json:"mean_steps"`
		N         int      `json:"n"`
		Successes int      `json:"successes"`
		Share     float64  `json:"success_rate"`
		Low       float64  `json:"low"`
		High      float64  `json:"high"`
		Lowest    float64  `json:"lowest"`
		Over      *float64 `json:"steps_over_optimum"`
		Error     string   `json:"error"`
		Memory    *fitting `json:"memory"`
	}
	// fitting is what a model was shown and told, of what applied.
	fitting struct {
		Shown     int `json:"shown"`
		Fitting   int `json:"fitting"`
		Applying  int `json:"applying"`
		Expressed int `json:"expressed"`
		Page      []struct {
			Tokens    int `json:"tokens"`
			Expressed int `json:"expressed"`
		} `json:"page"`
	}
	comparison struct {
		N          int     `json:"n"`
		Difference float64 `json:"difference"`
		Low        float64 `json:"low"`
		High       float64 `json:"high"`
	}
	point struct {
		Tasks int     `json:"tasks"`
		N     int     `json:"n"`
		Share float64 `json:"share"`
		Low   float64 `json:"low"`
		High  float64 `json:"high"`
	}
	planted struct {
		Planted  int `json:"planted"`
		Promoted int `json:"promoted"`
		After    []struct {
			Gone int `json:"gone"`
		} `json:"after"`
	}
	truth struct {
		Precision *float64 `json:"precision"`
		Recall    *float64 `json:"recall"`
	}
	// estimates is what benchcredit --json prints.
	estimates struct {
		Estimators []cell    `json:"estimators"`
		SetTest    []setCell `json:"set_test"`
	}
	setCell struct {
		Case      string `json:"case"`
		Harm      bool   `json:"harm"`
		Goal      bool   `json:"goal"`
		N         int    `json:"n"`
		Suspended share  `json:"suspended"`
		Median    int    `json:"median"`
		Low       int    `json:"median_low"`
		High      int    `json:"median_high"`
	}
	share struct {
		Share float64 `json:"share"`
		Low   float64 `json:"low"`
		High  float64 `json:"high"`
	}
	cell struct {
		Estimator string `json:"estimator"`
		Tasks     int    `json:"tasks"`
		N         int    `json:"n"`
		AUC       span   `json:"auc"`
		Above     span   `json:"above_raw_q"`
	}
	span struct {
		Value float64 `json:"value"`
		Low   float64 `json:"low"`
		High  float64 `json:"high"`
	}
)

// row is one target with what was measured. A target that could not be
// measured is not met.
type row struct {
	Group    string   `json:"group"`
	Target   string   `json:"target"`
	Measured *float64 `json:"measured"` // null: not measured
	N        int      `json:"n"`
	Unit     string   `json:"unit"` // of n and of the interval
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
	Met      bool     `json:"met"`
	Note     string   `json:"note,omitempty"`
}

func (r *row) line() string {
	mark, measured, interval := "no", "not measured", ""
	if r.Met {
		mark = "yes"
	}
	if r.Measured != nil {
		measured = fmt.Sprintf("%.3f", *r.Measured)
	}
	if r.Low != nil && r.High != nil {
		interval = fmt.Sprintf("[%.3f, %.3f]", *r.Low, *r.High)
	}
	text := fmt.Sprintf("%-4s %-58s %12s  %-17s n %d %s", mark, r.Target, measured, interval, r.N, r.Unit)
	if r.Note != "" {
		text += "  · " + r.Note
	}
	return text
}

// measured is a row with a figure; it is met if the figure says so.
func measured(group, target string, x float64, n int, unit string, met bool) row {
	return row{Group: group, Target: target, Measured: &x, N: n, Unit: unit, Met: met && !math.IsNaN(x)}
}

func (r row) within(low, high float64) row {
	r.Low, r.High = &low, &high
	return r
}

func (r row) noting(format string, args ...any) row {
	r.Note = fmt.Sprintf(format, args...)
	return r
}

// missing is a target that could not be measured.
func missing(group, target, why string) row {
	return row{Group: group, Target: target, Note: why}
}

func decode[T any](raw []byte) (T, error) {
	var v T
	return v, json.Unmarshal(raw, &v)
}

// spread returns the mean with the range of the mean ± 1.96 standard errors.
func spread(x []float64) (mean, low, high float64) {
	if len(x) == 0 {
		return math.NaN(), math.NaN(), math.NaN()
	}
	for _, v := range x {
		mean += v / float64(len(x))
	}
	sum := 0.0
	for _, v := range x {
		sum += (v - mean) * (v - mean)
	}
	half := 0.0
	if len(x) > 1 {
		half = 1.96 * math.Sqrt(sum/float64(len(x)-1)/float64(len(x)))
	}
	return mean, mean - half, mean + half
}
