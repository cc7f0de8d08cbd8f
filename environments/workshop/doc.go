// Package workshop is an environment whose rules nobody wrote down: each world
// draws them in secret, so that what an agent knows about it, it has learned
// here.
//
// An order asks for a piece of work, for instance "deliver a red oak comb".
// Six pieces lie on a shelf. One at a time goes on the bench, where it can be
// prepared, worked, dyed and delivered. Which preparation a material needs,
// which operations in which order make a kind of thing, and which pigment
// gives which colour are the secrets of the world. The rich level adds
// stations, mordants, hazards and longer chains.
//
// The secrets come from an install seed. Its trace, [Workshop.Commitment], can
// be shown before any training; [Workshop.Reveal] opens the world afterwards,
// and anybody can check that it is the one that was promised.
package workshop
