package web_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"keydesk/bot/desk"
)

// sizes are what the pages are looked at in.
var sizes = []struct {
	name          string
	width, height int64
	scheme        string
}{{"wide-light", 1280, 900, "light"}, {"phone-dark", 390, 844, "dark"}}

// tooWide is a complaint about a page that does not fit into the width of the window.
const tooWide = `document.documentElement.scrollWidth > innerWidth ? "the page is too wide" : ""`

// manyRows is a sheet of 200 rows, some of which need a look.
func manyRows() desk.SheetReport {
	r := desk.SheetReport{Columns: sheetReport().Columns}
	for i := range 200 {
		row := desk.SheetRow{Line: i + 2, Key: fmt.Sprintf("fortigate/a-customer-with-a-long-name-%d", i),
			Result: desk.RowNew}
		switch {
		case i%67 == 3:
			row.Result, row.Note = desk.RowWrong, "API key is an address. Is the value in the column of the address?"
		case i == 60:
			row.Key, row.Result, row.Note = "", desk.RowWrong,
				"The vendor is not known. Did you mean NinjaOne? Write ninjaone."
		case i%50 == 7:
			row.Key += "-fails"
		}
		r.Rows = append(r.Rows, row)
	}
	return r
}

// TestClumsyImport: 200 rows, a double click on Store, leaving in the middle, the rows that need a look by
// themselves.
func TestClumsyImport(t *testing.T) {
	for _, size := range sizes {
		t.Run(size.name, func(t *testing.T) {
			l := &links{intakes: intakes{kind: "import", report: manyRows(), rowPauses: make(chan struct{}),
				again: nextToken}}
			ctx := openIntake(t, start(t, l, nil, nil), "#drop")
			sized(t, ctx, size.width, size.height, size.scheme)
			picture(t, ctx, size.name+"-import-1-choose")
			choose(t, ctx, "#file", "keys of Contoso.csv", "vendor,value\r\nmeraki,obviously-fake\r\n")
			do(t, ctx, visible("#store"))
			picture(t, ctx, size.name+"-import-2-preview")
			is(t, ctx, `document.activeElement.id + "|" + document.activeElement.tagName`, "name|H1")
			is(t, ctx, `document.getElementById("counts").textContent`, "200 rows: 196 new · 4 with a mistake")
			is(t, ctx, tooWide, "")
			do(t, ctx, click("#odd"))
			is(t, ctx, `String([...document.querySelectorAll("#rows tr")].filter((r) => r.offsetParent).length)`, "4")
			picture(t, ctx, size.name+"-import-3-odd")
			is(t, ctx, leaves, "leaves")
			script(t, ctx, `document.getElementById("store").click(); document.getElementById("store").click(); ""`)
			for range 50 {
				l.rowPauses <- struct{}{}
			}
			waitFor(t, ctx, `document.getElementById("so-far").textContent`, "50 of 196 keys done")
			is(t, ctx, leaves, "stays")
			is(t, ctx, `String(document.getElementById("how-far").position.toFixed(2))`, "0.26")
			picture(t, ctx, size.name+"-import-4-storing")
			for range 146 {
				l.rowPauses <- struct{}{}
			}
			waitFor(t, ctx, `document.getElementById("name").textContent`, "192 keys stored")
			is(t, ctx, `document.activeElement.id`, "name")
			is(t, ctx, `document.getElementById("store").textContent`, "Try 4 keys again")
			is(t, ctx, leaves, "leaves")
			picture(t, ctx, size.name+"-import-5-stored")
			if n := len(l.sheets); n != 2 {
				t.Errorf("the file was sent %d times", n)
			}
		})
	}
}

// leaves says whether the page may be left without a question.
const leaves = `(() => { const e = new Event("beforeunload", { cancelable: true }); dispatchEvent(e);
	return e.defaultPrevented ? "stays" : "leaves"; })()`

// is checks what a script gives.
func is(t *testing.T, ctx context.Context, js, want string) {
	t.Helper()
	if got := script(t, ctx, js); got != want {
		t.Errorf("%s\nis %q, want %q", js, got, want)
	}
}

// TestImportThatEndsBadly: a link that has ended while the file was looked at, a connection that breaks, and
// a file that is chosen again.
func TestImportThatEndsBadly(t *testing.T) {
	l := &links{intakes: intakes{kind: "import", report: sheetReport()}}
	ctx := openIntake(t, start(t, l, nil, nil), "#drop")
	const file = "vendor,value\r\nmeraki,obviously-fake\r\n"
	for range 2 {
		choose(t, ctx, "#file", "keys.csv", file)
		do(t, ctx, visible("#store"))
		do(t, ctx, click("#other"), visible("#choose"))
	}
	choose(t, ctx, "#file", "keys.csv", file)
	do(t, ctx, visible("#store"))
	is(t, ctx, `String(document.querySelectorAll("#rows tr").length)`, "5")
	l.in.Lock()
	l.takeErr = desk.ErrGone
	l.in.Unlock()
	do(t, ctx, click("#store"), visible("#problem"))
	got := script(t, ctx, `document.getElementById("problem").textContent`)
	if !strings.Contains(got, "Use a secure page") {
		t.Errorf("a link that has ended: %q", got)
	}
	picture(t, ctx, "import-ended")
	script(t, ctx, `window.fetch = () => Promise.reject(new TypeError("offline")); ""`)
	do(t, ctx, click("#store"), visible("#result"))
	got = script(t, ctx, `document.getElementById("problem").textContent`)
	if !strings.Contains(got, "stores nothing twice") {
		t.Errorf("a broken connection: %q", got)
	}
}

// TestUnclearRows: what is not known yet is neither stored nor failed, on the page and in the file.
func TestUnclearRows(t *testing.T) {
	report := desk.SheetReport{Columns: sheetReport().Columns, Rows: []desk.SheetRow{
		{Line: 2, Key: "meraki", Result: desk.RowUnclear, Note: "It is not known yet."},
		{Line: 3, Key: "unifi", Result: desk.RowNew}}}
	l := &links{intakes: intakes{kind: "import", report: report, again: nextToken}}
	ctx := openIntake(t, start(t, l, nil, nil), "#drop")
	choose(t, ctx, "#file", "keys of Contoso.csv", "vendor,value\r\nmeraki,obviously-fake\r\n")
	do(t, ctx, visible("#store"), click("#store"), visible("#result"))
	is(t, ctx, `document.getElementById("counts").textContent`, "2 rows: 1 stored · 1 not known yet")
	is(t, ctx, `document.getElementById("store").textContent`, "Try 1 key again")
	script(t, ctx, `URL.createObjectURL = (b) => { window.saved = b; return "blob:x"; };
		HTMLAnchorElement.prototype.click = function () { window.savedAs = this.download; }; ""`)
	do(t, ctx, click("#result"))
	is(t, ctx, `window.savedAs`, "keys of Contoso - Keydesk result.csv")
	got := script(t, ctx, `window.saved.text()`)
	if !strings.Contains(got, `"2","meraki","not known yet","It is not known yet."`) {
		t.Errorf("the file: %q", got)
	}
}
