package sandbox

import (
	"bufio"
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The transcript is a text file of sealed lines: base64(nonce, ciphertext). The first line names
// the format and the file's random id; every other line is bound to that id and to its own number,
// so a line cannot be moved, repeated or brought over from another file unseen. Lines cut off at
// the end are not noticed: a chat is no log.

var (
	// ErrOtherKey says that the file was sealed with another key, or is something else.
	ErrOtherKey = errors.New("it was sealed with another key, or is no transcript; " +
		"bring the key back, or move the file away to begin anew")
	// ErrDamaged says that a line in the middle does not open.
	ErrDamaged = errors.New("it is damaged; move the file away to begin anew")
)

const (
	sealFormat  = 1
	sealContext = "keydesk sandbox transcript 1"
	maxLine     = 4 * maxBody
)

type transcript struct {
	path  string
	seal  cipher.AEAD
	id    []byte
	lines int   // lines after the header
	size  int64 // bytes up to the end of the last whole line
}

type sealHeader struct {
	Format int    `json:"format"`
	ID     []byte `json:"id"`
}

// openTranscript reads the file at path, or begins one. A last line that was cut off by a crash
// is dropped.
func openTranscript(path string, seal cipher.AEAD) (*transcript, []record, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, err
	}
	t := &transcript{path: path, seal: seal}
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, err
	}
	if bytes.IndexByte(data, '\n') < 0 {
		// None yet, or not even the header was written whole: nothing can be lost.
		return t, nil, t.rewrite(nil)
	}
	records, err := t.read(data)
	if err != nil {
		return nil, nil, err
	}
	return t, records, os.Truncate(path, t.size)
}

func (t *transcript) read(data []byte) ([]record, error) {
	in := bufio.NewReaderSize(bytes.NewReader(data), 64<<10)
	line, _ := in.ReadBytes('\n')
	plain, err := t.unseal(line, nil, 0)
	var head sealHeader
	if err != nil || json.Unmarshal(plain, &head) != nil || head.Format != sealFormat {
		return nil, ErrOtherKey
	}
	t.id, t.size = head.ID, int64(len(line))
	var records []record
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return records, nil // what stands behind the last newline was cut off
		}
		var r record
		plain, err := t.unseal(line, t.id, uint64(t.lines+1))
		if err == nil {
			err = json.Unmarshal(plain, &r)
		}
		if err != nil {
			if _, more := in.Peek(1); more != nil {
				return records, nil // the last line: the disk may not have got all of it
			}
			return nil, fmt.Errorf("line %d: %w", t.lines+2, ErrDamaged)
		}
		t.lines++
		t.size += int64(len(line))
		records = append(records, r)
	}
}

func (t *transcript) append(r record) error {
	line, err := t.sealed(r, t.id, uint64(t.lines+1))
	if err != nil {
		return err
	}
	if err := t.write(line); err != nil {
		// What stands behind the last whole line goes again; if it cannot, the next start drops it.
		return errors.Join(fmt.Errorf("writing the transcript: %w", err), os.Truncate(t.path, t.size))
	}
	t.lines++
	t.size += int64(len(line))
	return nil
}

// write opens the file each time: there is nothing to close when the sandbox stops, and what the
// bot still says while it stops is kept.
func (t *transcript) write(line []byte) error {
	file, err := os.OpenFile(t.path, os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(line, t.size)
	return errors.Join(err, file.Close())
}

// rewrite puts a new file with these records in the old one's place, at once or not at all.
func (t *transcript) rewrite(records []record) error {
	next := &transcript{path: t.path, seal: t.seal, id: make([]byte, 16)}
	_, _ = rand.Read(next.id) // never fails
	file, err := os.CreateTemp(filepath.Dir(t.path), ".transcript-*")
	if err != nil {
		return fmt.Errorf("writing the transcript: %w", err)
	}
	if err = errors.Join(next.fill(file, records), file.Close()); err == nil {
		err = os.Rename(file.Name(), t.path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("writing the transcript: %w", err)
	}
	*t = *next
	return nil
}

func (t *transcript) fill(file *os.File, records []record) error {
	line, err := t.sealed(sealHeader{Format: sealFormat, ID: t.id}, nil, 0)
	if err != nil {
		return err
	}
	var all bytes.Buffer
	all.Write(line)
	for i, r := range records {
		if line, err = t.sealed(r, t.id, uint64(i+1)); err != nil {
			return err
		}
		all.Write(line)
	}
	if _, err := file.Write(all.Bytes()); err != nil {
		return err
	}
	t.lines, t.size = len(records), int64(all.Len())
	return file.Sync()
}

func (t *transcript) sealed(what any, id []byte, number uint64) ([]byte, error) {
	plain, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, t.seal.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	box := t.seal.Seal(nonce, nonce, plain, bound(id, number))
	line := base64.RawStdEncoding.AppendEncode(nil, box)
	if len(line) > maxLine {
		return nil, errors.New("a message is too long for the transcript")
	}
	return append(line, '\n'), nil
}

func (t *transcript) unseal(line, id []byte, number uint64) ([]byte, error) {
	line = bytes.TrimSuffix(line, []byte("\n"))
	box, err := base64.RawStdEncoding.AppendDecode(nil, line)
	n := t.seal.NonceSize()
	if err != nil || len(box) < n {
		return nil, ErrDamaged
	}
	return t.seal.Open(nil, box[:n], box[n:], bound(id, number))
}

func bound(id []byte, number uint64) []byte {
	out := append([]byte(sealContext), 0)
	out = append(out, id...)
	return binary.BigEndian.AppendUint64(out, number)
}
