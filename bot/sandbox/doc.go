// Package sandbox is a small, honest Teams on this machine: the connector that a bot calls, the
// client that calls a bot, and the page where one is any of the sandbox's people.
//
// Promise: the bot sees what Teams would send it and gets the answers Teams would give, over
// HTTP and nothing else; there is no other way from here into Keydesk. The page shows what a
// person would see in Teams, and never more than the chats that person is in.
//
// Invariants: a message's id never changes and never means another message; what has an id is
// kept over a restart, so a card from before one can still be pressed; every change has a number
// larger than the one before, also over restarts, and a page that comes back asks for what came
// after the last number it saw. In a channel the card that answers a button is for who pressed; the
// bot's edit of the message is for all. What a person types into a card's inputs is passed to the bot and
// nowhere else: it is not stored, not logged and not sent back to any page.
//
// Threats: other web pages in the same browser (Guard: Host, Origin, Sec-Fetch-Site, content
// types; a strict cookie, bought with the token that was printed at start; a policy without
// inline script), DNS names that resolve to this machine (Host), a proxy that puts this page on a
// network (forwarding headers are refused), text that pretends to be markup (html/template and
// a markdown subset that escapes first), a transcript that was copied, cut or mixed (sealed
// lines bound to their place and file). Whoever can run programs as this user is trusted.
package sandbox
