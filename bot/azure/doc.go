// Package azure holds what Keydesk's connections to Microsoft have in common: credentials, and words for each
// way in which a connection fails.
//
// # Promise
//
// A credential is chosen by the settings and by nothing else of the machine. A token that nears its end is
// renewed behind the calls that use it, so no turn waits for Entra while an old token still lives. Why there
// is no token, or no way into the vault, is a [Fault]: a sentence with what to do.
//
// # Invariants
//
//   - A Fault holds the code that Entra or Key Vault gave, and none of their text, which names ids.
//   - A token goes to the caller and nowhere else; secrets go to the authority only; no redirect is followed.
//   - A token is only ever asked of the configured tenant, whatever a vault's challenge says.
//
// # Threats
//
// A challenge that names another tenant's authority, an authority that redirects, an outage of Entra (a token
// is used to its end, and its renewal is tried every 30 seconds).
package azure
