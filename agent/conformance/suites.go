package conformance

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/suites"
)

// Suites runs the conformance suite of suites.Store on new, empty stores.
func Suites(t *testing.T, fresh func() suites.Store) {
	runChecks(t, func(*testing.T) suites.Store { return fresh() }, []check[suites.Store]{
		{"it gives back what it keeps", checkSuiteKept},
		{"other tasks are the next version", checkSuiteVersions},
		{"it refuses what no suite may be", checkSuiteRefused},
		{"a name is given once", checkSuiteNames},
		{"a version that is not the newest is not changed", checkSuiteBase},
		{"what is frozen stays", checkSuiteFrozen},
		{"what is deleted is gone", checkSuiteDeleted},
		{"it says what it does not have", checkSuiteUnknown},
	})
}

func sampleSuite(name string) suites.Suite {
	return suites.Suite{Name: name, Description: "Two tasks.", Tasks: []suites.Task{
		{ID: "a", Environment: "maze", Config: `{"size":5}`, Purpose: "find it", Seed: 1, Split: suites.Train, MaxSteps: 7},
		{ID: "b", Environment: "web", Config: `{"start":"http://x/"}`, Purpose: "press it", Seed: 2, Check: `{"success_text":"ok"}`},
	}}
}

func checkSuiteKept(s suites.Store) error {
	ctx := context.Background()
	want := sampleSuite("Mine")
	made, err := s.Create(ctx, "Ann", want, "as it came")
	if err != nil {
		return err
	}
	if made.ID == "" || made.Version != 1 || made.Tasks != 2 || made.Hash != suites.Hash(want.Tasks) || made.By != "Ann" || made.Frozen || made.Runs != 0 || made.CreatedAt.IsZero() ||
		!reflect.DeepEqual(made.Environments, []string{"maze", "web"}) {
		return fmt.Errorf("it made %+v", made)
	}
	byID, err := s.Get(ctx, made.ID)
	if err != nil {
		return err
	}
	byName, err := s.Get(ctx, "mINE")
	if err != nil {
		return err
	}
	list, err := s.List(ctx)
	if err != nil {
		return err
	}
	version, err := s.Version(ctx, made.ID, 0)
	if err != nil {
		return err
	}
	runs, err := s.Runs(ctx, made.ID, 10)
	if err != nil || len(runs) != 0 {
		return fmt.Errorf("it has runs %v: %w", runs, err)
	}
	return first(mismatch("by id", byID, made), mismatch("by name", byName, made), mismatch("in the list", list, []suites.Info{made}),
		mismatch("tasks", version.Tasks, want.Tasks), mismatch("note", version.Note, "as it came"), mismatch("number", version.Number, 1))
}

func checkSuiteVersions(s suites.Store) error {
	ctx := context.Background()
	suite := sampleSuite("Mine")
	made, err := s.Create(ctx, "Ann", suite, "")
	if err != nil {
		return err
	}
	suite.Name, suite.Description = "Ours", ""
	renamed, err := s.Edit(ctx, "Bob", made.ID, 1, suite, "")
	if err != nil || renamed.Version != 1 || renamed.Name != "Ours" || renamed.Hash != made.Hash || renamed.Description != "" || renamed.By != "Bob" {
		return fmt.Errorf("renamed it is %+v: %w", renamed, err)
	}
	suite.Tasks[0].Seed = 9
	changed, err := s.Edit(ctx, "Bob", made.ID, 1, suite, "another seed")
	if err != nil || changed.Version != 2 || changed.Hash == made.Hash {
		return fmt.Errorf("changed it is %+v: %w", changed, err)
	}
	old, err := s.Version(ctx, made.ID, 1)
	if err != nil || old.Tasks[0].Seed != 1 || old.Hash != made.Hash {
		return fmt.Errorf("the first version is %+v: %w", old, err)
	}
	all, err := s.Versions(ctx, made.ID)
	if err != nil || len(all) != 2 || all[0].Number != 2 || all[0].Note != "another seed" || all[1].Number != 1 || all[0].Tasks != nil || all[0].Count != 2 {
		return fmt.Errorf("its versions are %+v: %w", all, err)
	}
	return nil
}

func checkSuiteRefused(s suites.Store) error {
	ctx := context.Background()
	for name, spoil := range map[string]func(*suites.Suite){
		"no name":  func(s *suites.Suite) { s.Name = "" },
		"no tasks": func(s *suites.Suite) { s.Tasks = nil },
		"one id":   func(s *suites.Suite) { s.Tasks[1].ID = "a" },
		"no seed":  func(s *suites.Suite) { s.Tasks[1].Seed = 0 },
	} {
		suite := sampleSuite("Mine")
		spoil(&suite)
		_, err := s.Create(ctx, "Ann", suite, "")
		if err := wantCode(name, err, agent.CodeInvalid); err != nil {
			return err
		}
	}
	_, err := s.Create(ctx, "Ann", sampleSuite("Mine"), strings.Repeat("x", 10_000))
	return wantCode("a long note", err, agent.CodeInvalid)
}

