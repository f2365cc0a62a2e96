package desk

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// follower lets the card of a link tell the link's end.
type follower struct {
	mu      sync.Mutex
	stopped bool
	timers  map[string]*time.Timer    // by link id
	forms   map[string]cards.FormView // by link id: what the page of an open link begins with
	ended   map[cardOf]time.Time      // cards that tell an end, and since when
	late    map[string]lateEnd        // by link id: ends that could not be carried out, or written, yet
}

// cardOf is a card in a person's chat.
type cardOf struct{ person, card string }

// How a link ended, for the words on its card.
const (
	endRevealed  = "revealed"
	endExpired   = "expired"
	endWithdrawn = "withdrawn"
	endReplaced  = "replaced" // by a newer page for the same
	endTried     = "tried"    // something was entered on its page, and not stored or not known to be
)

// fill remembers what the page of a link begins with.
func (f *follower) fill(id string, v cards.FormView) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, open := f.timers[id]; open && v.Verb != "" {
		f.forms[id] = v
	}
}

// filled is what the page begins with; otherwise where that is not known (any more).
func (f *follower) filled(id string, otherwise cards.FormView) cards.FormView {
	f.mu.Lock()
	defer f.mu.Unlock()
	if v, ok := f.forms[id]; ok {
		return v
	}
	return otherwise
}

// followLink ends the link at its time, and tells so on its card.
func (d *Desk) followLink(link vault.Link) { d.followUntil(link, endExpired) }

// followUntil is followLink with what its card tells then.
func (d *Desk) followUntil(link vault.Link, state string) {
	f := &d.follow
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stopped {
		return
	}
	delete(f.ended, cardOf{link.Holder.ID, link.Card})
	f.timers[link.ID] = time.AfterFunc(time.Until(link.Until), func() { d.expire(link, state) })
}

// ends says whether a link's card does not tell an end yet, and notes that it does now. What an older link of
// the same card comes to must not take its place.
func (f *follower) ends(link vault.Link) (first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := cardOf{link.Holder.ID, link.Card}
	if _, told := f.ended[at]; told {
		return false
	}
	for old, since := range f.ended {
		if time.Since(since) > rememberEnds {
			delete(f.ended, old)
		}
	}
	if f.ended == nil {
		f.ended = map[cardOf]time.Time{}
	}
	f.ended[at] = time.Now()
	return true
}

// rememberEnds is longer than any link works.
const rememberEnds = time.Hour

func (f *follower) forget(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t, ok := f.timers[id]; ok {
		t.Stop()
		delete(f.timers, id)
		delete(f.forms, id)
	}
}

func (f *follower) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopped = true
	for id, t := range f.timers {
		t.Stop()
		delete(f.timers, id)
	}
}

// background runs work that goes on after an answer, until Close has waited for it.
func (d *Desk) background(work func(context.Context)) {
	d.follow.mu.Lock()
	defer d.follow.mu.Unlock()
	if d.follow.stopped {
		return
	}
	d.running.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		work(ctx)
	})
}

// tell edits the link's card after the answer.
func (d *Desk) tell(link vault.Link, state string) {
	d.background(func(ctx context.Context) { d.end(ctx, link, state) })
}

func (d *Desk) end(ctx context.Context, link vault.Link, state string) {
	if link.Card == "" || !d.follow.ends(link) {
		return
	}
	if link.Intake != "" {
		d.replace(ctx, link, pageEnd(link, state))
		return
	}
	v, _ := d.Catalog.Vendor(link.Key.Vendor)
	card := cards.LinkEnd(cards.LinkEndView{Key: link.Key, Vendor: v, State: state, At: time.Now().UTC(),
		Buttons: []cards.Button{button("Get", "get", "key", link.Key.String())}})
	d.replace(ctx, link, card)
}

// pageEnds is what the card of a page says when its link has ended without a result.
var pageEnds = map[string]string{
	endExpired:   "It was not used in time.",
	endWithdrawn: "It was taken back. Nothing was stored through it.",
	endReplaced:  "A newer page took its place.",
	endTried: "The last try there was not stored. Where that is not known yet, Keydesk looks within minutes " +
		"and tells you.",
}

// pageEnd replaces the card of a page whose link has ended without a result.
func pageEnd(link vault.Link, state string) cards.Card {
	v := cards.NoticeView{Title: "Page closed", Text: pageEnds[state]}
	if state == endExpired || state == endTried {
		again := cards.Button{Title: "Use a secure page", Verb: link.Intake,
			Data: map[string]string{"step": "page"}}
		if link.Key != (catalog.KeyName{}) {
			again.Data["key"] = link.Key.String()
		}
		v.Buttons = []cards.Button{again}
	}
	return cards.Notice(v)
}

// show puts a result in the place of the link's card, after the answer.
func (d *Desk) show(link vault.Link, card cards.Card) {
	d.follow.ends(link)
	d.background(func(ctx context.Context) { d.replace(ctx, link, card) })
}

// replace edits the link's card; where there is none it posts.
func (d *Desk) replace(ctx context.Context, link vault.Link, card cards.Card) {
	err := error(nil)
	if link.Card == "" {
		_, err = d.Poster.Post(ctx, link.Holder.ID, card)
	} else {
		err = d.Poster.Edit(ctx, link.Holder.ID, link.Card, card)
	}
	if err != nil {
		d.Logger.LogAttrs(ctx, slog.LevelWarn, "the card of a link could not be edited", slog.String("op", link.Op),
			slog.Any("error", err))
	}
}
