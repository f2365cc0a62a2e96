package main

import (
	"context"
	"fmt"

	"keydesk/bot/app"
	"keydesk/bot/config"
	"keydesk/bot/doctor"
)

// doctorCommand is `bot doctor`.
type doctorCommand struct{}

// Run looks at the set-up and ends with errFault if a fault was found.
func (doctorCommand) Run(ctx context.Context, p *process) error {
	settings, warnings, err := config.Load(p.environ)
	found := doctor.Check{Name: "settings", Run: func(context.Context) (string, []error) {
		return "", settingsFound(warnings, err)
	}}
	checks := []doctor.Check{found}
	if err == nil {
		more, done, err := app.Doctor(settings)
		if err != nil {
			return err
		}
		defer done()
		checks = append(checks, more...)
		fmt.Fprintln(p.stdout, about(settings))
	}
	for i := range checks {
		if checks[i].Advice == nil {
			checks[i].Advice = hint
		}
	}
	if doctor.Run(ctx, p.stdout, checks).Faults > 0 {
		return errFault
	}
	return nil
}

// about says what is looked at.
func about(s config.Config) string {
	if s.Azure == nil {
		return "The sandbox on this machine.\n"
	}
	return fmt.Sprintf("The tenant %s with the vault %s.\n", s.Azure.Tenant, s.Azure.VaultURL)
}

// settingsFound is every warning and fault of the settings by itself.
func settingsFound(warnings []string, err error) (all []error) {
	for _, w := range warnings {
		all = append(all, doctor.Warn(fmt.Errorf("%s", w)))
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return append(all, many.Unwrap()...)
	}
	return all
}
