package catalog_test

import (
	"errors"
	"slices"
	"testing"

	"keydesk/catalog"
)

func TestParseRoles(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		bad      bool
	}{
		{in: "", want: ""}, {in: "  ", want: ""},
		{in: "Admin", want: "Admin"}, {in: "noc,ADMIN", want: "Admin,NOC"}, {in: " l1 , L2 ", want: "L2,L1"},
		{in: "L1,L1", want: "L1"}, {in: "NOC,L1,L2,Admin", want: "Admin,L2,L1,NOC"},
		{in: "L3", bad: true}, {in: "Admin,", bad: true}, {in: ",", bad: true}, {in: "Admin;L2", bad: true},
		{in: "Admin L2", bad: true}, {in: "L²", bad: true}, {in: "?", bad: true},
	} {
		got, err := catalog.ParseRoles(tt.in)
		if got.String() != tt.want || errors.Is(err, catalog.ErrBadRole) != tt.bad {
			t.Errorf("%q: %q, %v", tt.in, got, err)
		}
	}
}

// TestRolesReadWhatTheyWrite: every set survives its tag.
func TestRolesReadWhatTheyWrite(t *testing.T) {
	for set := range catalog.Roles(16) {
		got, err := catalog.ParseRoles(set.String())
		if err != nil || got != set {
			t.Errorf("%q: %q, %v", set, got, err)
		}
		if back := catalog.RolesOf(set.List()...); back != set || len(set.List()) > 4 {
			t.Errorf("%q: %q", set, back)
		}
		for _, r := range []catalog.Role{catalog.Admin, catalog.L2, catalog.L1, catalog.NOC} {
			if set.Has(r) != slices.Contains(set.List(), r) || !set.With(r).Has(r) ||
				set.Any(catalog.RolesOf(r)) != set.Has(r) {
				t.Errorf("%q and %s", set, r)
			}
		}
	}
	if s := catalog.Role(16).String(); s != "?" {
		t.Errorf("an unknown role is called %q", s)
	}
}
