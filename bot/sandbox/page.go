package sandbox

import (
	"bytes"
	"net/http"
	"path"
)

// apiPath is where the page's own calls and assets are.
const apiPath = "/page/"

// policy lets the page use its own files and calls, and nothing else: no inline script or style,
// nothing from other hosts, no frame around it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"img-src 'self'; manifest-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (t *Teams) pageRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", t.page)
	mux.HandleFunc("GET "+apiPath+"{asset}", t.asset)
	mux.HandleFunc("GET "+apiPath+"events", t.signedIn(t.events))
	mux.HandleFunc("POST "+apiPath+"open", t.signedIn(t.openChat))
	mux.HandleFunc("POST "+apiPath+"send", t.signedIn(t.send))
	mux.HandleFunc("POST "+apiPath+"press", t.signedIn(t.pressButton))
	mux.HandleFunc("POST "+apiPath+"delete", t.signedIn(t.deleteMessage))
}

// headers are those of everything that a browser gets.
func headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
}

func (t *Teams) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		headers(w)
		if !t.cookie.in(r) {
			fault(w, http.StatusForbidden, "SignIn", "Open the address that Keydesk printed at its start.")
			return
		}
		next(w, r)
	}
}

// page is the only document: without a person it asks who one wants to be.
func (t *Teams) page(w http.ResponseWriter, r *http.Request) {
	headers(w)
	q := r.URL.Query()
	if q.Has("token") && t.cookie.knows(q.Get("token")) {
		t.cookie.give(w)
		q.Del("token")
		// The token leaves the address bar, the history and whatever is copied from them.
		clean := "/"
		if len(q) > 0 {
			clean += "?" + q.Encode()
		}
		http.Redirect(w, r, clean, http.StatusSeeOther)
		return
	}
	if !t.cookie.in(r) {
		t.draw(w, http.StatusForbidden, "locked", nil)
		return
	}
	view := pageView{Bot: BotName, People: t.peopleView("")}
	me, ok := t.person(q.Get("as"))
	if !ok {
		t.draw(w, http.StatusOK, "who", view)
		return
	}
	view.Me, view.People = t.whoView(me, true), t.peopleView(me.ID)
	view.Chats = t.chatViews(me)
	view.Composers = composers(view.Chats)
	t.draw(w, http.StatusOK, "chat", view)
}

func (t *Teams) draw(w http.ResponseWriter, status int, name string, view any) {
	var out bytes.Buffer
	if err := t.views.page.ExecuteTemplate(&out, name, view); err != nil {
		t.log.Error("drawing a page", "page", name, "error", err)
		http.Error(w, "the page could not be drawn", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // the caller is gone
}

var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

func (t *Teams) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("asset")
	body, ok := t.views.assets[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	headers(w)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", body.tag)
	w.Header().Set("Content-Type", kinds[path.Ext(name)])
	if r.Header.Get("If-None-Match") == body.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(body.bytes)
}
