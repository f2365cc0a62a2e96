package web_test

import (
	"context"
	"strings"
	"testing"

	"keydesk/bot/desk"

	"github.com/chromedp/chromedp"
)

// nextToken is the link to go on with.
const nextToken = "next_token_next_token_next_token_next_token"

const pemKey = "-----BEGIN PRIVATE KEY-----\nobviously-fake-line-1\nobviously-fake-line-2\n" +
	"-----END PRIVATE KEY-----\n"

// area is the field of several lines.
const area = `document.querySelector("textarea")`

// openIntake opens the intake page of w in Chromium.
func openIntake(t *testing.T, w *world, ready string) context.Context {
	t.Helper()
	ctx := browse(t, w)
	do(t, ctx, chromedp.Navigate(w.url+"/i/"+token), visible(ready))
	return ctx
}

// TestEnteringAKey: typed, refused with everything left as it was, stored with the next link, and gone from
// the page.
func TestEnteringAKey(t *testing.T) {
	l := &links{intakes: intakes{takeErr: desk.ErrUnavailable, again: nextToken}}
	w := start(t, l, nil, nil)
	ctx := openIntake(t, w, "#save")
	do(t, ctx, typed(`[data-field="label"]`, "acme"),
		typed(`[data-part="client_id"] input`, "obviously-fake-id"))
	is(t, ctx, `document.querySelector('[data-part="private_key"] input').type`, "password")
	choose(t, ctx, `[data-part="private_key"] input[type=file]`, "key.pem", pemKey)
	do(t, ctx, visible("textarea"))
	is(t, ctx, area+`.className + "|" + `+area+`.value`, "masked|"+pemKey)
	do(t, ctx, click("#save"), visible("#problem"))
	is(t, ctx, `document.activeElement.id + "|" + `+area+`.value + "|" + location.pathname`,
		"problem|"+pemKey+"|/i/"+l.again)
	do(t, ctx, click("#save"), visible("#done"))
	if page := script(t, ctx, everything); strings.Contains(page, "obviously-fake") ||
		!strings.Contains(page, "ninjaone/acme") {
		t.Error("the page still has what was entered, or does not say what was stored")
	}
	l.in.Lock()
	defer l.in.Unlock()
	if len(l.entries) != 2 || l.tokens[1] != l.again {
		t.Fatalf("%d entries, with %v", len(l.entries), l.tokens)
	}
	e := l.entries[1]
	if e.Parts["private_key"].Expose() != pemKey || e.Parts["client_id"].Expose() != "obviously-fake-id" ||
		e.Fields["label"] != "acme" ||
		e.Fields["endpoint.region"] != "eu" || e.Fields["interval"] != "90" || e.Fields["expiry"] != "2027-06-30" {
		t.Errorf("the desk got %+v", e.Fields)
	}
}

// longHint is longer than any of the catalog's, with a word that has no end.
var longHint = strings.Repeat("40 letters and digits, as the portal shows them once, then a dash; ", 6) +
	strings.Repeat("x", 90)

// TestEveryWindow: the page fits into narrow and wide windows, also with a long hint, a file and a long
// refusal.
func TestEveryWindow(t *testing.T) {
	for _, size := range sizes {
		t.Run(size.name, func(t *testing.T) {
			l := &links{intakes: intakes{kind: "rotate", hint: longHint, takeErr: desk.ErrUnavailable}}
			ctx := openIntake(t, start(t, l, nil, nil), "#save")
			sized(t, ctx, size.width, size.height, size.scheme)
			picture(t, ctx, size.name+"-enter-1")
			is(t, ctx, tooWide, "")
			choose(t, ctx, `[data-part="private_key"] input[type=file]`, "key.pem", pemKey+strings.Repeat("x", 300))
			do(t, ctx, visible("textarea"))
			picture(t, ctx, size.name+"-enter-2-file")
			do(t, ctx, click("#save"), visible("#problem"))
			picture(t, ctx, size.name+"-enter-3-refused")
			is(t, ctx, tooWide, "")
			do(t, ctx, click("#save"), visible("#done"))
			picture(t, ctx, size.name+"-enter-4-stored")
		})
	}
}

