package bottest

import "time"

// Register adds an application, or changes the one with its id.
func (e *Entra) Register(a EntraApp) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.apps[a.ID] = a
}

// Enrol adds people.
func (e *Entra) Enrol(p ...EntraPerson) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.people = append(e.people, p...)
}

// SignedIn says who sits before the browsers from now on; "" shows a page where one chooses.
func (e *Entra) SignedIn(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.chosen = id
}

// Life is how long tokens last from now on; at first an hour.
func (e *Entra) Life(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.life = d
}

// CodeLife is how long a code can be redeemed from now on; at first 10 minutes.
func (e *Entra) CodeLife(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.codeFor = d
}

// IDToken makes ID tokens from now on, of the claims of a good one; nil makes good ones again.
func (e *Entra) IDToken(f func(Claims) string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.idToken = f
}

// Fail lets the next calls of a kind go wrong, one fault each, in order.
func (e *Entra) Fail(kind string, f ...Fault) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults[kind] = append(e.faults[kind], f...)
}

// Recover forgets the faults that did not come to pass.
func (e *Entra) Recover() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.faults)
}

// Count is how many calls of a kind there were, failed ones too.
func (e *Entra) Count(kind string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.counts[kind]
}
