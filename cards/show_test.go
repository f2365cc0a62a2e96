package cards_test

import (
	"strings"
	"testing"

	"keydesk/cards"
	"keydesk/catalog"
)

// TestLockedShowsNoPreview: the last four characters are for people who may have the key.
func TestLockedShowsNoPreview(t *testing.T) {
	key := catalog.Key{Name: catalog.KeyName{Vendor: "ninjaone"}, Preview: "ninja_5f2a", Enabled: true}
	for _, locked := range []bool{false, true} {
		for name, c := range map[string]cards.Card{
			"keys": cards.Keys(cards.KeysView{Rows: []cards.KeyRow{{Key: key, Vendor: ninja(t), Locked: locked}}}),
			"key":  cards.Key(cards.KeyView{Key: key, Vendor: ninja(t), Locked: locked}),
		} {
			raw := marshal(t, c)
			if strings.Contains(raw, "5f2a") == locked || strings.Contains(raw, "no access") != locked {
				t.Errorf("%s, locked %v: %s", name, locked, raw)
			}
		}
	}
}

func TestDisabledIsSaid(t *testing.T) {
	for _, on := range []bool{false, true} {
		raw := marshal(t, cards.Key(cards.KeyView{Key: catalog.Key{Enabled: on}, Vendor: ninja(t)}))
		if strings.Contains(raw, "Disabled in Key Vault") == on {
			t.Errorf("enabled %v: %s", on, raw)
		}
	}
}

// TestHelpGroups: commands stand under what people want; one that no group knows is still there.
func TestHelpGroups(t *testing.T) {
	v := cards.HelpView{}
	for _, usage := range []string{"help", "add [key]", "get <key> [reason]", "keys", "later"} {
		v.Commands = append(v.Commands, cards.HelpCommand{Usage: usage, What: "what " + usage})
	}
	raw, at := marshal(t, cards.Help(v)), -1
	for _, next := range []string{"Look up", "what keys", `"Use"`, "what get",
		"Change", "what add", "More", "what help", "what later"} {
		i := strings.Index(raw, next)
		if i <= at {
			t.Errorf("%s is missing or out of place: %s", next, raw)
		}
		at = i
	}
	if strings.Contains(raw, "Watch over") {
		t.Error("a group without a command is shown")
	}
}

// TestSaveCarriesTheForm: whatever desk adds, the press tells the command, the key and the operation.
func TestSaveCarriesTheForm(t *testing.T) {
	raw := marshal(t, cards.Form(cards.FormView{Verb: "rotate",
		Name:   catalog.KeyName{Vendor: "ninjaone", Label: "contoso"},
		Vendor: ninja(t), Op: "OP1", IntervalDays: 90, Data: map[string]string{"opened": "OP0"}}))
	want := `"data":{"key":"ninjaone/contoso","op":"OP1","opened":"OP0","verb":"rotate"}`
	if strings.Count(raw, want) != 2 {
		t.Error(raw)
	}
}

// TestDocumentationIsAPage: only a whole https address becomes a button.
func TestDocumentationIsAPage(t *testing.T) {
	for address, want := range map[string]bool{
		"https://docs.contoso.com/api?x=1#y": true, "http://docs.contoso.com": false,
		"https://docs.contoso.com (REST); more": false, "https://user@contoso.com": false,
		"javascript:alert(1)": false, "https://": false, "console > Help": false, "": false} {
		v := *ninja(t)
		v.DocsURL = address
		raw := marshal(t, cards.Form(cards.FormView{Verb: "add", Vendor: &v, IntervalDays: 90}))
		if strings.Contains(raw, "Action.OpenUrl") != want {
			t.Errorf("%q: %v", address, !want)
		}
	}
}
