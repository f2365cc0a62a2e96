package audit

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// Checkpoint is a statement about the log: at Time it had these heads, which were written after Count events.
type Checkpoint struct {
	Origin string // "keydesk/<vault>"
	Count  int
	Time   time.Time // milliseconds, UTC
	Heads  []Head    // by segment
}

// NewKey makes a pair of keys for checkpoints named name ("keydesk/<vault>"): the signer key, which stays
// secret (see note.NewSigner), and the verifier key, which auditors keep.
func NewKey(name string) (skey, vkey string, err error) {
	if !validOrigin(name) {
		return "", "", fmt.Errorf("%w: key name %q", ErrConfig, name)
	}
	return note.GenerateKey(rand.Reader, name)
}

// validOrigin follows what a note's key name may be, and what a line may hold.
func validOrigin(s string) bool {
	vault, ok := strings.CutPrefix(s, originWord)
	return ok && vault != "" && utf8.ValidString(s) && !strings.ContainsFunc(vault, func(r rune) bool {
		return r == '+' || unicode.IsSpace(r) || unicode.IsControl(r)
	})
}

// Text is the checkpoint's one form, which is what gets signed: origin, count, time, and a line
// "<segment> <count> <hash>" a head, each with its newline.
func (c Checkpoint) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d\n%s\n", c.Origin, c.Count, c.Time.UTC().Format(timeForm))
	for _, h := range c.Heads {
		fmt.Fprintf(&b, "%s %d %s\n", h.Segment, h.Count, h.Hash)
	}
	return b.String()
}

// ParseCheckpoint reads the text of a checkpoint, without signatures, in the form that Text writes.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || !validOrigin(lines[0]) {
		return Checkpoint{}, ErrBadCheckpoint
	}
	c := Checkpoint{Origin: lines[0]}
	var err error
	if c.Count, err = strconv.Atoi(lines[1]); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: bad count", ErrBadCheckpoint)
	}
	if c.Time, err = time.Parse(time.RFC3339, lines[2]); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: bad time", ErrBadCheckpoint)
	}
	for _, line := range lines[3 : len(lines)-1] {
		f := strings.Split(line, " ")
		if len(f) != 3 {
			return Checkpoint{}, fmt.Errorf("%w: bad head", ErrBadCheckpoint)
		}
		n, err := strconv.Atoi(f[1])
		if _, _, ok := ParseName(f[0]); err != nil || !ok || n < 0 || !isHex(f[2], 64) {
			return Checkpoint{}, fmt.Errorf("%w: bad head", ErrBadCheckpoint)
		}
		c.Heads = append(c.Heads, Head{f[0], n, f[2]})
	}
	if c.Count < 0 || c.Text() != text {
		return Checkpoint{}, fmt.Errorf("%w: not in a checkpoint's form", ErrBadCheckpoint)
	}
	return c, nil
}

// Checkpoint states what the log holds now, events of other processes included: it lists the segments and
// reads the ends that are new to it. The text is signed if the log has a signer. Events appended while it
// runs may be covered or not.
func (l *Log) Checkpoint(ctx context.Context) (string, error) {
	if _, err := l.refresh(ctx); err != nil {
		return "", fmt.Errorf("making a checkpoint: %w", err)
	}
	c := l.checkpoint(time.Now())
	if l.signer == nil {
		return c.Text(), nil
	}
	msg, err := note.Sign(&note.Note{Text: c.Text()}, l.signer)
	if err != nil {
		return "", fmt.Errorf("signing a checkpoint: %w", err)
	}
	return string(msg), nil
}

func (l *Log) checkpoint(now time.Time) Checkpoint {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := Checkpoint{Origin: l.origin, Time: now.UTC().Truncate(time.Millisecond)}
	c.Heads = append(c.Heads, l.others...)
	if l.own.Segment != "" {
		c.Heads = append(c.Heads, l.own)
	}
	sortHeads(c.Heads)
	c.Count, _ = l.graph.reach(c.Heads)
	return c
}

// openCheckpoint reads a checkpoint as people paste it. When a key is given and the signature does not hold,
// fault says so in plain words.
func openCheckpoint(opts VerifyOptions) (c Checkpoint, v note.Verifier, fault string, err error) {
	if opts.Key != "" {
		if v, err = parseKey(opts.Key); err != nil {
			return c, nil, "", err
		}
	}
	msg := strings.ReplaceAll(opts.Checkpoint, "\r\n", "\n")
	msg = strings.Trim(msg, " \t\n") + "\n"
	text, signed := msg, false
	if i := strings.Index(msg, "\n\n"); i >= 0 {
		text, signed = msg[:i+1], true
	}
	if c, err = ParseCheckpoint(text); err != nil {
		return c, nil, "", err
	}
	switch {
	case opts.Vault != "" && c.Origin != originWord+opts.Vault:
		fault = fmt.Sprintf("is of %s, not of %s", c.Origin, originWord+opts.Vault)
	case v == nil:
	case !signed:
		fault = "is not signed"
	case v.Name() != c.Origin:
		fault = fmt.Sprintf("is of %s, but the key is of %s", c.Origin, v.Name())
	default:
		if n, err := note.Open([]byte(msg), note.VerifierList(v)); err != nil || n.Text != text {
			fault = "has no valid signature by the key given"
		}
	}
	return c, v, fault, nil
}

func parseKey(key string) (note.Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(key))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadKey, err)
	}
	return v, nil
}
