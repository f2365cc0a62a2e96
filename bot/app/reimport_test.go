package app_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keydesk/bot/desk"
	"keydesk/vault"
)

// importPage opens a page for an import, and gives its token.
func (c *client) importPage() (card, string) {
	c.t.Helper()
	page, fault := c.press(admin, c.say(admin, "import"), "Use a secure page", nil)
	if fault != "" {
		c.t.Fatal(fault)
	}
	return page, tokenOf(c.t, page)
}

// TestImportNotKnownYet: Key Vault takes a value and its answers are cut. The row is not told as failed.
func TestImportNotKnownYet(t *testing.T) {
	s, f := newShared(t), &faulty{}
	a, stop := s.runFaulty(t, f)
	defer stop()
	c := connect(t, a)
	page, token := c.importPage()
	f.set("PUT key", fault{after: true})
	f.also("GET key")
	file := []byte("vendor,value\nmeraki,obviously-fake-0001\n")
	report, err := a.Desk.ImportSheet(t.Context(), token, nil, file, func(desk.SheetRow) {})
	f.set("", fault{})
	if err != nil || report.Again == "" || len(report.Rows) != 1 || report.Rows[0].Result != desk.RowUnclear ||
		!strings.Contains(report.Rows[0].Note, "not known yet") {
		t.Fatalf("%+v, %v", report, err)
	}
	c.await(t, page.id, "0 keys stored, 1 not known yet")
	report, err = a.Desk.ImportSheet(t.Context(), report.Again, nil, file, func(desk.SheetRow) {})
	if err != nil || report.Rows[0].Result != desk.RowSame && report.Rows[0].Result != desk.RowStored {
		t.Errorf("the next try: %+v, %v", report, err)
	}
	if n := s.versions(t, "meraki"); n != 1 {
		t.Errorf("%d versions", n)
	}
}

// TestImportOnTheOtherProcess: what one process has stored, the other tells as stored, although its memory is
// older; and what one has deleted is new to the other.
func TestImportOnTheOtherProcess(t *testing.T) {
	p := newPair(t)
	file := "vendor,label,value\n"
	for i := range 5 {
		file += fmt.Sprintf("meraki,site-%d,obviously-fake-%04d\n", i, i)
	}
	bring := func(on int, file, want string) {
		t.Helper()
		_, token := p.on[on].importPage()
		report, err := p.apps[on].Desk.ImportSheet(t.Context(), token, nil, []byte(file), func(desk.SheetRow) {})
		got := ""
		for _, r := range report.Rows {
			got += string(r.Result) + " "
		}
		if err != nil || got != want || report.Again != "" {
			t.Errorf("%q instead of %q: %+v, %v", got, want, report, err)
		}
	}
	bring(0, file, strings.Repeat("stored ", 5))
	bring(1, strings.Replace(file, "fake-0004", "other-0004", 1), strings.Repeat("same ", 4)+"taken ")
	p.later(t)
	for _, line := range []string{"delete meraki/site-0", "purge meraki/site-0"} {
		if _, fault := p.on[0].press(admin, p.on[0].say(admin, line), title(line), nil); fault != "" {
			t.Fatal(fault)
		}
	}
	_, token := p.on[1].importPage()
	report, err := p.apps[1].Desk.CheckSheet(t.Context(), token, nil, []byte(file))
	if err != nil || report.Rows[0].Result != desk.RowNew || report.Rows[1].Result != desk.RowSame {
		t.Errorf("a key was deleted on the other: %v, %v", rowsOf(report), err)
	}
}

// title is the button of a typed command.
func title(line string) string { return strings.ToUpper(line[:1]) + strings.Fields(line[1:])[0] }

// TestPEMIsOneValue: the same file is the same value by a card, by the page and by an import.
func TestPEMIsOneValue(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	const pem = "-----BEGIN PRIVATE KEY-----\r\nobviously-fake\r\n-----END PRIVATE KEY-----\r\n"
	if _, fault := c.press(admin, c.say(admin, "add meraki/card"), "Save to Vault",
		map[string]string{"part.api_key": pem}); fault != "" {
		t.Fatal(fault)
	}
	_, token := c.pageFor("add meraki/page")
	in := desk.Entry{Parts: vault.Parts{"api_key": vault.NewSecret(pem)}}
	if _, err := a.Desk.Intake(t.Context(), token, nil, in); err != nil {
		t.Fatal(err)
	}
	_, token = c.importPage()
	file := "vendor,label,value\nmeraki,card,\"" + pem + "\"\nmeraki,page,\"" + pem + "\"\n"
	report, err := a.Desk.CheckSheet(t.Context(), token, nil, []byte(file))
	if got := strings.Join(rowsOf(report), ", "); err != nil ||
		!strings.HasPrefix(got, "2 meraki/card same, ") ||
		!strings.HasSuffix(got, " meraki/page same") {
		t.Errorf("%s, %v", got, err)
	}
}

// TestImportOutlivesThePage: the tab is closed in the middle; all is stored, and the card tells.
func TestImportOutlivesThePage(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	page, _ := c.importPage()
	file := "vendor,label,value\n"
	for i := range 60 {
		file += fmt.Sprintf("meraki,site-%d,obviously-fake-%04d\n", i, i)
	}
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, page.urls["Open"], strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "text/csv")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(res.Body).ReadString('\n')
	if err != nil || !strings.Contains(line, `"stored"`) {
		t.Errorf("%q, %v", line, err)
	}
	leave()
	res.Body.Close()
	c.await(t, page.id, "Import: 60 keys stored")
	if n := len(a.Vault.Keys()); n != 60 {
		t.Errorf("%d keys", n)
	}
}
