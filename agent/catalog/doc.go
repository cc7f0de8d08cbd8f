// Package catalog has the forms in which people search, list and change what is
// stored: queries over runs, steps, trajectories and rules, selections, and the
// record of each change.
package catalog
