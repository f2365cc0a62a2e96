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
	file, err := openFile(s)
	if err != nil {
		return audit.Report{}, err
	}
	defer file.Close()
	a := &App{cfg: Config{Settings: s, Logger: slog.New(slog.DiscardHandler)}}
	if a.Catalog, err = catalog.Load(); err != nil {
		return audit.Report{}, err
	}
	store, err := vault.Open(ctx, sandboxStore(file, a))
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
