package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// endByAdmin takes a pass away from its holder.
func (d *Desk) endByAdmin(ctx context.Context, c *call) (Reply, error) {
	id := c.option("pass")
	p, err := d.Vault.ReadPass(ctx, id)
	if err == nil {
		by := audit.Actor{ID: c.ID, Name: cut(c.Name, maxName)}
		err = d.endPass(ctx, p, by, c.Chat.Kind, "")
	}
	switch {
	case gone(err):
		return Reply{}, &refusal{title: "Ended already", sentence: "This pass is used up or has ended.",
			buttons: []cards.Button{{Title: "All passes", Verb: "passes"}}}
	case err != nil:
		return Reply{}, err
	}
	return Reply{New: true, Card: cards.Notice(cards.NoticeView{Tone: cards.Good, Title: "Ended",
		Text:    fmt.Sprintf("%s can't get %s by this pass any more.", p.Holder.Name, p.Key),
		Buttons: []cards.Button{{Title: "All passes", Verb: "passes"}}, Ref: passOp(p.ID)})}, nil
}

// passOp is the operation of the request that a pass came of; what happens to the pass belongs to it.
func passOp(id string) string { return strings.ToUpper(id) }

// noRole is why a pass ends whose holder is in no role group any more.
const noRole = "the holder has no role in Keydesk any more"

var system = audit.Actor{Name: "keydesk"}

// endPass ends a pass: written down before and after. Open links by it are withdrawn, and the holder is told.
// vault.ErrGone: it had ended already.
func (d *Desk) endPass(
	ctx context.Context, p vault.Pass, by audit.Actor, chat catalog.ChatKind, why string,
) error {
	e := audit.Event{Op: passOp(p.ID), Action: "end", Outcome: audit.Intent, Actor: by, Chat: string(chat),
		Key: p.Key.String(), Note: cut("the pass of "+p.Holder.Name, maxNote)}
	if why != "" {
		e.Note = why
	}
	if err := d.write(ctx, e); err != nil {
		return err
	}
	err := d.Vault.EndPass(ctx, p.ID)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTime) // it happened: say so
	defer cancel()
	switch {
	case errors.Is(err, vault.ErrUnclear):
		return err // stays an open intent, which is the truth
	case gone(err):
		e.Outcome, e.Note = audit.Failed, "it had ended already"
		return errors.Join(err, d.write(ctx, e))
	case err != nil:
		e.Outcome, e.Note = audit.Failed, reason(err)
		return errors.Join(err, d.write(ctx, e))
	}
	d.passEnded(ctx, p, by)
	e.Outcome = audit.OK
	if err := d.write(ctx, e); err != nil {
		return fmt.Errorf("%w: %w", errUnlogged, err)
	}
	return nil
}

// passEnded withdraws the links of a pass and tells its holder. Links that memory does not know are refused
// at their claim.
func (d *Desk) passEnded(ctx context.Context, p vault.Pass, by audit.Actor) {
	for _, l := range d.Vault.Links() {
		if l.Pass != p.ID {
			continue
		}
		if mine, err := d.withdrawLink(ctx, l); mine && err == nil {
			d.tell(l, endWithdrawn)
		}
	}
	if p.Holder.ID == by.ID {
		return
	}
	v := cards.NoticeView{Tone: cards.Warn, Title: "Your pass for " + p.Key.String() + " has ended",
		Text: by.Name + " ended it. Ask for the key again if you still need it."}
	if by == system {
		v.Text = "You have no role in Keydesk any more."
	}
	d.background(func(ctx context.Context) {
		_, err := d.Poster.Post(ctx, p.Holder.ID, cards.Notice(v))
		d.noteFailure(ctx, "a holder could not be told that their pass has ended", err)
	})
}

// endPasses ends the passes of those who have lost every role. Without an answer about somebody theirs stay:
// their claims ask anew.
func (d *Desk) endPasses(ctx context.Context, now time.Time) error {
	passes := d.Vault.Passes()
	without, err := d.withoutRole(ctx, passes)
	failed := []error{err}
	for _, p := range passes {
		if !without[p.Holder.ID] {
			continue
		}
		slot := now.Unix() / int64(lookAgain/time.Second)
		mine, err := d.mine(ctx, fmt.Sprintf("pass-%s-%d", p.ID, slot), now)
		if mine {
			err = d.endPass(ctx, p, system, catalog.System, noRole)
		}
		if err != nil && !gone(err) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// rolesTime is how long a round waits for answers about people.
const rolesTime = 5 * time.Second

// withoutRole is the holders of passes who have no role, as far as the directory answers in time. Its error is one
// of those that it answered with.
func (d *Desk) withoutRole(ctx context.Context, passes []vault.Pass) (without map[string]bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, rolesTime)
	defer cancel()
	without = map[string]bool{}
	asked := map[string]bool{}
	for _, p := range passes {
		if asked[p.Holder.ID] || ctx.Err() != nil {
			continue
		}
		asked[p.Holder.ID] = true
		roles, failed := d.Directory.Roles(ctx, p.Holder.ID)
		if failed != nil {
			err = fmt.Errorf("%w: %w", ErrDirectory, failed)
			continue
		}
		without[p.Holder.ID] = roles == 0
	}
	return without, err
}

// endOfPass is what became of a pass that was to be ended.
func (d *Desk) endOfPass(ctx context.Context, e audit.Event) (string, error) {
	switch _, err := d.Vault.ReadPass(ctx, strings.ToLower(e.Op)); {
	case gone(err):
		return wasDone, nil
	case err != nil:
		return "", err
	}
	return notDone, nil
}
