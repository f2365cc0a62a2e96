package catalog_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

const dots = "••••••••••••"

func TestPreview(t *testing.T) {
	for _, tt := range []struct{ name, vendor, value, want string }{
		{"the article's", "ninjaone", "fake-secret-for-tests-5f2a", "ninja_" + dots + "5f2a"},
		{"empty", "ninjaone", "", "ninja_" + dots},
		{"11 characters", "ninjaone", "fake-value1", "ninja_" + dots},
		{"12 characters", "ninjaone", "fake-value12", "ninja_" + dots + "ue12"},
		{"11 characters of 2 bytes", "ninjaone", strings.Repeat("ü", 11), "ninja_" + dots},
		{"12 characters of 2 bytes", "ninjaone", strings.Repeat("ü", 12), "ninja_" + dots + "üüüü"},
		{"of 4 bytes", "ninjaone", strings.Repeat("🔑", 12), "ninja_" + dots + "🔑🔑🔑🔑"},
		{"11 bytes that are no text", "ninjaone", strings.Repeat("\xff", 11), "ninja_" + dots},
		{"12 bytes that are no text", "ninjaone", strings.Repeat("\xff", 12), "ninja_" + dots + "••••"},
		{"end of a PEM file", "ninjaone", "-----END FAKE KEY-----\n", "ninja_" + dots + "---•"},
		{"turned writing", "ninjaone", "fake-secret-\u202eabc", "ninja_" + dots + "•abc"},
		{"a real prefix", "itglue", "ITG.fake-secret-abcd", "ITG." + dots + "abcd"},
		{"long", "atera", strings.Repeat("x", 16<<10) + "tail", "atera_" + dots + "tail"},
		{"a login password", "cw-automate", "correct horse battery staple", "cwa_" + dots},
		{"another", "proofpoint", "Password123456", "ppe_" + dots},
	} {
		if got := vendor(t, tt.vendor).PreviewOf(tt.value); got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// TestPreviewShowsNoMore: whatever the value, its preview is the label, 12 bullets and at most its own last 4
// characters; the number of bullets tells nothing of its length.
func TestPreviewShowsNoMore(t *testing.T) {
	vendors := load(t).Vendors()
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SampledFrom(vendors).Draw(t, "vendor")
		value := rapid.OneOf(rapid.String(), rapid.StringN(12, 40, -1),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "value")
		got := v.PreviewOf(value)
		tail, ok := strings.CutPrefix(got, v.Preview.Label+dots)
		runes := []rune(value)
		shown := 4
		if len(runes) < 12 || v.LoginPassword {
			shown = 0
		}
		if !ok || utf8.RuneCountInString(tail) != shown || !utf8.ValidString(got) || len(got) > 256 {
			t.Fatalf("%q: %q", value, got)
		}
		for i, r := range []rune(tail) {
			if r != '•' && r != runes[len(runes)-4+i] || !unicode.IsPrint(r) {
				t.Fatalf("%q: %q", value, got)
			}
		}
	})
}

func TestWarnings(t *testing.T) {
	for _, tt := range []struct {
		name, vendor string
		parts        map[string]string
		want         []string // titles that the warnings begin with
	}{
		{"fits", "huntress", map[string]string{"api_key": "hk_fake", "api_secret": "hs_fake"}, nil},
		{"nothing entered", "huntress", nil, nil},
		{"kept on rotate", "huntress", map[string]string{"api_key": "", "api_secret": "hs_fake"}, nil},
		{"both mixed up", "huntress", map[string]string{"api_key": "hs_fake", "api_secret": "hk_fake"},
			[]string{"API key", "API secret"}},
		{"a line end", "huntress", map[string]string{"api_secret": "hs_fake\n"}, []string{"API secret"}},
		{"no format known", "hudu", map[string]string{"api_key": "anything at all"}, nil},
		{"an unknown part", "hudu", map[string]string{"other": "anything"}, nil},
		{"the id, not the value", "entra-app-secret",
			map[string]string{"client_secret": "00000000-0000-0000-0000-000000000000"}, []string{"Client secret"}},
		{"the shape of a secret", "entra-app-secret",
			map[string]string{"client_secret": "abc1Q~" + strings.Repeat("x", 34)}, nil},
		{"both shapes", "atera", map[string]string{"api_key": "fake.fake.fake"}, nil},
	} {
		got := vendor(t, tt.vendor).Warnings(tt.parts)
		if len(got) != len(tt.want) {
			t.Errorf("%s: %q", tt.name, got)
			continue
		}
		for i, title := range tt.want {
			if !strings.HasPrefix(got[i], title+" does not look like") {
				t.Errorf("%s: %q", tt.name, got[i])
			}
		}
	}
}

// TestWarningsNeverRepeat: not a value, not a piece of it.
func TestWarningsNeverRepeat(t *testing.T) {
	vendors := load(t).Vendors()
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SampledFrom(vendors).Draw(t, "vendor")
		parts, others := map[string]string{}, map[string]string{}
		for _, p := range v.Parts {
			parts[p.Name] = rapid.StringMatching(`!!~[a-zA-Z0-9]{8,40}\n`).Draw(t, p.Name) // fits no hint
			others[p.Name] = "!!"
		}
		got := strings.Join(v.Warnings(parts), "\n")
		if got != strings.Join(v.Warnings(others), "\n") {
			t.Fatalf("the warning depends on the value: %s", got)
		}
	})
}
