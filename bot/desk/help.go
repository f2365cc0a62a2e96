package desk

import (
	"context"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
)

// help shows what this person can do, from the command table.
func (d *Desk) help(_ context.Context, c *call) (Reply, error) {
	v := cards.HelpView{Name: c.Name, Roles: c.Roles}
	for _, cmd := range commands() {
		if cmd.Usage == "" || !cmd.allows(c.Roles) {
			continue
		}
		what := cmd.What
		if cmd.Roles != 0 && !c.Roles.Any(cmd.Roles) {
			what += "; an admin decides"
		}
		v.Commands = append(v.Commands, cards.HelpCommand{Usage: cmd.Usage, What: what})
	}
	if c.unsure {
		v.Hint = rolesUnknown
		return Reply{New: c.opening(), Card: cards.Help(v)}, nil
	}
	if c.Roles == 0 {
		v.Hint = "You have no role in Keydesk yet, so there is little you can do here. " +
			"A Keydesk admin can put you into a role group."
		return Reply{New: c.opening(), Card: cards.Help(v)}, nil
	}
	v.Buttons = []cards.Button{{Title: "All keys", Verb: "keys"}, {Title: "All vendors", Verb: "vendors"}}
	v.Examples = []string{"get ninja", "ask sentinelone agent is offline, ticket 4711", "keys overdue",
		"vendors backup"}
	if c.Roles.Has(catalog.Admin) {
		v.Buttons = append(v.Buttons, cards.Button{Title: "Add a key", Verb: "add"})
		v.Examples = []string{"add ninja", "get sentinelone ticket 4711", "rotate fortigate/acme-hq", "requests",
			"keys overdue"}
	}
	return Reply{New: c.opening(), Card: cards.Help(v)}, nil
}

const rolesUnknown = "Your roles can't be read right now. Try again in a minute."

// whoami shows who Keydesk takes the person for, and what that opens.
func (d *Desk) whoami(_ context.Context, c *call) (Reply, error) {
	keys := d.Vault.Keys()
	open := 0
	for _, k := range keys {
		if c.Roles.Any(d.Catalog.Access(k)) {
			open++
		}
	}
	v := cards.NoticeView{Title: c.Name, Facts: []cards.Fact{
		{Title: "Roles", Value: orNone(names(c.Roles), c.Roles == 0)},
		{Title: "Open by default", Value: orNone(d.categories(c.Roles), c.Roles == 0)},
		{Title: "Keys", Value: plural(open, "key") + " of " + number(len(keys)) + " open to you"},
		{Title: "Object id", Value: c.ID},
	}, Moments: d.passMoments(c.ID)}
	if c.unsure {
		v.Text = rolesUnknown
	} else if c.Roles == 0 {
		v.Text = "You are in none of Keydesk's role groups. A Keydesk admin can put you into one."
	}
	return Reply{Card: cards.Notice(v)}, nil
}

func (d *Desk) categories(roles catalog.Roles) string {
	if roles.Has(catalog.Admin) {
		return "all categories"
	}
	var out []string
	for _, cat := range d.Catalog.Categories() {
		if roles.Any(cat.Roles) {
			out = append(out, string(cat.ID))
		}
	}
	return strings.Join(out, ", ")
}

func orNone(s string, none bool) string {
	if none {
		return "none"
	}
	return s
}

// unknown answers words that name no command with the nearest ones. The words are not repeated and not
// logged: they may be a key typed by mistake.
func (d *Desk) unknown(c *call) Reply {
	if c.pressed() {
		return Reply{New: true, Card: cards.Notice(cards.NoticeView{Tone: cards.Warn,
			Title:   "This button does not work any more",
			Text:    "The card is from another version of Keydesk. Type the command instead.",
			Buttons: []cards.Button{{Title: "Help", Verb: "help"}}})}
	}
	if c.line.verb == "" {
		return Reply{Public: true, Card: cards.Notice(cards.NoticeView{Title: "Here I am",
			Text:    "Type help to see what I can do.",
			Buttons: []cards.Button{{Title: "Help", Verb: "help"}}})}
	}
	v := cards.NoticeView{Title: "I don't know that command", Buttons: []cards.Button{{Title: "Help", Verb: "help"}}}
	if m := d.Catalog.Lookup(c.line.verb); m.Vendor != nil && !m.Guess {
		v.Title = m.Vendor.Name
		v.Text = "Say what to do with it."
		v.Buttons = []cards.Button{button("Get", "get", "key", m.Vendor.ID),
			button("Details", "key", "key", m.Vendor.ID), {Title: "Help", Verb: "help"}}
		return Reply{Card: cards.Notice(v)}
	}
	var verbs []string
	for _, cmd := range commands() {
		if cmd.Usage != "" {
			verbs = append(verbs, cmd.Verb)
		}
	}
	for _, verb := range catalog.Nearest(c.line.verb, verbs, 3) {
		v.Lines = append(v.Lines, d.commands[verb].Usage+" – "+d.commands[verb].What)
	}
	v.Text = "Type help to see what I can do."
	if len(v.Lines) > 0 {
		v.Text = "The nearest I know:"
	}
	return Reply{Card: cards.Notice(v)}
}

// cancel ends a form or a question: its other buttons, on a screen that still shows them, do nothing any more.
// What was saved by it before stays.
func (d *Desk) cancel(_ context.Context, c *call) (Reply, error) {
	d.repeats.close(c.ID+" "+c.op, c.now)
	return Reply{Card: cards.Notice(cards.NoticeView{Title: "Closed", Text: "Nothing more happens by this card."})}, nil
}

// refresh walks the vault now.
func (d *Desk) refresh(ctx context.Context, c *call) (Reply, error) {
	if err := d.Vault.Refresh(ctx); err != nil {
		return Reply{}, err
	}
	return Reply{Card: cards.Notice(cards.NoticeView{Tone: cards.Good, Title: "Read again",
		Text: plural(len(d.Vault.Keys()), "key") + " in the vault " + d.Vault.Name() + "."})}, nil
}
