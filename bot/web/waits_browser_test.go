package web_test

import (
	"strings"
	"testing"

	"keydesk/bot/desk"
)

// waitSizes are the windows in which what waits is looked at.
var waitSizes = []struct {
	name          string
	width, height int64
	scheme        string
}{{"wide-light", 1280, 900, "light"}, {"wide-dark", 1280, 900, "dark"},
	{"narrow-light", 320, 640, "light"}, {"narrow-dark", 320, 640, "dark"}}

// TestEnteringWhatWaits: the page asks why, sends nothing without a reason, keeps what was typed, and says
// that it waits and is not stored.
func TestEnteringWhatWaits(t *testing.T) {
	for _, size := range waitSizes {
		t.Run(size.name, func(t *testing.T) {
			l := &links{intakes: intakes{kind: "rotate", asks: true}}
			ctx := openIntake(t, start(t, l, nil, nil), "#save")
			sized(t, ctx, size.width, size.height, size.scheme)
			is(t, ctx, `document.querySelector("label:has(#reason) span").textContent`,
				"Why, for the admin who decides")
			is(t, ctx, `String(document.getElementById("reason").required)`, "true")
			is(t, ctx, `String(document.getElementById("enter").textContent.includes(
				"waits in the vault until an admin has decided"))`, "true")
			do(t, ctx, typed(`[data-part="private_key"] input`, "obviously-fake"))
			for _, why := range []string{"", ".", "4711 4711 4711", " abc defg"} {
				script(t, ctx, `document.getElementById("reason").value = `+quoted(why)+`; ""`)
				do(t, ctx, click("#save"), visible("#problem"))
			}
			is(t, ctx, `document.getElementById("problem").textContent`,
				"Say why in at least 8 letters, for example the ticket and what it is about.")
			is(t, ctx, `document.querySelector('[data-part="private_key"] input').value`, "obviously-fake")
			picture(t, ctx, size.name+"-waits-1-why")
			is(t, ctx, tooWide, "")
			if len(l.entries) > 0 {
				t.Fatal("without a reason something was sent")
			}
			script(t, ctx, `document.getElementById("reason").value = ""; ""`)
			do(t, ctx, typed("#reason", "renewed, ticket 4711 "), click("#save"), visible("#done"))
			picture(t, ctx, size.name+"-waits-2-done")
			is(t, ctx, tooWide, "")
			is(t, ctx, `document.activeElement.textContent`, "Waits for an admin")
			page := script(t, ctx, `document.querySelector("main").innerText`)
			if strings.Contains(page, "Stored") {
				t.Errorf("the page says %s", page)
			}
			for _, want := range []string{"You hear from Keydesk in Teams.", "ninja_••••0001", "not look like one"} {
				if !strings.Contains(page, want) {
					t.Errorf("the page misses %q: %s", want, page)
				}
			}
			l.in.Lock()
			defer l.in.Unlock()
			if len(l.entries) != 1 || l.entries[0].Fields["reason"] != "renewed, ticket 4711" {
				t.Errorf("the desk got %d entries", len(l.entries))
			}
		})
	}
}

// TestStoredSaysStored: what waits for nobody asks for no reason and is stored.
func TestStoredSaysStored(t *testing.T) {
	ctx := openIntake(t, start(t, &links{}, nil, nil), "#save")
	is(t, ctx, `String(document.getElementById("reason"))`, "null")
	do(t, ctx, click("#save"), visible("#done"))
	is(t, ctx, `document.activeElement.textContent`, "✓ Stored")
	is(t, ctx, `String(document.querySelector("main").innerText.includes("You hear"))`, "false")
}

// TestImportThatWaits: rows that wait are no rows to try again, and stand as such in the result.
func TestImportThatWaits(t *testing.T) {
	for _, size := range waitSizes {
		t.Run(size.name, func(t *testing.T) {
			l := &links{intakes: intakes{kind: "import", report: sheetReport(), asks: true}}
			ctx := openIntake(t, start(t, l, nil, nil), "#drop")
			sized(t, ctx, size.width, size.height, size.scheme)
			choose(t, ctx, "#file", "keys.csv", "vendor,value\r\nmeraki,obviously-fake\r\n")
			do(t, ctx, visible("#store"), click("#store"), visible("#result"))
			picture(t, ctx, size.name+"-waits-3-import")
			is(t, ctx, tooWide, "")
			is(t, ctx, `document.getElementById("name").textContent`, "2 keys wait for an admin")
			is(t, ctx, `document.getElementById("counts").textContent`, "5 rows: 2 waiting for an admin · "+
				"1 stored before · 1 stored with another value, left alone · 1 with a mistake")
			is(t, ctx, `String(document.getElementById("store").hidden)`, "true")
			is(t, ctx, `document.getElementById("status").textContent`,
				"You hear from Keydesk in Teams. You can close this page.")
			script(t, ctx, `URL.createObjectURL = (b) => { window.saved = b; return "blob:x"; };
				HTMLAnchorElement.prototype.click = () => {}; ""`)
			do(t, ctx, click("#result"))
			got := script(t, ctx, `window.saved.text()`)
			if !strings.Contains(got, `"2","meraki/contoso","waits","Waits for another admin."`) {
				t.Errorf("the file: %q", got)
			}
		})
	}
}

// TestEveryResultHasAWord: a row of any result can be shown.
func TestEveryResultHasAWord(t *testing.T) {
	report := desk.SheetReport{Columns: sheetReport().Columns}
	for i, r := range []desk.SheetResult{desk.RowNew, desk.RowSame, desk.RowTaken, desk.RowWrong,
		desk.RowStored, desk.RowFailed, desk.RowUnclear, desk.RowWaits} {
		report.Rows = append(report.Rows, desk.SheetRow{Line: i + 2, Key: "meraki", Result: r})
	}
	l := &links{intakes: intakes{kind: "import", report: report}}
	ctx := openIntake(t, start(t, l, nil, nil), "#drop")
	choose(t, ctx, "#file", "keys.csv", "vendor,value\r\nmeraki,obviously-fake\r\n")
	do(t, ctx, visible("#store"))
	is(t, ctx, `String(document.querySelectorAll("#rows tr").length)`, "8")
}
