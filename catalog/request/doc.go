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
// A request lies in the vault, and beside it a ticket. Who decides claims the ticket, of all processes at most
// one does; writes the decision into the log; carries it out under the request's operation id, so that it
// happens once however often it is tried; and only then deletes the request. So what the vault and the log
// say (Facts) tells at any moment what is still to do (Next), for whoever comes after a crash.
//
// # Threats
//
// The second click, two admins at once, the requester who is an admin too, the card pressed a day later, the
// process that dies after any of these steps, the claim whose answer was lost: its ticket is gone and nobody
// has decided, so after a while another is laid out, under another name (Round).
package request
