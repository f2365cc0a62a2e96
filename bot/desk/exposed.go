package desk

import (
	"context"

	"keydesk/audit"
	"keydesk/cards"
)

// typed refuses a message that seems to hold a key, before anything else looks at it.
func (d *Desk) typed(ctx context.Context, c *call, text string) (Reply, bool) {
	if text == "" || !looksLikeKey(text) {
		return Reply{}, false
	}
	reply, err := d.exposed(ctx, c, "")
	if err != nil {
		reply = d.explain(ctx, c, err)
	}
	return reply, true
}

// exposed answers something typed that may be a value. It is not stored, not repeated and not logged; that it
// happened is. name is the key it may belong to, "" when that is not known.
func (d *Desk) exposed(ctx context.Context, c *call, name string) (Reply, error) {
	e := d.event(c, "expose", audit.Found)
	e.Key = name
	e.Note = "text that may hold a value was typed into a chat message; it was not kept"
	if err := d.write(ctx, e); err != nil {
		return Reply{}, err
	}
	v := cards.NoticeView{Tone: cards.Bad, Title: "Don't type a key into the chat",
		Text: "Your message looks as if it held a key. I kept nothing of it and did nothing with it, but I can't delete it: Teams still has it.",
		Lines: []string{"If it was a real key: delete your message, make a new key in the vendor's portal and revoke this one.",
			"If it was none: say it again without that word."}}
	if name != "" {
		v.Lines = append(v.Lines, "A new value goes into the form: press the button.")
		v.Buttons = []cards.Button{button(title(c.cmd.Verb), c.cmd.Verb, "key", name)}
	}
	return Reply{Card: cards.Notice(v)}, nil
}

// noKey refuses a reason, note or other remark that seems to hold a key: remarks are kept in the log and in tags.
func noKey(what, text string) error {
	if !looksLikeKey(text) {
		return nil
	}
	return refuse(what + " looks as if it held a key. Remarks are readable by many; leave it out. Nothing was stored.")
}
