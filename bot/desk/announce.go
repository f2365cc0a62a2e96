package desk

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/catalog/request"
	"keydesk/vault"

	"golang.org/x/sync/errgroup"
)

// announceTime is how long showing a request to those who decide may take.
const announceTime = 10 * time.Second

// announce shows a request to those who may decide, and keeps with it where its cards stand.
func (d *Desk) announce(ctx context.Context, r *vault.Request) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), announceTime)
	defer cancel()
	posts := d.showRequest(ctx, r.Request)
	if len(posts) == 0 {
		return
	}
	r.Posts = append(r.Posts, posts...)
	err := d.Vault.SaveRequest(ctx, *r)
	if errors.Is(err, vault.ErrGone) { // decided before the cards were known
		d.tellGone(ctx, *r, posts)
		return
	}
	d.noteFailure(ctx, "where a request is shown could not be kept", err)
}

// showRequest posts a request into the approvals channel or, without one that takes it, to every admin.
func (d *Desk) showRequest(ctx context.Context, r request.Request) []request.Post {
	v := d.decideView(r)
	if !r.Remind.IsZero() {
		v.Warning = "A reminder: nobody has answered yet."
	}
	ch, ok, err := d.approvalsChannel(ctx)
	d.noteFailure(ctx, "the approvals channel could not be looked up", err)
	if ok && err == nil {
		id, err := d.Poster.PostIn(ctx, ch, cards.Request(v))
		if err == nil {
			return []request.Post{{Conversation: ch.Conversation, ServiceURL: ch.ServiceURL,
				Tenant: ch.Tenant, ID: id}}
		}
		d.noteFailure(ctx, "a request could not be posted to the approvals channel", err)
		v.Lines = append(v.Lines, "The approvals channel could not be reached, so every admin got this.")
	}
	return d.showAdmins(ctx, r, v)
}

// showAdmins posts a request to every admin who has a chat, but for who asks.
func (d *Desk) showAdmins(
	ctx context.Context, r request.Request, v cards.RequestView,
) (posts []request.Post) {
	admins, err := d.Directory.Members(ctx, catalog.Admin)
	d.noteFailure(ctx, "the admins could not be looked up", err)
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(sideBySide)
	for _, a := range admins {
		if a.ID == r.By.ID {
			continue
		}
		g.Go(func() error {
			id, err := d.Poster.Post(ctx, a.ID, cards.Request(v))
			if err != nil {
				d.noteFailure(ctx, "a request could not be shown to an admin", err)
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			posts = append(posts, request.Post{Person: a.ID, ID: id})
			return nil
		})
	}
	_ = g.Wait()
	slices.SortFunc(posts, func(a, b request.Post) int {
		if a.Person < b.Person {
			return -1
		}
		return 1
	})
	return posts
}

// sentTo says who was shown a request.
func sentTo(r request.Request) string {
	people := map[string]bool{}
	for _, p := range r.Posts {
		if p.Person == "" {
			return "It stands in the approvals channel. You hear from me when an admin has decided."
		}
		people[p.Person] = true
	}
	if len(people) == 0 {
		who := "No admin"
		if r.Kind == request.Change {
			who = "No other admin"
		}
		return who + " could be reached: none has opened a chat with me, and there is no approvals channel. " +
			"Ask an admin to find Keydesk among the apps in Teams, open it and type requests."
	}
	return plural(len(people), "admin") + " got it. You hear from me when one has decided."
}

// everywhere replaces a request's cards.
func (d *Desk) everywhere(ctx context.Context, posts []request.Post, card cards.Card) {
	var g errgroup.Group
	g.SetLimit(sideBySide)
	for _, p := range posts {
		if p.ID == "" {
			continue
		}
		g.Go(func() error {
			var err error
			if p.Person != "" {
				err = d.Poster.Edit(ctx, p.Person, p.ID, card)
			} else {
				ch := vault.Channel{Conversation: p.Conversation, ServiceURL: p.ServiceURL, Tenant: p.Tenant}
				err = d.Poster.EditIn(ctx, ch, p.ID, card)
			}
			d.noteFailure(ctx, "the card of a request could not be edited", err)
			return nil
		})
	}
	_ = g.Wait()
}

// requestView shows a request as it waits.
func (d *Desk) requestView(r request.Request) cards.RequestView {
	v := cards.RequestView{What: r.What, Who: r.By.Name, Reason: r.Reason, Preview: r.Preview,
		Lines: slices.Clone(r.Lines), Made: r.Made, Until: r.Until, Ref: r.Op}
	if r.Kind == request.Access {
		v.Facts = append(v.Facts, cards.Fact{Title: "For", Value: r.For.String()})
	}
	if name, err := catalog.ParseKeyName(r.Key); err == nil && r.Key != "" {
		if vendor, ok := d.Catalog.Vendor(name.Vendor); ok {
			v.Facts = append(v.Facts, cards.Fact{Title: "Vendor", Value: vendor.Name})
		}
	}
	return v
}

// decideView shows a request to those who decide.
func (d *Desk) decideView(r request.Request) cards.RequestView {
	v := d.requestView(r)
	v.Decide = true
	if r.Kind == request.Access {
		for _, s := range slices.Backward(request.Spans) {
			if s.Within(r.For) {
				v.Spans = append(v.Spans, cards.Choice{Title: s.String(), Value: string(s)})
			}
		}
	}
	v.Buttons = []cards.Button{primary(button("Approve", "approve", "request", r.ID)),
		{Title: "Deny", Verb: "deny", Style: "destructive", Data: map[string]string{"request": r.ID}}}
	return v
}
