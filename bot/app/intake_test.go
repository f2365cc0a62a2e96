package app_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"keydesk/bot/app"
	"keydesk/bot/config"
	"keydesk/bot/desk"
	"keydesk/catalog"
	"keydesk/vault"
)

// tokenOf is the token of the page's link on a card.
func tokenOf(t testing.TB, page card) string {
	t.Helper()
	url := page.urls["Open"]
	at := strings.LastIndex(url, "/i/")
	if at < 0 {
		t.Fatalf("no link to a page: %s", page.json)
	}
	return url[at+len("/i/"):]
}

// pageFor opens a form and asks for its page instead.
func (c *client) pageFor(line string) (card, string) {
	c.t.Helper()
	form := c.say(admin, line)
	page, fault := c.press(admin, form, "Use a secure page", nil)
	if fault != "" {
		c.t.Fatal(fault)
	}
	return page, tokenOf(c.t, page)
}

func entered(secret string, fields ...string) desk.Entry {
	e := desk.Entry{Fields: map[string]string{}, Parts: vault.Parts{"client_id": vault.NewSecret(clientID),
		"client_secret": vault.NewSecret(secret)}}
	for i := 0; i < len(fields); i += 2 {
		e.Fields[fields[i]] = fields[i+1]
	}
	return e
}

