package sheet_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keydesk/bot/desk/sheet"
	"keydesk/catalog"
)

var today = catalog.Date{Year: 2026, Month: 9, Day: 1}

func load(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// told is one line of all that is told of a row, and which parts it has, without their values.
func told(r sheet.Row) string {
	parts := slices.Sorted(maps.Keys(r.Parts))
	var endpoint []string
	for _, name := range slices.Sorted(maps.Keys(r.Endpoint)) {
		endpoint = append(endpoint, name+"="+r.Endpoint[name])
	}
	fields := []string{fmt.Sprint(r.Line), r.Key.String(), strings.Join(parts, "+"), strings.Join(endpoint, " "),
		r.Expiry.String(), fmt.Sprint(r.IntervalDays), r.Note, r.Remark, r.Mistake}
	return strings.Join(fields, "|")
}

// noValue fails where a sentence or a column repeats a value. Values of these tests all have FAKE in them.
func noValue(t *testing.T, s sheet.Sheet, err error) {
	t.Helper()
	texts := []string{fmt.Sprint(err), fmt.Sprint(s.Columns)}
	for _, r := range s.Rows {
		texts = append(texts, r.Mistake, r.Remark, fmt.Sprintf("%v %+v", r.Parts, r.Parts))
	}
	for _, text := range texts {
		if strings.Contains(strings.ToUpper(text), "FAKE") {
			t.Errorf("a value is told: %q", text)
		}
	}
}

// TestFiles reads files as programs save them.
func TestFiles(t *testing.T) {
	c := load(t)
	for _, test := range []struct {
		file    string
		columns string
		rows    []string
	}{
		{"excel-german.csv",
			"vendor|-|label|Client ID|Client secret|value|endpoint|expiry|rotation interval in days|note",
			[]string{
				"2|ninjaone/muller-sohne-gmbh|client_id+client_secret|region=eu|2027-06-30|90|läuft über Müller||",
				"3|itglue/muller-sohne-gmbh|api_key|api_host=api.eu.itglue.com|2026-12-31|0|||",
				"5|hudu/contoso|api_key|host=hudu.contoso.example||365|zwei Zeilen||",
			}},
		{"google-sheets.csv", "vendor|label|value|value|endpoint: host|endpoint: port|expiry|note|-",
			[]string{
				"2|fortigate/contoso-hq|api_token|host=fw01.contoso.example port=8443|2027-06-30|0|||",
				"3|unifi/contoso-hq|api_key||2027-01-02|0|||",
				"8|huntress|api_key+api_secret|||0|shared by all clients||",
				"9|meraki/fabrikam|api_key||2025-12-31|0|old|The expiry 2025-12-31 has passed.|",
			}},
		{"excel-unicode-text.csv", "key name|value|Account SID|API key SID|endpoint|expiry",
			[]string{
				"2|twilio/contoso|account_sid+api_key_secret+api_key_sid||2027-06-30|0|||",
				"3|hudu/fabrikam|api_key|host=hudu.fabrikam.example||0|||",
				"4|hudu/strasse-5|api_key|host=hudu.fabrikam.example||0|||",
			}},
		{"excel-sep.csv",
			"vendor|label; where a vendor has it, endpoint: site|Company ID|Public key|Private key|Client ID|value",
			[]string{
				"3|cw-manage|client_id+company_id+private_key+public_key|site=api-na.myconnectwise.net||0|||",
				"4|atera/contoso-nord|api_key|||0|||",
			}},
		{"mac.csv", "vendor|value|label; where a vendor has it, endpoint: tenant",
			[]string{
				"2|atera/contoso|api_key|||0|||",
				"3|halopsa||tenant=mymsp||0|||HaloPSA also needs Client ID: add the column client_id.",
			}},
	} {
		t.Run(test.file, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("testdata", test.file))
			if err != nil {
				t.Fatal(err)
			}
			s, err := sheet.Read(b, c, today)
			noValue(t, s, err)
			if err != nil {
				t.Fatal(err)
			}
			var columns, rows []string
			for _, c := range s.Columns {
				if c.Means == "" {
					c.Means = "-"
				}
				columns = append(columns, c.Means)
			}
			for _, r := range s.Rows {
				rows = append(rows, told(r))
			}
			if diff := cmp.Diff(strings.Split(test.columns, "|"), columns); diff != "" {
				t.Error("columns:", diff)
			}
			if diff := cmp.Diff(test.rows, rows); diff != "" {
				t.Error("rows:", diff)
			}
		})
	}
}

// TestValues checks that values arrive as they are in the file: without spaces around, but for PEM.
func TestValues(t *testing.T) {
	c := load(t)
	for _, test := range []struct{ file, key, part, want string }{
		{"excel-german.csv", "hudu/contoso", "api_key", `FAKE;hudu"key`},
		{"excel-german.csv", "ninjaone/muller-sohne-gmbh", "client_id", "FAKEninjaclient01"},
		{"google-sheets.csv", "unifi/contoso-hq", "api_key",
			"-----BEGIN PRIVATE KEY-----\nFAKEpemline1\nFAKEpemline2\n-----END PRIVATE KEY-----\n"},
		{"google-sheets.csv", "huntress", "api_key", "hk_FAKE0002"},
		{"google-sheets.csv", "huntress", "api_secret", "hs_FAKE0002"},
		{"excel-unicode-text.csv", "hudu/fabrikam", "api_key", "FAKEhudukey02"},
		{"excel-sep.csv", "cw-manage", "private_key", "FAKEprivate01"},
	} {
		b, err := os.ReadFile(filepath.Join("testdata", test.file))
		if err != nil {
			t.Fatal(err)
		}
		s, err := sheet.Read(b, c, today)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(s.Rows, func(r sheet.Row) bool { return r.Key.String() == test.key })
		if i < 0 || s.Rows[i].Parts[test.part].Expose() != test.want {
			t.Errorf("%s: %s of %s is not what the file has", test.file, test.part, test.key)
		}
	}
}

// TestSlipped reads rows whose values stand in wrong columns: none is good, none is told.
func TestSlipped(t *testing.T) {
	b, err := os.ReadFile("testdata/slipped.csv")
	if err != nil {
		t.Fatal(err)
	}
	s, err := sheet.Read(b, load(t), today)
	noValue(t, s, err)
	if len(s.Rows) != 4 {
		t.Errorf("%d rows, want 4", len(s.Rows))
	}
	for _, r := range s.Rows {
		if r.Mistake == "" || r.Parts != nil {
			t.Errorf("line %d passes for good, or brings parts", r.Line)
		}
	}
}
