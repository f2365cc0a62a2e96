package main

import (
	"context"
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
	if err != nil {
		return startError{err}
	}
	greet(p, settings, a.Address())
	if err := a.Serve(ctx); err != nil {
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
	data := s.Data
	if abs, err := filepath.Abs(data); err == nil {
		data = abs
	}
	fmt.Fprintf(to, `Keydesk runs as a sandbox: the bot, its vault and a small Teams, all on this machine.

  Open   %s
  Type   help           what you can do here
         add ninja      store your first key
  Data   %s
  Stop   Ctrl-C; everything is there again at the next start

`, address, data)
}
