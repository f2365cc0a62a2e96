package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"keydesk/bot/desk"
	"keydesk/bot/web/signin"
	"keydesk/catalog"
)

// person is who signed in: nil where sign-in is off, false where it is on and nobody did.
func (p *pages) person(r *http.Request) (who *catalog.Actor, ok bool) {
	if p.SignIn == nil {
		return nil, true
	}
	who, ok = p.SignIn.Person(r)
	return who, ok && who != nil
}

// chooseAgain is what the parameter signin of a page's address says where somebody wants to sign in with
// another account; else it is a signin.Reason, which came of the last try.
const chooseAgain = "again"

// signedIn is person for the pages that people open. Where nobody signed in, it has answered: it sends the
// browser to sign in, or says why that came to nothing.
func (p *pages) signedIn(w http.ResponseWriter, r *http.Request) (who *catalog.Actor, ok bool) {
	who, ok = p.person(r)
	said := r.URL.Query().Get("signin")
	if ok && (said != chooseAgain || p.SignIn == nil) {
		return who, true
	}
	if _, is := troubles[signin.Reason(said)]; is {
		p.trouble(w, signin.Reason(said), true)
		return nil, false
	}
	if err := p.SignIn.Begin(w, r, said == chooseAgain); err != nil {
		p.Logger.Error("sign-in can't begin", "error", err)
		p.trouble(w, reasonOf(err), true)
	}
	return nil, false
}

func reasonOf(err error) signin.Reason {
	if f, ok := errors.AsType[*signin.Failure](err); ok {
		return f.Reason
	}
	return signin.Down
}

// signedInBack is where Entra sends the browser. It goes on to the page that was asked for, also to tell there
// what went wrong: so the code does not stay in the address.
func (p *pages) signedInBack(w http.ResponseWriter, r *http.Request) {
	back, err := p.SignIn.Finish(w, r)
	if err == nil {
		http.Redirect(w, r, back, http.StatusSeeOther)
		return
	}
	reason := reasonOf(err)
	p.Logger.Warn("a sign-in came to nothing", "error", err)
	var at signin.Failure
	if f, ok := errors.AsType[*signin.Failure](err); ok {
		at = *f
	}
	if reason.Attempt() && !p.attempted(r, desk.Attempt{Token: at.Path[strings.LastIndex(at.Path, "/")+1:],
		Intake: strings.HasPrefix(at.Path, "/i/"), Why: troubles[reason].log}) {
		reason = signin.Down
	}
	if at.Back == "" {
		p.trouble(w, reason, false)
		return
	}
	http.Redirect(w, r, at.Back+"?signin="+string(reason), http.StatusSeeOther)
}

// attempted has the desk write down that a link stayed shut; false where that could not be written.
func (p *pages) attempted(r *http.Request, a desk.Attempt) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), claimWithin)
	defer cancel()
	err := p.Desk.Attempted(ctx, a)
	if err != nil {
		p.Logger.Error("an attempt could not be written down", "error", err)
	}
	return err == nil
}

// somebodyElse answers who signed in and opened the link of another person.
func (p *pages) somebodyElse(w http.ResponseWriter, r *http.Request, a desk.Attempt) {
	if !p.attempted(r, a) {
		p.trouble(w, signin.Down, true)
		return
	}
	p.draw(w, http.StatusForbidden, "signin.html", signinView{State: "notyours", Name: a.Who.Name,
		Title: "This link belongs to somebody else",
		Text:  "Sign in with the account the link was made for: the one you use in Teams.",
		Quiet: "Nothing was shown or changed, and the link still works for its holder. If you need a key " +
			"yourself, ask for it in your own chat with Keydesk.",
		Button: "Use another account"})
}
