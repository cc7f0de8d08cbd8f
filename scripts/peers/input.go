package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"purposeagent/scripts/peers/work"
)

// answer is what the model server always says, in pieces where it is streamed.
var answer = strings.Repeat("I take the key and go north. ", 10) + "Done."

var (
	verbs   = strings.Fields("take bring open paint sand wash cut carry unlock mix")
	things  = strings.Fields("comb jar bowl key door lamp ring box chair spoon rope axe")
	places  = strings.Fields("bench oven sink counter cellar attic garden hall corridor shed")
	colours = strings.Fields("red green blue black white yellow grey brown")
)

// states are the words of which states are made.
func states(int) work.Input {
	var words []string
	for _, some := range [][]string{verbs, things, places, colours} {
		words = append(words, some...)
	}
	for i := range 13 {
		words = append(words, "number"+strconv.Itoa(i*37))
	}
	return work.Input{Words: words}
}

// conversation is what a model is sent after so many steps, each of them two
// messages.
func conversation(steps int) work.Input {
	in := work.Input{Answer: answer, Messages: []work.Message{{Role: "system", Content: "You act in a world of rooms. " + strings.Repeat("Say what you think, then what you do. ", 10)}}}
	for i := range steps {
		in.Messages = append(in.Messages,
			work.Message{Role: "user", Content: fmt.Sprintf("Step %d. You are at the %s. There is a %s %s and a door to the %s.", i+1, places[i%10], colours[i%8], things[i%12], places[i*7%10])},
			work.Message{Role: "assistant", Content: fmt.Sprintf(`{"thought": "The %s may be of use.", "action": "%s the %s"}`, things[i%12], verbs[i%10], things[i%12])})
	}
	in.Messages = append(in.Messages, work.Message{Role: "user", Content: "What do you do next?"})
	return in
}

// prompt is the same conversation, told in one message.
func prompt(steps int) work.Input {
	in := conversation(steps)
	var text strings.Builder
	for _, m := range in.Messages[1:] {
		text.WriteString(m.Content + "\n")
	}
	in.Messages = []work.Message{in.Messages[0], {Role: "user", Content: text.String()}}
	return in
}

// library is a number of rules, and a step for which some of them are to be found.
func library(size int) work.Input {
	r := rand.New(rand.NewPCG(5, 6))
	in := work.Input{
		Purpose: "make a red comb of bone and bring it to the counter before the bell rings, order 77",
		State: "You are at the bench. You hold a raw comb12 of bone. There is a red jar40, a key7 and a lamp on the shelf; the door to the cellar is locked, the oven is hot. " +
			"You can take the jar40, open the door, sand the comb12 or wash the jar40 at the sink.",
		Actions: verbs,
	}
	for i := range size {
		thing := things[r.IntN(12)] + strconv.Itoa(r.IntN(400))
		in.Rules = append(in.Rules, work.Rule{ID: fmt.Sprintf("h%05d", i), Title: verbs[r.IntN(10)] + " the " + thing, Action: verbs[r.IntN(10)],
			Pattern:  fmt.Sprintf("the %s %s stands at the %s and the task asks for it at the %s", colours[r.IntN(8)], thing, places[r.IntN(10)], places[r.IntN(10)]),
			Strategy: fmt.Sprintf("%s it first, then %s the %s and go on to the %s", verbs[r.IntN(10)], verbs[r.IntN(10)], things[r.IntN(12)], places[r.IntN(10)])})
	}
	return in
}
