package vault_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"keydesk/catalog"
	"keydesk/vault"
)

// stage is what one cell of the grid plays on.
type stage struct {
	*bed
	s      *vault.Store
	w      *wire
	token  string // of a link that was minted before
	intake string // of one that takes something in
	logs   *bytes.Buffer

	request, bigRequest, newRequest vault.Request // the last is not saved
}

// flow is one method under test.
type flow struct {
	name string
	run  func(ctx context.Context, g *stage) error
	// did says whether the effect is in the vault; nil for what has none.
	did func(t *testing.T, g *stage) bool
	// claim: sent once, may not be tried again.
	claim bool
	// gone: a vault that says 404 makes us believe that it is done.
	gone bool
	// over is what the next try may end in when the first had its effect.
	over error
	// calls is how many requests it takes when all is well.
	calls int
	// target is the secret that gets a version of the operation op; "" for none.
	target, op string
}

func (g *stage) value(t *testing.T, name string) string {
	r, err := g.raw(t).GetSecret(t.Context(), name, "", nil)
	if err != nil {
		return ""
	}
	return *r.Value
}

// made is how many versions of a secret an operation has made, and how many others there are.
func (g *stage) made(t *testing.T, name, op string) (ours, others int) {
	pages := g.raw(t).NewListSecretPropertiesVersionsPager(name, nil)
	for pages.More() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Value {
			if by := p.Tags["op"]; by != nil && *by == op {
				ours++
			} else {
				others++
			}
		}
	}
	return ours, others
}

func (g *stage) tag(t *testing.T, name, tag string) string {
	return tagsOf(g.get(t, name))[tag]
}

// other is a key beside the first; lost was deleted.
var (
	other = catalog.KeyName{Vendor: "ninjaone", Label: "other"}
	lost  = catalog.KeyName{Vendor: "ninjaone", Label: "lost"}
)

