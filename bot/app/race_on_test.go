//go:build race

package app_test

// underRace: the race detector slows each cell of the grid tenfold, and races do not depend on the kind of harm.
// There a few kinds stand for all; the run without it plays every cell.
const underRace = true
