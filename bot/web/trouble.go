package web

import (
	"net/http"

	"keydesk/bot/web/signin"
)

// signinView is a page about signing in. It never holds a link or its token.
type signinView struct{ State, Title, Name, Text, Quiet, Button string }

// trouble says why a sign-in came to nothing and what to do. again offers to sign in anew, which only the page
// of a link can.
func (p *pages) trouble(w http.ResponseWriter, why signin.Reason, again bool) {
	t := troubles[why]
	v := signinView{State: "signin-" + string(why), Title: t.title, Text: t.text, Button: "Sign in again",
		Quiet: "Nothing was shown or changed, and nothing was used up."}
	status := http.StatusForbidden
	if !why.Attempt() {
		status, v.Button = http.StatusServiceUnavailable, "Try again"
	}
	if !again {
		v.Button, v.Text = "", t.text+" Open the link from your chat with Keydesk again."
	}
	p.draw(w, status, "signin.html", v)
}

// troubles are the reasons in words: for who sits there, and for the log where it was an attempt.
var troubles = map[signin.Reason]struct{ title, text, log string }{
	signin.Cancelled: {"You are not signed in",
		"The sign-in was cancelled, or Microsoft did not let this account use Keydesk. Sign in with the account " +
			"you use in Teams.",
		"sign-in cancelled or refused"},
	signin.Unknown: {"The sign-in has ended",
		"It was begun in another browser, or took longer than 10 minutes, or Keydesk was restarted meanwhile.",
		"sign-in not begun in this browser, or too long ago"},
	signin.Replayed: {"This sign-in was used already",
		"The way back from a sign-in works once.",
		"sign-in replayed"},
	signin.Refused: {"The sign-in did not work",
		"Microsoft did not take the answer of your sign-in: it was used already or is too old.",
		"sign-in code expired, used before or not valid"},
	signin.Untrusted: {"The sign-in did not work",
		"The answer of your sign-in does not hold: it may have been made for somebody or something else. If this " +
			"happens again, tell a Keydesk admin.",
		"sign-in token not valid"},
	signin.Elsewhere: {"This account is of another organisation",
		"Sign in with the account you use in Teams with Keydesk.",
		"sign-in by an account of another tenant"},
	signin.Setup: {"Sign-in is not set up right",
		"Microsoft does not accept Keydesk's own sign-in registration. Tell a Keydesk admin: its client secret " +
			"may be wrong or expired.", ""},
	signin.Down: {"Not right now",
		"Signing in does not work at the moment. Try again in a minute.", ""},
}
