package audit_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"

	"golang.org/x/mod/sumdb/note"
)

func signer(t testing.TB, vault string) note.Signer {
	t.Helper()
	s, _ := keyOf(t, vault)
	return s
}

func keyOf(t testing.TB, vault string) (note.Signer, string) {
	t.Helper()
	skey, vkey, err := audit.NewKey("keydesk/" + vault)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return s, vkey
}

func checkpoint(t testing.TB, l *audit.Log) string {
	t.Helper()
	c, err := l.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The key in testdata is no secret: it is made for this test and used nowhere.
func TestCheckpointBytes(t *testing.T) {
	skey, err := os.ReadFile("testdata/fake.skey")
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(strings.TrimSpace(string(skey)))
	if err != nil {
		t.Fatal(err)
	}
	c := audit.Checkpoint{Origin: "keydesk/contoso", Count: 1234, Time: moment, Heads: []audit.Head{
		{Segment: "keydesk-audit-00000005-fedcba9876543210", Count: 12, Hash: strings.Repeat("1b", 32)},
		{Segment: "keydesk-audit-00000007-0123456789abcdef", Count: 3, Hash: strings.Repeat("2c", 32)},
	}}
	msg, err := note.Sign(&note.Note{Text: c.Text()}, s)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "checkpoint.txt", string(msg))
	got, err := audit.ParseCheckpoint(c.Text())
	if err != nil || got.Text() != c.Text() {
		t.Error(got, err)
	}
}

func TestParseCheckpointRefuses(t *testing.T) {
	good := "keydesk/contoso\n3\n2026-11-23T09:05:07.042Z\nkeydesk-audit-00000005-fedcba9876543210 3 " +
		strings.Repeat("1b", 32) + "\n"
	if _, err := audit.ParseCheckpoint(good); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{
		{"keydesk/contoso", "contoso"}, {"keydesk/contoso", "keydesk/"}, {"\n3\n", "\n03\n"}, {"\n3\n", "\n-3\n"},
		{"\n3\n", "\nmany\n"}, {"2026-11-23T", "2026-11-23 "}, {".042Z", "Z"}, {".042Z", ".042+00:00"},
		{" 3 ", " -3 "}, {" 3 ", "  3 "}, {" 3 ", " "}, {"1b\n", "1B\n"}, {"1b\n", "1b"}, {"1b\n", "1b\n\n"},
		{"00000005", "5"},
	} {
		text := strings.Replace(good, c[0], c[1], 1)
		if _, err := audit.ParseCheckpoint(text); !errors.Is(err, audit.ErrBadCheckpoint) || text == good {
			t.Errorf("accepted %q", text)
		}
	}
}

func TestCheckpointOfAnEmptyLog(t *testing.T) {
	s := newStore()
	c := checkpoint(t, open(t, s))
	if !strings.HasPrefix(c, "keydesk/contoso\n0\n") || strings.Count(c, "\n") != 3 {
		t.Errorf("%q", c)
	}
	if r := verify(t, s, audit.VerifyOptions{Checkpoint: c}); !r.OK() || r.Covered.Events != 0 {
		t.Errorf("%s", r)
	}
}

