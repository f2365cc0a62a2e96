package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"keydesk/audit"
	"keydesk/bot/desk"
	"keydesk/catalog"
	"keydesk/vault"

	"golang.org/x/mod/sumdb/note"
)

// vaultConfig adds to a vault what this process has for any.
func (a *App) vaultConfig(c vault.Config) vault.Config {
	c.Catalog, c.Logger = a.Catalog, a.cfg.Logger
	if a.cfg.Transport != nil {
		c.Transport = a.cfg.Transport(c.Transport)
	}
	if a.metrics != nil {
		c.Observe = a.metrics.vaultCall
	}
	return c
}

// openKeys opens the vault.
func (a *App) openKeys(ctx context.Context, c vault.Config) (err error) {
	if a.Vault, err = vault.Open(ctx, c); err != nil {
		return fmt.Errorf("reading the vault: %w", err)
	}
	return nil
}

// openLog opens the log in the vault that openKeys has opened, or in that of its AuditURL.
func (a *App) openLog(ctx context.Context) error {
	name := "keydesk/" + a.Vault.Name()
	skey, err := a.Vault.NoteKey(ctx, func() (string, error) {
		skey, _, err := audit.NewKey(name)
		return skey, err
	})
	if err != nil {
		return fmt.Errorf("reading the log's key: %w", err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return fmt.Errorf("the log's key (secret keydesk-note-key) is damaged")
	}
	a.Log, err = audit.Open(ctx, audit.Config{Store: a.Vault.Segments(), Vault: a.Vault.Name(), Signer: signer,
		Stdout: a.stdout(), Logger: a.cfg.Logger})
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	return nil
}

// openDesk opens the desk on the vault and the log.
func (a *App) openDesk(ctx context.Context, poster desk.Poster, dir desk.Directory, ownApps ...string) (err error) {
	s := a.cfg.Settings
	public := s.PublicURL
	if public == "" {
		public = a.base
	}
	a.Desk, err = desk.New(desk.Config{Catalog: a.Catalog, Vault: a.Vault, Log: a.Log, Directory: dir,
		Poster: poster, PublicURL: strings.TrimSuffix(public, "/"), Logger: a.cfg.Logger,
		LinkTTL: s.LinkTTL, OwnApps: ownApps, PerMinute: a.cfg.PerMinute, PageOnly: s.IntakePage,
		Sandbox: s.Azure == nil, TwoPerson: s.TwoPerson, Observe: a.metrics.command})
	if err == nil && s.TwoPerson {
		a.warnOfFewAdmins(ctx, dir)
	}
	return err
}

// leastAdmins is how many admins the two-person rule takes: nobody approves what is their own.
const leastAdmins = 2

// warnOfFewAdmins says that nobody could approve anything.
func (a *App) warnOfFewAdmins(ctx context.Context, dir desk.Directory) {
	admins, err := dir.Members(ctx, catalog.Admin)
	switch {
	case err != nil:
		a.cfg.Logger.Warn("it is not known whether there are two admins, which KEYDESK_TWO_PERSON=on takes",
			slog.Any("error", err))
	case len(admins) < leastAdmins:
		a.cfg.Logger.Warn("KEYDESK_TWO_PERSON is on, but Admin has fewer than two members: nobody can approve",
			slog.Int("members", len(admins)))
	}
}
