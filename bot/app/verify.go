package app

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"keydesk/audit"
	"keydesk/bot/config"
	"keydesk/catalog"
	"keydesk/vault"
)

// VerifyLog checks the log of the configured vault. The sandbox must be stopped: its file has one owner.
func VerifyLog(ctx context.Context, s config.Config, opts audit.VerifyOptions) (audit.Report, error) {
	if _, err := os.Stat(filepath.Join(s.Data, "vault.db")); err != nil {
		return audit.Report{}, err
	}
	a := &App{cfg: Config{Settings: s, Logger: slog.New(slog.DiscardHandler)}}
	defer a.close()
	var err error
	if a.Catalog, err = catalog.Load(); err != nil {
		return audit.Report{}, err
	}
	c, _, err := a.openVault()
	if err != nil {
		return audit.Report{}, err
	}
	store, err := vault.Open(ctx, c)
	if err != nil {
		return audit.Report{}, err
	}
	opts.Vault = store.Name()
	return audit.Verify(ctx, store.Segments(), opts)
}

// stdout is where each event goes as well, if that is asked for.
func (a *App) stdout() io.Writer {
	if a.cfg.Settings.AuditStdout {
		return os.Stdout
	}
	return nil
}
