// Package app wires the rooms into one running Keydesk. Tests and benchmarks start here too.
//
// Promise: New either returns an App that is listening and whose vault and log are usable, or an error
// that says what to mend; it never falls back to something weaker. Serve answers until its context ends
// and then stops within 10 seconds: what runs is finished, the log is closed, the file is let go.
//
// The sandbox is its own wiring (sandbox.go): its Teams reaches the bot over HTTP on loopback and nothing
// turns the token check of a real channel off, because that wiring never has one.
package app
