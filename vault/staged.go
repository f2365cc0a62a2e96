package vault

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"
)

// What is staged is compressed and in base64: a file may be any bytes, and Key Vault takes text. It lies in
// the request's own secret where it fits, else in pieces, which are written before the request and deleted
// after it.

// File is a file of values; like Secret it prints, logs and encodes as [redacted].
type File []byte

// Format writes [redacted] for every verb and flag.
func (File) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is [redacted].
func (File) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is [redacted]; JSON, XML and YAML encoders use it.
func (File) MarshalText() ([]byte, error) { return []byte(redacted), nil }

const (
	// MaxFile is the most bytes that may be staged.
	MaxFile = 3 << 20
	// pieceSize is in bytes of text.
	pieceSize = 20 << 10
	// maxPieces is what MaxFile comes to when it can't be compressed, and a little more.
	maxPieces = MaxFile/3*4/pieceSize + 2
)

// What is staged.
const (
	holdsParts = "parts"
	holdsFile  = "file"
)

// staged is what a request's secret says of the value that is staged.
type staged struct {
	Holds  string `json:"holds"`
	Text   string `json:"text,omitzero"`   // "" where it lies in pieces
	Pieces int    `json:"pieces,omitzero"` // how many
	Sum    string `json:"sum"`             // hex SHA-256 of the text
}

// pack encodes what is to be staged.
func pack(parts Parts, file File) (staged, error) {
	g := staged{Holds: holdsFile}
	switch {
	case len(parts) == 0 && len(file) == 0:
		return staged{}, nil
	case len(parts) > 0 && len(file) > 0:
		return staged{}, fmt.Errorf("both parts and a file are staged: %w", ErrBadValue)
	case len(parts) > 0:
		plain, err := plainParts(parts)
		if err != nil {
			return staged{}, err
		}
		g.Holds, file = holdsParts, plain
	}
	if len(file) > MaxFile {
		return staged{}, ErrTooBig
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(file)
	if err := errors.Join(err, z.Close()); err != nil {
		return staged{}, ErrBadValue
	}
	g.Text = base64.StdEncoding.EncodeToString(b.Bytes())
	g.Sum = sumOf(g.Text)
	return g, nil
}

func plainParts(parts Parts) (File, error) {
	plain := make(map[string]string, len(parts))
	for name, s := range parts {
		if plain[name] = s.Expose(); !utf8.ValidString(plain[name]) {
			return nil, fmt.Errorf("part %s is not text: %w", safeName(name), ErrBadValue)
		}
	}
	b, err := json.Marshal(plain)
	if err != nil {
		return nil, ErrBadValue
	}
	return b, nil
}

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// fit is the record of a request. What is staged moves into pieces when it does not fit (any more).
func (s *Store) fit(ctx context.Context, e requestEntry, edited string) (record, error) {
	r, err := e.record(edited)
	if !errors.Is(err, ErrTooBig) || e.Staged.Text == "" {
		return r, err
	}
	text := e.Staged.Text
	e.Staged.Text, e.Staged.Pieces = "", (len(text)+pieceSize-1)/pieceSize
	if r, err = e.record(edited); err != nil {
		return record{}, err // before anything is written
	}
	t := tags{}
	t.set(tagOp, e.Request.Op)
	t.setTime(tagUntil, e.Request.Until)
	for n := 1; n <= e.Staged.Pieces; n++ {
		piece := text[(n-1)*pieceSize : min(n*pieceSize, len(text))]
		p := record{name: pieceName(e.Request.ID, n), content: contentStaged, value: piece, tags: t}
		if err := s.put(ctx, p); err != nil {
			return record{}, err
		}
	}
	return r, nil
}

// unpack reads what is staged, whole or not at all. ErrNotFound: a piece is missing.
func (s *Store) unpack(ctx context.Context, id string, g staged) (Parts, File, error) {
	if g == (staged{}) {
		return nil, nil, nil
	}
	text, err := s.pieces(ctx, id, g)
	if err != nil {
		return nil, nil, err
	}
	plain, ok := inflate(text)
	if !ok || sumOf(text) != g.Sum {
		return nil, nil, fmt.Errorf("what is staged is broken: %w", ErrBadValue)
	}
	if g.Holds == holdsFile {
		return nil, plain, nil
	}
	parts, ok := decodeObject(nil, string(plain))
	if !ok || g.Holds != holdsParts {
		return nil, nil, fmt.Errorf("what is staged is broken: %w", ErrBadValue)
	}
	return parts, nil, nil
}

func (s *Store) pieces(ctx context.Context, id string, g staged) (string, error) {
	if g.Pieces < 0 || g.Pieces > maxPieces {
		return "", fmt.Errorf("what is staged is broken: %w", ErrBadValue)
	}
	var b strings.Builder
	b.WriteString(g.Text)
	for n := 1; n <= g.Pieces; n++ {
		sec, err := s.client.get(ctx, pieceName(id, n), "")
		if err == nil && deref(sec.ContentType) != contentStaged {
			err = ErrForeign
		}
		if err != nil {
			return "", err
		}
		b.WriteString(deref(sec.Value))
	}
	return b.String(), nil
}

func inflate(text string) (File, bool) {
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(text)))
	if err != nil {
		return nil, false
	}
	plain, err := io.ReadAll(io.LimitReader(z, MaxFile+1))
	return plain, err == nil && len(plain) <= MaxFile
}

// orphanAge is how old a piece is whose request is not going to be written any more.
const orphanAge = 24 * time.Hour

// orphans are the pieces that a walk saw without their request.
func (f *found) orphans() map[string]time.Time {
	alone := map[string]time.Time{}
	for name, made := range f.pieces {
		if id, _ := requestOfPiece(name); !f.waiting[id] {
			alone[name] = made
		}
	}
	return alone
}
