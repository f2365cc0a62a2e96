package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"keydesk/bot/app"
	"keydesk/bot/config"
)

// serveCommand is `bot serve`.
type serveCommand struct{}

// Run answers until ctx ends. Standard output tells a person where to go, standard error is the log.
func (serveCommand) Run(ctx context.Context, p *process) error {
	logger := slog.New(slog.NewTextHandler(p.stderr, nil))
	settings, warnings, err := config.Load(p.environ)
	if err != nil {
		return settingsError{err}
	}
	for _, w := range warnings {
		logger.Warn(w)
	}
	a, err := app.New(ctx, app.Config{Settings: settings, Logger: logger})
	if err == nil {
		greet(p, settings, a.Address())
		err = a.Serve(ctx)
	} else {
		err = startError{err}
	}
	// Told to stop before it was up, it has nothing to finish.
	if err != nil && (ctx.Err() == nil || !errors.Is(err, context.Canceled)) {
		return err
	}
	logger.Info("stopped")
	return nil
}

// greet says what runs, where, and what to do first.
func greet(p *process, s config.Config, address string) {
	to := p.stdout
	if s.AuditStdout {
		to = p.stderr // standard output is the collector's then, a JSON line an event
	}
	rule := ""
	if s.TwoPerson {
		rule = "\n  Rule   two-person: changes wait for another admin"
	}
	if s.Azure != nil {
		entra := ""
		if s.Azure.SignIn != nil {
			entra = "\n  Entra  " + address + "/signin/callback   the redirect URI of the registration for signing in"
		}
		fmt.Fprintf(to, `Keydesk serves the tenant %s.

  Open   %s   the pages; there is none at /
  Teams  %s/api/messages   the messaging endpoint of the Azure Bot%s
  Vault  %s%s
  Check  bot doctor
  Stop   Ctrl-C

`, s.Azure.Tenant, address, address, entra, s.Azure.VaultURL, rule)
		return
	}
	data := s.Data
	if abs, err := filepath.Abs(data); err == nil {
		data = abs
	}
	fmt.Fprintf(to, `Keydesk runs as a sandbox: the bot, its vault and a small Teams, all on this machine.

  Open   %s
  Type   help           what you can do here
         add ninja      store your first key
  Data   %s%s
  Stop   Ctrl-C; everything is there again at the next start

`, address, data, rule)
}
