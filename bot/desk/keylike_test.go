package desk_test

import (
	_ "embed"
	"math/rand/v2"
	"strings"
	"testing"

	"keydesk/bot/desk"
)

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

// TestMeasures: of random values of each usual alphabet and length nearly all are taken for keys.
func TestMeasures(t *testing.T) {
	const values = 5000
	dashed := func(s string) string {
		return s[:5] + "-" + s[5:10] + "-" + s[10:15] + "-" + s[15:20] + "-" + s[20:]
	}
	within := func(before, after string) func(string) string {
		return func(s string) string { return before + s + after }
	}
	for _, tt := range []struct {
		name, alphabet string
		length         int
		shape          func(string) string
		least          float64 // percent
	}{
		{"base62", lower + upper + digits, 20, nil, 98},
		{"base62", lower + upper + digits, 22, nil, 99},
		{"base62", lower + upper + digits, 24, nil, 99},
		{"base62", lower + upper + digits, 32, nil, 99},
		{"base62", lower + upper + digits, 40, nil, 99},
		{"base64", lower + upper + digits + "+/", 22, nil, 96},
		{"base64", lower + upper + digits + "+/", 24, nil, 98},
		{"base64", lower + upper + digits + "+/", 32, nil, 99},
		{"base64", lower + upper + digits + "+/", 40, nil, 99},
		{"base64url", lower + upper + digits + "-_", 22, nil, 96},
		{"base64url", lower + upper + digits + "-_", 32, nil, 99},
		{"base64url", lower + upper + digits + "-_", 43, nil, 99},
		{"hex", digits + "abcdef", 20, nil, 98},
		{"hex", digits + "abcdef", 32, nil, 99},
		{"hex", digits + "abcdef", 40, nil, 99},
		{"HEX", digits + "ABCDEF", 32, nil, 99},
		{"base32", upper + "234567", 26, nil, 99},
		{"base32", upper + "234567", 32, nil, 99},
		{"a-z0-9", lower + digits, 20, nil, 98},
		{"a-z0-9", lower + digits, 32, nil, 99},
		{"A-Z0-9", upper + digits, 27, nil, 99},
		{"five by five", upper + digits, 25, dashed, 99},
		{"five by five, no look-alikes", "BCDFGHJKMPQRTVWXY2346789", 25, dashed, 99},
		{"password", lower + upper + digits + "!#$%*@^~", 24, nil, 95},
		{"letters", lower, 32, nil, 90},
		{"letters", lower + upper, 32, nil, 90},
		{"in a sentence", lower + upper + digits, 24, within("use (", "), please"), 99},
		{"in a URL", lower + upper + digits, 24, within("https://api.contoso.com/v1/hooks?key=", ""), 99},
		{"in a path", lower + upper + digits, 24, within("https://api.contoso.com/hooks/in/", "/x"), 99},
	} {
		random, found := rand.New(rand.NewPCG(1, 2)), 0
		for range values {
			value := make([]byte, tt.length)
			for i := range value {
				value[i] = tt.alphabet[random.IntN(len(tt.alphabet))]
			}
			text := string(value)
			if tt.shape != nil {
				text = tt.shape(text)
			}
			if desk.LooksLikeKey(text) {
				found++
			}
		}
		share := 100 * float64(found) / values
		t.Logf("%s, %d characters: %.2f %%", tt.name, tt.length, share)
		if share < tt.least {
			t.Errorf("%s, %d characters: %.2f %% were found, want %.0f", tt.name, tt.length, share, tt.least)
		}
	}
}

// harmless is what technicians write, in English and German, a message a line.
//
//go:embed testdata/harmless.txt
var harmless string

// TestHarmlessLines: none of it is taken for a key.
func TestHarmlessLines(t *testing.T) {
	n := 0
	for line := range strings.Lines(harmless) {
		n++
		if desk.LooksLikeKey(line) {
			t.Errorf("taken for a key: %s", line)
		}
	}
	if n < 100 {
		t.Errorf("only %d lines", n)
	}
}

// FuzzExposed: whatever is typed, it is judged, and other white space between the words changes nothing.
func FuzzExposed(f *testing.F) {
	for line := range strings.Lines(harmless) {
		f.Add(strings.TrimSpace(line))
	}
	for _, s := range []string{"-----BEGIN RSA PRIVATE KEY-----", "key=a1B2c3D4e5F6g7H8i9J0k1L2", "%zz%41%",
		"\xff%ff 19:a@thread.v2", "FAKE1-2FAKE-3FAK4-5FA6E-78FAK x", "“sk-proj-obviously-fake-000”"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		words := strings.Fields(s)
		want := desk.LooksLikeKey(s)
		for _, space := range []string{"  ", "\n", "\u00a0\t"} {
			if got := desk.LooksLikeKey(strings.Join(words, space)); got != want {
				t.Errorf("%q: %t, and %t with %q between its words", s, want, got, space)
			}
		}
		for _, word := range words {
			if desk.LooksLikeKey(word) && !want {
				t.Errorf("%q is taken for a key alone, and not in %q", word, s)
			}
		}
	})
}
