package vault_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"keydesk/vault"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// A probe may do all that Keydesk does, and nothing of it is there afterwards but one mark.
func TestProbe(t *testing.T) {
	b := newBed(t)
	cfg, _ := b.config()
	p, err := vault.NewProbe(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, try := range []func(context.Context) error{p.List, p.Get, p.Delete, p.Set, p.Delete, p.SetMark,
		p.SetMark} {
		if err := try(t.Context()); err != nil {
			t.Error(err)
		}
	}
	s, err := vault.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Keys()) > 0 || s.ClaimTicket(t.Context(), "doctor") != nil {
		t.Error("left more than a ticket, or none")
	}
	if err := p.SetMark(t.Context()); err != nil {
		t.Error("a mark that somebody deleted:", err)
	}
	cfg.Credential = noToken{errors.New("any")}
	if p, err = vault.NewProbe(cfg); err != nil {
		t.Fatal(err)
	}
	for _, try := range []func(context.Context) error{p.List, p.Get, p.Set, p.SetMark, p.Delete} {
		if err := try(t.Context()); !errors.Is(err, vault.ErrForbidden) {
			t.Error("without a token:", err)
		}
	}
}

// noToken is a credential that has none.
type noToken struct{ err error }

func (n noToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, n.err
}

// why is a credential's own error that is fit to be kept.
type why struct{ passing bool }

func (why) Error() string   { return "the secret has expired" }
func (w why) Passing() bool { return w.passing }

func TestWhyThereIsNoToken(t *testing.T) {
	for passing, kind := range map[bool]error{false: vault.ErrForbidden, true: vault.ErrUnavailable} {
		b := newBed(t)
		cfg, _ := b.config()
		cfg.Credential = noToken{why{passing}}
		_, err := vault.Open(t.Context(), cfg)
		reason, kept := errors.AsType[why](err)
		if !errors.Is(err, kind) || errors.Is(err, vault.ErrUnclear) || !kept || reason.passing != passing {
			t.Errorf("%v: %v", passing, err)
		}
		var logged strings.Builder
		slog.New(slog.NewTextHandler(&logged, nil)).Info("x", vault.Cause(err))
		if !strings.Contains(logged.String(), `cause.reason="the secret has expired"`) {
			t.Error(logged.String())
		}
	}
}
