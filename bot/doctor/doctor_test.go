package doctor_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/doctor"

	"github.com/google/go-cmp/cmp"
)

func finds(saw string, wrong ...error) func(context.Context) (string, []error) {
	return func(context.Context) (string, []error) { return saw, wrong }
}

func TestReport(t *testing.T) {
	advice := func(error) string { return strings.Repeat("Do this and that. ", 8) }
	checks := []doctor.Check{
		{Name: "first", Run: finds("42")},
		{Name: "second", Needs: []string{"first"}, Run: finds("")},
		{Name: "third", Run: finds("", errors.New("one"), doctor.Warn(errors.New("two"))), Advice: advice},
		{Name: "fourth", Needs: []string{"first", "third"}, Run: finds("", errors.New("never told"))},
		{Name: "fifth", Needs: []string{"fourth"}, Run: finds("", errors.New("never told"))},
		{Name: "sixth", Run: finds("", doctor.Warn(errors.New("three")))},
		{Name: "seventh", Needs: []string{"sixth"}, Run: finds("after a warning")},
	}
	const advised = "  Do this and that. " +
		"Do this and that. Do this and that. Do this and that. Do this and that. Do this\n" +
		"  and that. Do this and that. Do this and that.\n"
	want := "✓ first: 42\n✓ second\n✗ third: one\n" + advised + "! third: two\n" + advised +
		"- fourth: not looked at, as this failed: third\n- fifth: not looked at, as this failed: third\n" +
		"! sixth: three\n✓ seventh: after a warning\n\n1 fault, 2 warnings.\n"
	var said strings.Builder
	r := doctor.Run(t.Context(), &said, checks)
	if diff := cmp.Diff(want, said.String()); diff != "" || r != (doctor.Result{Faults: 1, Warnings: 2}) {
		t.Errorf("%+v\n%s", r, diff)
	}
	if doctor.Warn(nil) != nil {
		t.Error("a warning of nothing")
	}
}

// A check that hangs is ended, and the next one has its own time.
func TestTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := doctor.Try("", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		began := time.Now()
		var said strings.Builder
		r := doctor.Run(t.Context(), &said, []doctor.Check{{Name: "a", Run: hang}, {Name: "b", Run: hang}})
		if took := time.Since(began); took != time.Minute || r.Faults != 2 {
			t.Errorf("%s\n%s", took, &said)
		}
	})
}

func TestChecks(t *testing.T) {
	const issuer = "https://api.keydesk.invalid"
	about := map[string]any{}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	mux.HandleFunc("/about", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(about) })
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"keys":[{},{}]}`))
	})
	mux.HandleFunc("/none", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) })
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) })
	mux.Handle("/moved", http.RedirectHandler("/about", http.StatusFound))
	mux.HandleFunc("/up/healthz", func(http.ResponseWriter, *http.Request) {})
	for name, tt := range map[string]struct {
		path, issuer, keys string
		says               string // of the fault; "" there is none
	}{
		"good":           {"/about", issuer, "/keys", ""},
		"another issuer": {"/about", "https://other", "/keys", "another issuer's"},
		"no keys":        {"/about", issuer, "/none", "there are no keys"},
		"keys missing":   {"/about", issuer, "/gone", "the keys: 127.0.0.1"},
		"a page":         {"/page", issuer, "/keys", "does not answer with JSON"},
		"moved":          {"/moved", issuer, "/keys", "answers with status 302"},
		"not there":      {"/gone", issuer, "/keys", "answers with status 404"},
	} {
		about = map[string]any{"issuer": issuer, "jwks_uri": server.URL + tt.keys}
		saw, wrong := doctor.Metadata(server.URL+tt.path, tt.issuer)(t.Context())
		if tt.says == "" && (len(wrong) > 0 || saw != "2") || tt.says != "" && (len(wrong) != 1 ||
			!strings.Contains(wrong[0].Error(), tt.says)) {
			t.Errorf("%s: %q %v", name, saw, wrong)
		}
	}
	if _, wrong := doctor.Answers(server.URL + "/up")(t.Context()); len(wrong) > 0 {
		t.Error(wrong)
	}
	_, wrong := doctor.Answers("https://keydesk.invalid")(t.Context())
	if len(wrong) != 1 || wrong[0].Error() != "keydesk.invalid does not answer: the name cannot be resolved" {
		t.Error(wrong)
	}
	if saw, wrong := doctor.Resolve("https://127.0.0.1:1")(t.Context()); saw != "127.0.0.1 is 127.0.0.1" ||
		len(wrong) > 0 {
		t.Error(saw, wrong)
	}
	if _, wrong := doctor.Resolve("https://keydesk.invalid")(t.Context()); len(wrong) != 1 {
		t.Error(wrong)
	}
}