func checkSuiteNames(s suites.Store) error {
	ctx := context.Background()
	if _, err := s.Create(ctx, "Ann", sampleSuite("Mine"), ""); err != nil {
		return err
	}
	_, err := s.Create(ctx, "Bob", sampleSuite("MINE"), "")
	if err := wantCode("the same name", err, agent.CodeConflict); err != nil {
		return err
	}
	other, err := s.Create(ctx, "Bob", sampleSuite("Other"), "")
	if err != nil {
		return err
	}
	_, err = s.Edit(ctx, "Bob", other.ID, 1, sampleSuite("mine"), "")
	return wantCode("renamed to a name that is taken", err, agent.CodeConflict)
}

func checkSuiteBase(s suites.Store) error {
	ctx := context.Background()
	suite := sampleSuite("Mine")
	made, err := s.Create(ctx, "Ann", suite, "")
	if err != nil {
		return err
	}
	suite.Tasks = suite.Tasks[:1]
	if _, err := s.Edit(ctx, "Ann", made.ID, 1, suite, ""); err != nil {
		return err
	}
	_, err = s.Edit(ctx, "Bob", made.ID, 1, sampleSuite("Mine"), "")
	return wantCode("a change of an earlier version", err, agent.CodeConflict)
}

func checkSuiteFrozen(s suites.Store) error {
	ctx := context.Background()
	suite := sampleSuite("Mine")
	made, err := s.Create(ctx, "Ann", suite, "")
	if err != nil {
		return err
	}
	for range 2 {
		frozen, err := s.Freeze(ctx, "Bob", made.ID)
		if err != nil || !frozen.Frozen || frozen.Version != 1 {
			return fmt.Errorf("frozen it is %+v: %w", frozen, err)
		}
	}
	suite.Tasks = suite.Tasks[:1]
	_, err = s.Edit(ctx, "Ann", made.ID, 1, suite, "")
	if err := wantCode("a change of what is frozen", err, agent.CodeConflict); err != nil {
		return err
	}
	suite.Tasks, suite.Name = sampleSuite("").Tasks, "Other"
	_, err = s.Edit(ctx, "Ann", made.ID, 1, suite, "")
	return wantCode("another name for what is frozen", err, agent.CodeConflict)
}

func checkSuiteDeleted(s suites.Store) error {
	ctx := context.Background()
	made, err := s.Create(ctx, "Ann", sampleSuite("Mine"), "")
	if err != nil {
		return err
	}
	if err := s.Delete(ctx, "Ann", made.ID); err != nil {
		return err
	}
	_, err = s.Get(ctx, made.ID)
	if err := wantCode("it after it was deleted", err, agent.CodeNotFound); err != nil {
		return err
	}
	_, err = s.Version(ctx, made.ID, 1)
	if err := wantCode("its version after it was deleted", err, agent.CodeNotFound); err != nil {
		return err
	}
	_, err = s.Create(ctx, "Ann", sampleSuite("Mine"), "")
	return err
}

func checkSuiteUnknown(s suites.Store) error {
	ctx := context.Background()
	made, err := s.Create(ctx, "Ann", sampleSuite("Mine"), "")
	if err != nil {
		return err
	}
	_, get := s.Get(ctx, "none")
	_, edit := s.Edit(ctx, "Ann", "none", 1, sampleSuite("x"), "")
	_, freeze := s.Freeze(ctx, "Ann", "none")
	_, version := s.Version(ctx, made.ID, 2)
	_, versions := s.Versions(ctx, "none")
	_, run := s.Run(ctx, "none")
	for what, err := range map[string]error{"get": get, "edit": edit, "freeze": freeze, "delete": s.Delete(ctx, "Ann", "none"), "version": version, "versions": versions, "run": run} {
		if err := wantCode(what, err, agent.CodeNotFound); err != nil {
			return err
		}
	}
	for _, group := range []string{"none", ""} {
		if run, err := s.OfGroup(ctx, group); err != nil || run != nil {
			return fmt.Errorf("the group %q is %+v: %w", group, run, err)
		}
	}
	tries, err := s.Tries(ctx, "none")
	if err != nil || len(tries) != 0 {
		return errors.Join(err, fmt.Errorf("there are tries %v", tries))
	}
	return nil
}
