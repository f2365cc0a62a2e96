package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/catalog"
	"keydesk/vault"

	"golang.org/x/sync/errgroup"
)

// LinkInfo is what the page of a link may show before the claim.
type LinkInfo struct {
	Key, Vendor string
	Until       time.Time
	Holder      catalog.Person
}

// Revealed is the answer of a claim: the one place where values leave Keydesk.
type Revealed struct {
	Key   string
	Parts []RevealedPart
}

// RevealedPart is one part of a key; Secret parts are hidden again after a while.
type RevealedPart struct {
	Name   string
	Value  vault.Secret
	Secret bool
}

// LookLink reads a link and consumes nothing. ErrGone when there is none.
func (d *Desk) LookLink(ctx context.Context, token string) (LinkInfo, error) {
	l, err := d.Vault.FindLink(ctx, token)
	if err != nil {
		return LinkInfo{}, unopened(linkError(err))
	}
	info := LinkInfo{Key: l.Key.String(), Vendor: l.Key.Vendor, Until: l.Until, Holder: l.Holder}
	if v, ok := d.Catalog.Vendor(l.Key.Vendor); ok {
		info.Vendor = v.Name
	}
	return info, nil
}

// Claim is the decision about a value. It burns the link, reads the key and the roles of the link's holder
// anew, decides, makes the event durable, and only then gives the value. who is the signed-in person, nil
// where sign-in is off. Errors: ErrGone, ErrNotYours, ErrDenied, ErrUnavailable (the link is burnt).
func (d *Desk) Claim(ctx context.Context, token string, who *catalog.Actor) (r Revealed, err error) {
	began := time.Now()
	defer func() { d.Observe("retrieve", outcome(err), time.Since(began)) }()
	if who != nil {
		l, err := d.Vault.FindLink(ctx, token)
		if err != nil {
			return r, unopened(linkError(err))
		}
		if l.Holder.ID != who.ID {
			return r, d.notYours(ctx, l, who)
		}
	}
	link, err := d.Vault.ClaimLink(ctx, token)
	d.follow.forget(link.ID)
	if errors.Is(err, vault.ErrUnclear) {
		d.burn(link)
		return r, notShown(fmt.Errorf("%w: %w", ErrUnavailable, err))
	}
	if err != nil {
		if link.ID != "" { // it was there, but too late
			d.expiredNow(link)
		}
		return r, linkError(err)
	}
	r, err = d.serve(ctx, link)
	if err != nil {
		d.Logger.LogAttrs(ctx, slog.LevelWarn, "claim refused", slog.String("op", link.Op),
			slog.Any("error", err))
		d.tell(link, endWithdrawn)
		return Revealed{}, notShown(err)
	}
	d.tell(link, endRevealed)
	return r, nil
}

// notShown says why a claim gave no value. Its link is used up, or nobody can know, so trying again needs
// another.
func notShown(err error) error {
	if !errors.Is(err, ErrUnavailable) {
		return err // the person may not have it
	}
	why := "Keydesk could not read the key"
	switch {
	case errors.Is(err, vault.ErrUnclear):
		why = "Key Vault gave no clear answer"
	case errors.Is(err, errPass):
		why = "Keydesk could not read your pass"
	case errors.Is(err, ErrLog):
		why = "The log can't be written right now"
	case errors.Is(err, ErrDirectory):
		why = "Your roles can't be read right now"
	case errors.Is(err, vault.ErrNotFound):
		why = "This key is not in the vault any more"
	case errors.Is(err, vault.ErrDisabled):
		why = "This key is disabled in Key Vault"
	}
	r := &refusal{cause: err, sentence: why + ", so nothing was shown. This link can't be used again: " +
		"ask for the key again in your chat with Keydesk."}
	if errors.Is(err, errUsed) {
		r.lines = []string{"Your pass was for one look, and may be used up."}
	}
	return r
}

// serve decides about a claimed link and reads the value.
func (d *Desk) serve(ctx context.Context, link vault.Link) (Revealed, error) {
	var key catalog.Key
	var parts vault.Parts
	var roles catalog.Roles
	var pass passRead
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { pass = d.readPass(gctx, link); return nil })
	g.Go(func() (err error) { key, parts, err = d.Vault.ReadKey(gctx, link.Key); return err })
	g.Go(func() (err error) {
		if roles, err = d.Directory.FreshRoles(gctx, link.Holder.ID); err != nil {
			return fmt.Errorf("%w: %w", ErrDirectory, err)
		}
		return nil
	})
	e := audit.Event{Op: link.Op, Action: "retrieve", Outcome: audit.OK, Chat: string(catalog.Page),
		Key: link.Key.String(), Actor: audit.Actor{ID: link.Holder.ID, Name: cut(link.Holder.Name, maxName)}}
	if err := g.Wait(); err != nil {
		// The link is burnt; that it gave nothing is written also where the time is up.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTime)
		defer cancel()
		e.Outcome, e.Note = audit.Failed, reason(err)
		return Revealed{}, fmt.Errorf("%w: %w", ErrUnavailable, errors.Join(err, d.write(ctx, e)))
	}
	e.Version = key.Version
	v, known := d.Catalog.Vendor(key.Name.Vendor)
	err := ErrDenied
	if known && !d.isOwnSecret(key.Name, parts) {
		e.Note, err = d.mayHave(ctx, link, roles, d.openTo(ctx, key), pass)
	}
	if err != nil {
		return Revealed{}, d.refuseClaim(ctx, e, link, roles, err)
	}
	if err := d.write(ctx, e); err != nil {
		if link.Once && e.Note != "" {
			err = fmt.Errorf("%w: %w", errUsed, err)
		}
		return Revealed{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return revealed(v, key, parts), nil
}

// isOwnSecret says whether a key is a secret Keydesk itself signs in with: tracked, revealed to nobody.
func (d *Desk) isOwnSecret(name catalog.KeyName, parts vault.Parts) bool {
	id := parts["client_id"].Expose()
	return name.Vendor == "entra-app-secret" && slices.ContainsFunc(d.OwnApps, func(own string) bool {
		return own != "" && strings.EqualFold(id, own)
	})
}

func revealed(v *catalog.Vendor, key catalog.Key, parts vault.Parts) Revealed {
	r := Revealed{Key: key.Name.String()}
	for _, p := range v.Parts {
		if s, ok := parts[p.Name]; ok {
			r.Parts = append(r.Parts, RevealedPart{Name: p.Name, Value: s, Secret: p.Secret})
		}
	}
	return r
}

// notYours records that somebody tried a link of another person, and tells its holder. The link stays whole.
func (d *Desk) notYours(ctx context.Context, l vault.Link, who *catalog.Actor) error {
	return d.shut(ctx, l, who, notTheirs)
}

// unopened says of a link that could not be looked at that it is as good as before.
func unopened(err error) error {
	if errors.Is(err, ErrGone) {
		return err
	}
	return &refusal{cause: err, sentence: "Key Vault does not answer right now. Try again in a minute."}
}

// linkError puts an error of the vault into the words of a link.
func linkError(err error) error {
	if gone(err) {
		return ErrGone
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

func gone(err error) bool { return errors.Is(err, vault.ErrGone) }
