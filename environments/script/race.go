//go:build race

package script

// memoryFactor is what the race detector multiplies memory by.
const memoryFactor = 10
