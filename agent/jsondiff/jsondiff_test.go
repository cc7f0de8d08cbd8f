package jsondiff_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"purposeagent/agent/jsondiff"
)

func TestDiff(t *testing.T) {
	for _, test := range []struct {
		name          string
		before, after string
		want          []jsondiff.Change
	}{
		{"the same", `{"a":[1,{"b":"x"}],"c":null}`, `{"c":null,"a":[1,{"b":"x"}]}`, nil},
		{"what changed, came and went", `{"a":1,"b":{"c":"x","d":true}}`, `{"a":2,"b":{"c":"x","e":null}}`, []jsondiff.Change{
			{Pointer: "/a", Old: 1.0, New: 2.0, Had: true, Has: true},
			{Pointer: "/b/d", Old: true, Had: true},
			{Pointer: "/b/e", Has: true},
		}},
		{"names of a pointer", `{"a/b":1,"m~n":1}`, `{"a/b":2,"m~n":2}`, []jsondiff.Change{
			{Pointer: "/a~1b", Old: 1.0, New: 2.0, Had: true, Has: true},
			{Pointer: "/m~0n", Old: 1.0, New: 2.0, Had: true, Has: true},
		}},
		{"lists of one length place by place", `[1,[2,3]]`, `[1,[2,4]]`, []jsondiff.Change{{Pointer: "/1/1", Old: 3.0, New: 4.0, Had: true, Has: true}}},
		{"lists of other lengths as a whole", `{"l":[1]}`, `{"l":[1,2]}`, []jsondiff.Change{{Pointer: "/l", Old: []any{1.0}, New: []any{1.0, 2.0}, Had: true, Has: true}}},
		{"named things, each with itself", `{"l":[{"id":"a","c":"red"},{"id":"b","c":"blue"},{"id":"x"}]}`, `{"l":[{"id":"b","c":"blue"},{"id":"a","c":"green"},{"id":"n"}]}`, []jsondiff.Change{
			{Pointer: "/l/1/c", Old: "red", New: "green", Had: true, Has: true},
			{Pointer: "/l/2", New: map[string]any{"id": "n"}, Has: true},
			{Pointer: "/l/2", Old: map[string]any{"id": "x"}, Had: true},
		}},
		{"names that are not each another", `[{"id":"a","c":1},{"id":"a","c":2}]`, `[{"id":"a","c":1},{"id":"a","c":3}]`, []jsondiff.Change{
			{Pointer: "/1/c", Old: 2.0, New: 3.0, Had: true, Has: true},
		}},
		{"another kind of value", `{"v":[1]}`, `{"v":{"x":1}}`, []jsondiff.Change{{Pointer: "/v", Old: []any{1.0}, New: map[string]any{"x": 1.0}, Had: true, Has: true}}},
		{"the root", `1`, `"1"`, []jsondiff.Change{{Old: 1.0, New: "1", Had: true, Has: true}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := jsondiff.Diff(tree(t, test.before), tree(t, test.after)); !reflect.DeepEqual(got, test.want) {
				t.Errorf("Diff = %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestCounterpart(t *testing.T) {
	before := tree(t, `{"l":[{"name":"a","c":"red"},{"name":"b","c":"blue"}],"a/b":[1,2],"v":"x"}`)
	after := tree(t, `{"l":[{"name":"b","c":"blue"},{"name":"n","c":"red"}],"a/b":[1,3],"v":"y"}`)
	for pointer, want := range map[string]any{"/l/0/c": "blue", "/a~1b/1": 2.0, "/v": "x", "/l/1/c": nil, "/l/7": nil, "/l/-1": nil, "/l/x": nil, "/w": nil, "/v/z": nil, "l": nil} {
		got, had := jsondiff.Counterpart(before, after, pointer)
		if got != want || had != (want != nil) {
			t.Errorf("Counterpart(%q) = %v, %v; want %v", pointer, got, had, want)
		}
	}
}

func TestCounterpartOfWhatIsGone(t *testing.T) {
	before, after := tree(t, `[{"id":"a"},{"id":"b"},{"id":"c"}]`), tree(t, `[{"id":"c"}]`)
	if _, had := jsondiff.Counterpart(before, after, "/1/id"); !had {
		t.Error("b is gone, and is not found")
	}
	if _, had := jsondiff.Counterpart(before, after, "/2/id"); had {
		t.Error("c stands elsewhere, and is taken for gone")
	}
}

func tree(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestItems(t *testing.T) {
	for _, test := range []struct {
		before, after string
		want          []string
		same          int
	}{
		{`{"bag":["a","b","c"]}`, `{"bag":["a","c"]}`, []string{"/bag/1 had"}, 2},
		{`{"bag":["a","c"]}`, `{"bag":["a","b","c"],"n":1}`, []string{"/bag/1 has", "/n has"}, 2},
		{`{"a":{"x":1,"y":[1,2]},"z":null}`, `{"a":{"x":2,"y":[1,3]},"z":null}`, []string{"/a/x had has", "/a/y/1 had has"}, 2},
		{`{"things":[{"id":"p","at":1},{"id":"q","at":2}]}`, `{"things":[{"id":"q","at":2},{"id":"p","at":3}]}`, []string{"/things/1/at had has"}, 3},
		{`{"a":[]}`, `{"a":{}}`, []string{"/a had has"}, 0},
	} {
		var before, after any
		if json.Unmarshal([]byte(test.before), &before) != nil || json.Unmarshal([]byte(test.after), &after) != nil {
			t.Fatal("the test is wrong")
		}
		changes, same := jsondiff.Items(before, after)
		var got []string
		for _, c := range changes {
			text := c.Pointer
			if c.Had {
				text += " had"
			}
			if c.Has {
				text += " has"
			}
			got = append(got, text)
		}
		if !slices.Equal(got, test.want) || same != test.same {
			t.Errorf("%s to %s: %q and %d, want %q and %d", test.before, test.after, got, same, test.want, test.same)
		}
	}
}
