package pagetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/internal/app"
	"purposeagent/models"
)

// Store is a database of the test's own, at a time that stands still. It is a
// real one, in a file: what it refuses, orders and counts is what users get.
type Store struct {
	*models.DB
	clock  *clock
	folder string
	app    *app.App // nil until it is asked for
	env    sync.Map // what the application reads of its environment, by name
}

// Open returns an empty store, which is closed with the test.
func Open(t testing.TB) *Store {
	t.Helper()
	return empty.Open(t)
}

// Set is what a store holds that many tests begin with. It is written once a
// test binary, by the store's own methods, and each test gets a copy of the file.
type Set struct {
	fill func(t testing.TB, s *Store)
	work func(t testing.TB, a *app.App)
	once sync.Once
	file []byte
}

// NewSet returns a set that fill writes; nil: the tables alone.
func NewSet(fill func(t testing.TB, s *Store)) *Set { return &Set{fill: fill} }

// NewWorked returns a set that the program itself wrote: do launches something in an
// application at work, and waits for its end.
func NewWorked(do func(t testing.TB, a *app.App)) *Set { return &Set{work: do} }

// installation is what secret worlds are drawn from: the same in every test.
const installation agent.Object = `{"seed":"page tests"}`

var empty = NewSet(nil)

// Open returns a store that holds the set, which is closed with the test.
func (x *Set) Open(t testing.TB) *Store {
	t.Helper()
	x.once.Do(func() { x.file = x.write(t) })
	if x.file == nil {
		t.Fatal("the set of samples could not be written")
	}
	path := filepath.Join(t.TempDir(), app.DatabaseFile)
	if err := os.WriteFile(path, x.file, 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	t.Cleanup(func() { s.close(t) })
	return s
}

// write makes the file of the set.
func (x *Set) write(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), app.DatabaseFile)
	s := open(t, path)
	if err := s.Settings().Set(t.Context(), "install", installation); err != nil {
		t.Fatal(err)
	}
	if x.fill != nil {
		x.fill(t, s)
	}
	s.close(t) // what is in the log is in the file then
	if x.work != nil {
		x.working(t, filepath.Dir(path))
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// working lets an application work in a folder until the set is done.
func (x *Set) working(t testing.TB, folder string) {
	t.Helper()
	a, err := app.Open(t.Context(), app.Config{Data: folder})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	if err := a.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	x.work(t, a)
}

func open(t testing.TB, path string) *Store {
	t.Helper()
	s := &Store{clock: &clock{at: Noon}, folder: filepath.Dir(path)}
	db, err := models.Open(context.Background(), models.Config{Path: path, Now: s.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	s.DB = db
	return s
}

func (s *Store) close(t testing.TB) {
	var err error
	if s.app != nil {
		err = s.app.Close(context.Background())
	}
	if err := errors.Join(err, s.Close()); err != nil {
		t.Error(err)
	}
}

// App returns the application over the store, which is closed with it: the Lab,
// the model servers, the worlds. It is opened as beside a server, and nobody works
// in it; its environment has the variables of Setenv and no others.
func (s *Store) App(t testing.TB) *app.App {
	t.Helper()
	if s.app != nil {
		return s.app
	}
	getenv := func(name string) (string, bool) {
		value, ok := s.env.Load(name)
		text, _ := value.(string)
		return text, ok
	}
	var err error
	if s.app, err = app.Open(t.Context(), app.Config{Data: s.folder, Shared: true, Now: s.clock.now, Getenv: getenv}); err != nil {
		t.Fatal(err)
	}
	return s.app
}

// Setenv sets a variable in the environment of the application.
func (s *Store) Setenv(name, value string) { s.env.Store(name, value) }

// At sets the time at which everything happens from now on; it is Noon first.
func (s *Store) At(at time.Time) { s.clock.set(at) }

// clock is a time that stands still until it is set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}
