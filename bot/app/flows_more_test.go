package app_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/bot/desk"
	"keydesk/vault"
)

// pageFlows bring values in by pages.
var pageFlows = []gridFlow{
	{name: "intake", action: "add", done: "✓ Stored",
		prepare: func(s *stage) { s.say("add meraki"); s.link("Use a secure page") },
		act:     enterByPage(firstKey), effect: aMeraki("meraki", "(first)", "0001", "interval=180"),
		over: []string{"This link was used", "stored already"}},
	{name: "rotate by page", action: "rotate", done: "✓ Stored", prepare: func(s *stage) {
		s.have()
		s.say("rotate meraki")
		s.link("Use a secure page")
	}, act: enterByPage(secondKey), effect: rotated, over: []string{"This link was used"}},
	{name: "import", action: "import", ends: 2, done: "✓ Stored", halves: true, rows: true,
		prepare: func(s *stage) { s.say("import"); s.link("Use a secure page") },
		act:     importByPage, over: []string{"This link was used", "same"},
		effect: append(aMeraki("meraki--a", "(first)", "0001", "interval=90", "label=a"),
			aMeraki("meraki--b", "(second)", "0002", "interval=90", "label=b")...)},
}

// enterByPage enters a value on the page; where the link was used up in vain, the next try goes on with the new one.
func enterByPage(value string) func(s *stage) string {
	return func(s *stage) string {
		ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
		defer cancel()
		entry := desk.Entry{Parts: vault.Parts{"api_key": vault.NewSecret(value)}}
		got, err := s.a.Desk.Intake(ctx, s.token(), nil, entry)
		if got.Again != "" {
			s.tokens = append(s.tokens, got.Again)
		}
		if err != nil && says(strings.Join(s.posts(), ""), []string{"it was done"}) {
			return "✓ Stored, as was told later"
		}
		if err != nil {
			return s.goneOn(err, enterByPage(value))
		}
		s.entered = true
		return "✓ Stored " + got.Key + strings.Join(got.Warnings, " ")
	}
}

// goneOn does what a person does whose link is gone before they were told that it worked: they press the card's
// button for another.
func (s *stage) goneOn(err error, act func(*stage) string) string {
	if s.entered || !errors.Is(err, desk.ErrGone) {
		return desk.Sentence(err)
	}
	if got := said(s.press("Use a secure page")); !s.follows(got) {
		return got
	}
	return act(s)
}

// importByPage brings two keys in.
func importByPage(s *stage) string {
	file := "vendor,label,value,interval\nmeraki,a," + firstKey + ",90\nmeraki,b," + secondKey + ",90\n"
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	report, err := s.a.Desk.ImportSheet(ctx, s.token(), nil, []byte(file), func(desk.SheetRow) {})
	if report.Again != "" {
		s.tokens = append(s.tokens, report.Again)
	}
	if err != nil {
		return s.goneOn(err, importByPage)
	}
	var out []string
	now, stored := s.held(), 0
	for _, r := range report.Rows {
		has := now["meraki--"+strings.TrimPrefix(r.Key, "meraki/")] != nil
		switch {
		case r.Result == desk.RowStored && !has:
			s.t.Errorf("%s was told to be stored, and is not", r.Key)
		case r.Result == desk.RowFailed && has && !says(r.Note, doubts):
			s.t.Errorf("%s is stored, and was told to have failed: %s", r.Key, r.Note)
		case r.Result == desk.RowStored:
			stored++
		}
		out = append(out, string(r.Result), r.Note)
	}
	if stored == len(report.Rows) {
		s.entered = true
		out = append(out, "✓ Stored")
	}
	return strings.Join(out, " ")
}

// passFlows are about passes.
var passFlows = []gridFlow{
	{name: "reveal by a pass", done: "Your link to", prepare: func(s *stage) {
		s.withPass(aPass("a", 8*time.Hour))
		s.say("get meraki")
	}, act: pressReveal},
	{name: "claim by a pass", done: "the value", prepare: func(s *stage) {
		s.withPass(aPass("a", 8*time.Hour))
		s.say("get meraki")
		s.link("Reveal")
	}, act: openLink, over: []string{"This link was used"}, check: outByPass},
	{name: "claim by a pass for one look", done: "the value", prepare: func(s *stage) {
		s.withPass(once(aPass("a", 8*time.Hour)))
		s.say("get meraki")
		s.link("Reveal")
	}, act: openOrAgain, over: []string{"This link was used", "Ask for meraki", "is used up"},
		effect: passGone, check: outByPass},
	{name: "end of a pass", action: "end", done: "✓ Ended", prepare: func(s *stage) {
		s.have()
		s.approved(aPass("a", 8*time.Hour))
		s.say("passes")
	}, act: func(s *stage) string { return said(s.press("End")) }, over: []string{"Ended already"}, effect: passGone},
}

