package sandbox_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keydesk/bot/sandbox"
)

// plainSeal seals nothing, so that a test can read the file.
type plainSeal struct{}

func (plainSeal) NonceSize() int                             { return 0 }
func (plainSeal) Overhead() int                              { return 0 }
func (plainSeal) Seal(dst, _, plaintext, _ []byte) []byte    { return append(dst, plaintext...) }
func (plainSeal) Open(dst, _, box, _ []byte) ([]byte, error) { return append(dst, box...), nil }

func inPlain(t *testing.T) func(*world) {
	return func(w *world) { w.file, w.seal = filepath.Join(t.TempDir(), "transcript"), plainSeal{} }
}

func inFile(t *testing.T) func(*world) {
	return func(w *world) { w.file = filepath.Join(t.TempDir(), "new", "transcript") }
}

// read is the transcript with its lines opened (plainSeal), or as it is.
func (w *world) read() string {
	w.t.Helper()
	raw, err := os.ReadFile(w.file)
	if err != nil {
		w.t.Fatal(err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(raw)) {
		plain, err := base64.RawStdEncoding.DecodeString(strings.TrimSuffix(line, "\n"))
		if err != nil {
			w.t.Fatal(err)
		}
		out.Write(plain)
		out.WriteByte('\n')
	}
	return out.String()
}

func TestARestartKeepsTheChats(t *testing.T) {
	w := newWorld(t, inFile(t), answering(200, `{"statusCode":200,"type":"`+card+`","value":
		{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"pressed"}]}}`))
	p := newPressing(w, formCard)
	seq := p.seq()
	w.page(p.c, "send", map[string]any{"as": tech, "chat": p.chat, "text": "typed before"})
	w.page(p.c, "open", map[string]any{"as": tech})
	w.got(3)
	info, err := os.Stat(w.file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v %v", info.Mode(), err)
	}
	raw, _ := os.ReadFile(w.file)
	if bytes.Contains(raw, []byte("typed before")) || bytes.Contains(raw, []byte("client_secret")) {
		t.Error("the file can be read")
	}
	w.stop()
	w.start()
	p.c = w.browser()
	p.live = w.stream(p.c, tech, "")
	n := p.live.next()
	if len(n.Messages) != 2 || !strings.Contains(n.raw, "typed before") {
		t.Fatalf("after the restart: %s", n.raw)
	}
	if r := p.press(seq, save, nil); r.status != 200 || r.json(t)["result"] != "card" {
		t.Fatalf("a card from before: %d %s", r.status, r.body)
	}
	if m := p.live.until(byID(p.message)); !strings.Contains(m.HTML, "pressed") {
		t.Errorf("%s", m.HTML)
	}
	w.page(p.c, "open", map[string]any{"as": tech})
	if again := w.post(p.chat, `{"type":"message","text":"x"}`); again <= p.message {
		t.Errorf("ids go backwards: %s after %s", again, p.message)
	}
	if acts := w.got(4); len(acts) != 4 {
		t.Errorf("a chat was opened for the first time twice: %v", acts[3:])
	}
}

func TestWhatWasDeletedIsNotInTheFile(t *testing.T) {
	w := newWorld(t, inPlain(t))
	c, chat := w.browser(), w.chat(tech)
	id := w.page(c, "send", map[string]any{"as": tech, "chat": chat,
		"text": "oops-fake-key"}).json(t).at("id").(string)
	if !strings.Contains(w.read(), "oops-fake-key") {
		t.Fatal("the test cannot see into the file")
	}
	w.page(c, "delete", map[string]any{"as": tech, "chat": chat, "message": id})
	if strings.Contains(w.read(), "oops-fake-key") {
		t.Error("it is still in the file")
	}
}

func TestABrokenTranscript(t *testing.T) {
	lines := func(change func([]string) []string) func([]byte) []byte {
		return func(b []byte) []byte {
			return []byte(strings.Join(change(strings.SplitAfter(string(b), "\n")), ""))
		}
	}
	tests := []struct {
		name   string
		seal   byte
		change func([]byte) []byte
		want   error
		kept   int
	}{
		{"as it was", 7, func(b []byte) []byte { return b }, nil, 4},
		{"the last line is torn", 7, func(b []byte) []byte { return b[:len(b)-9] }, nil, 3},
		{"the last line is half zeros", 7, func(b []byte) []byte {
			copy(b[len(b)-20:], make([]byte, 19))
			return b
		}, nil, 3},
		{"the header is torn", 7, func(b []byte) []byte { return b[:10] }, nil, 0},
		{"empty", 7, func([]byte) []byte { return nil }, nil, 0},
		{"another key", 8, func(b []byte) []byte { return b }, sandbox.ErrOtherKey, 0},
		{"another file", 7, func([]byte) []byte { return []byte("# notes\nof mine\n") }, sandbox.ErrOtherKey, 0},
		{"a line in the middle is changed", 7, lines(func(l []string) []string {
			l[2] = strings.Repeat("A", len(l[2])-1) + "\n"
			return l
		}), sandbox.ErrDamaged, 0},
		{"two lines are swapped", 7, lines(func(l []string) []string {
			l[1], l[2] = l[2], l[1]
			return l
		}), sandbox.ErrDamaged, 0},
		{"a line is repeated", 7, lines(func(l []string) []string {
			return append([]string{l[0], l[1], l[1]}, l[2:]...)
		}), sandbox.ErrDamaged, 0},
		{"a line is gone", 7, lines(func(l []string) []string { return append(l[:1:1], l[2:]...) }),
			sandbox.ErrDamaged, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, inFile(t))
			chat := w.chat(admin)
			for _, text := range []string{"1", "2", "3", "4"} {
				w.post(chat, `{"type":"message","text":"`+text+`"}`)
			}
			w.stop()
			raw, err := os.ReadFile(w.file)
			if err != nil {
				t.Fatal(err)
			}
			raw = tt.change(raw)
			if err := os.WriteFile(w.file, raw, 0o600); err != nil {
				t.Fatal(err)
			}
			w.seal = newSeal(t, tt.seal)
			if tt.want != nil {
				w.refused(tt.want)
				if after, _ := os.ReadFile(w.file); !bytes.Equal(after, raw) {
					t.Error("the file was written to")
				}
				w.restore(t)
				return
			}
			w.start()
			c := w.browser()
			if n := w.stream(c, admin, "").next(); len(n.Messages) != tt.kept {
				t.Errorf("%d messages, want %d", len(n.Messages), tt.kept)
			}
			w.post(chat, `{"type":"message","text":"5"}`)
			w.stop()
			w.start()
			if n := w.stream(w.browser(), admin, "").next(); len(n.Messages) != tt.kept+1 {
				t.Errorf("%d messages after another restart, want %d", len(n.Messages), tt.kept+1)
			}
		})
	}
}

