package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"time"

	"keydesk/bot/desk"
)

// tokenForm is how a link's token looks: 256 bits in base64url. What looks otherwise is gone without asking
// anybody.
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// claimWithin is how long a claim may take. It goes on when the browser goes away: a claim that has begun
// ends with a decision and its event.
const claimWithin = 30 * time.Second

// maxClaimBody is how long the body of a claim may be, in bytes. Our page sends two.
const maxClaimBody = 1 << 10

// show is the page before the claim.
func (p *pages) show(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	if !tokenForm.MatchString(token) {
		p.page(w, http.StatusGone, view{State: "gone"})
		return
	}
	who, ok := p.signedIn(w, r)
	if !ok {
		return
	}
	info, err := p.Desk.LookLink(r.Context(), token)
	switch {
	case errors.Is(err, desk.ErrGone):
		p.page(w, http.StatusGone, view{State: "gone"})
	case err != nil:
		p.page(w, http.StatusServiceUnavailable, view{State: "busy", Text: desk.Sentence(err)})
	case who != nil && who.ID != info.Holder.ID:
		p.somebodyElse(w, r, desk.Attempt{Token: token, Who: who})
	default:
		p.page(w, http.StatusOK, view{State: "ready", Key: info.Key, Vendor: info.Vendor, Until: info.Until.UTC()})
	}
}

// view is what the page shows. It never holds a value or a token.
type view struct {
	State, Key, Vendor, Text string
	Until                    time.Time
}

func (p *pages) page(w http.ResponseWriter, status int, v view) {
	p.draw(w, status, "reveal.html", v)
}

// claim gives the value out, once.
func (p *pages) claim(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil ||
		kind != "application/json" {
		problem(w, http.StatusUnsupportedMediaType, "Open the link in a browser and press Reveal.")
		return
	}
	token := r.PathValue("token")
	if !tokenForm.MatchString(token) {
		problem(w, http.StatusGone, desk.Sentence(desk.ErrGone))
		return
	}
	// The body says nothing; but only a request that is here as a whole claims.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
	if _, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, maxClaimBody)); err != nil {
		problem(w, http.StatusRequestEntityTooLarge, "Open the link in a browser and press Reveal.")
		return
	}
	who, ok := p.person(r)
	if !ok {
		problem(w, http.StatusUnauthorized, "Your sign-in has ended. Load the page again.")
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), claimWithin)
	defer cancel()
	got, err := p.Desk.Claim(ctx, token, who)
	if err != nil {
		refuse(w, err)
		return
	}
	writeOnce(w, got)
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

// writeOnce sends the value and wipes the encoded copy it made for that.
func writeOnce(w http.ResponseWriter, got desk.Revealed) {
	answer := revealed{Key: got.Key, Parts: []part{}}
	for _, v := range got.Parts {
		answer.Parts = append(answer.Parts, part{v.Name, v.Value.Expose(), v.Secret})
	}
	body, err := json.Marshal(answer)
	if err != nil {
		problem(w, http.StatusInternalServerError, "The value could not be shown. Ask for the key again.")
		return
	}
	defer clear(body)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(body)
}

// refuse says why no value comes, in words for people; the cause is the desk's to log.
func refuse(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, desk.ErrGone):
		problem(w, http.StatusGone, desk.Sentence(err))
	case errors.Is(err, desk.ErrNotYours), errors.Is(err, desk.ErrDenied):
		problem(w, http.StatusForbidden, desk.Sentence(err))
	default:
		problem(w, http.StatusServiceUnavailable, desk.Sentence(err))
	}
}

func problem(w http.ResponseWriter, status int, sentence string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": sentence})
}
