package graph_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/directory/graph"
	"keydesk/catalog"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		name string
		harm func(w *world)
		want []error
		says []string // in the first fault
	}{
		{"all is well", func(*world) {}, nil, nil},
		{"a group is not there", func(w *world) { w.fake.Delete(techs) }, []error{graph.ErrNoGroup},
			[]string{"L1,NOC", techs, "no such group"}},
		{"two are not there", func(w *world) { w.fake.Delete(techs, admins) },
			[]error{graph.ErrNoGroup, graph.ErrNoGroup}, []string{"Admin", admins}},
		{"none is there", func(w *world) { w.fake.Delete(techs, admins, noc) },
			[]error{graph.ErrNoGroup, graph.ErrNoGroup, graph.ErrNoGroup}, nil},
		{"a group hides its members", func(w *world) { w.fake.Hide(admins) }, []error{graph.ErrHidden},
			[]string{"Admin", admins, "Member.Read.Hidden"}},
		{"groups may not be read", func(w *world) { w.fake.Grant(bottest.UsersBasic) },
			[]error{graph.ErrForbidden, graph.ErrForbidden, graph.ErrForbidden},
			[]string{"Admin", admins, "GroupMember.Read.All", "admin consent"}},
		{"people may not be read", func(w *world) { w.fake.Grant(bottest.GroupMembers) },
			[]error{graph.ErrForbidden}, []string{"User.ReadBasic.All", "GroupMember.Read.All"}},
		{"nobody is there", func(w *world) { w.fake.Delete(admin, tech, guest) }, nil, nil},
		{"the token is refused", func(w *world) { w.fake.Admit(func(string) bool { return false }) },
			[]error{graph.ErrToken}, []string{"token", "secret"}},
		{"no token", func(w *world) { w.tokens.err = errors.New("no") }, []error{graph.ErrToken}, nil},
		{"throttled", func(w *world) { w.fake.Fail(bottest.Fault{Status: 429, RetryAfter: "3600"}) },
			[]error{graph.ErrThrottled}, []string{"few minutes"}},
		{"the answer is about another group", func(w *world) {
			w.fake.Fail(bottest.Fault{Status: 200, Body: `{"id":"` + noc + `"}`})
		}, []error{graph.ErrUnavailable}, nil},
		{"roles cannot be asked for", func(w *world) {
			w.fake.Fail(bottest.Fault{Method: "POST", Status: 403})
		}, []error{graph.ErrForbidden}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := served(t)
			tt.harm(w)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			faults := w.Check(ctx)
			if len(faults) != len(tt.want) {
				t.Fatalf("%v, want %v", faults, tt.want)
			}
			for i, f := range faults {
				if !errors.Is(f, tt.want[i]) || !strings.HasSuffix(f.Text, ".") || f.Error() != f.Text {
					t.Errorf("%v (%v), want %v", f, f.Err, tt.want[i])
				}
				if (f.Group != "") != (f.Roles != 0) || f.Group != "" && !strings.Contains(f.Text, f.Group) {
					t.Errorf("group %q, roles %v: %v", f.Group, f.Roles, f)
				}
			}
			for _, word := range tt.says {
				if !strings.Contains(faults[0].Text, word) {
					t.Errorf("%q does not say %q", faults[0].Text, word)
				}
			}
		})
	}
}

func TestCheckOfAGraphThatIsDown(t *testing.T) {
	w := served(t)
	w.fake.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	faults := w.Check(ctx)
	if len(faults) != 1 || !errors.Is(faults[0], graph.ErrUnavailable) || faults[0].Group != "" ||
		!strings.Contains(faults[0].Text, strings.TrimPrefix(w.fake.URL(), "https://")) {
		t.Errorf("%v", faults)
	}
}

func TestSettingsThatCannotBeUsed(t *testing.T) {
	good := graph.Config{Credential: &tokens{}, Groups: roleGroups()}
	if _, err := graph.New(good); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"https://graph.microsoft.us", "https://graph.microsoft.us/",
		"https://127.0.0.1:8443"} {
		cfg := good
		cfg.URL = at
		if _, err := graph.New(cfg); err != nil {
			t.Errorf("%s: %v", at, err)
		}
	}
	for _, at := range []string{"http://graph.microsoft.com", "graph.microsoft.com", "https://",
		"https://:443", "https://a@graph.microsoft.com", "https://graph.microsoft.com/v1.0",
		"https://graph.microsoft.com?a=b", "https://graph.microsoft.com#a", "://"} {
		cfg := good
		cfg.URL = at
		_, err := graph.New(cfg)
		if !errors.Is(err, graph.ErrBadConfig) || !strings.Contains(err.Error(), at) {
			t.Errorf("%s: %v", at, err)
		}
	}
	_, err := graph.New(graph.Config{URL: "http://x", Groups: map[catalog.Role][]string{
		catalog.L1: {"Helpdesk", techs}, catalog.Admin: {""}}})
	if !errors.Is(err, graph.ErrBadConfig) {
		t.Fatal(err)
	}
	for _, word := range []string{"credential", `role L1: "Helpdesk"`, `role Admin: ""`, "http://x"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%v does not say %s", err, word)
		}
	}
}