// TestIntake: the page begins with what the form had, a mistake uses nothing up, and what is entered is
// stored once.
func TestIntake(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	ctx := t.Context()
	page, token := c.pageFor("add ninja/contoso interval=30 note='for Contoso' region=eu")
	wants(t, "the card", page, "Add a key of NinjaOne", "It works once", "Open")
	info, err := a.Desk.LookIntake(ctx, token)
	if err != nil || info.Kind != "add" || info.Key != "ninjaone/contoso" || info.IntervalDays != 30 ||
		info.Note != "for Contoso" ||
		info.Values["region"] != "eu" || len(info.Parts) != 2 || !info.Parts[1].Secret || info.Holder.ID != admin {
		t.Errorf("%+v, %v", info, err)
	}
	for _, bad := range []struct {
		in   desk.Entry
		want string
	}{
		{entered(""), "Client secret is empty."},
		{entered(firstKey, "interval", "0"), "from 1 to 3650"},
		{entered(firstKey, "note", fakeKey), "looks as if it held a key"},
		{entered(firstKey, "endpoint.region", "evil.example/"), "region"},
		{entered(firstKey + strings.Repeat("x", 17<<10)), "16 KB"},
	} {
		s, err := a.Desk.Intake(ctx, token, nil, bad.in)
		if err == nil || !strings.Contains(desk.Sentence(err), bad.want) {
			t.Errorf("%v: %+v", err, s)
		}
		if s.Again != "" {
			token = s.Again
		} else if !errors.Is(err, desk.ErrMistake) {
			t.Errorf("not a mistake: %v", err)
		}
	}
	other := &catalog.Actor{Person: catalog.Person{ID: secondAdmin, Name: "Second Admin"}}
	if _, err := a.Desk.Intake(ctx, token, other, entered(firstKey)); !errors.Is(err, desk.ErrNotYours) {
		t.Errorf("somebody else: %v", err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var won []desk.Stored
	for range 10 {
		wg.Go(func() {
			s, err := a.Desk.Intake(ctx, token, nil, entered(firstKey, "interval", "30", "note", "for Contoso"))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won = append(won, s)
			} else if !errors.Is(err, desk.ErrGone) {
				t.Errorf("a racing entry: %v", err)
			}
		})
	}
	wg.Wait()
	if len(won) != 1 || won[0].Key != "ninjaone/contoso" || !strings.HasSuffix(won[0].Preview, "0001") {
		t.Errorf("%+v", won)
	}
	c.await(t, page.id, "✓ Stored")
	wants(t, "the key", c.say(admin, "key ninja/contoso"), "for Contoso", "30 days", "••••0001")

	// A rotation: public parts may stay, and somebody who was faster is named.
	page, token = c.pageFor("rotate ninja/contoso")
	latePage, late := c.pageFor("rotate ninja/contoso") // withdraws the first
	if _, err := a.Desk.LookIntake(ctx, token); !errors.Is(err, desk.ErrGone) {
		t.Errorf("the first page: %v", err)
	}
	if _, fault := c.press(secondAdmin, c.say(secondAdmin, "rotate ninja/contoso"), "Save to Vault",
		with("part.client_secret", "obviously-fake-secret-CCCC-0003")); fault != "" {
		t.Fatal(fault)
	}
	s, err := a.Desk.Intake(ctx, late, nil, entered(secondKey))
	if !errors.Is(err, desk.ErrMistake) || s.Again != "" ||
		!strings.Contains(desk.Sentence(err), "Second Admin changed ninjaone/contoso") {
		t.Errorf("%+v, %v", s, err)
	}
	c.await(t, latePage.id, "Page closed")
	_, token = c.pageFor("rotate ninja/contoso")
	s, err = a.Desk.Intake(ctx, token, nil, desk.Entry{Fields: map[string]string{"interval": "60"},
		Parts: vault.Parts{"client_secret": vault.NewSecret(secondKey)}})
	if err != nil || !strings.HasSuffix(s.Preview, "0002") {
		t.Errorf("%+v, %v", s, err)
	}
	link, _ := c.press(l1, c.say(l1, "get ninja/contoso"), "Reveal", nil)
	if got := claim(t, link.urls["Open"], 200); !strings.Contains(got, secondKey) ||
		!strings.Contains(got, clientID) {
		t.Error("the rotation did not keep the public part, or has another value")
	}
}

// TestPageOnly: with KEYDESK_INTAKE=page no value comes in by a card.
func TestPageOnly(t *testing.T) {
	a, stop := runWith(t, app.Config{Settings: config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0",
		Data:    t.TempDir(),
		LinkTTL: 300e9, IntakePage: true}})
	defer stop()
	c := connect(t, a)
	form := c.say(admin, "add ninja interval=30")
	if strings.Contains(form.json, "part.client_secret") {
		t.Errorf("the card takes a value: %s", form.json)
	}
	_, fault := c.invoke(admin, form, "add", map[string]string{"key": "ninjaone", "step": "save",
		"op":             strings.Repeat("A", 26),
		"part.client_id": clientID, "part.client_secret": firstKey})
	if !strings.Contains(fault, "on a secure page only") {
		t.Errorf("a value by a card: %q", fault)
	}
	page, fault := c.press(admin, form, "Use a secure page", nil)
	if fault != "" {
		t.Fatal(fault)
	}
	if info, err := a.Desk.LookIntake(t.Context(), tokenOf(t, page)); err != nil || info.IntervalDays != 30 {
		t.Errorf("%+v, %v", info, err)
	}
	if _, err := a.Desk.Intake(t.Context(), tokenOf(t, page), nil, entered(firstKey)); err != nil {
		t.Error(err)
	}
}

const sheetFile = `Vendor,Client,API key,Client ID,Client secret,Interval,Expires,Note
meraki,contoso,obviously-fake-meraki-0001,,,90,2031-01-31,first
NinjaOne,contoso,,obviously-fake-id,obviously-fake-secret-0002,,,
ninja,fabrikam,,obviously-fake-id,obviously-fake-secret-0003,,,
no such vendor,x,obviously-fake-0004,,,,,
meraki,contoso,obviously-fake-meraki-0005,,,,,
meraki,fabrikam,obviously-fake-meraki-0006,,,soon,,
`

