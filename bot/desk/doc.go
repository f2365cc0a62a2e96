// Package desk is what people can do: one command table and one file per capability.
//
// # Promise
//
// A typed line and a pressed button run the same function. Every answer is a card a person can act
// on: what happened, or what is wrong and what to do. Nothing a person entered is lost to a mistake.
//
// # Invariants
//
//   - Run is the only way to a command, and it decides first: the roles of the command table, then the
//     access of the key. No answer from the directory is a no.
//   - A change has its intent in the log before it happens and its outcome before the reply. A value
//     leaves only in Claim, after its event is durable. If the log cannot be written, nothing happens.
//   - Values enter as form inputs or by the page of an intake link, which is used up by what it takes in,
//     and leave as the answer of a claim. In between they are a vault.Secret: no card, event, error or log
//     line of this package is built from one.
//   - A form is an operation: pressing Save twice, or Teams sending it twice, stores once and answers the
//     same. The same press with another value is told that it was not stored. A form that was cancelled
//     stores nothing.
//   - A button that deletes, recovers or purges looks at the vault again each time: what it once did may
//     not hold any more, and then it says so. One that purges is about the deletion its card has shown.
//   - A change that came to no end, as its process died or the vault gave no clear answer, is an open
//     intent in the log. One process looks how it ended, writes that down and tells the person; it undoes
//     and repeats nothing. What a later change went over can't be told.
//   - A value belongs to the host it was entered for. Where the vendor has none of its own, no value is
//     stored without its whole address, and another address, or a first one for a key from before this
//     rule, needs every secret entered again.
//   - A change of access names only the roles it changes, so a card from before undoes nothing that others
//     did since; Admin is never taken away. What was revoked and comes back with another process's write
//     is taken away again within a minute, and refused at once by the claims of the process that knows
//     (accesskeep.go). Nothing is ever widened by itself.
//   - What waits for an admin is a request in the vault: what was typed or sent, about the key that was
//     meant then, with its value staged beside it. Who decides claims a ticket, writes the decision and
//     runs the command as its requester began it (approve.go, settle.go); a decision is in the log before
//     anything comes of it, and the request is there until something has. Nobody decides about their own,
//     and only its requester and admins learn of it (decided.go).
//   - L2 and L1 only ask for a new key or value. With the two-person rule every command that the table
//     flags, and an edit of an address, waits for an admin who has not asked for it (hold.go), by whatever
//     way it comes; only the sandbox's demo does not. Its card tells all that the approval does, but for
//     the rows of a long import.
//   - A pass opens one key to one person until it ends, and never by memory alone: the claim reads it, and
//     uses up one for a single look (passesclaim.go). Who has lost every role loses it
//     within minutes.
//   - Keys of a vendor of one's own, deleted and waiting ones too, keep its parts, address and
//     category as they are.
//
// # Threats
//
// A key typed into a message, a flood of commands, a stolen link, a forwarded card, a card from before a
// restart, data altered on its way: the claim reads the key anew, asks the directory anew and decides anew
// (claim.go). The desk trusts the channel for one thing only: who the person is.
package desk
