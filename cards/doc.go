// Package cards turns views into Adaptive Cards 1.5, the version Teams shows on all its clients.
//
// # Promise
//
// A pure function a view. Every card is valid 1.5, at most 28 KB (the safe size of a Teams message with a
// card), and readable without colours: a status has a word and a symbol too. Where texts are too much for one
// card their ends are cut; what a button carries never is.
//
// # Invariants
//
//   - No value can reach a card: this package imports catalog only, and no type there has a field for one.
//   - What people and vendors wrote is escaped: a TextBlock would make links and dates of it (text.go).
//   - Every button is an Action.Execute with an Action.Submit of the same data as its fallback, so that older
//     clients run the same command.
//   - A moment stands in a TextBlock only: there the client makes local time of it. A date without a time is
//     plain.
//   - Every input has a label, a toggle a title instead; secret parts are masked. Masking is for the screen:
//     the value travels in the submit.
//   - A toggle sends "on" or "off", and only these two words are an answer: some clients send "false" for one
//     that nobody touched, and others leave it out (access.go).
package cards
