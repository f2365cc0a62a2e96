package desk

import (
	"context"
	"errors"
	"fmt"

	"keydesk/audit"
	"keydesk/catalog"
	"keydesk/vault"
)

// errPass: the pass could not be read or used up. No answer means no.
var errPass = errors.New("the pass could not be read")

// errUsed: a pass for a single look was used up, or nobody can know, and nothing was shown.
var errUsed = errors.New("the pass may be used up")

// passRead is what reading a link's pass came to.
type passRead struct {
	pass vault.Pass
	err  error
}

// readPass reads the pass of a link. One for a single look is not read but used up, once all else is decided.
func (d *Desk) readPass(ctx context.Context, link vault.Link) (r passRead) {
	if link.Pass != "" && !link.Once {
		r.pass, r.err = d.Vault.ReadPass(ctx, link.Pass)
	}
	return r
}

// mayHave decides whether the holder of a claimed link gets the key: by a role, and without touching the
// pass, or by the pass. note is for the log. ErrDenied; ErrUnavailable where that can't be known.
func (d *Desk) mayHave(
	ctx context.Context, link vault.Link, roles, access catalog.Roles, read passRead,
) (note string, err error) {
	switch {
	case roles.Any(access):
		return "", nil
	case roles == 0 || link.Pass == "":
		return "", ErrDenied
	}
	p, err := d.takePass(ctx, link, read)
	switch {
	case gone(err):
		return "", passOver(link, p)
	case errors.Is(err, ErrDenied):
		return "", err
	case err != nil:
		return "", fmt.Errorf("%w: %w: %w", ErrUnavailable, errPass, err)
	case !opens(p, link):
		return "", ErrDenied
	}
	return cut("by a pass, approved by "+p.By.Name, maxNote), nil
}

// takePass is the pass as it is now; one for a single look is used up by that.
func (d *Desk) takePass(ctx context.Context, link vault.Link, read passRead) (vault.Pass, error) {
	if read.err != nil || !link.Once && !read.pass.Once {
		return read.pass, read.err
	}
	known := read.pass
	if link.Once {
		known = d.knownPass(link.Pass)
	}
	if known.ID != "" && !opens(known, link) { // somebody else's must not be lost by this
		return vault.Pass{}, ErrDenied
	}
	p, err := d.Vault.UsePass(ctx, link.Pass)
	if errors.Is(err, vault.ErrUnclear) {
		err = fmt.Errorf("%w: %w", errUsed, err)
	}
	return p, err
}

// knownPass is a pass as memory has it, or none.
func (d *Desk) knownPass(id string) vault.Pass {
	for _, p := range d.Vault.Passes() {
		if p.ID == id {
			return p
		}
	}
	return vault.Pass{}
}

// opens says whether a pass is for the key of a link and its holder.
func opens(p vault.Pass, link vault.Link) bool {
	return p.Key == link.Key && p.Holder.ID != "" && p.Holder.ID == link.Holder.ID
}

// passOver says of a pass that it is gone.
func passOver(link vault.Link, p vault.Pass) error {
	how := "has ended"
	switch {
	case p.ID != "":
		how = "ended " + atTime(p.Until)
	case link.Once:
		how = "was for one look and is used up"
	}
	return &refusal{cause: ErrDenied, sentence: fmt.Sprintf("Your pass for %s %s, so nothing was shown. "+
		"Ask for the key again in your chat with Keydesk if you still need it.", link.Key, how)}
}

// refuseClaim writes down that a claim gave nothing, and ends the pass of somebody who has lost every role.
func (d *Desk) refuseClaim(
	ctx context.Context, e audit.Event, link vault.Link, roles catalog.Roles, why error,
) error {
	e.Outcome, e.Note = audit.Denied, "no access at the time of the claim"
	switch {
	case errors.Is(why, ErrUnavailable):
		e.Outcome, e.Note = audit.Failed, errPass.Error()
	case link.Pass != "" && roles != 0:
		e.Note = "no pass at the time of the claim"
	}
	// The link is burnt; that it gave nothing is written also where the time is up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTime)
	defer cancel()
	if err := d.write(ctx, e); err != nil {
		if errors.Is(why, errUsed) {
			err = fmt.Errorf("%w: %w", errUsed, err)
		}
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if roles == 0 && link.Pass != "" {
		p := vault.Pass{ID: link.Pass, Key: link.Key, Holder: link.Holder}
		if err := d.endPass(ctx, p, system, catalog.System, noRole); !gone(err) {
			d.noteFailure(ctx, "the pass of somebody without a role could not be ended", err)
		}
	}
	return why
}
