package app

import (
	"context"
	"log/slog"

	"keydesk/bot/config"
)

// WhenAllowed is how a start waits for a role in the vault.
func WhenAllowed(ctx context.Context, log *slog.Logger, open func() error) error {
	return (&App{cfg: Config{Logger: log}}).whenAllowed(ctx, "the vault x", open)
}

// OwnApps is ownApps.
func OwnApps(s *config.Azure) []string { return ownApps(s) }
