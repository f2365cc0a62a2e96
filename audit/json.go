package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// errForm: a line is not in the one form that this package writes.
var errForm = errors.New("not in the log's form")

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string: the form of encoding/json without HTML escaping, kept here so
// that the log's bytes do not depend on a library's choices. s must be UTF-8.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if !separator(r) {
				i += n
				continue
			}
			b = append(append(b, s[start:i]...), `\u202`...)
			b = append(b, hexDigits[r&0xF])
			i += n
			start = i
			continue
		}
		b = appendEscape(append(b, s[start:i]...), c)
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

// separator tells the two line separators that some readers of JSON lines take for a newline.
func separator(r rune) bool { return r == '\u2028' || r == '\u2029' }

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xF])
}

// scan reads a line in the one form that this package writes. The first fault stays; what is read after it
// is zero. Strings are parts of the line where nothing in them is escaped, so reading one costs no memory.
type scan struct {
	s   string
	i   int
	err error
}

func (p *scan) fail(what string) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: %s at byte %d", errForm, what, p.i+1)
	}
}

// lit takes exactly the bytes of x.
func (p *scan) lit(x string) bool {
	if p.err == nil && strings.HasPrefix(p.s[p.i:], x) {
		p.i += len(x)
		return true
	}
	p.fail("expected " + strconv.Quote(x))
	return false
}

// more takes x if it comes next.
func (p *scan) more(x string) bool {
	if p.err == nil && strings.HasPrefix(p.s[p.i:], x) {
		p.i += len(x)
		return true
	}
	return false
}

// str takes x, which ends in a quote, and the string after it with its closing quote.
func (p *scan) str(x string) string {
	if !p.lit(x) {
		return ""
	}
	start := p.i
	for i := start; i < len(p.s); {
		c := p.s[i]
		switch {
		case c == '"':
			p.i = i + 1
			return p.s[start:i]
		case c == '\\':
			return p.escaped(start)
		case c < 0x20:
			p.i = i
			p.fail("control character")
			return ""
		case c < utf8.RuneSelf:
			i++
		default:
			r, n := utf8.DecodeRuneInString(p.s[i:])
			if r == utf8.RuneError && n == 1 || separator(r) {
				p.i = i
				p.fail("character that should be escaped")
				return ""
			}
			i += n
		}
	}
	p.i = len(p.s)
	p.fail("string without an end")
	return ""
}

// escaped is the slow way of str: decode, and write again to see that there is no other spelling.
func (p *scan) escaped(start int) string {
	end := start
	for end < len(p.s) && p.s[end] != '"' {
		if p.s[end] == '\\' {
			end++
		}
		end++
	}
	var s string
	if end >= len(p.s) {
		p.fail("string without an end")
		return ""
	}
	raw := p.s[start-1 : end+1]
	if json.Unmarshal([]byte(raw), &s) != nil || string(appendString(nil, s)) != raw {
		p.fail("string escaped in another way")
		return ""
	}
	p.i = end + 1
	return s
}

// time takes x and a time in timeForm with its closing quote.
func (p *scan) time(x string) time.Time {
	s := p.str(x)
	if p.err != nil {
		return time.Time{}
	}
	if len(s) == len(timeForm) && s[19] == '.' && s[23] == 'Z' {
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			return t
		}
	}
	p.fail("bad time")
	return time.Time{}
}

// hash takes x and 64 hex digits with their closing quote.
func (p *scan) hash(x string) string {
	s := p.str(x)
	if p.err == nil && !isHex(s, 64) {
		p.fail("bad hash")
	}
	return s
}

// num takes x and a decimal number without sign or leading zeros.
func (p *scan) num(x string) int {
	if !p.lit(x) {
		return 0
	}
	end := p.i
	for end < len(p.s) && end-p.i < 10 && p.s[end] >= '0' && p.s[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(p.s[p.i:end])
	if err != nil || p.s[p.i] == '0' && end-p.i > 1 {
		p.fail("bad number")
		return 0
	}
	p.i = end
	return n
}

// end takes x and the end of the line.
func (p *scan) end(x string) error {
	p.lit(x)
	if p.err == nil && p.i != len(p.s) {
		p.fail("text after the end")
	}
	return p.err
}

func isHex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