var flows = []flow{
	{name: "ReadKey", calls: 1, run: func(ctx context.Context, g *stage) error {
		_, p, err := g.s.ReadKey(ctx, ninja)
		if err == nil && p["client_secret"].Expose() != oldSec {
			return errors.New("another value")
		}
		return err
	}},
	{name: "Create", calls: 4, target: "ninjaone--new", op: "op-c", run: func(ctx context.Context, g *stage) error {
		_, err := g.s.Create(ctx, newKey(fresh, "op-c"), parts("client_id", idValue, "client_secret", newSec))
		return err
	}, did: func(t *testing.T, g *stage) bool { return strings.Contains(g.value(t, "ninjaone--new"), newSec) }},
	{name: "Rotate", calls: 3, target: "ninjaone", op: "op-r", run: func(ctx context.Context, g *stage) error {
		_, err := g.s.Rotate(ctx, ninja, vault.Change{
			Parts: parts("client_secret", newSec), Op: "op-r", OpenedOn: "op-0", By: tech,
		})
		return err
	}, did: func(t *testing.T, g *stage) bool { return strings.Contains(g.value(t, "ninjaone"), newSec) }},
	{name: "Edit", calls: 3, run: func(ctx context.Context, g *stage) error {
		note := "edited"
		_, err := g.s.Edit(ctx, ninja, vault.Edit{Note: &note, Owner: &tech, Op: "op-e", OpenedOn: "op-0"})
		return err
	}, did: func(t *testing.T, g *stage) bool { return g.tag(t, "ninjaone", "note") == "edited" }},
	{name: "Edit away an expiry", calls: 3, target: "ninjaone", op: "op-e",
		run: func(ctx context.Context, g *stage) error {
			_, err := g.s.Edit(ctx, ninja, vault.Edit{Expiry: &catalog.Date{}, Op: "op-e", OpenedOn: "op-0"})
			return err
		}, did: func(t *testing.T, g *stage) bool { return g.tag(t, "ninjaone", "op") == "op-e" }},
	{name: "Move", calls: 7, target: "ninjaone--new", op: "op-m", run: func(ctx context.Context, g *stage) error {
		_, err := g.s.Move(ctx, other, fresh, "op-m", "op-1")
		return err
	}, did: func(t *testing.T, g *stage) bool {
		return strings.Contains(g.value(t, "ninjaone--new"), oldSec) && g.value(t, "ninjaone--other") == ""
	}},
	{name: "Delete", calls: 2, over: vault.ErrNotFound, run: func(ctx context.Context, g *stage) error {
		_, err := g.s.Delete(ctx, other, "op-1")
		return err
	}, did: func(t *testing.T, g *stage) bool { return g.value(t, "ninjaone--other") == "" }},
	{name: "FindDeleted", calls: 1, run: func(ctx context.Context, g *stage) error {
		d, err := g.s.FindDeleted(ctx, lost)
		if err == nil && (!d.Purgeable || d.Key.Preview == "" || d.Until.Before(d.At)) {
			return errors.New("it says too little")
		}
		return err
	}},
	{name: "DeletedKeys", calls: 1, run: func(ctx context.Context, g *stage) error {
		all, err := g.s.DeletedKeys(ctx)
		if err == nil && (len(all) != 1 || all[0].Key.Name != lost) {
			return fmt.Errorf("%d deleted keys", len(all))
		}
		return err
	}},
	{name: "Recover", calls: 3, run: func(ctx context.Context, g *stage) error {
		_, err := g.s.Recover(ctx, lost)
		return err
	}, did: func(t *testing.T, g *stage) bool { return strings.Contains(g.value(t, "ninjaone--lost"), oldSec) }},
	{name: "Purge", calls: 2, over: vault.ErrNotFound, run: func(ctx context.Context, g *stage) error {
		return g.s.Purge(ctx, lost, "")
	}, did: func(t *testing.T, g *stage) bool {
		_, err := g.raw(t).GetDeletedSecret(t.Context(), "ninjaone--lost", nil)
		return err != nil
	}},
	{name: "Adopt", calls: 5, target: "ninjaone--new", op: "op-a", run: func(ctx context.Context, g *stage) error {
		_, err := g.s.Adopt(ctx, "OldTool-Secret", newKey(fresh, "op-a"))
		return err
	}, did: func(t *testing.T, g *stage) bool { return strings.Contains(g.value(t, "ninjaone--new"), newSec) }},
	{name: "SaveVendor", calls: 5, run: func(ctx context.Context, g *stage) error {
		return g.s.SaveVendor(ctx, ownVendor("op-v"), "")
	}, did: func(t *testing.T, g *stage) bool { return g.value(t, "keydesk-vendor-fabrikam-rmm") != "" }},
	{name: "RemoveVendor", calls: 3, over: vault.ErrNotFound, run: func(ctx context.Context, g *stage) error {
		return g.s.RemoveVendor(ctx, "another-rmm", "op-v")
	}, did: func(t *testing.T, g *stage) bool {
		return *g.get(t, "keydesk-vendor-another-rmm").ContentType != vendorType
	}},
	{name: "Sweep", calls: 3, run: func(ctx context.Context, g *stage) error {
		_, err := g.s.Sweep(ctx, time.Now().Add(2*time.Hour))
		return err // of many effects, some of which may have happened
	}},
	{name: "Made", calls: 1, run: func(ctx context.Context, g *stage) error {
		k, ok, err := g.s.Made(ctx, ninja, "op-0")
		if err == nil && (!ok || k.Made != "op-0") {
			return vault.ErrNotFound // what a vault that says 404 makes us believe
		}
		return err
	}},
	{name: "Versions", calls: 2, run: func(ctx context.Context, g *stage) error {
		vs, err := g.s.Versions(ctx, ninja)
		if err == nil && len(vs) != 1 {
			return fmt.Errorf("%d versions", len(vs))
		}
		return err
	}},
	{name: "MintLink", calls: 1, run: func(ctx context.Context, g *stage) error {
		token, _, err := g.s.MintLink(ctx, vault.Link{Key: ninja, Holder: tech, Until: time.Now().Add(time.Hour)})
		if err != nil && token != "" {
			return errors.New("a token in spite of an error")
		}
		if err == nil {
			if _, err := g.s.FindLink(ctx, token); errors.Is(err, vault.ErrGone) {
				return errors.New("no link in spite of a token")
			}
		}
		return err
	}},
	{name: "FindLink", calls: 1, run: func(ctx context.Context, g *stage) error {
		_, err := g.s.FindLink(ctx, g.token)
		return err
	}},
	{name: "ClaimLink", calls: 1, claim: true, run: func(ctx context.Context, g *stage) error {
		_, err := g.s.ClaimLink(ctx, g.token)
		return err
	}, did: func(t *testing.T, g *stage) bool { return g.value(t, "keydesk-link-"+hash(g.token)) == "" }},
	{name: "WithdrawLink", calls: 1, claim: true, run: func(ctx context.Context, g *stage) error {
		_, err := g.s.WithdrawLink(ctx, hash(g.token))
		return err
	}, did: func(t *testing.T, g *stage) bool { return g.value(t, "keydesk-link-"+hash(g.token)) == "" }},
	{name: "ClaimIntake", calls: 1, claim: true, run: func(ctx context.Context, g *stage) error {
		_, err := g.s.ClaimIntake(ctx, g.intake)
		return err
	}, did: func(t *testing.T, g *stage) bool { return g.value(t, "keydesk-link-"+hash("intake:"+g.intake)) == "" }},
	{name: "PutTicket", calls: 1, run: func(ctx context.Context, g *stage) error {
		return g.s.PutTicket(ctx, "digest-2026-11-23", time.Now().Add(time.Hour))
	}, did: func(t *testing.T, g *stage) bool { return g.value(t, "keydesk-ticket-digest-2026-11-23") != "" }},
	{name: "ClaimTicket", calls: 1, claim: true, run: func(ctx context.Context, g *stage) error {
		return g.s.ClaimTicket(ctx, "sweep-1")
	}, did: func(t *testing.T, g *stage) bool { return g.value(t, "keydesk-ticket-sweep-1") == "" }},
	{name: "SaveRequest", calls: 2, run: func(ctx context.Context, g *stage) error {
		return g.s.SaveRequest(ctx, g.newRequest)
	}, did: func(t *testing.T, g *stage) bool { return g.value(t, "keydesk-request-"+g.newRequest.ID) != "" }},
	{name: "SaveRequest again", calls: 2, run: func(ctx context.Context, g *stage) error {
		r := g.request
		r.Round, r.Parts = 7, nil
		return g.s.SaveRequest(ctx, r)
	}, did: func(t *testing.T, g *stage) bool {
		r, err := g.s.ReadRequest(t.Context(), g.request.ID)
		if err != nil || len(r.Parts) != 2 {
			t.Error("its staged value is lost:", err)
		}
		return r.Round == 7
	}},
	{name: "SaveRequest in pieces", calls: 4, run: func(ctx context.Context, g *stage) error {
		r := g.newRequest
		r.Parts, r.File = nil, g.bigRequest.File
		return g.s.SaveRequest(ctx, r)
	}, did: func(t *testing.T, g *stage) bool {
		r, err := g.s.ReadRequest(t.Context(), g.newRequest.ID)
		if err != nil && !errors.Is(err, vault.ErrGone) || err == nil && !bytes.Equal(r.File, g.bigRequest.File) {
			t.Error("half of it is there:", err)
		}
		return err == nil
	}},
	{name: "ReadRequest", calls: 3, run: func(ctx context.Context, g *stage) error {
		r, err := g.s.ReadRequest(ctx, g.bigRequest.ID)
		if err == nil && !same(r, g.bigRequest) {
			return errors.New("another request")
		}
		return err
	}},
	{name: "DeleteRequest", calls: 3, gone: true, run: func(ctx context.Context, g *stage) error {
		return g.s.DeleteRequest(ctx, g.bigRequest.ID)
	}, did: func(t *testing.T, g *stage) bool { return g.value(t, "keydesk-request-"+g.bigRequest.ID) == "" }},
	{name: "SavePass", calls: 1, run: func(ctx context.Context, g *stage) error {
		return g.s.SavePass(ctx, aPass("c", time.Hour))
	}, did: func(t *testing.T, g *stage) bool { return g.value(t, "keydesk-pass-"+passID("c")) != "" }},
	{name: "ReadPass", calls: 1, run: func(ctx context.Context, g *stage) error {
		_, err := g.s.ReadPass(ctx, passID("a"))
		return err
	}},
	{name: "UsePass", calls: 1, claim: true, run: func(ctx context.Context, g *stage) error {
		_, err := g.s.UsePass(ctx, passID("a"))
		return err
	}, did: func(t *testing.T, g *stage) bool { return g.value(t, "keydesk-pass-"+passID("a")) == "" }},
	{name: "EndPass", calls: 1, gone: true, over: vault.ErrGone, run: func(ctx context.Context, g *stage) error {
		return g.s.EndPass(ctx, passID("a"))
	}, did: func(t *testing.T, g *stage) bool { return g.value(t, "keydesk-pass-"+passID("a")) == "" }},
	{name: "SaveChat", calls: 2, run: func(ctx context.Context, g *stage) error {
		return g.s.SaveChat(ctx, vault.Chat{Person: tech.ID, Conversation: "a:2", ServiceURL: "https://x.example/"})
	}, did: func(t *testing.T, g *stage) bool {
		return strings.Contains(g.value(t, "keydesk-chat-"+hash(tech.ID)[:32]), "a:2")
	}},
	{name: "Settings", calls: 1, run: func(ctx context.Context, g *stage) error {
		_, err := g.s.Settings(ctx)
		return err
	}},
	{name: "SaveSettings", calls: 3, run: func(ctx context.Context, g *stage) error {
		set, err := g.s.Settings(ctx)
		if err != nil {
			return err
		}
		set.Values = map[string]string{"digest": "monday"}
		return g.s.SaveSettings(ctx, set)
	}, did: func(t *testing.T, g *stage) bool {
		return strings.Contains(g.value(t, "keydesk-settings"), "monday")
	}},
	{name: "NoteKey", calls: 3, run: func(ctx context.Context, g *stage) error {
		key, err := g.s.NoteKey(ctx, func() (string, error) { return "PRIVATE+KEY+fake", nil })
		if err == nil && key != "PRIVATE+KEY+fake" {
			return errors.New("another key")
		}
		return err
	}},
	{name: "Refresh", calls: 1, run: func(ctx context.Context, g *stage) error { return g.s.Refresh(ctx) }},
	{name: "Ready", calls: 1, run: func(ctx context.Context, g *stage) error { return g.s.Ready(ctx) }},
	{name: "segment Put", calls: 1, claim: true, run: func(ctx context.Context, g *stage) error {
		return g.s.Segments().Put(ctx, "keydesk-audit-2-abc", "lines", map[string]string{"count": "1"})
	}},
	{name: "segment Get", calls: 1, run: func(ctx context.Context, g *stage) error {
		body, err := g.s.Segments().Get(ctx, "keydesk-audit-1-abc", "")
		if err == nil && body != "old lines" {
			return errors.New("other lines")
		}
		return err
	}},
	{name: "segment List", calls: 1, run: func(ctx context.Context, g *stage) error {
		_, err := g.s.Segments().List(ctx)
		return err
	}},
	{name: "segment Versions", calls: 1, run: func(ctx context.Context, g *stage) error {
		_, err := g.s.Segments().Versions(ctx, "keydesk-audit-1-abc")
		return err
	}},
}

