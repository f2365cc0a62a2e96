package desk

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// Attempt is a try to open a link that sign-in ended before the link was looked at, or that somebody made who
// is not its holder. The link stays whole.
type Attempt struct {
	Token  string         // of the link; "" when nobody knows which it was
	Intake bool           // it is of a page where something is entered
	Who    *catalog.Actor // who signed in; nil when nobody did
	Why    string         // what went wrong, in a few words; not needed with Who
}

// Attempted writes the attempt down and tells the link's holder. Equal ones within a minute are one event with
// a count. ErrUnavailable when it could not be written, or the vault gave no answer.
func (d *Desk) Attempted(ctx context.Context, a Attempt) error {
	find := d.Vault.FindLink
	if a.Intake {
		find = d.Vault.FindIntake
	}
	var l vault.Link
	if a.Token != "" {
		var err error
		if l, err = find(ctx, a.Token); err != nil && !gone(err) {
			return linkError(err)
		}
	}
	if err := d.shut(ctx, l, a.Who, cmp.Or(a.Why, notTheirs)); !errors.Is(err, ErrNotYours) {
		return err
	}
	return nil
}

// notTheirs is the note of an event.
const notTheirs = "the link belongs to somebody else"

// shut records that a link did not open for somebody, and tells its holder. The link stays whole. It gives
// ErrNotYours, or ErrUnavailable when that could not be written.
func (d *Desk) shut(ctx context.Context, l vault.Link, who *catalog.Actor, why string) error {
	e := audit.Event{Op: l.Op, Action: cmp.Or(l.Intake, "retrieve"), Outcome: audit.Denied,
		Chat: string(catalog.Page), Key: l.Key.String(), Note: why}
	if who != nil {
		e.Actor = audit.Actor{ID: who.ID, Name: cut(who.Name, maxName)}
	}
	if err := d.writeDenial(ctx, e); err != nil {
		return errors.Join(ErrUnavailable, err)
	}
	if l.Holder.ID != "" && d.attempts.tell(l, e, time.Now()) {
		d.warn(l, e)
	}
	return ErrNotYours
}

// warn tells the holder in their own chat.
func (d *Desk) warn(l vault.Link, e audit.Event) {
	what := "your link"
	if l.Intake != "" {
		what = "your secure page"
	}
	if e.Key != "" {
		what += " for " + e.Key
	}
	text := "Somebody opened " + what + " and did not get in: " + e.Note + "."
	if e.Actor.ID != "" {
		text = cmp.Or(e.Actor.Name, "Somebody without a name") + " opened " + what + " and did not get in."
	}
	card := cards.Notice(cards.NoticeView{Tone: cards.Warn, Title: "Somebody tried " + what, Text: text,
		Lines: []string{"Nothing was shown or changed, and it still works for you. If that was you, sign in with " +
			"the account you use in Teams. If you did not pass the link on, tell a Keydesk admin."}, Ref: l.Op})
	d.background(func(ctx context.Context) {
		if _, err := d.Poster.Post(ctx, l.Holder.ID, card); err != nil {
			d.noteFailure(ctx, "a holder could not be told of an attempt", err)
		}
	})
}

// mostWarnings is how many messages one link can bring its holder.
const mostWarnings = 5

// attempts remembers what holders were told, so that nobody can flood them. In memory only.
type attempts struct {
	mu    sync.Mutex
	links map[string]*tried // by link id
}

type tried struct {
	until time.Time
	told  int
	last  map[denial]time.Time
}

// tell says whether the holder is to be told: of equal attempts once a minute, and of few for one link.
func (a *attempts) tell(l vault.Link, e audit.Event, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, t := range a.links {
		if now.After(t.until) {
			delete(a.links, id)
		}
	}
	t := a.links[l.ID]
	if t == nil {
		if a.links == nil {
			a.links = map[string]*tried{}
		}
		t = &tried{until: l.Until, last: map[denial]time.Time{}}
		a.links[l.ID] = t
	}
	k := denial{person: e.Actor.ID, note: e.Note}
	if last, is := t.last[k]; is && now.Sub(last) < deniedFor || t.told >= mostWarnings {
		return false
	}
	t.told, t.last[k] = t.told+1, now
	return true
}
