// Package request is what waits for an admin: who decides, until when, and what comes next. It is pure.
//
// # Promise
//
// Nobody approves their own request, nothing is decided twice or after its end, and what was decided is
// carried out or said to have failed: it never gets lost between the two.
//
// # How a request goes on
//
// A request lies in the vault, and beside it the ticket of its round. Who decides claims the ticket with one
// DELETE, sent once: at most one gets it. They write the decision into the log while the claim is Fresh, or
// not at all; carry it out under the request's operation id, so that it happens once however often it is
// tried; then delete the request. So Facts tell at any moment what is still to do (Next). Where the claimer
// died or the answer was lost, somebody begins the next round: lays out its ticket, saves it, claims it.
//
// # Invariants
//
//   - A ticket is laid out before its round is saved, and never comes back once claimed. Round may fall back
//     when an old copy is saved; so a round is saved also when its ticket turns out to be taken.
//   - An unclear claim is nobody's, and does not show that the ticket is gone: it may not have arrived.
//   - The next round begins only after the ticket was known to be gone for StuckAfter; then the log is read
//     anew, and has no decision.
//
// # The assumption
//
// Less than a minute passes between the look at Fresh and the moment when the write has landed or never
// will; the log gives a write up within seconds. Nothing enforces it, as Key Vault has no conditional write:
// a machine suspended just there, or a write held up on its way, breaks it. Then two who may decide can both
// do so, and both decisions take effect, be it an approval and a denial; both are in the log. Likewise what
// was approved can happen twice, when somebody sleeps between looking whether it has and doing it.
//
// # Threats
//
// The second click, two admins at once, the requester who is an admin too, the card pressed a day later, the
// process that dies or sleeps after any of these steps, the claim whose answer was lost.
package request
