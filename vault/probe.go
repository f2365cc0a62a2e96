package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// Probe tries what Keydesk does with one Key Vault, right by right, and leaves what is stored alone. Errors
// are those of Store: ErrForbidden, ErrThrottled, ErrUnavailable, ErrUnclear.
type Probe struct {
	client *client
	name   string // of the ticket that Set writes
}

// NewProbe checks the address and calls nobody.
func NewProbe(cfg Config) (*Probe, error) {
	address, err := vaultURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	c, err := newClient(cfg, address)
	if err != nil {
		return nil, err
	}
	return &Probe{client: c, name: ticketPrefix + "doctor-" + strings.ToLower(rand.Text())}, nil
}

// List reads one page of the names.
func (p *Probe) List(ctx context.Context) error {
	pages := p.client.sdk.NewListSecretPropertiesPager(nil)
	if _, err := pages.NextPage(again(ctx)); err != nil {
		return fmt.Errorf("listing: %w", fault(err))
	}
	return nil
}

// Get reads Keydesk's own settings; that there are none is fine.
func (p *Probe) Get(ctx context.Context) error {
	_, err := p.client.get(ctx, settingsName, "")
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrDisabled) {
		return nil
	}
	return wrap("reading", err)
}

// Set writes a ticket for nothing, of a name that was never used; if Delete does not take it away, a sweep
// does.
func (p *Probe) Set(ctx context.Context) error { return p.set(ctx, p.name) }

// SetMark writes one fixed secret, for a vault where nothing can be deleted again.
func (p *Probe) SetMark(ctx context.Context) error {
	err := p.set(ctx, ticketPrefix+"doctor")
	if errors.Is(err, ErrDeleted) { // a name that is deleted is only told to who may set it
		return nil
	}
	return err
}

func (p *Probe) set(ctx context.Context, name string) error {
	t := tags{}
	t.setTime(tagUntil, millis(time.Now().Add(10*time.Minute)))
	_, err := p.client.set(ctx, throttled, name, azsecrets.SetSecretParameters{Value: to.Ptr(empty),
		ContentType: to.Ptr(contentTicket), Tags: t.wire()})
	return wrap("writing", err)
}

// Delete takes away what Set wrote. That it is not there is fine: the vault says so only to who may delete.
func (p *Probe) Delete(ctx context.Context) error {
	if _, err := p.client.delete(ctx, p.name); err != nil && !errors.Is(err, ErrNotFound) {
		return wrap("deleting", err)
	}
	return nil
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
