package audit

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
	"time"
)

const (
	maxBody  = 20 << 10        // bytes of a segment's value; Key Vault takes 25 KB
	maxZip   = maxBody / 4 * 3 // the same before base64
	maxPlain = 1 << 20         // bytes of a segment's lines; a reader refuses four times that
	zipSlack = 256             // what a deflate block may cost beyond its input
	zipHead  = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
	zipEnd   = "\x01\x00\x00\xff\xff" // an empty final block
)

// errBody: a segment's value cannot be read at all.
var errBody = errors.New("not a segment's value")

// building is the segment being written. Its lines are compressed as they come, so that a flush costs what is
// new and not what is there; sync blocks keep what was written so far a whole that can be closed and stored.
type building struct {
	Header
	name        string
	count       int
	hash        [sha256.Size]byte // of the last line
	first, last time.Time
	zip         *flate.Writer
	out         bytes.Buffer
	crc         uint32
	plain       int // bytes of lines
	loose       int // bytes of lines since the last sync
}

// newBuilding begins a segment; zip is a writer to use again, or nil.
func newBuilding(h Header, zip *flate.Writer) *building {
	b := &building{Header: h, name: h.Name(), zip: zip}
	b.out.Grow(maxZip)
	b.out.WriteString(zipHead)
	if b.zip == nil {
		b.zip, _ = flate.NewWriter(&b.out, flate.DefaultCompression) // errs on a bad level only
	} else {
		b.zip.Reset(&b.out)
	}
	b.line(h.AppendLine(nil))
	return b
}

// fits says whether a line of n bytes more keeps the value within its size. It counts what is not compressed
// yet at its full size, and only when that is too much looks at what it really takes.
func (b *building) fits(n int) bool {
	if b.plain+n >= maxPlain {
		return false
	}
	if b.room() < n+n/8 {
		b.sync()
	}
	return b.room() >= n+n/8
}

func (b *building) room() int {
	return maxZip - b.out.Len() - b.loose - b.loose/8 - zipSlack - len(zipEnd) - 8
}

// add adds an event; its Prev is set by the caller from prev.
func (b *building) add(e Event, line []byte) {
	b.line(line)
	if b.count == 0 {
		b.first = e.Time
	}
	b.count, b.last = b.count+1, e.Time
}

func (b *building) prev() string { return hex.EncodeToString(b.hash[:]) }

func (b *building) head() Head { return Head{Segment: b.name, Count: b.count, Hash: b.prev()} }

func (b *building) line(p []byte) {
	b.hash = sha256.Sum256(p)
	p = append(p, '\n')
	b.zip.Write(p) // a bytes.Buffer does not err
	b.crc = crc32.Update(b.crc, crc32.IEEETable, p)
	b.plain += len(p)
	b.loose += len(p)
}

func (b *building) sync() {
	if b.loose > 0 {
		b.zip.Flush()
		b.loose = 0
	}
}

// body is the value to store: all lines so far.
func (b *building) body() string {
	b.sync()
	z := make([]byte, 0, b.out.Len()+len(zipEnd)+8)
	z = append(append(z, b.out.Bytes()...), zipEnd...)
	z = binary.LittleEndian.AppendUint32(z, b.crc)
	z = binary.LittleEndian.AppendUint32(z, uint32(b.plain))
	return base64.StdEncoding.EncodeToString(z)
}

func (b *building) tags() map[string]string {
	return map[string]string{
		tagFirst: b.first.Format(timeForm), tagLast: b.last.Format(timeForm),
		tagCount: strconv.Itoa(b.count), tagParents: parentsTag(b.Parents),
	}
}

// EncodeSegment makes a segment's value of its lines, each with its newline.
func EncodeSegment(lines string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	io.WriteString(w, lines) // a bytes.Buffer does not err
	w.Close()
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

// DecodeSegment gives the lines of a segment's value, unchecked. A value that would unpack to more than 4 MB
// is an error, as is anything after the packed lines.
func DecodeSegment(body string) (lines string, err error) {
	z, err := base64.StdEncoding.Strict().DecodeString(body)
	if err != nil {
		return "", fmt.Errorf("%w: base64", errBody)
	}
	in := bytes.NewReader(z)
	r, err := gzip.NewReader(in)
	if err != nil {
		return "", fmt.Errorf("%w: gzip", errBody)
	}
	r.Multistream(false)
	var out strings.Builder
	out.Grow(6 * len(z))
	n, err := io.Copy(&out, io.LimitReader(r, 4*maxPlain+1))
	if err != nil {
		return "", fmt.Errorf("%w: gzip", errBody)
	}
	if n > 4*maxPlain || in.Len() > 0 {
		return "", fmt.Errorf("%w: too long", errBody)
	}
	return out.String(), nil
}
