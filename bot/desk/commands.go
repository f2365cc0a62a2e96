package desk

import (
	"context"

	"keydesk/catalog"
)

// Command is one row of the command table. The parser, the permission, help and the metric label
// all come from it.
type Command struct {
	Verb  string // what people type, and the verb of the card's buttons
	Usage string // as help shows it; "" hides it from help
	What  string // one line for help
	// Roles that may run it at all. Zero: everybody, also people without a role.
	Roles catalog.Roles
	// Ask: those who may only ask for it. Their change waits for an admin.
	Ask catalog.Roles
	// OneKey: it is about one key, and the person needs access to that key.
	OneKey bool
	// Pass: a pass for that key opens it too.
	Pass bool
	// TwoPerson: with the two-person rule on it waits for another admin.
	TwoPerson bool
	// Public: its answer may be shown in a channel.
	Public bool
	// Options it takes as name=value; vendor placeholders count as options where Form is set.
	Options []string
	// Form: it opens a form. Anything typed behind the key that is no option may be a key value.
	Form bool

	run func(d *Desk, ctx context.Context, c *call) (Reply, error)
}

// everyone holds the roles that see names and use the keys they have access to.
const everyone = catalog.Roles(catalog.Admin | catalog.L2 | catalog.L1 | catalog.NOC)

// mayAsk holds the roles whose new keys and values wait for an admin.
const mayAsk = catalog.Roles(catalog.L2 | catalog.L1)

const adminOnly = catalog.Roles(catalog.Admin)

// Commands is the command table.
func Commands() []Command { return commands() }

func commands() []Command {
	return []Command{
		{Verb: "help", Usage: "help", What: "what you can do here", Public: true, run: (*Desk).help},
		{Verb: "whoami", Usage: "whoami", What: "your roles, and what they open", Public: true, run: (*Desk).whoami},
		{Verb: "keys", Usage: "keys [text | category | status]", What: "the stored keys and how they stand",
			Roles: everyone, run: (*Desk).keys},
		{Verb: "vendors", Usage: "vendors [category]", What: "all vendors, also those without a key",
			Roles: everyone, run: (*Desk).vendors},
		{Verb: "key", Usage: "key <key>", What: "all about one key, but not its value",
			Roles: everyone, OneKey: true, run: (*Desk).key},
		{Verb: "get", Usage: "get <key> [reason]", What: "a link that shows the value once",
			Roles: everyone, OneKey: true, Pass: true, Options: []string{"reason"}, run: (*Desk).get},
		{Verb: "reveal", Roles: everyone, OneKey: true, Pass: true, run: (*Desk).reveal},
		{Verb: "passes", Usage: "passes", What: "who may get a key for a while, and until when", Roles: everyone,
			run: (*Desk).passes},
		{Verb: "end", Roles: adminOnly, run: (*Desk).endByAdmin},
		{Verb: "ask", Usage: "ask <key> <reason> [for=1h]", What: "ask for a key you have no access to",
			Roles: everyone, Options: []string{"reason", "for"}, run: (*Desk).ask},
		{Verb: "requests", Usage: "requests", What: "what waits for an admin", Roles: everyone,
			run: (*Desk).requests},
		{Verb: "withdraw", Roles: everyone, run: (*Desk).withdrawRequest},
		{Verb: "approve", Roles: adminOnly, run: (*Desk).approve},
		{Verb: "deny", Roles: adminOnly, run: (*Desk).denyRequest},
		{Verb: "history", Usage: "history <key>", What: "its versions, and who made them",
			Roles: everyone, OneKey: true, run: (*Desk).history},
		{Verb: "add", Usage: "add [key]", What: "store a new key", Roles: adminOnly, Ask: mayAsk, TwoPerson: true,
			Form: true, Options: []string{"interval", "expires", "note", "reason"}, run: (*Desk).add},
		{Verb: "rotate", Usage: "rotate <key>", What: "store a new value for a key", Roles: adminOnly, Ask: mayAsk,
			OneKey: true, TwoPerson: true, Form: true,
			Options: []string{"interval", "expires", "note", "reason"}, run: (*Desk).rotate},
		{Verb: "edit", Usage: "edit <key>", What: "its label, owner, interval, expiry, note and address",
			Roles: adminOnly, OneKey: true, Form: true,
			Options: []string{"label", "owner", "interval", "expires", "note"}, run: (*Desk).edit},
		{Verb: "delete", Usage: "delete <key>", What: "delete a key; it can be recovered for a while",
			Roles: adminOnly, OneKey: true, TwoPerson: true, run: (*Desk).delete},
		{Verb: "recover", Usage: "recover [key]", What: "bring a deleted key back", Roles: adminOnly, TwoPerson: true,
			run: (*Desk).recover},
		{Verb: "purge", Usage: "purge <key>", What: "remove a deleted key for ever", Roles: adminOnly, TwoPerson: true,
			run: (*Desk).purge},
		{Verb: "import", Usage: "import", What: "store many keys from a CSV file", Roles: adminOnly, TwoPerson: true,
			run: (*Desk).importKeys},
		{Verb: "adopt", Usage: "adopt [key] [from=secret]", What: "copy a marked secret of the vault into a key",
			Roles: adminOnly, TwoPerson: true, Options: []string{"from"}, run: (*Desk).adopt},
		{Verb: "vendor", Usage: "vendor [add | edit <id> | remove <id>]", What: "vendors of your own",
			Roles: adminOnly, TwoPerson: true, run: (*Desk).vendor},
		{Verb: "access", Usage: "access [role [text] | key [default]]",
			What: "who may retrieve which key", Roles: adminOnly, TwoPerson: true, run: (*Desk).access},
		{Verb: "grant", Usage: "grant <role> <key>", What: "let a role retrieve a key", Roles: adminOnly,
			TwoPerson: true, run: (*Desk).grant},
		{Verb: "revoke", Usage: "revoke <role> <key>", What: "take a key away from a role", Roles: adminOnly,
			TwoPerson: true, run: (*Desk).revoke},
		{Verb: "demo", Usage: "demo [remove]", What: "example keys, in the sandbox only",
			Roles: adminOnly, run: (*Desk).demo},
		{Verb: "approvals", Usage: "approvals [here | off]", What: "the channel in which requests are decided",
			Roles: adminOnly, Public: true, run: (*Desk).approvals},
		{Verb: "audit", Usage: "audit [text]", What: "the last events of the log",
			Roles: adminOnly, run: (*Desk).audit},
		{Verb: "refresh", Usage: "refresh", What: "read the list of keys from the vault again", Roles: adminOnly,
			run: (*Desk).refresh},
		{Verb: "cancel", run: (*Desk).cancel},
	}
}

func index(table []Command) map[string]*Command {
	byVerb := make(map[string]*Command, len(table))
	for i := range table {
		byVerb[table[i].Verb] = &table[i]
	}
	return byVerb
}

// allows says whether somebody with these roles may run the command at all, or ask for it.
func (c *Command) allows(roles catalog.Roles) bool { return c.Roles == 0 || roles.Any(c.Roles|c.Ask) }
