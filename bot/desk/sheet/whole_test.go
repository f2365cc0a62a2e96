package sheet_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"keydesk/bot/desk/sheet"
	"keydesk/catalog"
)

// TestErrors reads files that can't be read at all.
func TestErrors(t *testing.T) {
	c := load(t)
	const header = "vendor,value\n"
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "The file is empty."},
		{"blank", "\ufeff\r\n\r\n", "The file is empty."},
		{"only sep", "sep=;\r\n", "The file is empty."},
		{"xlsx", "PK\x03\x04\x14\x00FAKE", "This is a workbook, not a CSV file. Save the sheet as CSV"},
		{"xls", "\xd0\xcf\x11\xe0\xa1\xb1FAKE", "This is a workbook, not a CSV file. Save the sheet as CSV"},
		{"binary", "vendor,value\natera,FAKE\x00\x01", "This is not a text file."},
		{"no header", "atera,FAKE1\n", "The first line has no column for the vendor."},
		{"no vendor", "label,value\natera,FAKE1\n", "The first line has no column for the vendor."},
		{"no value", "vendor,label\natera,FAKE1\n", "The first line has no column for a value."},
		{"public part only", "vendor,client id\natera,FAKE1\n", "The first line has no column for a value."},
		{"rows", header + strings.Repeat("atera,FAKE1\n", 2001), "The file has more than 2,000 rows."},
		{"columns", strings.Repeat("x,", 199) + "vendor,value\n", "The file has more than 200 columns."},
		{"bytes", header + strings.Repeat("x", 2<<20), "The file is larger than 2 MB."},
		{"open quote", header + "atera,FAKE1\n\natera,\"FAKE2\natera,FAKE3\n", "The quotes of the row in line 4"},
		{"bare quote", "sep=,\n" + header + "atera,FAKE\"1\n", "The quotes of the row in line 3"},
		{"quote in the header", "vendor,\"value\natera,FAKE1\n", "The quotes of the row in line 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := sheet.Read([]byte(test.text), c, today)
			noValue(t, s, err)
			if !errors.Is(err, sheet.ErrSheet) || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
			if len(s.Rows)+len(s.Columns) > 0 {
				t.Error("rows beside an error")
			}
		})
	}
}

// TestLimits reads sheets that are as large as they may be.
func TestLimits(t *testing.T) {
	c := load(t)
	s, err := sheet.Read(large(c, 2000), c, today)
	if err != nil || len(s.Rows) != 2000 || s.Rows[1999].Mistake != "" {
		t.Errorf("%v, %d rows", err, len(s.Rows))
	}
	s, err = sheet.Read([]byte("vendor,value\n"), c, today)
	if err != nil || len(s.Rows) != 0 || len(s.Columns) != 2 {
		t.Errorf("%v, %+v, want two columns and no rows", err, s)
	}
}

// large is a sheet with n good rows.
func large(c *catalog.Catalog, n int) []byte {
	var b bytes.Buffer
	b.WriteString("vendor,label,value,client_id,expires,endpoint,note\r\n")
	for i := range n {
		fmt.Fprintf(&b, "hudu,Contoso %d,FAKE%08d,,2027-06-30,https://hudu%d.contoso.example/,first\r\n", i, i, i)
	}
	return b.Bytes()
}

// TestColumns checks what is told of headers that are not known: their names, unless they could be values.
func TestColumns(t *testing.T) {
	c := load(t)
	const header = "vendor,Value (FAKE),Rack,FAKE0123,,FAKEabcdefghijklmnop,Serial of device,value,,\n"
	s, err := sheet.Read([]byte(header), c, today)
	if err != nil {
		t.Fatal(err)
	}
	noValue(t, s, err)
	want := "[{vendor vendor} {Value value} {Rack } {column D } {column E } {column F } " +
		"{Serial of device } {value value}]"
	if got := fmt.Sprint(s.Columns); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestDuplicates names the first line, wherever rows begin, also where that has another mistake.
func TestDuplicates(t *testing.T) {
	text := "sep=;\nvendor;label;value\n\natera;Contoso;\"FAKE\n1\"\natera;contoso!;FAKE2\n;;\n" +
		"atera;;FAKE3\natera;fabrikam;\natera--Fabrikam;;FAKE4\natera;fabrikam;FAKE5\n"
	s, err := sheet.Read([]byte(text), load(t), today)
	noValue(t, s, err)
	var got []string
	for _, r := range s.Rows {
		got = append(got, fmt.Sprintf("%d %s %s", r.Line, r.Key, r.Mistake))
	}
	want := []string{"4 atera/contoso ",
		"6 atera/contoso Line 4 has the same key. Delete one of the two rows, or give it another label.",
		"8 atera ", "9 atera/fabrikam Empty, and needed for Atera: API key.",
		"10  The vendor is not known. The command \"vendors\" lists those there are.",
		"11 atera/fabrikam Line 9 has the same key. Delete one of the two rows, or give it another label."}
	if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%v\n%s", err, strings.Join(got, "\n"))
	}
}

// TestDates reads columns of dates; "" is a mistake, "-" no date.
func TestDates(t *testing.T) {
	c := load(t)
	for _, test := range []struct{ cells, want string }{
		{"2027-06-05", "2027-06-05"},
		{"2027-6-5|2027/06/05|2027-06-05T00:00:00Z|2027-06-05 00:00:00",
			"2027-06-05|2027-06-05|2027-06-05|2027-06-05"},
		{"5.6.2027|05.06.2027 00:00|30.6.2027", "2027-06-05|2027-06-05|2027-06-30"},
		{"5/6/2027|6/30/2027", "2027-05-06|2027-06-30"},
		{"5/6/2027|30/6/2027|30-06-2027", "2027-06-05|2027-06-30|2027-06-30"},
		{"5/6/2027|6/6/2027|2027-06-05", "|2027-06-06|2027-06-05"},
		{"5/6/2027|30/6/2027|6/30/2027", "||"},
		{"5/6/2027|30.6.2027", "|2027-06-30"},
		{"5/6/2027|31/31/2027", "|"},
		{"never|n/a|-|", "-|-|-|-"},
		{"31.6.2027|2027-13-01|0000-00-00|0227-01-01|46203|6/5/27|2027-06-05 12:00|2027-06-05-1", "|||||||"},
	} {
		text := "vendor,label,value,expires\n"
		for i, cell := range strings.Split(test.cells, "|") {
			text += fmt.Sprintf("atera,c%d,FAKE1,%s\n", i, cell)
		}
		s, err := sheet.Read([]byte(text), c, today)
		noValue(t, s, err)
		var got []string
		for _, r := range s.Rows {
			date := r.Expiry.String()
			if date == "" && r.Mistake == "" {
				date = "-"
			}
			got = append(got, date)
		}
		if strings.Join(got, "|") != test.want {
			t.Errorf("%s: %s, want %s", test.cells, strings.Join(got, "|"), test.want)
		}
	}
}

// BenchmarkRead reads a sheet with as many rows as one may have.
func BenchmarkRead(b *testing.B) {
	c := load(b)
	text := large(c, 2000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sheet.Read(text, c, today); err != nil {
			b.Fatal(err)
		}
	}
}
