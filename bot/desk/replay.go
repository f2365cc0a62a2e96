package desk

import (
	"context"
	"fmt"
	"maps"
	"time"

	"keydesk/catalog"
	"keydesk/catalog/request"
	"keydesk/vault"
)

// replay is the call that an approved request runs: its requester's, with what they typed or sent, and with
// the value that was staged. It is about the key that the approver has read of, whatever a word would mean
// by now.
func (d *Desk) replay(ctx context.Context, r vault.Request, dec request.Decision) (*call, error) {
	c := &call{Actor: catalog.Actor{Person: r.By, Chat: catalog.Chat{Kind: catalog.Personal}}, op: r.Op,
		now: time.Now().UTC(), decision: &dec, cmd: d.commands[r.Verb]}
	if c.cmd == nil {
		c.cmd = &Command{Verb: r.Verb}
		return c, refuse("Keydesk does not know this command any more. Begin it again.")
	}
	if r.Line != "" {
		c.text, c.line = r.Line, parse(r.Line, d.isOption)
		maps.Copy(c.line.options, r.Fields)
		if r.Key != "" {
			c.line.words = []string{r.Key}
		}
	} else {
		c.data = map[string]string{}
		maps.Copy(c.data, r.Fields)
		for name, s := range r.Parts {
			c.data["part."+name] = s.Expose()
		}
		if r.Key != "" && !c.cmd.changesAccess() { // whatever a field said, and a page's link says it instead
			c.data["key"] = r.Key
		}
	}
	asking, cancel := context.WithTimeout(ctx, rolesTime) // the decision waits for it
	defer cancel()
	roles, err := d.Directory.Roles(asking, r.By.ID)
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrDirectory, err)
	}
	c.Roles = roles
	return c, d.decide(ctx, c, nil)
}

// changesAccess says whether a command may be about several keys, which its fields name.
func (c *Command) changesAccess() bool {
	return c.Verb == "access" || c.Verb == "grant" || c.Verb == "revoke"
}

// rerun runs the command of an approved request; word is what to tell besides.
func (d *Desk) rerun(ctx context.Context, c *call, r vault.Request) (word string, err error) {
	if r.Verb == "import" {
		word, err = d.rerunImport(ctx, c, r.File)
	} else {
		_, err = c.cmd.run(d, ctx, c)
	}
	return word, d.orUnclear(c, "", err)
}
