package web_test

import (
	"context"
	"maps"
	"strings"
	"sync"
	"time"

	"keydesk/bot/desk"
	"keydesk/catalog"
)

// intakes is the part of the tests' desk that takes values in. It keeps what it was given.
type intakes struct {
	kind      string // add (the default), rotate or import
	hint      string // of the value's format; "" for a short one
	lookIn    error
	takeErr   error
	again     string
	asks      bool // what comes in waits for an admin, who reads why
	report    desk.SheetReport
	rowPauses chan struct{} // if set, one is taken before each row

	in      sync.Mutex
	tokens  []string
	entries []desk.Entry
	sheets  []string
}

func (l *intakes) LookIntake(_ context.Context, _ string) (desk.IntakeInfo, error) {
	info := desk.IntakeInfo{Kind: "add", Key: "ninjaone/<acme>", Vendor: `Ninja"One`,
		Portal: "Administration > Apps > API",
		Hint:   "40 letters", AskLabel: true, Endpoint: "https://{region}.ninjarmm.com",
		Values: map[string]string{"region": "eu"},
		Placeholders: []catalog.Placeholder{{Name: "region", What: "your region", Example: "app",
			Values: []string{"app", "eu"}},
			{Name: "host_name", What: "its host", Example: "x.contoso.com"}},
		Parts: []desk.IntakePart{{Name: "client_id", Title: "Client ID"},
			{Name: "private_key", Title: "Private key", Secret: true}},
		AskReason: l.asks, IntervalDays: 90, Expiry: "2027-06-30", Note: `for <Contoso>`, Holder: holder,
		Until: time.Date(2026, 11, 23, 10, 5, 0, 0, time.UTC)}
	if l.kind != "" {
		info.Kind = l.kind
	}
	if l.hint != "" {
		info.Hint = l.hint
	}
	return info, l.lookIn
}

func (l *intakes) Intake(
	_ context.Context, token string, who *catalog.Actor, e desk.Entry,
) (desk.Stored, error) {
	l.in.Lock()
	defer l.in.Unlock()
	if who != nil && who.ID != holder.ID {
		return desk.Stored{}, desk.ErrNotYours
	}
	e.Fields = maps.Clone(e.Fields)
	l.tokens, l.entries = append(l.tokens, token), append(l.entries, e)
	if l.takeErr != nil {
		err := l.takeErr
		l.takeErr = nil // the next try works
		return desk.Stored{Again: l.again}, err
	}
	return desk.Stored{Key: "ninjaone/acme", Preview: "ninja_••••0001", Waits: l.asks,
		Warnings: []string{"Client ID does not look like one."}}, nil
}

func (l *intakes) CheckSheet(
	_ context.Context, token string, _ *catalog.Actor, sheet []byte,
) (desk.SheetReport, error) {
	l.in.Lock()
	defer l.in.Unlock()
	l.tokens, l.sheets = append(l.tokens, token), append(l.sheets, string(sheet))
	return l.report, l.takeErr
}

func (l *intakes) ImportSheet(
	_ context.Context, token string, _ *catalog.Actor, sheet []byte, each func(desk.SheetRow),
) (desk.SheetReport, error) {
	l.in.Lock()
	l.tokens, l.sheets = append(l.tokens, token), append(l.sheets, string(sheet))
	l.in.Unlock()
	if l.takeErr != nil {
		return desk.SheetReport{Again: l.again}, l.takeErr
	}
	done := desk.SheetReport{Columns: l.report.Columns, Again: l.again}
	for _, r := range l.report.Rows {
		if r.Result == desk.RowNew {
			if l.rowPauses != nil {
				<-l.rowPauses
			}
			r.Result = desk.RowStored
			if strings.Contains(r.Key, "fails") {
				r.Result, r.Note = desk.RowFailed, "Key Vault does not answer right now."
			}
			if l.asks {
				r.Result, r.Note = desk.RowWaits, "Waits for another admin."
			}
			each(r)
		}
		done.Rows = append(done.Rows, r)
	}
	return done, nil
}