const thePass = "keydesk-pass-aaaaaaaaaaaaaaaaaaaaaaaaaa"

var passGone = []string{"+ " + thePass + " deleted", thePass + " deleted there=yes", "- " + thePass}

// openOrAgain opens the link; where it was used up in vain, the person gets the key again, as they are told
// to.
func openOrAgain(s *stage) string {
	got := openLink(s)
	if s.given > 0 || !strings.Contains(got, "This link was used") {
		return got
	}
	if s.say("get meraki"); !strings.Contains(said(s.card), "Reveal") {
		return said(s.card)
	}
	if reveal := pressReveal(s); !strings.Contains(reveal, "Your link to") {
		return reveal
	}
	return openLink(s)
}

// outByPass: the value came out at most once, and the log says by whose approval.
func outByPass(s *stage) {
	notes := s.notes("retrieve", audit.OK)
	if s.given > 1 || len(notes) < s.given || slices.ContainsFunc(notes, func(n string) bool {
		return n != "by a pass, approved by Admin"
	}) {
		s.t.Errorf("the value came out %d times, and the log says %q", s.given, notes)
	}
}

// vendorFlows are about vendors of one's own.
var vendorFlows = []gridFlow{
	{name: "vendor add", action: "vendor", done: "✓ Saved", prepare: func(s *stage) { s.say("vendor add") },
		act:    addVendor,
		effect: contosoRMM()},
	{name: "vendor add over a removed one", action: "vendor", done: "✓ Saved", prepare: func(s *stage) {
		haveVendor(s)
		s.say("vendor remove contoso-rmm")
		s.press("Remove")
		s.say("vendor add")
	}, act: addVendor, effect: contosoRMM("token")[1:]},
	{name: "vendor edit", action: "vendor", done: "✓ Saved",
		prepare: func(s *stage) { haveVendor(s); s.say("vendor edit contoso-rmm") },
		act: func(s *stage) string {
			return said(s.press("Save", "name", "Contoso RMM", "category", "RMM", "parts", "Token",
				"address", "https://api.contoso.com", "portal", "https://portal.contoso.com"))
		}, effect: []string{contoso + ` value={"id":"contoso-rmm","name":"Contoso RMM","category":"RMM",` +
			`"endpoint":"https://api.contoso.com","portal":"https://portal.contoso.com",` +
			`"parts":[{"name":"token","title":"Token","secret":true}],"secrets":["token"]}`}},
	{name: "vendor remove", action: "vendor", done: "✓ Removed", prepare: func(s *stage) {
		haveVendor(s)
		s.say("vendor remove contoso-rmm")
	}, act: func(s *stage) string { return said(s.press("Remove")) }, over: []string{"Removed already"},
		effect: []string{contoso + ` value={"id":"contoso-rmm","name":"","category":"","endpoint":"",` +
			`"parts":null,"secrets":["token"]}`}},
}

const contoso = "keydesk-vendor-contoso-rmm"

// contosoRMM is the stored vendor.
func contosoRMM(secrets ...string) []string {
	value := `{"id":"contoso-rmm","name":"Contoso RMM","category":"RMM","endpoint":"https://api.contoso.com",` +
		`"parts":[{"name":"token","title":"Token","secret":true}]`
	if len(secrets) > 0 {
		value += `,"secrets":["` + strings.Join(secrets, `","`) + `"]`
	}
	return []string{"+ " + contoso, contoso + " value=" + value + "}"}
}

func haveVendor(s *stage) {
	s.t.Helper()
	s.say("vendor add")
	if got := addVendor(s); !strings.Contains(got, "✓ Saved") {
		s.t.Fatal(got)
	}
}

func addVendor(s *stage) string {
	return said(s.press("Save", "name", "Contoso RMM", "category", "RMM", "parts", "Token",
		"address", "https://api.contoso.com"))
}

