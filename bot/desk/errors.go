package desk

import (
	"context"
	"errors"
	"strings"

	"keydesk/cards"
	"keydesk/vault"
)

var (
	// ErrGone: the link was used, withdrawn, has expired, or never was. HTTP 410.
	ErrGone = errors.New("this link is gone")
	// ErrNotYours: the link belongs to somebody else. HTTP 403.
	ErrNotYours = errors.New("this link belongs to somebody else")
	// ErrDenied: the person's roles do not allow it. HTTP 403.
	ErrDenied = errors.New("not allowed")
	// ErrUnavailable: something Keydesk needs did not answer; nothing was shown. HTTP 503.
	ErrUnavailable = errors.New("not available right now")
	// ErrDirectory: the roles of the person could not be read. No answer means no.
	ErrDirectory = errors.New("roles could not be read")
	// ErrLog: the log could not be written, so the command was refused.
	ErrLog = errors.New("the log could not be written")
	// ErrMistake: what was entered can't be taken; nothing was used up or changed. HTTP 422.
	ErrMistake = errors.New("a mistake in what was entered")
	// ErrNobody: the channel gave no person.
	ErrNobody = errors.New("no person")
	// errUnlogged: the change was made, but its outcome is not in the log yet.
	errUnlogged = errors.New("done, but not logged yet")
	// errStillUnclear: this try failed, and what an earlier one of the same form did is not known yet.
	errStillUnclear = errors.New("an earlier try has no known end yet")
)

// sentences are what people see for each cause; the first that matches counts. They never quote the
// cause: Azure's texts name ids and places.
var sentences = []struct {
	cause    error
	sentence string
}{
	{errUnlogged, "The change was made, but its result could not be written to the log. " +
		"Tell a Keydesk admin; do not make the change again."},
	{errStillUnclear, "This try failed, and it is still not known whether the first try happened. " +
		"Keydesk looks within minutes and tells you."},
	{ErrLog, "The log can't be written right now, so nothing was done. Try again in a minute."},
	{ErrDirectory, "Your roles can't be read right now, so nothing was done. Try again in a minute."},
	{ErrNobody, "Teams did not say who you are. Write to me in your own chat."},
	{ErrGone, "This link was used, was withdrawn or has expired. Ask for the key again."},
	{ErrNotYours, "This link belongs to somebody else. Ask for the key yourself in your chat with Keydesk."},
	{ErrDenied, "You have no access to this key (any more). Ask a Keydesk admin."},
	{vault.ErrForeign, "Another application keeps a secret under this name in the vault. " +
		"Keydesk leaves it alone. Use another label."},
	{vault.ErrDeleted, "A key of this name was deleted and can still be recovered, so its name is not free. " +
		"Recover it, or use another label."},
	{vault.ErrDisabled, "This key is disabled in Key Vault. A vault administrator can enable it there."},
	{vault.ErrNotFound, "This key is not in the vault any more."},
	{vault.ErrExists, "A key of this name is stored already. Choose another label."},
	{vault.ErrMoved, "Somebody else changed it meanwhile. Look at it, then decide again."},
	{vault.ErrProtected, "This vault is protected against purging. " +
		"It removes what is deleted itself when the time for that has come."},
	{vault.ErrBadValue, "Something that was entered is too long or does not fit. Nothing was changed."},
	{vault.ErrTooBig, "This is more than 16 KB. Keydesk keeps keys, not files."},
	{vault.ErrUnclear, "Key Vault gave no clear answer, so it is not known whether this happened. " +
		"Press the same button again: it is never done twice."},
	{vault.ErrForbidden, "Key Vault refused Keydesk. " +
		"Ask an admin to check Keydesk's role on the vault (Key Vault Secrets Officer). Nothing was changed."},
	{vault.ErrThrottled, "Key Vault has too much to do right now. Nothing was changed. Try again in half a minute."},
	{vault.ErrUnavailable, "Key Vault does not answer right now. Nothing was changed. Try again in a minute."},
	{ErrUnavailable, "Keydesk can't do this right now. Try again in a minute."},
	{context.DeadlineExceeded, "This took too long and was given up. Try again in a minute."},
}

// Sentence is what a person may read about err: what is wrong and what to do, and nothing else.
func Sentence(err error) string {
	var r *refusal
	if errors.As(err, &r) {
		return r.all()
	}
	for _, s := range sentences {
		if errors.Is(err, s.cause) {
			return s.sentence
		}
	}
	return "Something went wrong inside Keydesk. Try again; if it stays, give an admin the reference."
}

// refusal is a refusal with its words: what is wrong, what to do, and buttons for doing it.
type refusal struct {
	title    string
	sentence string
	lines    []string
	buttons  []cards.Button
	choose   *cards.ChooseView // asks with a list instead
	form     *cards.AskView    // asks with a form instead
	asks     bool              // it is a question, no fault
	tone     cards.Tone
	ref      string // operation id, where somebody may have to look
	line     bool   // a pressed card stays, with the sentence as its error line
	cause    error  // for errors.Is; may be nil
}

func (r *refusal) Error() string { return r.sentence }
func (r *refusal) Unwrap() error { return r.cause }

// all is the sentence and the lines as one text.
func (r *refusal) all() string { return strings.Join(append([]string{r.sentence}, r.lines...), " ") }

// refuse is a refusal of one sentence.
func refuse(sentence string) error { return &refusal{sentence: sentence} }

// reply shows the refusal. A form keeps what was typed into it, and a card its Reveal button: there the
// sentence appears as an error line.
func (r *refusal) reply(c *call) Reply {
	if r.choose != nil {
		return Reply{New: c.pressed(), Card: cards.Choose(*r.choose)}
	}
	if r.form != nil {
		return Reply{New: c.pressed(), Card: cards.Ask(*r.form)}
	}
	if c.keepsCard() && len(r.buttons) == 0 || r.line && c.pressed() {
		return Reply{Error: r.all()}
	}
	tone := r.tone
	if tone == cards.Plain && !r.asks {
		tone = cards.Warn
	}
	title := r.title
	switch {
	case title != "":
	case r.ref != "": // something failed, and perhaps in the middle
		title = "That did not work"
	default:
		title = "Nothing was done"
	}
	return Reply{New: c.pressed(), Card: cards.Notice(cards.NoticeView{
		Tone: tone, Title: title, Text: r.sentence, Lines: r.lines, Buttons: r.buttons, Ref: r.ref,
	})}
}
