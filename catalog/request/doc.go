// Package request is what waits for an admin: who may decide about it, until when, and what comes next. It is
// pure; the desk carries out what it says.
//
// # Promise
//
// Nobody approves their own request, nothing is decided twice or after its end, and what was decided is
// carried out or said to have failed: it never gets lost between the two.
//
// # How a request goes on
//
// A request lies in the vault, and beside it two tickets of its round: the seal and the pen, laid out in this order
// and before the request. Who decides claims the pen, of all processes at most one does; writes the decision into
// the log; looks whether the seal still lies there; carries the decision out under the request's operation id, so
// that it happens once however often it is tried; and only then deletes the request. So what the vault and the log
// say (Facts) tells at any moment what is still to do (Next), for whoever comes after a crash.
//
// # Invariants
//
//   - A decision counts when its seal was there after it was readable in the log, and only what counts is acted on.
//   - The next round begins by claiming the seal of the last; only when it is surely gone (claimed now, or gone
//     already; not unclear) the next seal is laid out, then the next pen, then the request is saved with the next
//     Round. Round may fall back when an old copy is saved: the tickets decide, it only says where to look.
//   - Who claims a pen of round 1 or later then reads the log anew and takes over what stands there (Write).
//
// So whatever counts was readable before its seal went, which is before the next pen was there, so that the next
// round takes it over: a process may sleep at any point, for any time, and two decisions are never acted on. No
// clock is part of this. It is Paxos with one memory, the log, and one proposer a round, the claimer.
//
// # Threats
//
// The second click, two admins at once, the requester who is an admin too, the card pressed a day later, the
// process that dies or sleeps after any of these steps, the write that arrives an hour later, the claim whose
// answer was lost: its pen is gone and nobody has decided, so after a while the next round begins.
//
// What Key Vault cannot give: looking whether an operation has happened and doing it are two calls. Who sleeps
// between the two for minutes may do a second time what another did. Keep them close, under one deadline.
package request
