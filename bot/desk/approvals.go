package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

const (
	// approvalsPlace is the name of the approvals channel among the settings' channels.
	approvalsPlace = "approvals"
	// approvalsOp is the setting that holds the operation which set that channel last, for reconciliation.
	approvalsOp = "approvals.op"
)

// approvals sets, removes or shows the channel in which requests are decided.
func (d *Desk) approvals(ctx context.Context, c *call) (Reply, error) {
	switch word := strings.ToLower(c.line.text(0)); word {
	case "":
		return d.whereRequestsGo(ctx, c)
	case "here", "off":
		if err := d.askAnew(ctx, c); err != nil {
			return Reply{}, err
		}
		if word == "off" {
			return d.approvalsOff(ctx, c)
		}
		return d.approvalsHere(ctx, c)
	}
	return Reply{}, refuse("Behind approvals can stand: here, or off.")
}

// askAnew asks the directory for the roles of who acts, and decides again: what was known before may be five
// minutes old.
func (d *Desk) askAnew(ctx context.Context, c *call) (err error) {
	if c.Roles, err = d.Directory.FreshRoles(ctx, c.ID); err != nil {
		return fmt.Errorf("%w: %w", ErrDirectory, err)
	}
	return d.decide(ctx, c, nil)
}

// approvalsChannel is the channel in which requests are decided, as the vault has it now; false when there is
// none and each admin gets them in their own chat. The errors are those of vault.Store.Settings.
func (d *Desk) approvalsChannel(ctx context.Context) (vault.Channel, bool, error) {
	set, err := d.Vault.Settings(ctx)
	ch, ok := set.Channels[approvalsPlace]
	return ch, ok, err
}

func (d *Desk) approvalsHere(ctx context.Context, c *call) (Reply, error) {
	here := c.in
	if here.Conversation == "" {
		return Reply{}, &refusal{title: "Type it in the channel", asks: true,
			sentence: "In the channel in which requests are to be decided, type: @Keydesk approvals here"}
	}
	here.Name = cut(here.Name, maxName)
	readers := d.readers(ctx, c, here)
	was, err := d.setApprovals(ctx, c, "here: "+channelName(here), func(set *vault.Settings) {
		set.Channels[approvalsPlace] = here
	})
	if err != nil {
		return Reply{}, err
	}
	v := cards.NoticeView{Tone: readers.tone(), Title: "Requests are decided here", Ref: c.op,
		Text: "Each request appears here as a card: who asks, for which key, why and for how long. " +
			"Any admin can decide it, except who asks. Values never appear here.",
		Lines: readers.lines}
	if was.Conversation != "" && was.Conversation != here.Conversation {
		v.Lines = append(v.Lines, "Until now they went to "+channelName(was)+".")
	}
	return d.withAdmins(ctx, v), nil
}

func (d *Desk) approvalsOff(ctx context.Context, c *call) (Reply, error) {
	was, err := d.setApprovals(ctx, c, "off", func(set *vault.Settings) { delete(set.Channels, approvalsPlace) })
	if err != nil {
		return Reply{}, err
	}
	v := cards.NoticeView{Tone: cards.Good, Title: "No approvals channel any more", Ref: c.op,
		Text: "Each admin gets requests in their own chat with me. What waits already stays where it is."}
	if was.Conversation != "" {
		v.Lines = []string{"Until now they went to " + channelName(was) + "."}
	}
	return d.withAdmins(ctx, v), nil
}

// setApprovals changes the settings, with its events, and returns the channel of before.
func (d *Desk) setApprovals(
	ctx context.Context, c *call, note string, edit func(*vault.Settings),
) (was vault.Channel, err error) {
	c.remark = note
	_, err = d.change(ctx, c, catalog.KeyName{}, func() (catalog.Key, error) {
		return catalog.Key{}, d.editSettings(ctx, func(set *vault.Settings) {
			was = set.Channels[approvalsPlace]
			edit(set)
			set.Values[approvalsOp] = c.op
		})
	})
	if errors.Is(err, vault.ErrUnclear) {
		err = &refusal{title: "Not sure", ref: c.op, cause: err,
			sentence: "Key Vault gave no clear answer, so it is not known whether this was saved. " +
				"Type approvals to see what holds now."}
	}
	return was, err
}

// editSettings changes what the settings are now. Where somebody else was faster it is done once more on what
// they have saved.
func (d *Desk) editSettings(ctx context.Context, edit func(*vault.Settings)) error {
	for try := 1; ; try++ {
		set, err := d.Vault.Settings(ctx)
		if err != nil {
			return err
		}
		if set.Channels == nil {
			set.Channels = map[string]vault.Channel{}
		}
		if set.Values == nil {
			set.Values = map[string]string{}
		}
		edit(&set)
		if err = d.Vault.SaveSettings(ctx, set); try == 2 || !errors.Is(err, vault.ErrMoved) {
			return err
		}
	}
}

// endOfApprovals says whether the settings are as an intent wanted them, or were overtaken.
func (d *Desk) endOfApprovals(ctx context.Context, e audit.Event) (string, error) {
	set, err := d.Vault.Settings(ctx)
	switch {
	case err != nil:
		return "", err
	case set.Values[approvalsOp] == e.Op:
		return wasDone, nil
	case d.since(e, e.Key, map[string]bool{"approvals": true}):
		return cantTell, nil
	}
	return notDone, nil
}

// whereRequestsGo shows the channel, who can read there, and how many admins can be reached.
func (d *Desk) whereRequestsGo(ctx context.Context, c *call) (Reply, error) {
	ch, ok, err := d.approvalsChannel(ctx)
	if err != nil {
		return Reply{}, err
	}
	v := cards.NoticeView{Title: "Where requests go", Text: "Each admin gets them in their own chat with me.",
		Lines: []string{"To have them in a channel instead, type there: @Keydesk approvals here"}}
	if ok {
		readers := d.readers(ctx, c, ch)
		v.Text = "They appear in " + channelName(ch) + "."
		v.Lines = append(readers.lines, "To have them in the admins' own chats instead, type: approvals off")
		if v.Tone = readers.tone(); v.Tone == cards.Good {
			v.Tone = cards.Plain
		}
	}
	reply := d.withAdmins(ctx, v)
	reply.New = c.opening()
	return reply, nil
}

// channelName is what people call a channel.
func channelName(ch vault.Channel) string { return cmp.Or(ch.Name, "a channel without a name") }
