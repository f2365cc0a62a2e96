package sheet_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"keydesk/bot/desk/sheet"
	"keydesk/catalog"
)

// FuzzRead reads anything, with a value put somewhere into it. It must not panic, a good row must be one
// that the vault takes, and no sentence may have the value.
func FuzzRead(f *testing.F) {
	c := load(f)
	files, err := filepath.Glob("testdata/*.csv")
	if err != nil || len(files) == 0 {
		f.Fatal("no files:", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, uint16(len(b)/2))
	}
	f.Add(sheet.Template(c), uint16(300))
	f.Fuzz(func(t *testing.T, b []byte, place uint16) {
		b = slices.Insert(slices.Clone(b), int(place)%(len(b)+1), []byte("FAKE")...)
		s, err := sheet.Read(b, c, today)
		if err != nil && !errors.Is(err, sheet.ErrSheet) {
			t.Errorf("an error of another kind: %T", err)
		}
		// The word itself may be a header, and then it is no value.
		s.Columns = slices.DeleteFunc(s.Columns, func(c sheet.Column) bool { return c.Means == "" })
		noValue(t, s, err)
		good := map[catalog.KeyName]bool{}
		for _, r := range s.Rows {
			if r.Mistake != "" {
				if r.Parts != nil {
					t.Errorf("line %d has a mistake and parts", r.Line)
				}
				continue
			}
			if good[r.Key] {
				t.Errorf("%s is there twice", r.Key)
			}
			good[r.Key] = true
			checkGood(t, r)
		}
	})
}

// checkGood holds a good row to what the vault will ask of it.
func checkGood(t *testing.T, r sheet.Row) {
	t.Helper()
	if r.Vendor == nil || r.Key.Vendor != r.Vendor.ID || r.Line < 1 {
		t.Fatalf("line %d has no vendor or no key", r.Line)
	}
	if name, err := catalog.ParseKeyName(r.Key.String()); err != nil || name != r.Key {
		t.Errorf("%s is no name", r.Key)
	}
	if len(r.Parts) != len(r.Vendor.Parts) {
		t.Errorf("%s: %d parts", r.Key, len(r.Parts))
	}
	for _, p := range r.Vendor.Parts {
		value := r.Parts[p.Name].Expose()
		if strings.TrimSpace(value) == "" || !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
			t.Errorf("%s: %s is empty or no text", r.Key, p.Name)
		}
	}
	_, missing := r.Vendor.Resolve(r.Endpoint)
	if err := r.Vendor.CheckEndpoint(r.Endpoint); err != nil || len(missing) > 0 &&
		(r.Vendor.Host == nil || r.Remark == "") {
		t.Errorf("%s: %v, %v is missing", r.Key, err, missing)
	}
	date, err := catalog.ParseDate(r.Expiry.String())
	if !r.Expiry.IsZero() && (err != nil || date != r.Expiry) {
		t.Errorf("%s: %s is no date", r.Key, r.Expiry)
	}
	if r.IntervalDays < 0 || r.IntervalDays > 3650 || utf8.RuneCountInString(r.Note) > 256 {
		t.Errorf("%s: interval %d, note of %d bytes", r.Key, r.IntervalDays, len(r.Note))
	}
}
