// Package vault keeps everything Keydesk keeps, as secrets of one Azure Key Vault, through
// azsecrets.Client and nothing else. The embedded vault of the sandbox is a transport of that same
// client, so no code here knows which of the two it speaks to.
//
// # Promise
//
//   - A value leaves only by Secret.Expose. It is in no error, no log and no metadata.
//   - What a method reports is what happened. A set whose answer was lost is looked up by its
//     operation id; where nobody can know, the error is ErrUnclear and nothing else.
//   - Of any number of claimers of a link or ticket, in any number of processes, at most one wins.
//   - Nothing is written over that is not Keydesk's: a name is read before it is first set, and a
//     secret without our content type is refused.
//
// # Invariants
//
// Key Vault has no conditional write. So one lock per key orders the writers of this process, and
// a form carries the operation it was opened on; two processes can still write one key within
// the same moment, and then the earlier value is a version in the history, never lost. An access list
// that one of them narrowed in that moment may be widened again by the other's write: the desk, which has the
// log, looks after that.
//
// A new version inherits no tags, so tags are never written from memory: each write reads the current
// version, changes the tags its command owns and carries all others over, those it does not know
// included.
//
// An edit patches the tags of the version it read and leaves its tag op alone, which names the operation
// that made the version; its own operation goes into the tag edited. A key that moves to another label is
// copied first and deleted then; the copy's tag source says of what it is one, so that what another process
// makes of the old name meanwhile is copied too. A delete looks at what it took away, and puts back what
// was changed right before. What is deleted stays recoverable for the vault's retention time, unless it is
// purged.
//
// A request and what is staged for it are one secret, or, when that is too big, pieces that are written
// before the request and deleted after it; a reader gets all of it or nothing. What is staged never changes:
// who saves a request again saves what has changed around it. A pass is its tags. Both have the request's
// operation id as their name, which stays taken when they are deleted, and is purged only when their time is
// over: what has ended can't come back.
//
// Memory holds metadata only: keys, links, chats, vendors of one's own, requests and passes, filled by one
// walker and by what this process writes. A walk lists the vault once (25 a page, no filter, no values) and
// never replaces what was written after it began. Nothing that decides about a value is answered from memory.
//
// A claim is a DELETE that is sent once. azcore would turn the repeat of a delete whose answer was
// lost into a 404, and the winner would believe to have lost.
//
// # Threats
//
// Whoever may read names, tags or logs of the vault learns which keys exist, who holds links, and
// hashes of link tokens; no value and no usable link. Whoever may set secrets can forge all of it: Key
// Vault's access control is the boundary, and the audit log the witness. A tag that was edited
// by hand never widens access: an access list that cannot be read lets only admins in. Messages of Key
// Vault are dropped where they arrive, since they name object ids and places; errors keep status and code.
//
// # Facts about Key Vault
//
// Names are [0-9a-zA-Z-], 127 at most; 15 tags of 256 characters; values up to 25 KB, of which Keydesk uses
// 16. A deleted name answers 409 until it is purged. Times are whole seconds. Lists and versions come in no
// documented order. A PATCH replaces all tags and can't take an expiry away. Deleting and recovering take
// some seconds until reads show them, and meanwhile changes are refused with 409: both are waited for, with
// a bound. Reading one's own write is not promised. Sources: Microsoft's about-secrets,
// soft-delete-overview, rest-error-codes and common-error-codes pages, and the SDK's tests.
package vault
