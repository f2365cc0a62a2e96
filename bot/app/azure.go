package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"keydesk/bot/azure"
	"keydesk/bot/config"
	"keydesk/bot/desk/sheet"
	"keydesk/bot/teams"
	"keydesk/bot/web"
	"keydesk/bot/web/signin"
	"keydesk/vault"
)

// buildAzure wires a tenant: its vault, its groups, its Teams.
func (a *App) buildAzure(ctx context.Context) error {
	s := a.cfg.Settings.Azure
	a.tellAzure()
	own, bot, err := a.credentials(ctx)
	if err != nil {
		return err
	}
	store := a.azureVault(own)
	err = a.whenAllowed(ctx, "the vault "+hostOf(s.VaultURL), func() error { return a.openKeys(ctx, store) })
	if err != nil {
		return err
	}
	log := s.VaultURL
	if s.AuditURL != "" {
		log = s.AuditURL
	}
	if err := a.whenAllowed(ctx, "the log in "+hostOf(log), func() error { return a.openLog(ctx) }); err != nil {
		return err
	}
	groups, err := a.openDirectory(own)
	if err != nil {
		return fmt.Errorf("the directory: %w", err)
	}
	hosts := connectorHosts(s.Cloud)
	connector := teams.NewConnector(teams.ConnectorConfig{AppID: s.Bot.Client, Tenant: s.Tenant,
		Credential: bot, Scope: s.Cloud.ConnectorScope, Hosts: hosts, Chats: a.Vault, Logger: a.cfg.Logger})
	if err := a.openDesk(ctx, connector, cached(groups), ownApps(s)...); err != nil {
		return err
	}
	inbound := teams.RequireTokens(teams.TokenConfig{AppID: s.Bot.Client, Tenant: s.Tenant,
		Issuer: s.Cloud.BotIssuer, MetadataURL: s.Cloud.OpenIDMetadata, Hosts: hosts})
	a.endpoint = teams.New(teams.Config{Desk: a.Desk, Inbound: inbound, Connector: connector,
		AppID: s.Bot.Client, Logger: a.cfg.Logger, Refused: a.Desk.Refused, Observe: a.metrics.activity})
	return a.mountAzure()
}

// ownApps is every registration that Keydesk signs in with. That of the vault opens all keys.
func ownApps(s *config.Azure) []string {
	all := []string{s.Bot.Client, s.Identity.Client}
	if s.SignIn != nil {
		all = append(all, s.SignIn.Client)
	}
	return all
}

// mountAzure puts the endpoint and the pages on the listener. There is no sandbox, and no page at /.
func (a *App) mountAzure() error {
	s := a.cfg.Settings.Azure
	pages := web.Config{Desk: a.Desk, Template: sheet.Template(a.Catalog), Ready: a.ready, Logger: a.cfg.Logger}
	if s.SignIn != nil {
		signIn, err := signin.New(signin.Config{Authority: s.Cloud.Authority, Tenant: s.Tenant,
			ClientID: s.SignIn.Client, ClientSecret: s.SignIn.Secret, PublicURL: a.cfg.Settings.PublicURL})
		if err != nil {
			return fmt.Errorf("signing in: %w", err)
		}
		pages.SignIn = signIn
	}
	mux := http.NewServeMux()
	mux.Handle("/", web.New(pages))
	mux.Handle("/api/messages", a.endpoint)
	a.handler, a.address = mux, a.cfg.Settings.PublicURL
	return nil
}

