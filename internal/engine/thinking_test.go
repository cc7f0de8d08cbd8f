package engine

import (
	"strconv"
	"sync"
	"testing"
)

func TestThinking(t *testing.T) {
	var x Thinking
	step, text, changed := x.Look("r_1")
	if step != 0 || text != "" {
		t.Error(step, text)
	}
	x.Note("r_1", 3, "")
	select {
	case <-changed:
		t.Error("no words are none")
	default:
	}
	x.Note("r_1", 3, "I sh")
	<-changed
	step, text, changed = x.Look("r_1")
	if step != 3 || text != "I sh" {
		t.Error(step, text)
	}
	x.Note("r_2", 1, "other")
	x.Note("r_1", 3, "I sh")
	select {
	case <-changed:
		t.Error("nothing is new")
	default:
	}
	x.Forget("r_1")
	if _, text, _ := x.Look("r_1"); text != "" {
		t.Error("it is not forgotten")
	}
	var group sync.WaitGroup // for the race detector
	for i := range 8 {
		group.Go(func() {
			for n := range 200 {
				x.Note("r_3", i, strconv.Itoa(n))
				x.Look("r_3")
			}
		})
	}
	group.Wait()
}
