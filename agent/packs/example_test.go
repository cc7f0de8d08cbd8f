package packs_test

import (
	"fmt"
	"log"

	"purposeagent/agent"
	"purposeagent/agent/packs"
)

// A pack carries rules to another library. What is wrong with one is said by
// rule and field, and the others come in without it.
func ExampleParse() {
	pack := packs.New("kitchen", []*agent.Heuristic{{ID: "h1", Tier: agent.Strategic, Status: agent.Active,
		Scope: agent.Scope{Environment: "kitchen"}, Title: "Heat the oven", Pattern: "bread is asked for", Strategy: "heat the oven first"}})
	raw, err := pack.Encode()
	if err != nil {
		log.Fatal(err)
	}
	again, problems := packs.Parse(raw)
	fmt.Println(again.Name, len(again.Rules), "rule,", len(problems), "problems")
	_, problems = packs.Parse([]byte(`{"format": "purpose-library"}`))
	fmt.Println(problems[0])
	// Output:
	// kitchen 1 rule, 0 problems
	// the pack, version: is missing
}
