package desk

import (
	"context"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/catalog/request"
	"keydesk/vault"

	"golang.org/x/sync/errgroup"
)

// endView shows a request as it was decided, and what came of it.
func (d *Desk) endView(r request.Request, dec request.Decision, res result) cards.RequestView {
	v := d.requestView(r)
	end := &cards.RequestEnd{Words: endWords(dec.End, dec.By.Name), At: dec.At, Word: dec.Word}
	switch {
	case res.failed:
		end.Tone, end.Words, end.Word = cards.Warn, end.Words+", and it can't be done", res.word
	case res.later:
		end.Tone, end.Word = cards.Warn, res.word
	case dec.End == request.Approved:
		end.Tone, end.Word = cards.Good, res.word
	case dec.End == request.Denied:
		end.Tone = cards.Bad
	}
	if dec.End == request.Approved && r.Kind == request.Access {
		v.Facts[0].Value = dec.For.String()
		if !res.failed {
			end.From, end.Until = dec.At, dec.Ends()
		}
	}
	v.End = end
	tellMore(&v, r, dec, res)
	return v
}

// tellEverybody replaces the cards of a decided request and tells who made it. Neither waits for the other:
// where many have cards, or a chat hangs, there may not be time for all.
func (d *Desk) tellEverybody(ctx context.Context, r vault.Request, dec request.Decision, res result) {
	v := d.endView(r.Request, dec, res)
	var g errgroup.Group
	g.Go(func() error { d.everywhere(ctx, r.Posts, cards.Request(v)); return nil })
	d.tellRequester(ctx, r, dec, res, v)
	_ = g.Wait()
}

// tellRequester tells who made a decided request.
func (d *Desk) tellRequester(
	ctx context.Context, r vault.Request, dec request.Decision, res result, v cards.RequestView,
) {
	if r.Card != "" {
		err := d.Poster.Edit(ctx, r.By.ID, r.Card, cards.Request(v))
		d.noteFailure(ctx, "the card of who asked could not be edited", err)
	}
	if dec.End == request.Withdrawn {
		return // they have just read it
	}
	v.Buttons = d.afterwards(r.Request, dec, res)
	_, err := d.Poster.Post(ctx, r.By.ID, cards.Request(v))
	d.noteFailure(ctx, "who asked could not be told", err)
}

// postsSince is where a request was shown while it was being decided.
func (d *Desk) postsSince(r vault.Request) []request.Post {
	for _, now := range d.Vault.Requests() {
		if now.ID == r.ID && len(now.Posts) > len(r.Posts) {
			return now.Posts[len(r.Posts):]
		}
	}
	return nil
}

// afterwards is what who asked can do next.
func (d *Desk) afterwards(r request.Request, dec request.Decision, res result) []cards.Button {
	name, err := catalog.ParseKeyName(r.Key)
	if err != nil || r.Key == "" || res.later {
		return nil
	}
	switch {
	case dec.End == request.Approved && r.Kind == request.Access && !res.failed:
		return []cards.Button{primary(button("Get", "get", "key", r.Key, "reason", r.Reason,
			"pass", r.ID))}
	case dec.End == request.Approved && !res.failed:
		return onKey(name, "key")
	case r.Kind == request.Access:
		return []cards.Button{button("Ask", "ask", "key", r.Key, "reason", r.Reason)}
	}
	return nil
}

// tellGone puts the end of a request onto cards that were posted while it was decided.
func (d *Desk) tellGone(ctx context.Context, r vault.Request, posts []request.Post) {
	d.noteFailure(ctx, "the log could not be read again", d.Log.Refresh(ctx))
	dec, ok := d.decided(r.Request)
	if !ok {
		return
	}
	res, _ := d.endedAs(nil, r.Request)
	d.everywhere(ctx, posts, cards.Request(d.endView(r.Request, dec, res)))
}
