package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"keydesk/audit"
	"keydesk/bot/azure"
	"keydesk/bot/config"
	"keydesk/catalog"
	"keydesk/vault"
)

// VerifyLog checks the log of the configured vault. The sandbox must be stopped: its file has one owner.
func VerifyLog(ctx context.Context, s config.Config, opts audit.VerifyOptions) (audit.Report, error) {
	a := &App{cfg: Config{Settings: s, Logger: slog.New(slog.DiscardHandler)}}
	defer a.close()
	var err error
	if a.Catalog, err = catalog.Load(); err != nil {
		return audit.Report{}, err
	}
	c, err := a.vaultToRead()
	if err != nil {
		return audit.Report{}, err
	}
	store, err := vault.Open(ctx, c)
	if err != nil {
		return audit.Report{}, fmt.Errorf("the vault: %w", azure.VaultFault(err))
	}
	opts.Vault = store.Name()
	return audit.Verify(ctx, store.Segments(), opts)
}

// vaultToRead says how the configured vault is reached; it makes none.
func (a *App) vaultToRead() (c vault.Config, err error) {
	s := a.cfg.Settings
	if s.Azure != nil {
		own, err := newCredential(s.Azure, s.Azure.Identity, a.cfg.Logger)
		if err != nil {
			return c, fmt.Errorf("the credential for the vault: %w", err)
		}
		return a.azureVault(own), nil
	}
	if _, err := os.Stat(vaultFile(s)); err != nil {
		return c, err
	}
	c, _, err = a.sandboxVault()
	return c, err
}

// stdout is where each event goes as well, if that is asked for.
func (a *App) stdout() io.Writer {
	if a.cfg.Settings.AuditStdout {
		return os.Stdout
	}
	return nil
}
