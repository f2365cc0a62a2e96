// Package teams is the Teams channel: the check of what comes in, the endpoint, the answers to invokes, and
// the client that posts. It is the only importer of msbotbuilder-go.
//
// # Promise
//
// An activity reaches the desk only after it proved itself; each is handled once, however often Teams sends
// it, and a repeat gets the same answer. Teams gets its answer in time: what takes longer goes on and edits
// its card.
//
// # Invariants
//
//   - A channel's Inbound is chosen where it is wired, and there is no setting that turns the check off:
//     RequireTokens for Teams, TrustLoopback for the sandbox, which listens on loopback behind its own guard.
//   - Who has no good token costs no body: the header is checked before anything of it is read.
//   - What is not Public, nor InPlace of a card that stands in the channel, never reaches a channel, be it a card, an
//     error or late.
//   - A 403 of a channel marks nobody's own chat as dead; channels are tried again each time.
//   - Who somebody is comes from from.aadObjectId alone, in our tenant. Names are for showing.
//   - Every failed check looks the same from outside: 401 and one body. The cause is in the log, the token
//     is not.
//   - Our token goes only to hosts of Teams, over https, and no redirect is followed.
//
// # Threats
//
// Nothing signs the body of an activity: the token proves that Microsoft's service sent something to this
// bot, TLS that it was this (learn.microsoft.com, Bot Connector authentication). A captured token could front
// any body for an hour; that is why serviceUrl, tenant and sender are held against our own settings, and why
// a claim decides anew.
//
// # msbotbuilder-go
//
// Version 0.2.5 gives the activity schema and the adapter. Its own token check, token client and invoke path
// do not fit a bot registered after July 2025, so the adapter is built with our validator: a body is read
// once into memory, its ParseRequest reads the schema of it and asks our validator, and what the schema drops
// is decoded beside it. What the bot posts does not go through the adapter: its client interface has no
// context and drops the ids that Teams returns, and it joins conversation ids into a path unescaped, where
// "../" in one would climb.
package teams
