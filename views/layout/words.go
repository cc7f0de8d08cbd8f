package layout

// words are what the pages call things, for the help dialog; the guide has more.
var words = []struct{ Word, Means string }{
	{"Φ", "the critic's score of a state, 0 to 10"},
	{"Δ", "the change of Φ in a step; Σ Δ is the change over the whole run"},
	{"outcome", "solved or not, by the world's word where it knows, else by the critic's"},
	{"rule", "what to do or avoid when something is so, with the steps for and against it"},
	{"in trial", "the rule is shown, and nothing is proven of it yet"},
	{"shown", "the rule was shown to the actor in a step"},
	{"followed", "the actor acted by the rule that it was shown"},
	{"value", "an average of how tasks went; hard tasks pull it down, so it proves nothing"},
}
