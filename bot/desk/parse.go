package desk

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// line is a typed command: its verb in lower case, its other words, and its name=value options.
type line struct {
	verb    string
	words   []string
	options map[string]string
}

// text is the words from the n-th on, as one free text.
func (l line) text(n int) string {
	if n >= len(l.words) {
		return ""
	}
	return strings.Join(l.words[n:], " ")
}

// parse reads one typed line. It never fails: what is no option is a word. isOption says which names
// take a value for a verb; "reason=x" stays free text where the command knows no reason.
func parse(s string, isOption func(verb, name string) bool) line {
	l := line{options: map[string]string{}}
	for _, f := range fields(s) {
		if l.verb == "" {
			l.verb = strings.ToLower(strings.Trim(f.text, "/!.?"))
			continue
		}
		if name := strings.ToLower(f.name()); name != "" && isOption(l.verb, name) {
			l.options[name] = f.text[f.equals+1:]
			continue
		}
		l.words = append(l.words, f.text)
	}
	return l
}

// field is one word with its quotes removed; equals is the place of the first unquoted "=", or -1.
type field struct {
	text   string
	equals int
}

func (f field) name() string {
	if f.equals <= 0 {
		return ""
	}
	return f.text[:f.equals]
}

// fields splits at white space. A quotation mark groups words only where a shell user would begin one, at the
// start of a word or right behind "=", and only if it is closed: "can't" is a plain word.
func fields(s string) []field {
	var out []field
	for {
		s = strings.TrimLeftFunc(s, unicode.IsSpace)
		if s == "" {
			return out
		}
		var f field
		f, s = cutField(s)
		out = append(out, f)
	}
}

func cutField(s string) (field, string) {
	var b strings.Builder
	f := field{equals: -1}
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		if unicode.IsSpace(r) {
			break
		}
		if b.Len() == 0 || f.equals == b.Len()-1 && f.equals >= 0 {
			if quoted, rest, ok := cutQuoted(r, s[size:]); ok {
				f.text = b.String() + quoted
				return f, rest
			}
		}
		if r == '=' && f.equals < 0 {
			f.equals = b.Len()
		}
		b.WriteString(s[:size])
		s = s[size:]
	}
	f.text = b.String()
	return f, s
}

// closing is the marks that end what a quotation mark begins. Phones, Word and macOS send curly ones, and ”
// at both ends behind a "=".
var closing = map[rune]string{
	'"': `"`, '“': "”“", '”': "”", '„': "“”", '«': "»", '»': "«»",
	'\'': "'", '‘': "’‘", '’': "’", '‚': "‘’",
}

// longestQuoted is how far a closing mark is looked for, in bytes: a note is no longer. A message full of
// opening marks must not take long.
const longestQuoted = 512

// cutQuoted cuts what stands behind a quotation mark up to the first that closes it and ends a word: an
// apostrophe does not.
func cutQuoted(mark rune, s string) (quoted, rest string, ok bool) {
	for i, r := range s[:min(len(s), longestQuoted)] {
		if strings.ContainsRune(closing[mark], r) {
			if rest = s[i+utf8.RuneLen(r):]; endsWord(rest) {
				return s[:i], rest, true
			}
		}
	}
	return "", "", false
}

func endsWord(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || unicode.IsSpace(r)
}
