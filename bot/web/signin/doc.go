// Package signin finds out who sits before a browser: Entra's sign-in with OpenID Connect, the authorization
// code flow with PKCE (learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow).
//
// # Promise
//
// A person is somebody of the configured tenant, by the oid and tid of an ID token that this process asked
// for: signed by Entra with RS256, of our issuer, for our client, in its time, with the nonce of this very
// sign-in. Anything else is nobody.
//
// # Invariants
//
//   - What a browser asked for waits in a cookie of that browser, sealed; Entra sees a random state, a nonce
//     and the hash of the verifier, never a link or its token.
//   - A state is good once, in the browser that it was made for, for 10 minutes. Each sign-in has its own
//     cookie, so that several tabs do not get into each other's way.
//   - Cookies are sealed with a key of this process. After a restart people sign in again, and what was begun
//     is begun anew. Nothing about a person or a sign-in is stored.
//   - Afterwards the browser goes back to the page it asked for, and to no other place.
//   - Entra that does not answer stops a sign-in, and nothing else. It is asked again at the next one.
//
// # Threats
//
// A stolen link without its holder; a page that feeds somebody another one's code or state; a code or an ID
// token that was made for another browser, client or tenant; a forged or copied-over cookie (the seal covers
// its name); an answer that is replayed. Who takes the cookie jar of a browser is that person for the rest of
// the 15 minutes.
package signin
