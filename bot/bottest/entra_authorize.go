package bottest

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// entraCode is an authorization code: what it was given for.
type entraCode struct {
	app, redirect, challenge, nonce string
	who                             EntraPerson
	until                           time.Time
	used                            bool
}

// Cancel is chosen in place of a person by who does not want to sign in.
const Cancel = "cancel"

// authorize is the page where people sign in. What is wrong with the request is told there, as Entra does,
// and nobody is sent anywhere.
func (e *Entra) authorize(w http.ResponseWriter, r *http.Request, tenant string) {
	if f := e.begin(EntraAuthorize); !f.happens(w, r) {
		return
	}
	q := r.URL.Query()
	app, fault := e.asked(q, tenant)
	if fault != "" {
		page(w, http.StatusBadRequest, choice{Fault: fault})
		return
	}
	who := q.Get("person")
	e.mu.Lock()
	if who == "" && q.Get("prompt") != "select_account" {
		who = e.chosen
	}
	people := slices.Clone(e.people)
	e.mu.Unlock()
	back := url.Values{"state": {q.Get("state")}}
	i := slices.IndexFunc(people, func(p EntraPerson) bool { return p.ID == who })
	switch {
	case who == Cancel:
		back.Set("error", "access_denied")
		back.Set("error_subcode", "cancel")
		back.Set("error_description", "AADSTS65004: User declined to consent to access the app.")
	case i < 0:
		page(w, http.StatusOK, choose(r.URL, people))
		return
	case people[i].Tenant != tenant:
		page(w, http.StatusBadRequest, choice{Fault: "AADSTS50020: User account does not exist in tenant."})
		return
	default:
		back.Set("code", e.code(app, q, people[i]))
		back.Set("session_state", newID())
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// asked checks what an application asks of authorize; what it says when something is wrong.
func (e *Entra) asked(q url.Values, tenant string) (app EntraApp, fault string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	app, ok := e.apps[q.Get("client_id")]
	scopes := strings.Fields(q.Get("scope"))
	switch {
	case !e.tenants[tenant]:
		fault = "AADSTS90002: Tenant not found."
	case !ok || app.Tenant != tenant:
		fault = "AADSTS700016: Application was not found in the directory."
	case !slices.Contains(app.Redirects, q.Get("redirect_uri")):
		fault = "AADSTS50011: The redirect URI does not match the redirect URIs configured for the application."
	case q.Get("response_type") != "code" || !slices.Contains(scopes, "openid") || q.Get("nonce") == "":
		fault = "AADSTS900144: The request must ask for a code, for openid, with a nonce."
	case q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43:
		fault = "AADSTS501491: Invalid size of Code_Challenge parameter."
	}
	return app, fault
}

func (e *Entra) code(app EntraApp, q url.Values, who EntraPerson) string {
	id := "1.code-" + newID()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.codes[id] = entraCode{app: app.ID, redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"),
		nonce: q.Get("nonce"), who: who, until: time.Now().Add(e.codeFor)}
	return id
}

// choice is what the page shows.
type choice struct {
	Fault   string
	Choices []choiceOf
}

type choiceOf struct{ ID, Name, Address string }

func choose(at *url.URL, people []EntraPerson) (c choice) {
	for _, p := range append(people, EntraPerson{ID: Cancel, Name: "Cancel"}) {
		q := at.Query()
		q.Set("person", p.ID)
		c.Choices = append(c.Choices, choiceOf{p.ID, p.Name, "?" + q.Encode()})
	}
	return c
}

var choicePage = template.Must(template.New("").Parse(`<!doctype html><html lang="en"><title>Sign in</title>
<h1>Pick an account</h1>{{with .Fault}}<p id="fault">{{.}}</p>{{end}}
{{range .Choices}}<p><a id="p-{{.ID}}" href="{{.Address}}">{{.Name}}</a></p>{{end}}`))

func page(w http.ResponseWriter, status int, c choice) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = choicePage.Execute(w, c)
}
