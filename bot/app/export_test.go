package app

import (
	"context"
	"log/slog"
)

// WhenAllowed is how a start waits for a role in the vault.
func WhenAllowed(ctx context.Context, log *slog.Logger, open func() error) error {
	return (&App{cfg: Config{Logger: log}}).whenAllowed(ctx, "the vault x", open)
}
