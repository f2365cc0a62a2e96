package catalog_test

import (
	"strings"
	"testing"

	"keydesk/catalog"
)

// found writes a match down: "ninjaone", "ninjaone?" for a guess, "a|b" for candidates, "" for nothing.
func found(m catalog.Match) string {
	if m.Vendor != nil {
		if m.Guess {
			return m.Vendor.ID + "?"
		}
		return m.Vendor.ID
	}
	var out []string
	for _, v := range m.Candidates {
		out = append(out, v.ID)
	}
	return strings.Join(out, "|")
}

func TestLookup(t *testing.T) {
	const kaseya = "datto-rmm|kaseya-vsa|autotask|itglue|datto-bcdr" // in the catalog's order
	tests := []struct{ word, want string }{
		{"ninjaone", "ninjaone"}, {"NinjaOne", "ninjaone"}, {" ninja ", "ninjaone"},
		{"Ninja-One", "ninjaone"}, {"ninja_one", "ninjaone"}, {"ninja one", "ninjaone"},
		{"NinjaOne (NinjaRMM)", "ninjaone"}, {"ｎｉｎｊａ", "ninjaone"}, {"it glue", "itglue"},
		{"S1", "sentinelone"}, {"n-able", "n-central"}, {"falcon", "crowdstrike"}, {"duo", "duo"},
		{"cwa", "cw-automate"}, {"rc", "ringcentral"}, {"vsa 10", "kaseya-vsa"},

		{"nin", "ninjaone"}, {"crowd", "crowdstrike"}, {"gravity", "bitdefender"}, {"entra app", "entra-app-secret"},
		{"s", ""}, {"n", ""}, // one letter says nothing

		{"connectwise", "cw-automate|cw-manage"}, {"ConnectWise", "cw-automate|cw-manage"},
		{"cw", "cw-automate|cw-manage"}, {"datto", "datto-rmm|datto-bcdr"}, {"kaseya", kaseya},
		{"cisco", "meraki|duo"}, {"microsoft", "entra-app-secret"},
		// The beginning of an ambiguous word asks too, though it also begins a name.
		{"kase", kaseya}, {"connectw", "cw-automate|cw-manage"}, {"cisc", "meraki|duo"},
		{"micro", "entra-app-secret"}, {"connectwise manage", "cw-manage"}, {"connectwise-a", "cw-automate"},
		{"datto rmm", "datto-rmm"}, {"datto r", "datto-rmm"},

		{"nijna", "ninjaone?"}, {"ninjaonne", "ninjaone?"}, {"forigate", "fortigate?"},
		{"fortigaet", "fortigate?"}, {"atrea", "atera?"}, {"crwdstrke", "crowdstrike?"},
		{"sentinal", "sentinelone?"}, {"merakki", "meraki?"}, {"kasaya", kaseya},
		{"conectwise", "cw-automate|cw-manage"}, {"microsfot", "entra-app-secret"},
		{"dato", "datto-rmm|datto-bcdr"},

		{"", ""}, {"   ", ""}, {"-", ""}, {"!!!", ""}, {"\x00", ""}, {"\xff\xfe", ""}, {"xyzzy", ""},
		{"okta", ""}, {"zzzzzzzzzzzz", ""},
		{"du", "duo"}, {"duu", ""}, // short words are never guessed
		{strings.Repeat("ninja", 1000), ""}, {strings.Repeat("x", 50), ""},
	}
	c := load(t)
	for _, tt := range tests {
		if got := found(c.Lookup(tt.word)); got != tt.want {
			t.Errorf("%.40q: %s, want %s", tt.word, got, tt.want)
		}
	}
}

// TestLookupFindsEveryWord: each id, alias and name finds its vendor, in any case, without a question.
func TestLookupFindsEveryWord(t *testing.T) {
	c := load(t)
	for _, v := range c.Vendors() {
		for _, word := range append([]string{v.ID, v.Name}, v.Aliases...) {
			for _, w := range []string{word, strings.ToUpper(word),
				strings.ReplaceAll(word, "-", " "), strings.ReplaceAll(word, "-", "")} {
				if got := found(c.Lookup(w)); got != v.ID {
					t.Errorf("%q: %s, want %s", w, got, v.ID)
				}
			}
		}
	}
}

// TestLookupOneSlip: a letter left out or doubled, or two that changed places, in a long id never finds another
// vendor without asking.
func TestLookupOneSlip(t *testing.T) {
	c := load(t)
	for _, v := range c.Vendors() {
		if len(v.ID) < 6 {
			continue
		}
		for i := 1; i < len(v.ID)-1; i++ {
			for _, slip := range []string{v.ID[:i] + v.ID[i+1:], v.ID[:i] + v.ID[i:i+1] + v.ID[i:],
				v.ID[:i] + v.ID[i+1:i+2] + v.ID[i:i+1] + v.ID[i+2:]} {
				m := c.Lookup(slip)
				if m.Vendor != nil && m.Vendor != v ||
					m.Vendor == nil && !strings.Contains("|"+found(m)+"|", "|"+v.ID+"|") {
					t.Errorf("%s: %s", slip, found(m))
				}
			}
		}
	}
}

func TestNearest(t *testing.T) {
	commands := []string{"help", "whoami", "vendors", "keys", "key", "add",
		"get", "rotate", "history", "audit", "refresh"}
	for _, tt := range []struct {
		word string
		n    int
		want string
	}{
		{"rotat", 3, "rotate"}, {"rotaet", 3, "rotate"}, {"ROTATE", 3, "rotate"},
		{"hist", 3, "history"}, {"kye", 3, "key"},
		{"hlep", 1, "help"}, {"gte", 1, "get"}, {"ad", 3, "add"}, {"vendor", 1, "vendors"},
		{"", 3, ""}, {"xyzzyplugh", 3, ""}, {"help", 0, ""}, {"help", -1, ""}, {strings.Repeat("a", 300), 3, ""},
	} {
		if got := strings.Join(catalog.Nearest(tt.word, commands, tt.n), " "); got != tt.want {
			t.Errorf("%.20q: %q, want %q", tt.word, got, tt.want)
		}
	}
	if got := catalog.Nearest("help", nil, 3); len(got) != 0 {
		t.Errorf("among nothing: %q", got)
	}
}
