// Package web is the pages people reach with a browser: the reveal page of a link, the intake page where
// values are entered, and the process's health.
//
// # Promise
//
// GET and HEAD never use a link up, whoever sends them: link previews and scanners fetch what they see, and
// some submit the forms they find. Only a scripted POST of application/json (or text/csv, for an import) from
// our own page does.
//
// # Invariants
//
//   - A value stands in one place: the answer of the claim, or the body of what is entered. It is not cached,
//     not logged and not kept, and no page shows one that came in.
//   - Nothing from other hosts is on a page; no inline script or style; no page may be framed.
//   - With sign-in on, a link opens only for its holder; the link itself never travels in the sign-in's
//     state. A sign-in that comes to nothing, or of somebody else, leaves the link whole.
//
// # Threats
//
// The stolen link, the preview service, the cross-site form, the browser's history, cache and translator, the
// shoulder: the token is useless once claimed, the page is kept nowhere, and the value is taken from it after
// 60 seconds. What a browser's memory, an extension or the clipboard keep is out of our hands; the page says
// so about the clipboard.
package web

import (
	"context"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"

	"keydesk/bot/desk"
	"keydesk/catalog"
)

// Links is what the pages need of the desk; desk.Desk is one.
type Links interface {
	// LookLink says what may be shown before the claim. It consumes nothing.
	LookLink(ctx context.Context, token string) (desk.LinkInfo, error)
	// Claim uses the link up and gives the value, or says why not; who is nil where sign-in is off.
	Claim(ctx context.Context, token string, who *catalog.Actor) (desk.Revealed, error)
	// Attempted records that sign-in kept a link shut, and tells its holder.
	Attempted(ctx context.Context, a desk.Attempt) error
}

// SignIn tells who sits before the browser; signin.Flow is one. Where it is nil, a link opens for whoever has
// it.
type SignIn interface {
	// Person is who signed in, if somebody of the configured tenant did.
	Person(r *http.Request) (*catalog.Actor, bool)
	// Begin sends the browser to sign in, and back to the path it asked for; with choose the person picks an
	// account. After an error, a *signin.Failure, nothing was sent.
	Begin(w http.ResponseWriter, r *http.Request, choose bool) error
	// Finish takes what the browser brings back, and gives the address it had asked for. Its error is a
	// *signin.Failure. It writes headers only.
	Finish(w http.ResponseWriter, r *http.Request) (back string, err error)
}

// Config is what the pages stand on; all but SignIn, Template and Logger must be set.
type Config struct {
	Desk interface {
		Links
		Intakes
	}
	SignIn   SignIn // nil: a link opens for whoever has it
	Template []byte // a CSV file to fill in for an import
	// Ready says what is not usable: a nil error means all is.
	Ready  func(ctx context.Context) error
	Logger *slog.Logger // nil: silent
}

type pages struct {
	Config
	templates *template.Template
}

//go:embed assets
var files embed.FS

// New gives the handler of /r/, /i/, /healthz and /readyz, and of /signin/ where SignIn is set.
func New(cfg Config) http.Handler {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	p := &pages{Config: cfg, templates: template.Must(template.ParseFS(files, "assets/*.html"))}
	assets, err := fs.Sub(files, "assets")
	if err != nil {
		panic(err) // the name is a constant of this file
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /r/{token}", p.show)
	mux.HandleFunc("POST /r/{token}", p.claim)
	mux.HandleFunc("GET /r/assets/{name}", asset(assets))
	mux.HandleFunc("GET /i/{token}", p.showIntake)
	mux.HandleFunc("POST /i/{token}", p.takeIn)
	mux.HandleFunc("POST /i/{token}/check", p.checkSheet)
	mux.HandleFunc("GET /i/assets/{name}", asset(assets))
	mux.HandleFunc("GET /i/template.csv", p.template)
	if cfg.SignIn != nil {
		mux.HandleFunc("GET /signin/callback", p.signedInBack)
		mux.HandleFunc("GET /signin/assets/{name}", asset(assets))
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /readyz", p.readyz)
	sameSite := http.NewCrossOriginProtection()
	sameSite.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusForbidden, "Only Keydesk's own page may do this.")
	}))
	return secured(sameSite.Handler(mux))
}

// headers are on every answer, errors and assets too.
var headers = [...][2]string{
	{"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
		"img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; " +
		"require-trusted-types-for 'script'; trusted-types 'none'"},
	{"Cache-Control", "no-store"},
	{"Referrer-Policy", "no-referrer"},
	{"X-Robots-Tag", "noindex, nofollow"},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Permissions-Policy", "clipboard-write=(self), clipboard-read=(), display-capture=()"},
}

func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, h := range headers {
			w.Header().Set(h[0], h[1])
		}
		next.ServeHTTP(w, r)
	})
}
