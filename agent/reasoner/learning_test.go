package reasoner_test

import (
	"os"
	"strconv"
	"testing"

	"purposeagent/agent"
	"purposeagent/environments/maze"
	"purposeagent/environments/workshop"
)

func workshopSchool(tb testing.TB, install string, level string) *school {
	tb.Helper()
	shops := map[string]*workshop.Workshop{}
	for _, split := range []string{"train", "test"} {
		w, err := workshop.New(agent.MustObject(map[string]any{"split": split, "level": level}), install)
		check(tb, err)
		shops[split] = w
	}
	s := &school{name: "workshop", limit: map[string]int{"train": 40, "test": 40}}
	s.open = func(split string) agent.Environment { return shops[split] }
	s.purpose = func(split string, seed int64) string { return shops[split].DrawPurpose(seed) }
	s.enrol()
	return s
}

func mazeSchool(tb testing.TB, config map[string]any, train, test int) *school {
	tb.Helper()
	s := &school{name: "maze", limit: map[string]int{"train": train, "test": test}}
	s.open = func(string) agent.Environment {
		m, err := maze.New(agent.MustObject(config))
		check(tb, err)
		return m
	}
	s.purpose = func(string, int64) string { return maze.DefaultPurpose }
	s.enrol()
	return s
}

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}
