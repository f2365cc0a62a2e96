package audit_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"keydesk/audit"

	"golang.org/x/mod/sumdb/note"
)

// The log in testdata, as lines and as the vault holds them, and a checkpoint over it: whoever changes the
// format breaks this test, and every log that stands.
func TestLogInTestdata(t *testing.T) {
	if *update {
		writeTestdata(t)
	}
	read := func(name string) string {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	s := newStore()
	first, second, _ := strings.Cut(read("segments.txt"), "\n")
	for i, body := range []string{first, strings.TrimSuffix(second, "\n")} {
		lines, err := audit.DecodeSegment(body)
		if err != nil {
			t.Fatal(err)
		}
		h, err := audit.ParseHeader(strings.SplitN(lines, "\n", 2)[0])
		if err != nil {
			t.Fatal(err)
		}
		s.set(h.Name(), body, map[string]string{
			"count":   []string{"2", "1"}[i],
			"parents": []string{"", "00000001-0123456789abcdef:1"}[i],
		})
	}
	opts := audit.VerifyOptions{
		Checkpoint: read("log.checkpoint"), Key: read("fake.vkey"), Vault: "contoso",
	}
	stored := verify(t, s, opts)
	golden(t, "report.txt", stored.String())
	if !stored.OK() || stored.Covered.Events != 3 || !stored.Covered.Whole {
		t.Errorf("%s", stored)
	}
	plain, err := audit.VerifyReader(strings.NewReader(read("log.jsonl")), opts)
	if err != nil || !plain.OK() || plain.Covered.Events != 3 {
		t.Errorf("%v\n%s", err, plain)
	}
}

func writeTestdata(t *testing.T) {
	var heads []audit.Head
	var log, bodies string
	segment := func(h audit.Header, events ...audit.Event) {
		line := string(h.AppendLine(nil))
		lines := line + "\n"
		for i, e := range events {
			e.Time, e.Prev = h.Began.Add(time.Duration(i)*time.Second), hash(line)
			line = string(e.AppendLine(nil))
			lines += line + "\n"
			heads = append(heads, audit.Head{Segment: h.Name(), Count: i + 1, Hash: hash(line)})
		}
		log += lines
		bodies += audit.EncodeSegment(lines) + "\n"
	}
	segment(audit.Header{Writer: "0123456789abcdef", Number: 1, Began: moment}, event("1111"), event("2222"))
	segment(audit.Header{Writer: "fedcba9876543210", Number: 2, Began: moment.Add(time.Hour), Parents: heads[:1]},
		event("3333"))
	c := audit.Checkpoint{Origin: "keydesk/contoso", Count: 3, Time: moment.Add(2 * time.Hour), Heads: heads[1:]}
	skey, err := os.ReadFile("testdata/fake.skey")
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(strings.TrimSpace(string(skey)))
	if err != nil {
		t.Fatal(err)
	}
	msg, err := note.Sign(&note.Note{Text: c.Text()}, s)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"log.jsonl": log, "segments.txt": bodies, "log.checkpoint": string(msg),
	} {
		if err := os.WriteFile("testdata/"+name, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReaderThatFails(t *testing.T) {
	cause := errors.New("disk gone")
	_, err := audit.VerifyReader(iotest.ErrReader(cause), audit.VerifyOptions{})
	if !errors.Is(err, cause) {
		t.Error(err)
	}
	_, err = audit.VerifyReader(strings.NewReader(""), audit.VerifyOptions{Key: "x"})
	if !errors.Is(err, audit.ErrBadKey) {
		t.Error(err)
	}
}
