package desk

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// wellKnown is how the keys of many services begin, as they publish it (GitHub, GitLab, Slack, Stripe, AWS,
// Google, SendGrid, npm, Hudu, IT Glue, OpenAI, Anthropic), and a token of three parts.
var wellKnown = regexp.MustCompile(`^\W*(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|[sr]k_(live|test)_|` +
	`AKIA|ASIA|AIza|SG\.[A-Za-z0-9_-]{16,}\.|npm_[A-Za-z0-9]{20}|hk_|hs_|` +
	`sk-(proj|ant)-|ITG\.|eyJ[A-Za-z0-9_-]{8,}\.)`)

var (
	// entra is a client secret of Entra, wherever its mark stands.
	entra = regexp.MustCompile(`[A-Za-z0-9_.~-]{3}[0-9]Q~[A-Za-z0-9_.~-]{31,34}`)
	// joined is two GUIDs in one, as HaloPSA's secrets are.
	joined = regexp.MustCompile(`(?i)([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-?){2}`)
	pem    = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)
	// dashed is a product key: groups of five.
	dashed = regexp.MustCompile(`(?i)\b[A-Z0-9]{5}(-[A-Z0-9]{5}){3,}\b`)
	// named is what is random and yet no key: a GUID names tickets, tenants and clients; then a Teams
	// conversation, a ServiceNow record, and a time.
	named = regexp.MustCompile(`(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|` +
		`19:[^@\s]+@(thread|unq)\.[a-z0-9.]+|sys_id=[0-9a-f]{32}\b|\b20\d{6}T\d{4,6}Z?\b`)
	// parted is what stands between the pieces of a text that could each be a key.
	parted = regexp.MustCompile(`[^\pL0-9!#$%*+./@\\^_~-]+`)
	solid  = regexp.MustCompile(`[A-Za-z0-9!#%*^]+`) // passwords have marks
)

// looksLikeKey says whether a text seems to hold a key. It errs on the side of yes: a false alarm costs a
// person one message that says it again, a miss costs a customer a key.
func looksLikeKey(text string) bool {
	words := strings.Fields(text)
	text = strings.Join(words, " ")
	if pem.MatchString(text) || entra.MatchString(text) || joined.MatchString(text) {
		return true
	}
	if slices.ContainsFunc(dashed.FindAllString(text, -1), hasDigit) {
		return true
	}
	for _, word := range words {
		if plain, err := url.PathUnescape(word); err == nil {
			word = plain
		}
		if slices.ContainsFunc(parted.Split(named.ReplaceAllString(word, " "), -1), keyLike) {
			return true
		}
	}
	return false
}

// keyLike looks at a piece as a whole, since base64 has slashes, and at what stands between them, since
// addresses have them too.
func keyLike(piece string) bool {
	slash := func(r rune) bool { return r == '/' || r == '\\' }
	alone := func(s string) bool { return wellBegun(s) || random(s) }
	return alone(piece) || slices.ContainsFunc(strings.FieldsFunc(piece, slash), alone)
}

func wellBegun(s string) bool { return len(s) >= keyLength && wellKnown.MatchString(s) }

// The measures of a random word, tuned on random values of each usual alphabet and on what technicians write
// (TestMeasures has both): keys are long, change between letters and digits, and have the letters of no
// language.
const (
	keyLength = 20 // characters of a word; fewer are too few to judge
	leastOdd  = 12 // characters of it in runs that nobody would have made up
	turnCosts = 20 // what a change counts, in tenths of a bit
	oddness   = 15 // how far from a language a run is, in hundredths of a bit a character
)

// usual says how usual each letter is in English and German, against chance: in tenths of a bit, from a to z.
var usual = [26]int{
	9, -12, -5, 3, 19, -10, -6, 5, 8, -25, -18, -1, -7,
	11, 4, -16, -25, 8, 8, 10, -1, -21, -8, -25, -19, -25,
}

// random says whether most of a word is runs that nobody would have made up. A run that is a word, or a word
// and its number ("fw02", "build2573"), does not count.
func random(word string) bool {
	if len(word) < keyLength {
		return false
	}
	all, odd, bits := 0, 0, 0
	for _, run := range solid.FindAllString(word, -1) {
		all += len(run)
		turns := changes(run)
		if turns < 2 && len(run) < keyLength {
			continue
		}
		odd += len(run)
		bits += language(run)
		if hasDigit(run) { // else it is "camelCase", and its letters tell
			bits -= turnCosts * (turns - 1)
		}
	}
	return odd >= leastOdd && 2*odd >= all && 10*bits < -oddness*odd
}

// language is how much the letters of a run are those of a language, in tenths of a bit.
func language(run string) (bits int) {
	for i := range len(run) {
		if k := kind(run[i]); k == 'a' || k == 'A' {
			bits += usual[run[i]|0x20-'a']
		}
	}
	return bits
}

// changes counts where a run goes from letters to digits or marks or back, or to a capital letter:
// "INC0012345678" does once.
func changes(run string) (n int) {
	for i := 1; i < len(run); i++ {
		if before, now := kind(run[i-1]), kind(run[i]); before != now && !(before == 'A' && now == 'a') {
			n++
		}
	}
	return n
}

// kind of a character of a run: 'a', 'A', '0', or '!' for a mark.
func kind(b byte) byte {
	switch {
	case 'a' <= b && b <= 'z':
		return 'a'
	case 'A' <= b && b <= 'Z':
		return 'A'
	case '0' <= b && b <= '9':
		return '0'
	}
	return '!'
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }
