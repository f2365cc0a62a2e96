package vault_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/vault"
)

func TestSegments(t *testing.T) {
	b := newBed(t)
	s, _ := b.open(t)
	segs, ctx := s.Segments(), t.Context()
	const first, second = "keydesk-audit-000001-0123456789abcdef", "keydesk-audit-000002-0123456789abcdef"
	for i := range 30 {
		err := segs.Put(ctx, first, strings.Repeat("x", i+1), map[string]string{"count": "1"})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := segs.Put(ctx, second, "y", nil); err != nil {
		t.Fatal(err)
	}
	b.set(t, "keydesk-audit-000003-x", "z", "text/plain", nil)
	list, err := segs.List(ctx)
	slices.SortFunc(list, func(a, b audit.SegmentInfo) int { return strings.Compare(a.Name, b.Name) })
	if err != nil || len(list) != 2 || list[0].Name != first || list[0].Tags["count"] != "1" {
		t.Errorf("%+v, %v", list, err)
	}
	body, err := segs.Get(ctx, list[0].Name, "")
	if err != nil || len(body) != 30 {
		t.Errorf("current has %d, %v", len(body), err)
	}
	ids, err := segs.Versions(ctx, list[0].Name)
	if err != nil || len(ids) != 30 {
		t.Fatal(len(ids), err)
	}
	lengths := map[int]bool{}
	for _, id := range ids {
		body, err := segs.Get(ctx, list[0].Name, id)
		if err != nil {
			t.Fatal(err)
		}
		lengths[len(body)] = true
	}
	if len(lengths) != 30 {
		t.Error("not every version is there")
	}
	if sec := b.get(t, list[0].Name); *sec.ContentType != "application/vnd.keydesk.audit" {
		t.Error(*sec.ContentType)
	}
	_, err = segs.Get(ctx, "keydesk-audit-000009-x", "")
	_, err2 := segs.Get(ctx, list[0].Name, strings.Repeat("0", 32))
	_, err3 := segs.Versions(ctx, "keydesk-audit-000009-x")
	for _, err := range []error{err, err2, err3} {
		if !errors.Is(err, audit.ErrNotFound) || !errors.Is(err, vault.ErrNotFound) {
			t.Error("what is not there:", err)
		}
	}
	b.disable(t, list[1].Name)
	if _, err := segs.Get(ctx, list[1].Name, ""); !errors.Is(err, audit.ErrUnreadable) {
		t.Error("switched off:", err)
	}
	if _, err := segs.Get(ctx, "keydesk-audit-000003-x", ""); !errors.Is(err, vault.ErrForeign) {
		t.Error("another application's:", err)
	}
	for _, bad := range []string{
		"", "ninjaone", "keydesk-audit-", "keydesk-audit-1/../ninjaone", "keydesk-audit-A",
		"keydesk-audit-" + strings.Repeat("a", 120),
	} {
		_, err := segs.Get(ctx, bad, "")
		_, err2 := segs.Versions(ctx, bad)
		for _, err := range []error{err, err2, segs.Put(ctx, bad, "x", nil)} {
			if !errors.Is(err, vault.ErrBadValue) {
				t.Errorf("segment %q: %v", bad, err)
			}
		}
	}
}

// TestVersionsOfASegmentAreInOrder across seconds.
func TestVersionsOfASegmentAreInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, _ := b.open(t)
		var want []string
		for i := range 30 {
			if err := s.Segments().Put(t.Context(), "keydesk-audit-1-a", strings.Repeat("x", i+1), nil); err != nil {
				t.Fatal(err)
			}
			want = append(want, b.version(t, "keydesk-audit-1-a"))
			time.Sleep(time.Second)
		}
		got, err := s.Segments().Versions(t.Context(), "keydesk-audit-1-a")
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// TestAuditVault: the log's own vault gets the log, and nothing but the log.
func TestAuditVault(t *testing.T) {
	keys, log := newBed(t), newBed(t)
	cfg, w := keys.config()
	w.vault = byHost{"contoso-keys.vault.azure.net": keys, "contoso-log.vault.azure.net": log}
	cfg.AuditURL = "https://contoso-log.vault.azure.net"
	s, err := vault.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Segments().Put(t.Context(), "keydesk-audit-1-a", "lines", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(t.Context(), newKey(ninja, "op"), good()); err != nil {
		t.Fatal(err)
	}
	if *log.get(t, "keydesk-audit-1-a").Value != "lines" {
		t.Error("the log is not where it belongs")
	}
	if got := keys.all(t); !slices.Equal(got, []string{"ninjaone"}) {
		t.Errorf("the keys' vault has %v", got)
	}
	if got := log.all(t); !slices.Equal(got, []string{"keydesk-audit-1-a"}) {
		t.Errorf("the log's vault has %v", got)
	}
}
