package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"keydesk/bot/azure"
	"keydesk/bot/config"
	"keydesk/bot/directory/people"
	"keydesk/bot/doctor"
	"keydesk/catalog"
	"keydesk/vault"
	"keydesk/vault/embedded"
)

// Doctor is the checks of a set-up. done lets go of what they hold.
func Doctor(s config.Config) (checks []doctor.Check, done func(), err error) {
	// What goes wrong is told by the checks.
	a := &App{cfg: Config{Settings: s, Logger: slog.New(slog.DiscardHandler)}}
	if a.Catalog, err = catalog.Load(); err != nil {
		return nil, nil, fmt.Errorf("loading the catalog: %w", err)
	}
	if s.Azure != nil {
		return a.azureChecks(), a.close, nil
	}
	return a.sandboxChecks(), a.close, nil
}

// sandboxChecks looks at the folder and makes nothing in it.
func (a *App) sandboxChecks() []doctor.Check {
	s := a.cfg.Settings
	file := func(ctx context.Context) (string, []error) {
		if _, err := os.Stat(vaultFile(s)); errors.Is(err, fs.ErrNotExist) {
			return "none yet, the first start makes it", nil
		}
		c, err := a.vaultToRead()
		if errors.Is(err, embedded.ErrLocked) {
			return "a running Keydesk has it open", nil
		}
		if err != nil {
			return "", []error{err}
		}
		store, err := vault.Open(ctx, c)
		if err != nil {
			return "", []error{err}
		}
		return fmt.Sprintf("keys in it: %d", len(store.Keys())), nil
	}
	admins := func(ctx context.Context) (string, []error) {
		path := filepath.Join(s.Data, "people.yaml")
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return "nobody yet, the first start names some", nil
		}
		who, err := people.Load(path)
		if err != nil {
			return "", []error{err}
		}
		return a.countAdmins(who)(ctx)
	}
	return []doctor.Check{{Name: "the vault's file", Run: file}, {Name: "admins", Run: admins}}
}

// Checks that others need.
const (
	vaultName  = "name of the vault"
	vaultToken = "token for the vault"
)

// azureChecks goes the way that a start goes, step by step, and further.
func (a *App) azureChecks() []doctor.Check {
	s := a.cfg.Settings.Azure
	own, ownErr := newCredential(s, s.Identity, a.cfg.Logger)
	checks := []doctor.Check{{Name: vaultName, Run: doctor.Resolve(s.VaultURL), Advice: noVaultAdvice}}
	checks = append(checks, tokenCheck(vaultToken, "", own, ownErr, s.Cloud.VaultScope))
	if ownErr == nil {
		checks = append(checks, a.vaultChecks(own)...)
		checks = append(checks, a.directoryChecks(own)...)
	}
	bot, botErr := newCredential(s, s.Bot, a.cfg.Logger)
	checks = append(checks, tokenCheck("the bot's own token", "", bot, botErr, s.Cloud.ConnectorScope),
		doctor.Check{Name: "keys that sign activities", Run: doctor.Metadata(s.Cloud.OpenIDMetadata,
			s.Cloud.BotIssuer),
			Advice: say("Check that this machine may reach " + s.Cloud.OpenIDMetadata + ".")})
	if s.SignIn != nil {
		i := config.Identity{Tenant: s.Tenant, Client: s.SignIn.Client, Secret: s.SignIn.Secret,
			Names: s.SignIn.Names}
		signIn, err := newCredential(s, i, a.cfg.Logger)
		checks = append(checks, tokenCheck("registration for signing in",
			"its redirect URI has to be "+a.cfg.Settings.PublicURL+"/signin/callback", signIn, err,
			s.Cloud.Graph+"/.default"))
	}
	return append(checks, doctor.Check{Name: "public address", Run: doctor.Answers(a.cfg.Settings.PublicURL),
		Advice: say("Keydesk answers only while it runs. If it does, check DNS, the certificate and the " +
			"way from KEYDESK_PUBLIC_URL to KEYDESK_LISTEN.")})
}

func tokenCheck(name, saw string, c *azure.Credential, err error, scope string) doctor.Check {
	return doctor.Check{Name: name, Advice: azure.Advice, Run: doctor.Try(saw, func(ctx context.Context) error {
		if err != nil {
			return err
		}
		return c.Check(ctx, scope)
	})}
}

// vaultChecks tries each right. With a vault of its own the log can be read and written there, and not
// deleted.
func (a *App) vaultChecks(own *azure.Credential) []doctor.Check {
	s, c := a.cfg.Settings.Azure, a.azureVault(own)
	keys, err := vault.NewProbe(c)
	if err != nil {
		return []doctor.Check{{Name: "vault", Run: doctor.Try("", func(context.Context) error { return err })}}
	}
	checks := []doctor.Check{
		right("vault: list", keys.List, vaultName, vaultToken), right("vault: get", keys.Get, "vault: list"),
		right("vault: set", keys.Set, "vault: list"), right("vault: delete", keys.Delete, "vault: set"),
	}
	if s.AuditURL == "" {
		return checks
	}
	c.URL = s.AuditURL
	log, err := vault.NewProbe(c)
	if err != nil {
		return append(checks, doctor.Check{Name: "log's vault", Run: doctor.Try("",
			func(context.Context) error { return err })})
	}
	const name = "name of the log's vault"
	return append(checks, doctor.Check{Name: name, Run: doctor.Resolve(s.AuditURL), Advice: noVaultAdvice},
		right("log's vault: list", log.List, name, vaultToken), right("log's vault: get", log.Get,
			"log's vault: list"),
		right("log's vault: set", log.SetMark, "log's vault: list"),
		doctor.Check{Name: "log's vault: no delete", Needs: []string{"log's vault: list"},
			Run: mayNot(log.Delete),
			Advice: say("Take the right to delete secrets there away from Keydesk, so that nobody can " +
				"end the log by it.")})
}

func right(name string, f func(context.Context) error, needs ...string) doctor.Check {
	return doctor.Check{Name: name, Needs: needs, Advice: azure.Advice,
		Run: doctor.Try("", func(ctx context.Context) error { return azure.VaultFault(f(ctx)) })}
}

// mayNot warns when something works that need not.
func mayNot(f func(context.Context) error) func(context.Context) (string, []error) {
	return func(ctx context.Context) (string, []error) {
		switch err := f(ctx); {
		case err == nil:
			return "", []error{doctor.Warn(errors.New("nothing keeps Keydesk from deleting there"))}
		case !errors.Is(err, vault.ErrForbidden):
			return "", []error{azure.VaultFault(err)}
		}
		return "", nil
	}
}

// directoryChecks asks the directory for what it can say of itself, and who is an admin.
func (a *App) directoryChecks(own *azure.Credential) []doctor.Check {
	groups, err := a.openDirectory(own)
	if err != nil {
		return []doctor.Check{{Name: "role groups", Run: doctor.Try("",
			func(context.Context) error { return err })}}
	}
	look := func(ctx context.Context) (string, []error) {
		var faults []error
		for _, fault := range groups.Check(ctx) {
			what, todo, _ := strings.Cut(fault.Text, ". ")
			faults = append(faults, &azure.Fault{Kind: errors.New(what), Advice: todo})
		}
		return "", faults
	}
	return []doctor.Check{{Name: "role groups", Needs: []string{vaultToken}, Advice: azure.Advice, Run: look},
		{Name: "admins", Needs: []string{"role groups"}, Run: a.countAdmins(groups), Advice: azure.Advice}}
}

// countAdmins warns when the two-person rule has too few of them, and when there is none.
func (a *App) countAdmins(from source) func(context.Context) (string, []error) {
	return func(ctx context.Context) (string, []error) {
		admins, err := from.Members(ctx, catalog.Admin)
		switch {
		case err != nil:
			return "", []error{err}
		case len(admins) == 0:
			return "", []error{errors.New("there is none: nobody can add a key")}
		case len(admins) < leastAdmins && a.cfg.Settings.TwoPerson:
			return "", []error{doctor.Warn(errors.New("there is one, and KEYDESK_TWO_PERSON=on takes " +
				"two: changes can't be approved"))}
		}
		return fmt.Sprint(len(admins)), nil
	}
}

func say(advice string) func(error) string { return func(error) string { return advice } }

var noVaultAdvice = say("There may be no vault of that name: check KEYDESK_VAULT, or the address. With a " +
	"private endpoint check that this machine's DNS knows its zone.")
