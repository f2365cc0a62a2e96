package desk

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"keydesk/audit"
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
}

// fill remembers what the page of a link begins with.
func (f *follower) fill(id string, v cards.FormView) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, open := f.timers[id]; open {
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
func (d *Desk) followLink(link vault.Link) {
	f := &d.follow
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stopped {
		return
	}
	f.timers[link.ID] = time.AfterFunc(time.Until(link.Until), func() { d.expire(link) })
}

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

// expire removes a link nobody opened. Whoever was faster, a claim or another process, tells instead.
func (d *Desk) expire(link vault.Link) {
	d.follow.forget(link.ID)
	d.background(func(ctx context.Context) {
		if _, err := d.Vault.WithdrawLink(ctx, link.ID); err != nil && !gone(err) {
			d.Logger.LogAttrs(ctx, slog.LevelWarn, "an expired link could not be removed", slog.String("op", link.Op), slog.Any("error", err))
			return
		} else if gone(err) {
			return
		}
		e := audit.Event{Op: link.Op, Action: "expire", Outcome: audit.OK, Chat: string(catalog.System), Key: link.Key.String(),
			Actor: audit.Actor{ID: link.Holder.ID, Name: cut(link.Holder.Name, maxName)}, Note: "the link was not opened in time"}
		if err := d.write(ctx, e); err != nil {
			d.Logger.LogAttrs(ctx, slog.LevelError, "the log could not be written", slog.String("op", link.Op), slog.Any("error", err))
		}
		d.end(ctx, link, "expired")
	})
}

// tell edits the link's card after the answer.
func (d *Desk) tell(link vault.Link, state string) {
	d.background(func(ctx context.Context) { d.end(ctx, link, state) })
}

func (d *Desk) end(ctx context.Context, link vault.Link, state string) {
	if link.Card == "" {
		return
	}
	if link.Intake != "" {
		d.replace(ctx, link, pageEnd(link))
		return
	}
	v, _ := d.Catalog.Vendor(link.Key.Vendor)
	card := cards.LinkEnd(cards.LinkEndView{Key: link.Key, Vendor: v, State: state, At: time.Now().UTC(),
		Buttons: []cards.Button{button("Get", "get", "key", link.Key.String())}})
	d.replace(ctx, link, card)
}

// pageEnd replaces the card of a page that was not used.
func pageEnd(link vault.Link) cards.Card {
	again := cards.Button{Title: "Use a secure page", Verb: link.Intake, Data: map[string]string{"step": "page"}}
	if link.Key != (catalog.KeyName{}) {
		again.Data["key"] = link.Key.String()
	}
	return cards.Notice(cards.NoticeView{Title: "Page closed", Text: "Nothing was entered in time.", Buttons: []cards.Button{again}})
}

// show puts a result in the place of the link's card, after the answer.
func (d *Desk) show(link vault.Link, card cards.Card) {
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
		d.Logger.LogAttrs(ctx, slog.LevelWarn, "the card of a link could not be edited", slog.String("op", link.Op), slog.Any("error", err))
	}
}