// TestSecretFields: shown and covered, one line and several, and no file that is none of text.
func TestSecretFields(t *testing.T) {
	ctx := openIntake(t, start(t, &links{}, nil, nil), "#save")
	const box = `[data-part="private_key"] `
	do(t, ctx, typed(box+"input", "one"), click(box+`[data-do="show"]`))
	if got := script(t, ctx, `document.querySelector('`+box+`input').type`); got != "text" {
		t.Errorf("shown, it is a %s field", got)
	}
	do(t, ctx, click(box+`[data-do="lines"]`), visible(box+"textarea"), typed(box+"textarea", "\ntwo"))
	is(t, ctx, area+`.value + "|" + `+area+`.className`, "one\ntwo|")
	do(t, ctx, click(box+`[data-do="lines"]`), visible(box+"input:not([type=file])"))
	if got := script(t, ctx, `document.querySelector('`+box+`input').value`); got != "one two" {
		t.Errorf("one line again: %q", got)
	}
	choose(t, ctx, box+"input[type=file]", "key.der", "\x30\x82\x00\xff\xfe")
	do(t, ctx, visible("#problem"))
	got := script(t, ctx, `document.getElementById("problem").textContent`)
	if !strings.Contains(got, "no text") {
		t.Errorf("a binary file: %q", got)
	}
}

// TestImportingInTheBrowser: the preview, the progress, what failed tried again, and the result as a file.
func TestImportingInTheBrowser(t *testing.T) {
	l := &links{intakes: intakes{kind: "import", report: sheetReport(), rowPauses: make(chan struct{}),
		again: nextToken}}
	w := start(t, l, nil, nil)
	ctx := openIntake(t, w, "#drop")
	choose(t, ctx, "#file", "keys.csv", "vendor,value\r\nmeraki,obviously-fake\r\n")
	do(t, ctx, visible("#store"))
	is(t, ctx, `document.getElementById("store").textContent`, "Store 2 keys")
	is(t, ctx, `document.getElementById("columns").textContent`,
		"Columns: Vendor → vendor, API key → value. Not used: Colour.")
	if len(l.sheets) != 1 {
		t.Error("the preview stored something")
	}
	do(t, ctx, click("#store"))
	l.rowPauses <- struct{}{}
	waitFor(t, ctx, `document.getElementById("so-far").textContent`, "1 of 2 keys done")
	l.rowPauses <- struct{}{}
	waitFor(t, ctx, `document.getElementById("store").textContent`, "Try 1 key again")
	is(t, ctx, `document.getElementById("counts").textContent`, "5 rows: 1 stored · 1 stored before · "+
		"1 stored with another value, left alone · 1 with a mistake · 1 not stored")
	is(t, ctx, `location.pathname`, "/i/"+l.again)
	script(t, ctx, `URL.createObjectURL = (b) => { window.saved = b; return "blob:x"; };
		HTMLAnchorElement.prototype.click = () => {}; ""`)
	do(t, ctx, click("#result"))
	want := "\ufeff\"line\",\"key\",\"result\",\"note\"\r\n\"2\",\"meraki/contoso\",\"stored\",\"\"\r\n"
	got := script(t, ctx, `window.saved.text().then((t) => "\ufeff" + t.replace("\ufeff", ""))`)
	if !strings.HasPrefix(got, want) || !strings.Contains(got, `"'=The vendor`) {
		t.Errorf("the result is %q", got)
	}
	if page := script(t, ctx, everything); strings.Contains(page, "obviously-fake") {
		t.Error("the page shows a value")
	}
}

// waitFor waits until a script gives a text.
func waitFor(t *testing.T, ctx context.Context, js, want string) {
	t.Helper()
	script(t, ctx, `new Promise((done) => { const look = () =>
		(`+js+`) === `+quoted(want)+` ? done("") : requestAnimationFrame(look); look(); })`)
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }
