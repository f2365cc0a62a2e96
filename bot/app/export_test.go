package app

import (
	"context"
	"log/slog"

	"keydesk/bot/doctor"
	"keydesk/bot/web"
)

// Source is a directory without a cache.
type Source = source

// With puts something in the place of a tenant's groups and of signing in.
func (c Config) With(groups Source, signIn web.SignIn) Config {
	c.seams = seams{groups, signIn}
	return c
}

// WhenAllowed is how a start waits for a role in the vault.
func WhenAllowed(ctx context.Context, log *slog.Logger, open func() error) error {
	return (&App{cfg: Config{Logger: log}}).whenAllowed(ctx, "the vault x", open)
}

// DoctorOf is Doctor with what With has put in.
func DoctorOf(c Config) ([]doctor.Check, func(), error) { return doctorOf(c) }
