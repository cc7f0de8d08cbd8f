// Package household is an environment in text: a house in which things are fetched,
// cleaned, heated, cooled, looked at under a light and put where they are asked for.
// The families of tasks are those of ALFWorld (arXiv 2010.03768); house, text and
// tasks are generated here.
//
// A house has habits that no text tells: in which piece of furniture a kind of thing
// is usually kept, which tool cleans, heats, cools or lights which material, and
// whether a tool must be switched on, opened or closed before it works. They are the
// laws of a world, drawn from an install seed, and hold on every day. A seed draws
// the day: which things there are, where they lie, what is open or on.
//
// The actor sees the room it is in, and nothing of what is inside closed furniture.
// Distances are exact: nothing is ever lost, so each day can be solved from each of
// its states.
package household
