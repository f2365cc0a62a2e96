package app_test

import (
	"errors"
	"strings"

	"keydesk/audit"
	"keydesk/bot/desk"
	"keydesk/vault"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// gridFlow is one thing people do.
type gridFlow struct {
	name    string
	prepare func(s *stage)
	act     func(s *stage) string // what is said; may be done again
	done    string                // what is said when it worked
	over    []string              // what the next try may say as well
	did     func(s *stage) bool   // whether the effect is in the vault; nil: it has none that lasts
	action  string                // of its events
	key     string                // of its events; "" all
	// noIntent: the effect needs none.
	noIntent bool
	check    func(s *stage) // after the next try
}

var gridFlows = []gridFlow{
	{name: "add", action: "add", done: "✓ Stored", prepare: func(s *stage) { s.say("add meraki") },
		act: func(s *stage) string {
			return said(s.press("Save to Vault", "part.api_key", firstKey, "interval", "90"))
		},
		did: func(s *stage) bool { return s.value("meraki") == firstKey }, check: func(s *stage) { s.versions("meraki", 1) }},
	{name: "rotate", action: "rotate", done: "✓ Rotated", prepare: func(s *stage) { s.have(); s.say("rotate meraki") },
		act: func(s *stage) string {
			return said(s.press("Save to Vault", "part.api_key", secondKey, "interval", "90"))
		},
		did: func(s *stage) bool { return s.value("meraki") == secondKey }, check: func(s *stage) { s.versions("meraki", 2) }},
	{name: "rotation form", done: "Rotate meraki", prepare: (*stage).have,
		act: func(s *stage) string { return said(s.turn(desk.Turn{Text: "rotate meraki"})) }},
	{name: "edit", action: "edit", done: "✓ Changed", prepare: func(s *stage) { s.have(); s.say("edit meraki") },
		act: func(s *stage) string {
			return said(s.press("Save", "label", "", "note", "mended", "interval", "90", "expiry", "", "owner", admin))
		},
		did: func(s *stage) bool { return s.tag("meraki", "note") == "mended" }, over: []string{"Nothing is different"}},
	{name: "rename", action: "edit", done: "✓ Changed", prepare: func(s *stage) { s.have(); s.say("edit meraki") },
		act: func(s *stage) string {
			return said(s.press("Save", "label", "contoso", "note", "", "interval", "90", "expiry", "", "owner", admin))
		},
		did:   func(s *stage) bool { return s.value("meraki--contoso") == firstKey },
		check: func(s *stage) { s.versions("meraki--contoso", 1) }},
	{name: "delete", action: "delete", done: "✓ Deleted", prepare: func(s *stage) { s.have(); s.say("delete meraki") },
		act: func(s *stage) string { return said(s.press("Delete")) },
		did: func(s *stage) bool { return s.value("meraki") == "" }, over: []string{"No key of"}},
	{name: "recover", action: "recover", done: "✓ Recovered", prepare: func(s *stage) {
		s.have()
		s.say("delete meraki")
		s.card = s.press("Delete")
	}, act: func(s *stage) string { return said(s.press("Recover")) },
		did: func(s *stage) bool { return s.value("meraki") == firstKey }, over: []string{"is not deleted"}},
	{name: "purge", action: "purge", done: "✓ Purged", prepare: func(s *stage) {
		s.have()
		s.say("delete meraki")
		s.press("Delete")
		s.say("purge meraki")
	}, act: func(s *stage) string { return said(s.press("Purge")) },
		did: func(s *stage) bool {
			_, err := s.client.GetDeletedSecret(s.t.Context(), "meraki", nil)
			return err != nil
		}, over: []string{"Nothing to purge"}},
	{name: "adopt", action: "adopt", done: "✓ Adopted", prepare: func(s *stage) {
		_, err := s.client.SetSecret(s.t.Context(), "OldMeraki", azsecrets.SetSecretParameters{Value: to.Ptr(firstKey),
			Tags: map[string]*string{"keydesk": to.Ptr("adopt")}}, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		s.say("refresh")
		s.say("adopt")
	}, act: func(s *stage) string { return said(s.press("Adopt", "from", "OldMeraki", "key", "meraki")) },
		did: func(s *stage) bool { return s.value("meraki") == firstKey }, over: []string{"is stored already"},
		check: func(s *stage) { s.versions("meraki", 1) }},
	{name: "vendor add", action: "vendor", done: "✓ Saved", prepare: func(s *stage) { s.say("vendor add") }, act: addVendor,
		did: func(s *stage) bool { return s.value("keydesk-vendor-contoso-rmm") != "" }},
	{name: "vendor remove", action: "vendor", done: "✓ Removed", prepare: func(s *stage) {
		s.say("vendor add")
		addVendor(s)
		s.say("vendor remove contoso-rmm")
	}, act: func(s *stage) string { return said(s.press("Remove")) },
		did:  func(s *stage) bool { return !strings.Contains(s.value("keydesk-vendor-contoso-rmm"), "Contoso RMM") },
		over: []string{"Removed already"}},
	{name: "intake", action: "add", done: "✓ Stored", prepare: func(s *stage) { s.say("add meraki"); s.link("Use a secure page") },
		act: enterByPage, did: func(s *stage) bool { return s.value("meraki") == firstKey },
		over: []string{"stored already"}, check: func(s *stage) { s.versions("meraki", 1) }},
	{name: "import", action: "import", key: "meraki/a", done: "✓ Stored", prepare: func(s *stage) { s.say("import"); s.link("Use a secure page") },
		act: importByPage, did: func(s *stage) bool { return s.value("meraki--a") == firstKey },
		over: []string{"same"}, check: func(s *stage) { s.versions("meraki--a", 1) }},
	{name: "page link", done: "It works once", prepare: func(s *stage) { s.say("add meraki") },
		act: func(s *stage) string { return said(s.press("Use a secure page")) }},
	{name: "reveal", done: "Your link to", prepare: func(s *stage) { s.have(); s.say("get meraki") },
		act: func(s *stage) string { return said(s.press("Reveal")) }},
	{name: "claim", done: "the value", prepare: func(s *stage) { s.have(); s.say("get meraki"); s.link("Reveal") }, act: openLink,
		over: []string{"This link was used"}, check: func(s *stage) {
			n := len(s.a.Log.Recent(1000, func(e audit.Event) bool { return e.Action == "retrieve" && e.Outcome == audit.OK }))
			if s.given > 1 || n < s.given {
				s.t.Errorf("the value came out %d times, with %d events", s.given, n)
			}
		}},
	{name: "history", done: "current version", prepare: (*stage).have,
		act: func(s *stage) string { return said(s.turn(desk.Turn{Text: "history meraki"})) }},
	{name: "refresh", done: "Read again", prepare: (*stage).have,
		act: func(s *stage) string { return said(s.turn(desk.Turn{Text: "refresh"})) }},
}

func addVendor(s *stage) string {
	return said(s.press("Save", "name", "Contoso RMM", "category", "RMM", "parts", "Token", "address", "https://api.contoso.com"))
}

// enterByPage enters a value on the page; where the link was used up in vain, the next try goes on with the new one.
func enterByPage(s *stage) string {
	got, err := s.a.Desk.Intake(s.t.Context(), s.token, nil, desk.Entry{Parts: vault.Parts{"api_key": vault.NewSecret(firstKey)}})
	if got.Again != "" {
		s.token = got.Again
	}
	if err != nil {
		return s.goneOn(err, enterByPage)
	}
	return "✓ Stored " + got.Key
}

// goneOn does what a person does whose link is gone: they press the card's button for another.
func (s *stage) goneOn(err error, act func(*stage) string) string {
	if !errors.Is(err, desk.ErrGone) {
		return desk.Sentence(err)
	}
	if got := said(s.press("Use a secure page")); !s.follows(got) {
		return got
	}
	return act(s)
}

// importByPage brings two keys in.
func importByPage(s *stage) string {
	file := "vendor,label,value\nmeraki,a," + firstKey + "\nmeraki,b," + secondKey + "\n"
	report, err := s.a.Desk.ImportSheet(s.t.Context(), s.token, nil, []byte(file), func(desk.SheetRow) {})
	if report.Again != "" {
		s.token = report.Again
	}
	if err != nil {
		return s.goneOn(err, importByPage)
	}
	var out []string
	for _, r := range report.Rows {
		stored := s.value("meraki--"+strings.TrimPrefix(r.Key, "meraki/")) != ""
		if r.Result == desk.RowStored && !stored {
			s.t.Errorf("%s was told to be stored, and is not", r.Key)
		}
		out = append(out, string(r.Result), r.Note)
	}
	if report.Rows[0].Result == desk.RowStored {
		out = append(out, "✓ Stored")
	}
	return strings.Join(out, " ")
}

// openLink claims the value of a link.
func openLink(s *stage) string {
	got, err := s.a.Desk.Claim(s.t.Context(), s.token, nil)
	if err != nil {
		return desk.Sentence(err)
	}
	if len(got.Parts) != 1 || got.Parts[0].Value.Expose() != firstKey {
		s.t.Error("another value came out")
	}
	s.given++
	return "the value"
}

// versions checks that a secret has so many.
func (s *stage) versions(name string, want int) {
	s.t.Helper()
	n := 0
	pages := s.client.NewListSecretPropertiesVersionsPager(name, nil)
	for pages.More() {
		page, err := pages.NextPage(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		n += len(page.Value)
	}
	if n != want {
		s.t.Errorf("%s has %d versions, want %d", name, n, want)
	}
}
