// Command benchcredit prints how well raw Q, the advantage over a baseline and
// the randomised hold-out tell rules that help from rules that harm: the
// simulation of the learning notes, §0.1, with the product's own code. It exits
// with 1 unless both are shown to be better than raw Q at the last point.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"purposeagent/internal/creditbench"
)

func main() {
	seeds := flag.Int("seeds", 60, "repetitions")
	asJSON := flag.Bool("json", false, "print JSON")
	flag.Parse()
	if *seeds < 2 {
		fmt.Fprintln(os.Stderr, "benchcredit: --seeds must be 2 or more")
		os.Exit(2)
	}
	cells := creditbench.Run(creditbench.Config{Seeds: *seeds})
	if *asJSON {
		if err := json.NewEncoder(os.Stdout).Encode(cells); err != nil {
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
	}
	last := cells[len(cells)-1].Tasks
	for i := range cells {
		if c := &cells[i]; c.Tasks == last && c.Estimator != creditbench.Estimators[0].Name && !c.Beats() {
			fmt.Fprintf(os.Stderr, "benchcredit: %s is not shown to be better than raw Q\n", c.Estimator)
			os.Exit(1)
		}
	}
}
