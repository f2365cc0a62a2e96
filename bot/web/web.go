// Package web is the pages people reach with a browser: the reveal page of a link, and the process's health.
//
// # Promise
//
// GET and HEAD never use a link up, whoever sends them: link previews and scanners fetch what they see, and some
// submit the forms they find. Only a scripted POST of application/json from our own page claims.
//
// # Invariants
//
//   - A value stands in one place: the answer of the claim. It is not cached, not logged and not kept.
//   - Nothing from other hosts is on a page; no inline script or style; no page may be framed.
//   - With sign-in on, a link opens only for its holder; the link itself never travels in the sign-in's state.
//
// # Threats
//
// The stolen link, the preview service, the cross-site form, the browser's history and cache, the shoulder: the token
// is useless once claimed, the value is hidden and wiped from the page after 60 seconds.
package web

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"regexp"
	"time"

	"keydesk/bot/desk"
	"keydesk/catalog"
)

// Links is what the pages need of the desk; desk.Desk is one.
type Links interface {
	LookLink(ctx context.Context, token string) (desk.LinkInfo, error)
	Claim(ctx context.Context, token string, who *catalog.Actor) (desk.Revealed, error)
}

// SignIn tells who sits before the browser. Where it is nil, a link opens for whoever has it.
type SignIn interface {
	// Person is who signed in, if somebody did.
	Person(r *http.Request) (*catalog.Actor, bool)
	// Begin sends the browser to sign in, and back to the address it asked for.
	Begin(w http.ResponseWriter, r *http.Request)
}

// Config is what the pages stand on; all but SignIn must be set.
type Config struct {
	Desk   Links
	SignIn SignIn
	// Ready says what is not usable: a nil error means all is.
	Ready  func(ctx context.Context) error
	Logger *slog.Logger
}

type pages struct {
	Config
	templates *template.Template
}

//go:embed assets
var files embed.FS

// New gives the handler of /r/, /healthz and /readyz.
func New(cfg Config) http.Handler {
	p := &pages{Config: cfg, templates: template.Must(template.ParseFS(files, "assets/*.html"))}
	assets, err := fs.Sub(files, "assets")
	if err != nil {
		panic(err) // the name is a constant of this file
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /r/{token}", p.show)
	mux.HandleFunc("POST /r/{token}", p.claim)
	mux.HandleFunc("GET /r/assets/{name}", asset(assets))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", p.readyz)
	return secured(http.NewCrossOriginProtection().Handler(mux))
}

// secured sets the headers that every page has.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
				"img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
			"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow",
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"Permissions-Policy": "clipboard-write=(self)",
		} {
			w.Header().Set(name, value)
		}
		next.ServeHTTP(w, r)
	})
}

// tokenForm is how a link's token looks: 256 bits in base64url. What looks otherwise is gone without asking anybody.
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// show is the page before the claim.
func (p *pages) show(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	if !tokenForm.MatchString(token) {
		p.page(w, http.StatusGone, view{State: "gone"})
		return
	}
	var who *catalog.Actor
	if p.SignIn != nil {
		var ok bool
		if who, ok = p.SignIn.Person(r); !ok {
			p.SignIn.Begin(w, r)
			return
		}
	}
	info, err := p.Desk.LookLink(r.Context(), token)
	switch {
	case errors.Is(err, desk.ErrGone):
		p.page(w, http.StatusGone, view{State: "gone"})
	case err != nil:
		p.page(w, http.StatusServiceUnavailable, view{State: "busy", Text: desk.Sentence(err)})
	case who != nil && who.ID != info.Holder.ID:
		p.page(w, http.StatusForbidden, view{State: "notyours"})
	default:
		p.page(w, http.StatusOK, view{State: "ready", Key: info.Key, Vendor: info.Vendor, Until: info.Until.UTC().Format(time.RFC3339)})
	}
}

// view is what the page shows. It never holds a value or a token.
type view struct{ State, Key, Vendor, Until, Text string }

func (p *pages) page(w http.ResponseWriter, status int, v view) {
	var out bytes.Buffer
	if err := p.templates.ExecuteTemplate(&out, "reveal.html", v); err != nil {
		p.Logger.Error("drawing a page", "error", err)
		http.Error(w, "the page could not be drawn", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w)
}

// revealed is the answer of a claim (INTERFACE: paths).
type revealed struct {
	Key   string `json:"key"`
	Parts []part `json:"parts"`
}

type part struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Secret bool   `json:"secret"`
}

// claim gives the value out, once.
func (p *pages) claim(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		problem(w, http.StatusUnsupportedMediaType, "Open the link in a browser and press Reveal.")
		return
	}
	token := r.PathValue("token")
	if !tokenForm.MatchString(token) {
		problem(w, http.StatusGone, desk.Sentence(desk.ErrGone))
		return
	}
	var who *catalog.Actor
	if p.SignIn != nil {
		var ok bool
		if who, ok = p.SignIn.Person(r); !ok {
			problem(w, http.StatusUnauthorized, "Your sign-in has ended. Load the page again.")
			return
		}
	}
	got, err := p.Desk.Claim(r.Context(), token, who)
	if err != nil {
		problem(w, statusOf(err), desk.Sentence(err))
		return
	}
	answer := revealed{Key: got.Key}
	for _, v := range got.Parts {
		answer.Parts = append(answer.Parts, part{v.Name, v.Value.Expose(), v.Secret})
	}
	writeOnce(w, answer)
}

// writeOnce sends the value and wipes the copy it made for that.
func writeOnce(w http.ResponseWriter, v revealed) {
	body, err := json.Marshal(v)
	if err != nil {
		problem(w, http.StatusInternalServerError, "The value could not be shown. Ask for the key again.")
		return
	}
	defer clear(body)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(body)
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, desk.ErrGone):
		return http.StatusGone
	case errors.Is(err, desk.ErrNotYours), errors.Is(err, desk.ErrDenied):
		return http.StatusForbidden
	}
	return http.StatusServiceUnavailable
}

func problem(w http.ResponseWriter, status int, sentence string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": sentence})
}

// readyz says whether the vault and the log can be used, without saying where they are.
func (p *pages) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	status := http.StatusOK
	if err := p.Ready(ctx); err != nil {
		p.Logger.Warn("not ready", "error", err)
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]bool{"ready": status == http.StatusOK})
}

func asset(files fs.FS) http.HandlerFunc {
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		body, err := fs.ReadFile(files, name)
		kind, ok := kinds[path.Ext(name)]
		if err != nil || !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(body)
	}
}
