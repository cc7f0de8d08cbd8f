package jsondiff_test

import (
	"encoding/json"
	"reflect"
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

func tree(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
