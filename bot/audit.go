package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/bot/config"
)

// verifyCommand is `bot audit verify`.
type verifyCommand struct {
	File       string `arg:"" optional:"" help:"${log}"`
	Checkpoint string `placeholder:"TEXT|@FILE" help:"A checkpoint as it was posted: what it covers must still stand."`
	Key        string `placeholder:"KEY" help:"Checks the checkpoint's signature; looks like keydesk/<vault>+..."`
}

// Run prints the report, and ends with errFault if the log does not hold.
func (c verifyCommand) Run(ctx context.Context, p *process) error {
	opts, err := c.options()
	if err != nil {
		return err
	}
	report, err := c.verify(ctx, p, opts)
	if err != nil {
		return fmt.Errorf("the log could not be checked: %w", err)
	}
	fmt.Fprint(p.stdout, report)
	if !report.OK() {
		return errFault
	}
	return nil
}

func (c verifyCommand) options() (audit.VerifyOptions, error) {
	text := c.Checkpoint
	if path, ok := strings.CutPrefix(text, "@"); ok {
		b, err := os.ReadFile(path)
		if err != nil {
			return audit.VerifyOptions{}, fmt.Errorf("reading the checkpoint: %w", err)
		}
		text = string(b)
	}
	return audit.VerifyOptions{Checkpoint: text, Key: c.Key}, nil
}

func (c verifyCommand) verify(ctx context.Context, p *process, opts audit.VerifyOptions) (audit.Report, error) {
	if c.File != "" {
		f, err := os.Open(c.File)
		if err != nil {
			return audit.Report{}, err
		}
		defer f.Close()
		return audit.VerifyReader(f, opts)
	}
	settings, warnings, err := config.Load(p.environ)
	if err != nil {
		return audit.Report{}, settingsError{err}
	}
	for _, w := range warnings {
		fmt.Fprintln(p.stderr, w)
	}
	return app.VerifyLog(ctx, settings, opts)
}