// demoFlows are about the example keys.
var demoFlows = []gridFlow{
	{name: "demo", action: "demo", many: true, halves: true, rows: true, done: "✓ 12 example keys stored",
		found: "the key is there", over: []string{"example key"}, prepare: func(s *stage) {},
		act: func(s *stage) string { return s.ask("demo") }, effect: demoKeys("+ ")},
	{name: "demo remove", action: "demo", many: true, halves: true, rows: true, done: "✓ 12 example keys removed",
		found: "the key is not there", over: []string{"example key"}, prepare: func(s *stage) { s.ask("demo") },
		act: func(s *stage) string { return s.ask("demo remove") }, effect: demoKeys("- ")},
}

// demoKeys are the names of the example keys, each with a sign.
func demoKeys(sign string) (lines []string) {
	for _, vendor := range []string{"acronis", "cw-manage", "datto-rmm", "duo", "fortigate", "huntress", "itglue",
		"meraki", "ninjaone", "proofpoint", "sentinelone", "unifi"} {
		lines = append(lines, sign+vendor+"--demo")
	}
	return lines
}

// tendFlows happen by themselves.
var tendFlows = []gridFlow{
	{name: "expiry of a link", done: "tended",
		prepare: func(s *stage) { s.have(); s.say("get meraki"); s.link("Reveal") },
		act:     func(s *stage) string { s.later(16 * time.Minute); return s.tended() },
		check: func(s *stage) {
			s.once("expire", audit.OK)
			if _, err := s.a.Desk.Claim(s.t.Context(), s.token(), nil); err == nil {
				s.t.Error("an expired link still gives the value")
			}
			if s.side != "chat" && !strings.Contains(s.final(), "Link expired") {
				s.t.Errorf("the card is %s", brief(s.final()))
			}
		}},
	{name: "reconciliation", done: "tended", prepare: func(s *stage) {
		s.have()
		interrupted(s.t, s.a, s.op("meraki"), "rotate", "meraki", "")
		interrupted(s.t, s.a, "another", "delete", "meraki", "")
		s.later(3 * time.Minute)
	}, act: (*stage).tended, check: func(s *stage) {
		if s.how.status == 404 {
			return // then the vault says that nothing is there, and nobody can know better
		}
		found := s.a.Log.Recent(1000, func(e audit.Event) bool { return e.Outcome == audit.Found })
		notes := map[string]string{}
		for _, e := range found {
			notes[e.Action] = e.Note
		}
		if len(found) != 2 || notes["rotate"] != "it was done" || notes["delete"] != "it was not done" {
			s.t.Errorf("found: %v", found)
		}
		if s.side == "chat" {
			return
		}
		if !slices.ContainsFunc(s.posts(), func(p string) bool { return strings.Contains(p, "How it ended") }) {
			s.t.Error("the person was not told how it ended")
		}
	}},
	{name: "sweep", done: "tended",
		prepare: func(s *stage) { s.have(); s.say("get meraki"); s.link("Reveal"); openLink(s) },
		act:     func(s *stage) string { s.later(2 * time.Hour); return s.tended() },
		check: func(s *stage) {
			s.wrote("sweep", audit.OK)
			for pages := s.client.NewListDeletedSecretPropertiesPager(nil); pages.More(); {
				page, err := pages.NextPage(s.t.Context())
				if err != nil {
					s.t.Fatal(err)
				}
				for _, p := range page.Value {
					if strings.HasPrefix(p.ID.Name(), "keydesk-link") {
						s.t.Error("an ended link was left")
					}
				}
			}
		}},
}

// tended is one round of what happens by itself.
func (s *stage) tended() string {
	s.a.Desk.Tend(s.t.Context(), time.Now())
	s.later(time.Second)
	return "tended"
}

// op is the operation that made a key as it is.
func (s *stage) op(name string) string {
	got, err := s.client.GetSecret(s.t.Context(), name, "", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return *got.Tags["op"]
}

// once: there is exactly one such event.
func (s *stage) once(action string, outcome audit.Outcome) {
	s.t.Helper()
	n := len(s.a.Log.Recent(1000, func(e audit.Event) bool { return e.Action == action && e.Outcome == outcome }))
	if n != 1 {
		s.t.Errorf("%d events %s %s, want 1", n, action, outcome)
	}
}
