package desk

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
)

// typedKey says whether a typed line seems to hold a key: behind the name of the key where a command takes a
// value, or by its look.
func (d *Desk) typedKey(c *call, text string) bool {
	behind := c.takesValue() && len(c.line.words) > 1
	if c.asksForReference() {
		text = c.line.text(1)
	}
	return behind || looksLikeKey(text) && looksLikeKey(d.withoutOps(text))
}

// asksForReference says whether the first word behind "audit" has the form of a reference. Cards show some that
// never came into the log; the word is a filter, which nobody keeps.
func (c *call) asksForReference() bool {
	return c.cmd != nil && c.cmd.Verb == "audit" && len(c.line.words) > 0 && validOp(c.line.words[0])
}

// takesValue says whether a command stores a value, which is entered into its form and never typed.
func (c *call) takesValue() bool {
	return c.cmd != nil && (c.cmd.Verb == "add" || c.cmd.Verb == "rotate")
}

var opWord = regexp.MustCompile(`\b[A-Z2-7]{26}\b`)

// withoutOps takes out the operation ids that the log knows: cards show them as a reference, and people type
// them.
func (d *Desk) withoutOps(text string) string {
	known := map[string]bool{}
	for _, word := range opWord.FindAllString(text, -1) {
		known[word] = false
	}
	if len(known) == 0 {
		return text
	}
	d.Log.Recent(1, func(e audit.Event) bool {
		if _, asked := known[e.Op]; asked {
			known[e.Op] = true
		}
		return false // all of them are looked at
	})
	return opWord.ReplaceAllStringFunc(text, func(word string) string {
		if known[word] {
			return " "
		}
		return word
	})
}

// exposed answers something typed that may be a value. It is not stored, not repeated and not logged; that it
// happened is, once a minute with a count, so that a flood does not fill the log.
func (d *Desk) exposed(ctx context.Context, c *call, t Turn) Reply {
	name := d.typedName(c)
	v := cards.NoticeView{Tone: cards.Bad, Title: "Don't type a key into the chat",
		Text: "Your message looks as if it held a key. I kept nothing of it and did nothing with it, " +
			"but I can't delete it: Teams still has it.",
		Lines: []string{
			"If it was a real key: delete your message, make a new key in the vendor's portal and revoke this one.",
			"If it was none: say it again without " + d.suspect(t.Text) + "."}}
	e := d.event(c, "expose", audit.Found)
	e.Key, e.Note = name, exposureNote(t)
	if err := d.writeDenial(ctx, e); err != nil { // the warning is due all the same
		d.Logger.LogAttrs(ctx, slog.LevelError, "an exposed key could not be logged",
			slog.String("op", c.op), slog.Any("error", err))
		v.Lines = append(v.Lines, "This could not be written to the log. Tell a Keydesk admin.")
		v.Ref = c.op
	}
	if name != "" && c.takesValue() && d.mayRun(ctx, c) {
		v.Lines = append(v.Lines, "A new value goes into the form: press the button.")
		v.Buttons = []cards.Button{button(title(c.cmd.Verb), c.cmd.Verb, "key", name)}
	}
	return Reply{Card: cards.Notice(v)}
}

// exposureNote says for the log where the text stood.
func exposureNote(t Turn) string {
	what := "typed in"
	if t.Edited {
		what = "written into a changed message of"
	}
	where := "a channel or group chat"
	if t.Chat.Kind == catalog.Personal {
		where = "the person's own chat"
	}
	return "text that may hold a value was " + what + " " + where + "; it was not kept"
}

// suspect says which word of a message looks like a key, without repeating it; the bot's name does not count.
func (d *Desk) suspect(text string) string {
	for i, word := range strings.Fields(text) {
		if looksLikeKey(d.withoutOps(word)) {
			return fmt.Sprintf("word %d", i+1)
		}
	}
	return "that part"
}

// typedName is the key or the vendor that the line names, "" where it names none. A label that no key has is
// left out: it may be a value.
func (d *Desk) typedName(c *call) string {
	if c.cmd == nil || !c.cmd.Form && !c.cmd.OneKey || len(c.line.words) == 0 {
		return ""
	}
	t, err := d.target(c, c.line.words[0])
	switch {
	case err != nil:
		return ""
	case t.stored:
		return t.name.String()
	}
	return t.vendor.ID
}

// mayRun says whether a button for the command would work; without an answer from the directory it would not.
func (d *Desk) mayRun(ctx context.Context, c *call) bool {
	roles, err := d.Directory.Roles(ctx, c.ID)
	return err == nil && c.cmd.allows(roles)
}

// noKey refuses a reason, a note, an address or the like that seems to hold a key: they stand in the log, in
// tags and on cards.
func noKey(what, text string) error {
	if !looksLikeKey(text) {
		return nil
	}
	return refuse(what + " looks as if it held a key. It can be read by many; leave it out. Nothing was stored.")
}
