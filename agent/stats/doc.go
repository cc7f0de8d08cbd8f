// Package stats holds the honest statistics of learning: intervals for shares
// and their differences, paired tests, corrections for many looks, and the
// calibration of a critic. Everything is a pure function; what draws at random
// takes its source as a parameter, so equal seeds give equal figures.
package stats
