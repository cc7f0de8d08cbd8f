//go:build !race

package script

// memoryFactor is 1: memory is what it is.
const memoryFactor = 1