func TestCheckpointCovers(t *testing.T) {
	s := newStore()
	sign, vkey := keyOf(t, "contoso")
	l, err := audit.Open(t.Context(), audit.Config{Store: s, Vault: "contoso", Signer: sign})
	if err != nil {
		t.Fatal(err)
	}
	other := open(t, s)
	add(t, other, "o1")
	fill(t, l, 250)
	add(t, other, "o2", "o3") // after l last looked
	c := checkpoint(t, l)
	if lines := strings.Split(c, "\n"); lines[1] != "253" {
		t.Errorf("another process's events are not covered:\n%s", c)
	}
	add(t, l, "b")
	add(t, other, "o4")
	for name, opts := range map[string]audit.VerifyOptions{
		"whole":        {Checkpoint: c, Key: vkey, Vault: "contoso"},
		"pasted":       {Checkpoint: "\n " + strings.ReplaceAll(c, "\n", "\r\n") + " \n", Key: vkey + "\n"},
		"without key":  {Checkpoint: c},
		"current only": {Checkpoint: c, Key: vkey, CurrentOnly: true},
	} {
		r := verify(t, s, opts)
		if !r.OK() || r.Events != 255 || r.Covered.Events != 253 || r.Covered.Signed != (opts.Key != "") {
			t.Errorf("%s:\n%s", name, r)
		}
		if time.Since(r.Covered.Time) > time.Hour {
			t.Error(r.Covered)
		}
	}
	// The segment that comes next names what the checkpoint had found.
	fill(t, l, 250)
	later := checkpoint(t, l)
	r := verify(t, s, audit.VerifyOptions{Checkpoint: later, Key: vkey})
	if !r.OK() || r.Covered.Events != r.Events {
		t.Errorf("%s", r)
	}
	if r := verify(t, s, audit.VerifyOptions{Checkpoint: c, Key: vkey}); !r.OK() || r.Covered.Events != 253 {
		t.Errorf("an older checkpoint: %s", r)
	}
}

func TestCheckpointThatDoesNotHold(t *testing.T) {
	s := newStore()
	sign, vkey := keyOf(t, "contoso")
	_, stranger := keyOf(t, "contoso")
	_, fabrikam := keyOf(t, "fabrikam")
	l, err := audit.Open(t.Context(), audit.Config{Store: s, Vault: "contoso", Signer: sign})
	if err != nil {
		t.Fatal(err)
	}
	add(t, l, "a", "b")
	c := checkpoint(t, l)
	head := s.names()[0]
	text, _, _ := strings.Cut(c, "\n\n")
	for name, opts := range map[string]struct {
		audit.VerifyOptions
		want string
	}{
		"unsigned":      {audit.VerifyOptions{Checkpoint: text, Key: vkey}, "not signed"},
		"stranger":      {audit.VerifyOptions{Checkpoint: c, Key: stranger}, "no valid signature"},
		"other vault":   {audit.VerifyOptions{Checkpoint: c, Key: fabrikam}, "of keydesk/contoso"},
		"other vault 2": {audit.VerifyOptions{Checkpoint: c, Vault: "fabrikam"}, "not of keydesk/fabrikam"},
		"edited time": {audit.VerifyOptions{Checkpoint: strings.Replace(c, "\n20", "\n21", 1), Key: vkey},
			"signature"},
		"count": {audit.VerifyOptions{Checkpoint: strings.Replace(text, "\n2\n", "\n3\n", 1)},
			"counts 3 events; in the log its heads cover 2"},
		"head longer": {audit.VerifyOptions{Checkpoint: strings.Replace(text, " 2 ", " 3 ", 1)},
			"what follows is missing"},
		"head hash": {audit.VerifyOptions{Checkpoint: strings.Replace(text, " 2 ", " 1 ", 1)},
			"not the line that stood"},
		"head unknown": {audit.VerifyOptions{Checkpoint: strings.Replace(text, head[:30], head[:21]+"7-0000000", 1)},
			"is missing"},
	} {
		r := verify(t, s, opts.VerifyOptions)
		if r.OK() || !strings.Contains(r.String(), opts.want) || r.Covered.Signed {
			t.Errorf("%s: want %q in\n%s", name, opts.want, r)
		}
	}
	for name, opts := range map[string]audit.VerifyOptions{
		"no checkpoint": {Checkpoint: "what?"}, "no key": {Checkpoint: c, Key: "what?"}, "key alone": {Key: "what?"},
	} {
		_, err := audit.Verify(t.Context(), s, opts)
		if !errors.Is(err, audit.ErrBadCheckpoint) && !errors.Is(err, audit.ErrBadKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckpointNeedsAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		l := open(t, s)
		add(t, l, "a")
		s.broken = errFault
		if _, err := l.Checkpoint(t.Context()); !errors.Is(err, errFault) {
			t.Error(err)
		}
		if _, err := audit.Verify(t.Context(), s, audit.VerifyOptions{}); !errors.Is(err, errFault) {
			t.Error(err)
		}
	})
}
