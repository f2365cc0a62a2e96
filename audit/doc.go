// Package audit keeps Keydesk's log: who did what, with which key, and how it ended.
//
// # Promise
//
// When [Log.Append] returns nil, the events stand in the store and outlive this process. What a
// [Log.Checkpoint] that has left the vault covers cannot be changed, cut, reordered or removed without
// [Verify] saying so and naming the place.
//
// # Form
//
// An event is one JSON line. Its prev is the hex SHA-256 of the exact bytes of the line before, without the
// newline. Lines stand in segments: a header line, then event lines, gzip and base64, under the name
// keydesk-audit-{number}-{writer}. The writer is 8 random bytes a process; the number grows, so that names
// sort in time. The header names its parents, the heads its writer saw when it began, as a commit does: the
// log is a graph of segments in which every line is bound to all lines it was written after. There is one way
// to write each line, and [Verify] refuses all others: what is hashed is what is read.
//
// # Invariants
//
//   - One flush is in flight. What is appended meanwhile waits and goes together with the next; a single
//     append waits for nobody. A flush rewrites its segment whole; at 20 KB the next segment begins.
//   - A segment has one writer, which only ever adds lines to it. So each version of a segment that the vault
//     keeps is the beginning of the next, and one that is not was made by somebody else.
//   - After an unclear answer the segment is read back. If it does not hold exactly what was sent, it is
//     never written again: its last write may still take effect, hours later, and must not undo a newer one.
//     The events go into a new segment whose parent is the last line known to be durable.
//   - So an event whose Append failed may yet appear, and one that was written anew may appear twice, in the
//     abandoned segment and in its successor. Verify explains both; nothing acknowledged is lost.
//   - A number may be missing (its segment was abandoned before it existed). A segment that held something
//     acknowledged is named by a later header of its writer, so it cannot go missing unseen; only the log's
//     newest ends need a checkpoint for that.
//   - Times are what the machine's clock said. The order of the log is its chain, not its times; a clock that
//     went backwards is noted by Verify, not repaired.
//
// # Threats
//
// Whoever may write to the vault can add events, and can rewrite segments; the vault keeps every older
// version, so a rewrite shows. Whoever administers the vault may delete and purge segments, and recreate the
// log as a whole; only a checkpoint kept elsewhere shows that. The signing key lies in the same vault: a
// signature proves where a checkpoint came from, not that its log was honest. Values, tokens and links never enter an
// event; this package cannot know one when it sees one, so its callers keep that rule.
package audit