// tellAzure says in the log what this process is about to trust.
func (a *App) tellAzure() {
	s, log := a.cfg.Settings.Azure, a.cfg.Logger
	log.Info("serving a tenant", slog.String("tenant", s.Tenant), slog.String("vault", hostOf(s.VaultURL)),
		slog.String("cloud", s.Cloud.Name), slog.String("with", s.Identity.How()),
		slog.String("bot", s.Bot.How()))
	if s.Cloud.AuthorityOutside() {
		log.Warn("tokens come from outside Microsoft's clouds (AZURE_AUTHORITY_HOST): instance discovery "+
			"is off",
			slog.String("authority", hostOf(s.Cloud.Authority)))
	}
	for _, address := range []string{s.VaultURL, s.AuditURL} {
		if address != "" && config.VaultOutside(address) {
			log.Warn("a vault is outside Microsoft's clouds: the check of its challenge is off",
				slog.String("vault", hostOf(address)))
		}
	}
	if s.SignIn == nil {
		log.Warn("KEYDESK_LINK_SIGNIN is off: a link opens for whoever has it")
	}
}

// credentials makes those of the vault and of the bot, and asks each for a first token, so that a wrong one
// is told now and the first turn does not wait for it.
func (a *App) credentials(ctx context.Context) (own, bot *azure.Credential, err error) {
	s := a.cfg.Settings.Azure
	if own, err = newCredential(s, s.Identity, a.cfg.Logger); err != nil {
		return nil, nil, fmt.Errorf("the credential for the vault: %w", err)
	}
	if err := own.Check(ctx, s.Cloud.VaultScope); err != nil {
		return nil, nil, fmt.Errorf("the token for the vault: %w", err)
	}
	if s.Bot == s.Identity {
		bot = own
	} else if bot, err = newCredential(s, s.Bot, a.cfg.Logger); err != nil {
		return nil, nil, fmt.Errorf("the bot's credential: %w", err)
	}
	if err := bot.Check(ctx, s.Cloud.ConnectorScope); err != nil {
		return nil, nil, fmt.Errorf("the bot's own token: %w", err)
	}
	return own, bot, nil
}

func newCredential(s *config.Azure, i config.Identity, log *slog.Logger) (*azure.Credential, error) {
	return azure.New(azure.Config{Identity: i, Cloud: s.Cloud, AnyChallenge: outside(s), Logger: log})
}

// outside says whether a vault is outside Microsoft's clouds.
func outside(s *config.Azure) bool {
	return config.VaultOutside(s.VaultURL) || s.AuditURL != "" && config.VaultOutside(s.AuditURL)
}

// azureVault says how the tenant's vault is reached.
func (a *App) azureVault(own *azure.Credential) vault.Config {
	s := a.cfg.Settings.Azure
	return a.vaultConfig(vault.Config{URL: s.VaultURL, AuditURL: s.AuditURL, Credential: own,
		OutsideMicrosoft: outside(s)})
}

// connectorHosts is the hosts that may get the bot's token.
func connectorHosts(c config.Cloud) func(host string) bool {
	switch {
	case len(c.ConnectorHosts) > 0:
		return teams.OnlyHosts(c.ConnectorHosts)
	case c.Name == "usgov":
		return teams.GovHost
	}
	return teams.TeamsHost
}

const (
	roleWithin = 3 * time.Minute  // how long a start waits for a role in the vault to count
	roleEvery  = 5 * time.Second  // how often it looks
	roleTell   = 30 * time.Second // how often it says so
)

// whenAllowed opens what lies in a vault. A role that was just given takes minutes to count
// (learn.microsoft.com, Key Vault RBAC guide), so it waits for one, and for nothing else.
func (a *App) whenAllowed(ctx context.Context, what string, open func() error) error {
	begun, told := time.Now(), time.Time{}
	for {
		err := open()
		if err == nil {
			return nil
		}
		fault := azure.VaultFault(err)
		if !errors.Is(fault, azure.ErrNoRole) || time.Since(begun) >= roleWithin {
			return fmt.Errorf("%s: %w", what, fault)
		}
		if time.Since(told) >= roleTell {
			told = time.Now()
			a.cfg.Logger.Warn(what+": no role in the vault lets Keydesk in yet; it looks again every few "+
				"seconds",
				slog.Duration("for", (roleWithin-time.Since(begun)).Round(time.Second)),
				slog.String("needed", "Key Vault Secrets Officer"))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, context.Cause(ctx))
		case <-time.After(roleEvery):
		}
	}
}

// hostOf is the host of an address.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
