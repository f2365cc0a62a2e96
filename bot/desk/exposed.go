package desk

import (
	"context"
	"math"
	"regexp"
	"strings"

	"keydesk/audit"
	"keydesk/cards"
)

// wellKnown is how the keys of many services begin, as they publish it (GitHub, GitLab, Slack, Stripe, AWS, Google,
// SendGrid, npm, Hudu, IT Glue), and the first line of a PEM key.
var wellKnown = regexp.MustCompile(`^(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|[sr]k_(live|test)_|AKIA|ASIA|AIza|SG\.|npm_|` +
	`hk_|hs_|sk-|rk-|ITG\.|eyJ[A-Za-z0-9_-]{8,}\.)`)

var (
	// entra is a client secret of Entra, wherever its mark stands.
	entra = regexp.MustCompile(`[A-Za-z0-9_.~-]{3}[0-9]Q~[A-Za-z0-9_.~-]{31,34}`)
	// joined is two GUIDs in one, as HaloPSA's secrets are.
	joined = regexp.MustCompile(`(?i)([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-?){2}`)
	pem    = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)
	// uuid is no key by itself: tickets, tenants and clients are named so.
	uuid = regexp.MustCompile(`(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	// parted is what stands between the pieces of a text that could each be a key.
	parted = regexp.MustCompile(`[^A-Za-z0-9_.~+-]+`)
	solid  = regexp.MustCompile(`[A-Za-z0-9]+`)
)

// The measures of a word that looks like a key: keys are long, random, and mix letters with digits. Names of
// people, places, tickets and our own keys are not: their pieces between dashes are short or readable.
const (
	keyLength  = 20  // characters of a word
	solidRun   = 16  // characters without a dash or dot between them
	keyEntropy = 3.0 // bits a character, over that run; hex has at most 4
)

// looksLikeKey says whether a text seems to hold a key. It errs on the side of yes: a false alarm costs a person one
// message that says it again, a miss costs a customer a key.
func looksLikeKey(text string) bool {
	if pem.MatchString(text) || entra.MatchString(text) || joined.MatchString(text) {
		return true
	}
	for _, word := range parted.Split(uuid.ReplaceAllString(text, " "), -1) {
		if len(word) >= keyLength && !validOp(word) && (wellKnown.MatchString(word) || random(word)) {
			return true
		}
	}
	return false
}

// random says whether a word has a long run that nobody would have made up.
func random(word string) bool {
	for _, run := range solid.FindAllString(word, -1) {
		if len(run) >= solidRun && strings.ContainsAny(run, "0123456789") && changes(run) >= 4 && entropy(run) >= keyEntropy {
			return true
		}
	}
	return false
}

// changes counts how often a digit follows a letter or the other way round: "INC0012345678" does once.
func changes(s string) (n int) {
	digit := func(b byte) bool { return b >= '0' && b <= '9' }
	for i := 1; i < len(s); i++ {
		if digit(s[i]) != digit(s[i-1]) {
			n++
		}
	}
	return n
}

// entropy is Shannon's, in bits a character.
func entropy(s string) (bits float64) {
	count := map[rune]int{}
	for _, r := range s {
		count[r]++
	}
	for _, n := range count {
		p := float64(n) / float64(len(s))
		bits -= p * math.Log2(p)
	}
	return bits
}

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
