// Package cards turns views into Adaptive Cards 1.5, the version Teams shows on all its clients.
//
// # Promise
//
// A pure function a view. Every card is valid 1.5, at most 28 KB (the safe size of a Teams message with a card),
// and readable without colours: a status has a word and a symbol too.
//
// # Invariants
//
//   - No value can reach a card: this package imports catalog only, and no type there has a field for one.
//   - What people and vendors wrote is escaped: a TextBlock would make links and dates of it (text.go).
//   - Every button is an Action.Execute with an Action.Submit of the same data as its fallback, so that older
//     clients run the same command.
//   - Every input has a label; secret parts are masked. Masking is for the screen: the value travels in the submit.
package cards
