package request_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keydesk/catalog/request"
)

func TestReason(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		want         error
	}{
		{"none", "", request.ErrReason},
		{"a full stop", ".", request.ErrReason},
		{"full stops", "........", request.ErrReason},
		{"7 letters", "abcdefg", request.ErrReason},
		{"8 letters", "abcdefgh", nil},
		{"8 letters among others", "a b-c d.e f g h", nil},
		{"7 letters and digits", "abcdefg 12345", request.ErrReason},
		{"a ticket's number", "INC-12345678", request.ErrReason},
		{"spaces", strings.Repeat(" ", 20), request.ErrReason},
		{"other letters", "クライアント更新作業", nil},
		{"letters with marks", "übergäbe", nil},
		{"256 characters", strings.Repeat("ü", 256), nil},
		{"257 characters", strings.Repeat("ü", 257), request.ErrReason},
		{"not UTF-8", strings.Repeat("\xff", 20), request.ErrReason},
	} {
		if err := request.CheckReason(tt.reason); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestParseSpan(t *testing.T) {
	for s, want := range map[string]request.Span{
		"once": request.Once, " ONCE ": request.Once, "1h": request.Hour, "1H": request.Hour,
		"8h": request.Shift, "24h": request.Day,
		"": "", "2h": "", "1": "", "1 h": "", "-1h": "", "24h0m": "", "1h 8h": "",
	} {
		got, err := request.ParseSpan(s)
		if got != want || (want == "") != errors.Is(err, request.ErrSpan) {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
}

func FuzzParseSpan(f *testing.F) {
	for _, s := range request.Spans {
		f.Add(string(s))
	}
	f.Add(" oNcE\n")
	f.Fuzz(func(t *testing.T, s string) {
		span, err := request.ParseSpan(s)
		switch {
		case err != nil && (span != "" || !errors.Is(err, request.ErrSpan)):
			t.Errorf("%q: %q, %v", s, span, err)
		case err == nil && (!slices.Contains(request.Spans, span) || span.String() == "?"):
			t.Errorf("%q: %q", s, span)
		}
	})
}

func TestNew(t *testing.T) {
	good := request.Request{Op: "OP", Kind: request.Access, By: madeBy.Person, Reason: "a good reason",
		For: "8H"}
	with := func(change func(*request.Request)) request.Request { r := good; change(&r); return r }
	for _, tt := range []struct {
		name string
		r    request.Request
		want error
	}{
		{"access", good, nil},
		{"access without a reason", with(func(r *request.Request) { r.Reason = "." }), request.ErrReason},
		{"access without a time", with(func(r *request.Request) { r.For = "" }), request.ErrSpan},
		{"access for a week", with(func(r *request.Request) { r.For = "168h" }), request.ErrSpan},
		{"rotate", with(func(r *request.Request) { r.Kind = request.Rotate }), nil},
		{"rotate without a reason", with(func(r *request.Request) {
			r.Kind, r.Reason = request.Rotate, ""
		}), request.ErrReason},
		{"add without a reason", with(func(r *request.Request) {
			r.Kind, r.Reason = request.Add, ""
		}), request.ErrReason},
		{"change without a reason", with(func(r *request.Request) {
			r.Kind, r.Reason = request.Change, ""
		}), nil},
		{"change with a bad reason", with(func(r *request.Request) {
			r.Kind, r.Reason = request.Change, "."
		}), request.ErrReason},
		{"of nobody", with(func(r *request.Request) { r.By.ID = "" }), request.ErrNobody},
		{"of no kind", with(func(r *request.Request) { r.Kind = "acces" }), request.ErrKind},
	} {
		if _, err := request.New(tt.r, begin); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	r, _ := request.New(good, begin.Add(1).In(time.FixedZone("", 3600)))
	if r.ID != "op" || r.For != request.Shift || r.Made != begin || r.Until != begin.Add(24*time.Hour) {
		t.Errorf("%+v", r)
	}
	used := with(func(r *request.Request) {
		r.Round, r.Remind, r.Posts, r.Card = 3, begin, []request.Post{{ID: "1"}}, "2"
	})
	r, _ = request.New(used, begin)
	if r.Round != 0 || !r.Remind.IsZero() || r.Posts != nil || r.Card != "2" {
		t.Errorf("a new request has a past: %+v", r)
	}
}

func TestDue(t *testing.T) {
	r := made(t, request.Hour)
	reminded := r
	reminded.Remind = begin.Add(time.Hour)
	for _, tt := range []struct {
		name string
		r    request.Request
		at   time.Duration
		want bool
	}{
		{"too early", r, time.Hour - 1, false},
		{"now", r, time.Hour, true},
		{"late", r, 24*time.Hour - 1, true},
		{"over", r, 24 * time.Hour, false},
		{"once only", reminded, 2 * time.Hour, false},
	} {
		if got := tt.r.Due(begin.Add(tt.at)); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestRequestComesBack(t *testing.T) {
	full := made(t, request.Shift)
	full.Verb, full.Key, full.Line = "rotate", "fortigate/acme-hq", "rotate fortigate/acme-hq"
	full.Round, full.Remind, full.Fields = 2, begin.Add(time.Hour), map[string]string{"interval": "90"}
	full.What, full.Lines, full.Card = "Rotate fortigate", []string{"one", "two"}, "3"
	full.Preview = "ninja_••••••••••••5f2a"
	full.Posts = []request.Post{{Person: "p", Conversation: "c", ServiceURL: "u", Tenant: "t", ID: "1"}}
	for _, r := range []request.Request{made(t, request.Once), full} {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var got request.Request
		if err := json.Unmarshal(text, &got); err != nil || !cmp.Equal(r, got) {
			t.Errorf("%v: %s", err, cmp.Diff(r, got))
		}
	}
}
