package desk

import (
	"context"
	"time"

	"keydesk/vault"
)

// burn takes back a link whose claim ended unclear, and tells so on its card.
func (d *Desk) burn(l vault.Link) {
	d.background(func(ctx context.Context) {
		if was := d.takeBack(ctx, l); was.ID != "" {
			l = was // with its card, which only the process that made it knows otherwise
		}
		d.end(ctx, l, endWithdrawn)
	})
}

// burnTries is how often taking a burnt link back is tried again, with growing pauses: Key Vault was in
// trouble just now.
const burnTries = 3

// takeBack deletes a burnt link, which another process may have made; the zero Link when it was gone, or is
// not deleted.
func (d *Desk) takeBack(ctx context.Context, l vault.Link) vault.Link {
	d.follow.forget(l.ID)
	for try := 0; ; try++ {
		was, err := d.Vault.WithdrawLink(ctx, l.ID)
		if err == nil || gone(err) {
			return was
		}
		d.noteFailure(ctx, "a burnt link could not be taken back", err)
		if try == burnTries {
			return vault.Link{}
		}
		select {
		case <-time.After(time.Second << try):
		case <-ctx.Done():
			return vault.Link{}
		case <-d.life.Done():
			return vault.Link{}
		}
	}
}
