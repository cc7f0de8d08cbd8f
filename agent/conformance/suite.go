// Package conformance holds a suite of tests for each port of package agent: the
// promise of the port in runnable form. Each implementation runs the one for
// its port:
//
//	func TestStore(t *testing.T) {
//		conformance.Library(t, func() agent.Library { return openStore(t) })
//	}
package conformance

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
)

// check is one promise of a port. It returns what was broken, so that the
// suites can be tested against implementations that break it.
type check[T any] struct {
	name string
	run  func(t T) error
}

// runChecks runs each check on a fresh subject of its own.
func runChecks[T any](t *testing.T, fresh func(t *testing.T) T, checks []check[T]) {
	t.Helper()
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			if err := c.run(fresh(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// mismatch is an error if got is not want.
func mismatch[T any](what string, got, want T) error {
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("%s = %+v, want %+v", what, got, want)
	}
	return nil
}

// wantCode is an error unless err has the code.
func wantCode(what string, err error, code agent.Code) error {
	if err == nil {
		return fmt.Errorf("%s: no error, want code %s", what, code)
	}
	if got := agent.CodeOf(err); got != code {
		return fmt.Errorf("%s: code %s, want %s: %w", what, got, code, err)
	}
	return nil
}

// first returns the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func titles(rules []*agent.Heuristic) string {
	list := make([]string, 0, len(rules))
	for _, h := range rules {
		list = append(list, h.Title)
	}
	slices.Sort(list)
	return strings.Join(list, ",")
}
