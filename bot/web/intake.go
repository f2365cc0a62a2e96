package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"keydesk/bot/desk"
	"keydesk/catalog"
	"keydesk/vault"
)

// Intakes is what the pages that take values in need of the desk; desk.Desk is one.
type Intakes interface {
	// LookIntake says what the page may show. It consumes nothing.
	LookIntake(ctx context.Context, token string) (desk.IntakeInfo, error)
	// Intake stores what was entered, and uses the link up unless it was a mistake.
	Intake(ctx context.Context, token string, who *catalog.Actor, in desk.Entry) (desk.Stored, error)
	// CheckSheet says what an import would do. It consumes nothing.
	CheckSheet(ctx context.Context, token string, who *catalog.Actor, sheet []byte) (desk.SheetReport, error)
	// ImportSheet stores the rows of a sheet and tells of each as it ends.
	ImportSheet(
		ctx context.Context, token string, who *catalog.Actor, sheet []byte, each func(desk.SheetRow),
	) (desk.SheetReport, error)
}

// bodyTime is within how long a body must have come: a stranger's open request must hold nothing up.
const bodyTime = time.Minute

// The longest bodies, in bytes.
const (
	maxEntry = 256 << 10
	maxSheet = 2 << 20
)

// intakeView is what an intake page shows. It never holds a value or a token.
type intakeView struct {
	State, Text string
	desk.IntakeInfo
}

// Title is the page's heading.
func (v intakeView) Title() string {
	switch v.Kind {
	case "add":
		return "Add a key of " + v.Vendor
	case "rotate":
		return "Rotate " + v.Key
	}
	return "Import keys"
}

// Several says whether the key has more than one part.
func (v intakeView) Several() bool { return len(v.Parts) > 1 }

// Value is what a placeholder has now.
func (v intakeView) Value(p catalog.Placeholder) string { return v.Values[p.Name] }

// Words is a placeholder's name for people.
func (v intakeView) Words(p catalog.Placeholder) string {
	return strings.ToUpper(p.Name[:1]) + strings.ReplaceAll(p.Name[1:], "_", " ")
}

// showIntake is the page before anything was entered.
func (p *pages) showIntake(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	if !tokenForm.MatchString(token) {
		p.draw(w, http.StatusGone, "intake.html", intakeView{State: "gone"})
		return
	}
	who, ok := p.signedIn(w, r)
	if !ok {
		return
	}
	info, err := p.Desk.LookIntake(r.Context(), token)
	info.Until = info.Until.UTC()
	switch {
	case errors.Is(err, desk.ErrGone):
		p.draw(w, http.StatusGone, "intake.html", intakeView{State: "gone"})
	case err != nil:
		p.draw(w, http.StatusServiceUnavailable, "intake.html", intakeView{State: "busy", Text: desk.Sentence(err)})
	case who != nil && who.ID != info.Holder.ID:
		p.somebodyElse(w, r, desk.Attempt{Token: token, Intake: true, Who: who})
	case info.Kind == "import":
		p.draw(w, http.StatusOK, "intake.html", intakeView{State: "import", IntakeInfo: info})
	default:
		p.draw(w, http.StatusOK, "intake.html", intakeView{State: "enter", IntakeInfo: info})
	}
}

// entered is the body that our page sends.
type entered struct {
	Parts  map[string]string `json:"parts"`
	Fields map[string]string `json:"fields"`
}

// stored is the answer to it.
type stored struct {
	Key      string   `json:"key"`
	Preview  string   `json:"preview"`
	Warnings []string `json:"warnings"`
	Waits    bool     `json:"waits"` // for an admin
}

// takeIn takes what was entered: JSON for one key, CSV for many.
func (p *pages) takeIn(w http.ResponseWriter, r *http.Request) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "application/json":
		p.takeEntry(w, r)
	case err == nil && kind == "text/csv":
		p.takeSheet(w, r)
	default:
		problem(w, http.StatusUnsupportedMediaType, "Open the link in a browser and use the page.")
	}
}

func (p *pages) takeEntry(w http.ResponseWriter, r *http.Request) {
	body, who, ok := p.body(w, r, maxEntry, "This is more than Keydesk keeps in a key: 16 KB at most.")
	if !ok {
		return
	}
	defer clear(body)
	var in entered
	if json.Unmarshal(body, &in) != nil {
		problem(w, http.StatusBadRequest, "Open the link in a browser and use the page.")
		return
	}
	e := desk.Entry{Parts: vault.Parts{}, Fields: in.Fields}
	for name, value := range in.Parts {
		e.Parts[name] = vault.NewSecret(value)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), claimWithin)
	defer cancel()
	got, err := p.Desk.Intake(ctx, r.PathValue("token"), who, e)
	if err != nil {
		refuseEntry(w, err, got.Again)
		return
	}
	answer(w, stored{got.Key, got.Preview, append([]string{}, got.Warnings...), got.Waits})
}

// body is the request's body and who sent it, if both will do.
func (p *pages) body(
	w http.ResponseWriter, r *http.Request, limit int64, tooLong string,
) (body []byte, who *catalog.Actor, ok bool) {
	if !tokenForm.MatchString(r.PathValue("token")) {
		problem(w, http.StatusGone, goneIntake)
		return nil, nil, false
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
	whole := http.MaxBytesReader(w, r.Body, limit)
	var err error
	if who, ok = p.person(r); ok {
		body, err = io.ReadAll(whole)
	} else { // a stranger's is not kept; but the page reads an answer only when it has sent all
		_, err = io.Copy(io.Discard, whole)
	}
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		problem(w, http.StatusRequestEntityTooLarge, tooLong)
		return nil, nil, false
	}
	if err != nil { // slow, or cut off
		problem(w, http.StatusBadRequest, "What you sent did not arrive whole, and nothing was stored. Try again.")
		return nil, nil, false
	}
	if !ok {
		problem(w, http.StatusUnauthorized, "Your sign-in has ended, and nothing was stored. Open the same "+
			"link from your chat in another tab and sign in there; then come back and try again. What you entered "+
			"stays here.")
	}
	return body, who, ok
}

// goneIntake is said where a page's link is gone; of a value that is asked for, desk.Sentence says it.
const goneIntake = "This page was used, was withdrawn or has expired. Nothing more can be stored from it. " +
	"Press “Use a secure page” on the card in your chat again."

// refuseEntry says what is wrong. again is the token of a link to go on with, where this one is used up.
func refuseEntry(w http.ResponseWriter, err error, again string) {
	status, sentence := http.StatusServiceUnavailable, desk.Sentence(err)
	switch {
	case errors.Is(err, desk.ErrGone):
		status, sentence = http.StatusGone, goneIntake
	case errors.Is(err, desk.ErrNotYours), errors.Is(err, desk.ErrDenied):
		status = http.StatusForbidden
	case errors.Is(err, desk.ErrMistake):
		status = http.StatusUnprocessableEntity
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": sentence, "again": again})
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}

func (p *pages) draw(w http.ResponseWriter, status int, name string, v any) {
	var out bytes.Buffer
	if err := p.templates.ExecuteTemplate(&out, name, v); err != nil {
		p.Logger.Error("drawing a page", "error", err)
		http.Error(w, "the page could not be drawn", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w)
}

// importWithin is how long an import may take.
const importWithin = 6 * time.Minute