func (w *world) config() sandbox.Config {
	return sandbox.Config{
		BaseURL: w.base, BotURL: w.base + "/api/messages", AppID: appID, Tenant: tenant,
		People: people, Transcript: w.file, Seal: w.seal, Token: token,
	}
}

func (w *world) refused(want error) {
	w.t.Helper()
	teams, err := sandbox.New(w.config())
	if err == nil {
		teams.Close()
	}
	if !errors.Is(err, want) || !strings.Contains(err.Error(), w.file) {
		w.t.Errorf("%v, want %v", err, want)
	}
}

// restore lets the world stop as it always does.
func (w *world) restore(t *testing.T) {
	w.file = filepath.Join(t.TempDir(), "another")
	w.start()
}

func TestAConfigThatCannotWork(t *testing.T) {
	w := newWorld(t)
	tests := map[string]func(*sandbox.Config){
		"a bot elsewhere":       func(c *sandbox.Config) { c.BotURL = "http://bot.example/api/messages" },
		"a sandbox elsewhere":   func(c *sandbox.Config) { c.BaseURL = "https://127.0.0.1:3978" },
		"no app id":             func(c *sandbox.Config) { c.AppID = "" },
		"no people":             func(c *sandbox.Config) { c.People = nil },
		"a short token":         func(c *sandbox.Config) { c.Token = "short" },
		"a transcript in plain": func(c *sandbox.Config) { c.Transcript, c.Seal = "x", nil },
	}
	for name, change := range tests {
		cfg := w.config()
		change(&cfg)
		if _, err := sandbox.New(cfg); !errors.Is(err, sandbox.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
