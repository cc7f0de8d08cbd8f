// Command benchcredit prints how well raw Q, the advantage over a baseline and
// the randomised hold-out tell rules that help from rules that harm: the
// simulation of docs/learning.md, §5, with the product's own code. Then it
// prints how soon the test of a whole learned set finds harm, and how often it
// finds some where there is none. It exits with 1 unless both estimators are
// shown to be better than raw Q at the last point, and the test reaches its goals.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"

	"purposeagent/internal/creditbench"
)

func main() {
	seeds := flag.Int("seeds", 60, "repetitions")
	sets := flag.Int("sets", 2000, "simulated sets of each kind")
	asJSON := flag.Bool("json", false, "print JSON")
	flag.Parse()
	if *seeds < 2 || *sets < 100 {
		fmt.Fprintln(os.Stderr, "benchcredit: --seeds must be 2 or more, --sets 100 or more")
		os.Exit(2)
	}
	cells := creditbench.Run(creditbench.Config{Seeds: *seeds})
	tests := creditbench.RunSets(*sets)
	if *asJSON {
		if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"estimators": cells, "set_test": tests}); err != nil {
			fmt.Fprintln(os.Stderr, "benchcredit:", err)
			os.Exit(1)
		}
	} else {
		fmt.Printf("%d seeds, 40 rules with effects of ±0.8 logit, 8 task types; AUC of helpful against harmful rules [95 %% over seeds]\n\n", *seeds)
		fmt.Printf("%-16s %6s  %-19s %s\n", "estimator", "tasks", "AUC", "above raw Q")
		for _, c := range cells {
			above := fmt.Sprintf("%+.3f [%+.3f, %+.3f]", c.AboveQ.Value, c.AboveQ.Low, c.AboveQ.High)
			if c.Estimator == creditbench.Estimators[0].Name {
				above = ""
			}
			fmt.Printf("%-16s %6d  %.3f [%.3f, %.3f] %s\n", c.Estimator, c.Tasks, c.AUC.Value, c.AUC.Low, c.AUC.High, above)
		}
		printTests(tests, *sets)
	}
	last := cells[len(cells)-1].Tasks
	for i := range cells {
		if c := &cells[i]; c.Tasks == last && c.Estimator != creditbench.Estimators[0].Name && !c.Beats() {
			fmt.Fprintf(os.Stderr, "benchcredit: %s is not shown to be better than raw Q\n", c.Estimator)
			os.Exit(1)
		}
	}
	for i := range tests {
		if c := &tests[i]; !c.Reached() {
			fmt.Fprintf(os.Stderr, "benchcredit: %q is beside its goal\n", c.Case)
			os.Exit(1)
		}
	}
}

// printTests prints what became of the sets of each kind.
func printTests(tests []creditbench.SetCell, sets int) {
	fmt.Printf("\nThe test of a learned set: %d sets of each kind, %d tasks, success without the set → with it [95 %%]\n", sets, creditbench.SetTasks)
	fmt.Println("Best is the most that any test with an error of 5 % can find in time where exactly a quarter is withheld.")
	fmt.Printf("\n%-26s %-22s %-26s %-6s %-22s %s\n", "set", "suspended after", fmt.Sprintf("found in %d tasks", creditbench.SetGoalTasks), "best", "suspended", "withheld")
	for i := range tests {
		c := &tests[i]
		median, soon, best := "", "", ""
		if c.Harm {
			median = fmt.Sprintf("%d [%d, %d]", c.Median, c.Low, c.High)
			if c.Median > creditbench.SetTasks {
				median = "never, in the median"
			}
			soon = fmt.Sprintf("%.3f [%.3f, %.3f]", c.Soon.Share, c.Soon.Low, c.Soon.High)
		}
		if !math.IsNaN(c.Bound) {
			best = fmt.Sprintf("%.3f", c.Bound)
		}
		fmt.Printf("%-26s %-22s %-26s %-6s %.3f [%.3f, %.3f]  %.2f\n", c.Case, median, soon, best, c.Suspended.Share, c.Suspended.Low, c.Suspended.High, c.Withheld)
	}
}
