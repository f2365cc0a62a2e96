package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// readers is what an admin should know of who can read in a channel.
type readers struct{ lines []string }

func (r readers) tone() cards.Tone {
	if len(r.lines) > 0 {
		return cards.Warn
	}
	return cards.Good
}

// readers asks who can read in a channel. That it can't be told is a warning too, and no more: requests have to
// go somewhere while Teams has a bad minute.
func (d *Desk) readers(ctx context.Context, c *call, ch vault.Channel) readers {
	all, err := d.Poster.Readers(ctx, ch)
	switch {
	case errors.Is(err, ErrUnreachable):
		return readers{[]string{"I can't post there: I was removed, or the channel is gone. " +
			"Add Keydesk to the team again, or type approvals here in another channel."}}
	case err != nil:
		d.noteFailure(ctx, "the readers of a channel could not be listed", err)
		return readers{[]string{"Teams did not tell me who can read there. " +
			"Check that only your own people can."}}
	}
	var strange []Reader
	for _, r := range all {
		if r.Guest || r.Tenant != "" && c.Tenant != "" && !strings.EqualFold(r.Tenant, c.Tenant) {
			strange = append(strange, r)
		}
	}
	if len(strange) == 0 {
		return readers{}
	}
	return readers{[]string{fmt.Sprintf("Of %s there, %s: %s. They can read who asks for which key, and why.",
		plural(len(all), "reader"), guests(len(strange)), some(strange))}}
}

func guests(n int) string {
	if n == 1 {
		return "1 is a guest or of another tenant"
	}
	return number(n) + " are guests or of other tenants"
}

// some names three of the people at most, and counts the others.
func some(people []Reader) string {
	var out []string
	for _, p := range people {
		if p.Name != "" && len(out) < 3 {
			out = append(out, cut(p.Name, 40))
		}
	}
	switch more := len(people) - len(out); {
	case len(out) == 0:
		return "their names are not known"
	case more > 0:
		return strings.Join(out, ", ") + " and " + number(more) + " more"
	}
	return strings.Join(out, ", ")
}

// withAdmins adds how many admins can be reached in their own chats, and says when they are too few.
func (d *Desk) withAdmins(ctx context.Context, v cards.NoticeView) Reply {
	admins, err := d.Directory.Members(ctx, catalog.Admin)
	if err != nil {
		d.noteFailure(ctx, "the admins could not be listed", err)
		v.Lines = append(v.Lines, "The directory did not tell me who the admins are.")
		return Reply{Card: cards.Notice(v)}
	}
	reached := 0
	for _, a := range admins {
		if chat, ok := d.Vault.Chat(a.ID); ok && !chat.Dead {
			reached++
		}
	}
	v.Facts = append(v.Facts, cards.Fact{Title: "Admins",
		Value: number(len(admins)) + ", I have a chat with " + number(reached)})
	if d.TwoPerson && len(admins) < 2 {
		v.Tone = cards.Warn
		v.Lines = append(v.Lines, "The two-person rule is on, and there are fewer than two admins: "+
			"what needs a second one can't be done. Add somebody to an admin group.")
	}
	return Reply{Card: cards.Notice(v)}
}