// TestImport: the preview says what each row would do, the good ones are stored side by side, and a repeat
// stores nothing.
func TestImport(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	ctx := t.Context()
	add(t, c, with("label", "fabrikam"))
	ask := c.say(admin, "import")
	wants(t, "the card", ask, "Import keys", "before anything is stored")
	page, fault := c.press(admin, ask, "Use a secure page", nil)
	if fault != "" {
		t.Fatal(fault)
	}
	token := tokenOf(t, page)
	report, err := a.Desk.CheckSheet(ctx, token, nil, []byte(sheetFile))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"2 meraki/contoso new", "3 ninjaone/contoso new", "4 ninjaone/fabrikam taken", "5  wrong",
		"6 meraki/contoso wrong", "7 meraki/fabrikam wrong"}
	if got := rowsOf(report); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the preview:\n%s", strings.Join(got, "\n"))
	}
	if len(a.Vault.Keys()) != 1 {
		t.Error("the preview stored something")
	}
	var each []desk.SheetRow
	report, err = a.Desk.ImportSheet(ctx, token, nil, []byte(sheetFile),
		func(r desk.SheetRow) { each = append(each, r) })
	if err != nil || len(each) != 2 || report.Again != "" {
		t.Errorf("%d rows told of, %q, %v", len(each), report.Again, err)
	}
	want[0], want[1] = "2 meraki/contoso stored", "3 ninjaone/contoso stored"
	if got := rowsOf(report); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the result:\n%s", strings.Join(got, "\n"))
	}
	c.await(t, page.id, "Import: 2 keys stored")
	c.await(t, page.id, "Import again")
	wants(t, "a key", c.say(admin, "key meraki/contoso"), "first", "2031-01-31", "••••0001")
	if _, err := a.Desk.ImportSheet(ctx, token, nil, []byte(sheetFile), nil); !errors.Is(err, desk.ErrGone) {
		t.Errorf("the used link: %v", err)
	}
	page, _ = c.press(admin, c.say(admin, "import"), "Use a secure page", nil)
	report, err = a.Desk.ImportSheet(ctx, tokenOf(t, page), nil, []byte(sheetFile),
		func(desk.SheetRow) { t.Error("something was stored again") })
	want[0], want[1] = "2 meraki/contoso same", "3 ninjaone/contoso same"
	if got := rowsOf(report); err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the repeat (%v):\n%s", err, strings.Join(got, "\n"))
	}
	page, _ = c.press(admin, c.say(admin, "import"), "Use a secure page", nil)
	for _, bad := range []string{"", "PK\x03\x04", "a,b\n1,2\n", "vendor,value\n"} {
		_, err := a.Desk.ImportSheet(ctx, tokenOf(t, page), nil, []byte(bad), nil)
		if !errors.Is(err, desk.ErrMistake) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := a.Desk.Intake(ctx, tokenOf(t, page), nil, entered(firstKey)); !errors.Is(err, desk.ErrGone) {
		t.Errorf("a single value by an import link: %v", err)
	}
	wants(t, "by a technician", c.say(l1, "import"), "is for Admin")
	for _, e := range a.Log.Recent(1000, nil) {
		if strings.Contains(e.Note, "obviously") {
			t.Errorf("the log has a value: %+v", e)
		}
	}
}

func rowsOf(r desk.SheetReport) (out []string) {
	for _, row := range r.Rows {
		out = append(out, fmt.Sprintf("%d %s %s", row.Line, row.Key, row.Result))
	}
	return out
}

// TestImportOfManyKeys: 200 keys, as an admin brings them.
func TestImportOfManyKeys(t *testing.T) {
	a := start(t, t.TempDir())
	c := connect(t, a)
	file := "Vendor,Label,API key\n"
	for i := range 200 {
		file += fmt.Sprintf("meraki,site-%d,obviously-fake-key-%04d\n", i, i)
	}
	page, _ := c.press(admin, c.say(admin, "import"), "Use a secure page", nil)
	for _, step := range []struct {
		path string
		want int
	}{{"/check", 0}, {"", 200}} {
		path, want := step.path, step.want
		res, err := http.Post(page.urls["Open"]+path, "text/csv", strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusOK || strings.Contains(string(body), "obviously") ||
			len(a.Vault.Keys()) != want {
			t.Errorf("%q: %d, %d keys: %.200s", path, res.StatusCode, len(a.Vault.Keys()), body)
		}
		if want == 0 {
			continue
		}
		lines := strings.Split(strings.TrimSpace(string(body)), "\n")
		if len(lines) != 201 || !strings.Contains(lines[200], `"done":true`) {
			t.Errorf("%d lines came", len(lines))
		}
	}
	c.await(t, page.id, "200 keys stored")
}
