package people_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keydesk/bot/directory"
	"keydesk/bot/directory/people"
	"keydesk/catalog"
)

var _ directory.Resolver = (*people.People)(nil)

func TestTheFirstStartMakesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "people.yaml")
	p, err := people.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	left, _ := os.ReadDir(filepath.Dir(path))
	if len(left) != 1 {
		t.Errorf("files were left behind: %v", left)
	}
	for role, want := range map[catalog.Role]int{catalog.Admin: 2, catalog.L2: 1, catalog.L1: 1, catalog.NOC: 1} {
		members, err := p.Members(t.Context(), role)
		if err != nil || len(members) != want {
			t.Errorf("%v: %v %v", role, members, err)
		}
	}
	without := slices.IndexFunc(p.All(), func(one people.Person) bool { return one.Roles == 0 })
	if len(p.All()) != 6 || without < 0 || p.Tenant() == "" {
		t.Errorf("%v in %q", p.All(), p.Tenant())
	}
}

func TestAFileThatIsThereStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.yaml")
	const mine = "people:\n  - {id: Some-Id, name: Me, roles: [l1, NOC]}\n"
	if err := os.WriteFile(path, []byte(mine), 0o640); err != nil {
		t.Fatal(err)
	}
	p, err := people.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(path); string(after) != mine {
		t.Error("it was written to")
	}
	for id, want := range map[string]catalog.Roles{
		"Some-Id": catalog.RolesOf(catalog.L1, catalog.NOC), "some-id": catalog.RolesOf(catalog.L1, catalog.NOC),
		"other": 0, "": 0,
	} {
		if got, err := p.Roles(t.Context(), id); got != want || err != nil {
			t.Errorf("%q: %v %v, want %v", id, got, err, want)
		}
	}
	if p.Tenant() != "" || p.All()[0].ID != "Some-Id" {
		t.Errorf("%q %v", p.Tenant(), p.All())
	}
}

func TestEveryFaultIsTold(t *testing.T) {
	tests := []struct {
		name, file string
		want       []string
	}{
		{"empty", "", []string{"nobody"}},
		{"no people", "tenant: a\n", []string{"nobody"}},
		{"no YAML", "people: [\n", []string{"line"}},
		{"another shape", "- a\n", []string{"line 1"}},
		{"an unknown field", "people:\n  - {id: a, name: A, role: [Admin]}\n", []string{"line 2", "role"}},
		{"several unknown fields", "tenat: x\npeople:\n  - {id: a, nam: A}\n", []string{"tenat", "nam"}},
		{"two documents", "people: [{id: a, name: A}]\n---\npeople: []\n", []string{"more than one"}},
		{"all at once", `
tenant: "my tenant"
people:
  - {id: "a b", name: A, roles: [Admin]}
  - {id: c, name: "", roles: []}
  - {id: d, name: D, roles: [Boss, L9]}
  - {id: E, name: E, roles: []}
  - {id: e, name: Twin, roles: []}
`, []string{"tenant", "people[0] (A)", "id without spaces", "people[1]", "name", `"Boss"`, `"L9"`,
			"people[4] (Twin)", "twice"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "people.yaml")
			if err := os.WriteFile(path, []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := people.Load(path)
			if !errors.Is(err, people.ErrBad) || !strings.Contains(err.Error(), path) {
				t.Fatalf("%v", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nlacks %q", err, want)
				}
			}
		})
	}
}

func TestAFileThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	if _, err := people.Load(dir); err == nil || errors.Is(err, people.ErrBad) {
		t.Errorf("a folder: %v", err)
	}
	big := filepath.Join(dir, "big.yaml")
	if err := os.WriteFile(big, []byte(strings.Repeat("#", people.MaxSize+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := people.Load(big); !errors.Is(err, people.ErrBad) {
		t.Errorf("too big: %v", err)
	}
}
