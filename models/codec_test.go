package models

import (
	"encoding/json"
	"reflect"
	"testing"

	"purposeagent/agent"
)

// TestDecodeSpark reads what JSON reads, whoever wrote it.
func TestDecodeSpark(t *testing.T) {
	var long agent.Sparkline
	texts := []string{`{"stride":1,"points":null,"count":0}`, `{"stride":2,"points":[],"count":1}`, `{"points":[1,2],"stride":3,"count":9}`,
		` { "stride" : 1, "points" : [ 1, -2.5e-3 ], "count" : 2 } `, `{"stride":1,"points":[1],"count":1,"more":[3]}`, `{}`, `null`,
		`{"stride":1,"points":["1"],"count":1}`, `{"stride":1,"points":[1,],"count":1}`, `{"stride":1,"points":[1],"count":1`, `{"stride":1.5,"points":[1],"count":1}`, `[1]`, `x`}
	for i := range 200 {
		long = long.Add(float64(i*7919%101) / 7)
		raw, err := json.Marshal(long)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(raw))
	}
	for _, text := range texts {
		var want agent.Sparkline
		wrong := json.Unmarshal([]byte(text), &want)
		got, err := decodeSpark(text)
		if (err == nil) != (wrong == nil) || err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v; want %+v, %v", text, got, err, want, wrong)
		}
	}
	if got, err := decodeSpark(""); err != nil || !reflect.DeepEqual(got, agent.Sparkline{}) {
		t.Error(got, err)
	}
}