func newStage(t *testing.T) *stage {
	b := newBed(t)
	cfg, w := b.config()
	log, out := logs()
	cfg.Logger = log
	s, err := vault.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	g := &stage{bed: b, s: s, w: w, logs: out}
	ctx := t.Context()
	_, err = s.Create(ctx, newKey(ninja, "op-0"), old())
	errs := []error{err}
	g.token, _, err = s.MintLink(ctx, vault.Link{Key: ninja, Holder: tech, Until: time.Now().Add(time.Hour)})
	errs = append(errs, err)
	g.intake, _, err = s.MintLink(ctx, vault.Link{Intake: "import", Holder: tech, Until: time.Now().Add(time.Hour)})
	errs = append(errs, err)
	for _, name := range []catalog.KeyName{other, lost} {
		_, err := s.Create(ctx, newKey(name, "op-1"), old())
		errs = append(errs, err)
	}
	g.request, g.bigRequest, g.newRequest = aRequest(t), aRequest(t), aRequest(t)
	g.bigRequest.Parts, g.bigRequest.File = nil, aFile(40<<10)
	mustSave(t, s, g.request)
	mustSave(t, s, g.bigRequest)
	errs = append(errs, s.SavePass(ctx, aPass("a", 2*time.Hour)))
	_, err = s.Delete(ctx, lost, "op-1")
	another := ownVendor("op-v")
	another.ID, another.Name = "another-rmm", "Another RMM"
	errs = append(errs, s.SaveVendor(ctx, another, ""), s.PutTicket(ctx, "sweep-0", time.Now().Add(time.Hour)),
		s.Refresh(ctx))
	b.set(t, "OldTool-Secret", `{"client_id":"`+idValue+`","client_secret":"`+newSec+`"}`,
		"", map[string]string{"keydesk": "adopt"})
	errs = append(errs, err, s.PutTicket(ctx, "sweep-1", time.Now().Add(time.Hour)),
		s.Segments().Put(ctx, "keydesk-audit-1-abc", "old lines", nil))
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return g
}
