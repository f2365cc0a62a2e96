package cards_test

import (
	"maps"
	"strings"
	"time"

	"keydesk/cards"
	"keydesk/catalog"
)

// views is one card of every kind, filled with some text wherever people or vendors can write.
func views(some func(limit int) string, vendor *catalog.Vendor) map[string]cards.Card {
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	key := catalog.Key{Name: catalog.KeyName{Vendor: "ninjaone", Label: some(40)},
		Endpoint: map[string]string{"region": some(40)}, Preview: "ninja_••••••••••••5f2a",
		IntervalDays: 90, Expiry: catalog.Date{Year: 2027, Month: 6, Day: 30}, Rotated: at,
		RotatedBy: catalog.Person{ID: "1", Name: some(128)}, Owner: catalog.Person{ID: "2", Name: some(128)},
		Note: some(256), Version: "0123456789abcdef0123456789abcdef", Enabled: true}
	due := catalog.Due{Status: catalog.DueSoon, Date: key.Expiry, Days: 3, Next: key.Expiry}
	buttons := []cards.Button{{Title: "Get", Verb: "get", Data: map[string]string{"key": key.Name.String()}},
		{Title: "Next", Verb: "keys", Data: map[string]string{"filter": some(100), "page": "2"}}}
	keys := cards.KeysView{Filter: some(100), Page: 1, Pages: 5, Buttons: buttons,
		Counts: cards.Counts{Total: 40, OK: 30, Due: 4, Overdue: 3, Expiring: 2, Expired: 1}}
	vendors := cards.VendorsView{Filter: some(100), Total: 32, Page: 1, Pages: 4, Buttons: buttons}
	history := cards.HistoryView{Key: key, Vendor: vendor, Page: 1, Pages: 2, Buttons: buttons}
	log := cards.AuditView{Title: "The last events", Since: at, Page: 1, Pages: 9, Buttons: buttons}
	for range 8 {
		keys.Rows = append(keys.Rows, cards.KeyRow{Key: key, Vendor: vendor, Due: due, Buttons: buttons})
		if vendor != nil {
			vendors.Rows = append(vendors.Rows, cards.VendorRow{Vendor: vendor, Keys: 2, Due: due, Buttons: buttons})
		}
		history.Rows = append(history.Rows, cards.HistoryRow{Version: key.Version, Current: true, Enabled: true,
			At: at, By: some(128), Preview: key.Preview})
		log.Rows = append(log.Rows, cards.AuditRow{At: at, Action: "rotate", Outcome: "ok",
			Who: some(128), Key: key.Name.String(), Note: some(256)})
	}
	passes := cards.PassesView{Title: "Passes", Total: 20, Page: 1, Pages: 3, Buttons: buttons}
	for i := range 8 {
		passes.Rows = append(passes.Rows, cards.PassRow{Key: key.Name.String(), Vendor: "NinjaOne", Holder: some(128),
			PassLine: cards.PassLine{By: some(128), From: at, Until: at, Once: i%2 == 0}, Buttons: buttons})
	}
	choose := cards.ChooseView{Title: "Add a key", Text: "Which vendor is it for?",
		Input: "vendor", Placeholder: "Type to filter", Buttons: buttons[:1]}
	for range 200 {
		choose.Choices = append(choose.Choices, cards.Choice{Title: key.Name.Vendor + "/" + some(40),
			Value: key.Name.Vendor + "/" + strings.Repeat("x", 40)})
	}
	all := map[string]cards.Card{
		"notice": cards.Notice(cards.NoticeView{Tone: cards.Warn, Title: some(100), Text: some(400),
			Lines: []string{some(200), some(200)}, Facts: []cards.Fact{{Title: "Roles", Value: some(200)}},
			Moments: []cards.Moment{{Title: "Pass", Text: some(40) + " until", At: at}},
			Buttons: buttons, Ref: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}),
		"help": cards.Help(cards.HelpView{Name: some(128), Roles: catalog.RolesOf(catalog.Admin, catalog.L2),
			Commands: []cards.HelpCommand{{Usage: "get <key> [reason]", What: "a link that shows the value once"}},
			Examples: []string{"add ninja", "get sentinelone ticket 4711"}, Buttons: buttons, Hint: some(200)}),
		"choose":  cards.Choose(choose),
		"vendors": cards.Vendors(vendors),
		"keys":    cards.Keys(keys),
		"history": cards.History(history),
		"audit":   cards.Audit(log),
		"key": cards.Key(cards.KeyView{Key: key, Vendor: vendor, Due: due,
			Endpoint: some(200), Missing: []string{"region"},
			Address: "https://sandbox.vault.localhost/secrets/ninjaone",
			Access:  catalog.RolesOf(catalog.Admin), Buttons: buttons}),
		"saved": cards.Saved(cards.SavedView{Title: "Stored", Key: key, Vendor: vendor, Due: due,
			Warnings: []string{some(300)}, Buttons: buttons, Ref: "ABC"}),
		"get": cards.Get(cards.GetView{Key: key, Vendor: vendor, Reason: some(256), TTL: 5 * time.Minute,
			Buttons: buttons}),
		"pass": cards.Get(cards.GetView{Key: key, Vendor: vendor, TTL: 5 * time.Minute, Buttons: buttons,
			Pass: cards.PassLine{By: some(128), From: at, Until: at}}),
		"passes":      cards.Passes(passes),
		"passes-none": cards.Passes(cards.PassesView{Title: "Your passes", Hint: some(200)}),
		"link": cards.Link(cards.LinkView{Key: key, Vendor: vendor, Until: at, Buttons: buttons,
			URL: "https://keydesk.contoso.com/r/" + strings.Repeat("t", 43)}),
		"page": cards.Page(cards.PageView{Title: "Enter the key of " + some(40), Text: some(300),
			Until: at, Buttons: buttons,
			URL: "https://keydesk.contoso.com/i/" + strings.Repeat("t", 43)}),
		"end": cards.LinkEnd(cards.LinkEndView{Key: key.Name, Vendor: vendor, State: "revealed", At: at,
			Buttons: buttons}),
	}
	all["ask"] = cards.Ask(cards.AskView{Title: "Edit " + some(40), Text: some(400),
		Buttons: buttons, Inputs: []cards.Input{
			{ID: "label", Label: "Label", Value: some(40), Max: 40},
			{ID: "parts", Label: "Parts, one a line", Kind: cards.Lines, Value: some(200)},
			{ID: "interval", Label: "Rotate every (days)", Kind: cards.Number, Value: "90"},
			{ID: "expiry", Label: "Expiry", Kind: cards.Day, Value: "2027-06-30"},
			{ID: "owner", Label: "Owner", Kind: cards.OneOf, Required: true, Value: "2",
				Choices: []cards.Choice{{Title: some(128), Value: "2"}, {Title: some(60), Value: "3"}}}}})
	access := cards.RoleAccessView{Role: catalog.L1, Filter: some(100), Open: 7, Total: 40, Page: 1, Pages: 4,
		Tone: cards.Warn, Said: some(200), Lines: []string{some(200)}, Buttons: buttons, Ref: "ABC"}
	for i := range 12 {
		one := key
		one.Name = catalog.KeyName{Vendor: "ninjaone", Label: strings.Repeat("x", 28) + string(rune('a'+i))}
		one.Roles = []catalog.Roles{0, catalog.RolesOf(catalog.Admin, catalog.L1)}[i%2]
		access.Rows = append(access.Rows, cards.AccessRow{Key: one, Vendor: vendor, Open: i%2 > 0})
	}
	all["access-role"] = cards.RoleAccess(access)
	all["access-key"] = cards.KeyAccess(cards.KeyAccessView{Key: access.Rows[1].Key, Vendor: vendor,
		Access: catalog.RolesOf(catalog.Admin, catalog.L1), Default: catalog.RolesOf(catalog.Admin, catalog.L2),
		Tone: cards.Good, Said: some(200), Buttons: buttons, Ref: "ABC"})
	maps.Copy(all, requestViews(some))
	if vendor != nil {
		form := cards.FormView{Verb: "add", Name: key.Name, AskLabel: true, Vendor: vendor, Op: "ABC",
			IntervalDays: 90, Expiry: key.Expiry, Note: some(256),
			Endpoint: map[string]string{"region": some(40)}, Lines: []string{some(200)},
			Data: map[string]string{"key": "ninjaone", "step": "save", "op": "ABC"},
			Page: map[string]string{"key": "ninjaone", "step": "page"}}
		for _, p := range vendor.Parts {
			form.Parts = append(form.Parts, cards.FormPart{Part: p, Value: map[bool]string{false: some(100)}[p.Secret]})
		}
		all["form"] = cards.Form(form)
	}
	return all
}
