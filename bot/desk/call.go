package desk

import (
	"strconv"
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/catalog"
	"keydesk/catalog/request"
	"keydesk/vault"
)

// call is one run of a command by one person.
type call struct {
	catalog.Actor
	cmd    *Command
	line   line              // what was typed
	data   map[string]string // what was pressed; nil for a typed line
	op     string            // operation id: ties events, cards and effects together
	card   string            // activity id of the pressed card
	now    time.Time         // in the person's time zone
	unsure bool              // the directory did not tell the roles; help works all the same
	pass   vault.Pass        // by which the person has access, and by no role; else none
	remark string            // what the log says besides of a change; never a value
	text   string            // the typed line as it was

	decision *request.Decision // an approved change is carried out, and waits for nobody
	first    *audit.Event      // the decision, which is written together with the first event of the change
	claimed  time.Time         // when the right to that decision was
	in       vault.Channel     // where it happened; zero in a person's own chat
}

func (c *call) pressed() bool { return c.data != nil }

// saving says whether a filled form was sent.
func (c *call) saving() bool { return c.data["step"] == "save" }

// keepsCard says whether a mistake must leave the pressed card as it is.
func (c *call) keepsCard() bool { return c.saving() || c.pressed() && c.verb() == "reveal" }

// option is a value given by name: typed as name=value, or with the pressed button.
func (c *call) option(name string) string {
	if v, ok := c.data[name]; ok {
		return strings.TrimSpace(v)
	}
	return strings.TrimSpace(c.line.options[name])
}

// keyWord is how the person named the key, "" when they named none.
func (c *call) keyWord() string {
	if w := c.option("key"); w != "" {
		return w
	}
	if w := c.option("vendor"); w != "" {
		return w
	}
	if len(c.line.words) > 0 {
		return c.line.words[0]
	}
	return ""
}

// filter is the free text of a list command.
func (c *call) filter() string {
	if c.pressed() {
		return c.option("filter")
	}
	return c.line.text(0)
}

// opening says whether a button opened something new, so that the pressed card stays. Turning a page
// replaces the card.
func (c *call) opening() bool { return c.pressed() && c.option("page") == "" }

// page is the page asked for, counted from 1.
func (c *call) page() int {
	n, err := strconv.Atoi(c.option("page"))
	if err != nil || n < 1 {
		return 1
	}
	return n
}
