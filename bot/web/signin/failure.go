package signin

// Reason says why a sign-in came to nothing.
type Reason string

// The reasons.
const (
	Cancelled Reason = "cancelled" // the person did not go on, or Entra did not let them
	Unknown   Reason = "unknown"   // not begun in this browser, or too long ago, or before a restart
	Replayed  Reason = "replayed"  // its state was used before
	Refused   Reason = "refused"   // Entra did not take the code: expired, used, of another sign-in
	Untrusted Reason = "untrusted" // the ID token does not hold: signature, issuer, audience, time, nonce
	Elsewhere Reason = "elsewhere" // somebody of another tenant
	Setup     Reason = "setup"     // Entra did not take our own registration: its secret, its id
	Down      Reason = "down"      // Entra does not answer
)

// Attempt says whether it may have been somebody who must not open the link; the other reasons are nobody's
// but our own.
func (r Reason) Attempt() bool { return r != Setup && r != Down }

// Failure is a sign-in that came to nothing. Its cause is for the log, and holds no token, code or secret.
type Failure struct {
	Reason Reason
	Back   string // the address that the browser had asked for; "" when not known
	Path   string // the path of that
	cause  error  // may be nil
}

// Error names the reason and the cause.
func (f *Failure) Error() string {
	if f.cause == nil {
		return "signin: " + string(f.Reason)
	}
	return "signin: " + string(f.Reason) + ": " + f.cause.Error()
}

// Unwrap is the cause.
func (f *Failure) Unwrap() error { return f.cause }
