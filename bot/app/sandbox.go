package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"keydesk/bot/config"
	"keydesk/bot/desk/sheet"
	"keydesk/bot/directory/people"
	"keydesk/bot/sandbox"
	"keydesk/bot/teams"
	"keydesk/bot/web"
	"keydesk/vault"
	"keydesk/vault/embedded"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const (
	// sandboxVault is the address the embedded vault's ids begin with. Nothing listens there.
	sandboxVault = "https://sandbox.vault.localhost"
	// sandboxApp is the bot's app id in the sandbox.
	sandboxApp = "00000000-0000-0000-0000-00000000b070"
)

// buildSandbox wires the embedded default: everything on this machine, nothing in Azure.
func (a *App) buildSandbox(ctx context.Context) error {
	s := a.cfg.Settings
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return fmt.Errorf("making the folder for data (KEYDESK_DATA): %w", err)
	}
	store, file, err := a.sandboxVault()
	if err != nil {
		return err
	}
	if err := a.openKeys(ctx, store); err != nil {
		return err
	}
	if err := a.openLog(ctx); err != nil {
		return err
	}
	who, err := people.Load(filepath.Join(s.Data, "people.yaml"))
	if err != nil {
		return err
	}
	connector := teams.NewConnector(teams.ConnectorConfig{AppID: sandboxApp, Hosts: loopbackHost, Chats: a.Vault,
		Logger: a.cfg.Logger})
	if err := a.openDesk(ctx, connector, cached(who), sandboxApp); err != nil {
		return err
	}
	a.endpoint = teams.New(teams.Config{Desk: a.Desk, Inbound: teams.TrustLoopback(who.Tenant), Connector: connector,
		AppID: sandboxApp, Logger: a.cfg.Logger, Observe: a.metrics.activity})
	return a.mountSandbox(who, file)
}

// sandboxVault opens the embedded Key Vault, or says how the one elsewhere is reached; file is nil then.
func (a *App) sandboxVault() (c vault.Config, file *embedded.Vault, err error) {
	if a.cfg.Vault != nil {
		return a.vaultConfig(*a.cfg.Vault), nil, nil
	}
	s := a.cfg.Settings
	file, err = embedded.Open(embedded.Config{Path: vaultFile(s), MasterKey: s.MasterKey, URL: sandboxVault,
		Logger: a.cfg.Logger})
	if err != nil {
		return c, nil, fmt.Errorf("the sandbox's vault: %w", err)
	}
	a.onClose(func() { _ = file.Close() })
	return a.vaultConfig(vault.Config{URL: sandboxVault, Credential: fixedToken(file.Token()), Transport: file,
		OutsideMicrosoft: true}), file, nil
}

// vaultFile is where the embedded Key Vault is kept.
func vaultFile(s config.Config) string { return filepath.Join(s.Data, "vault.db") }

// mountSandbox puts the bot, its pages and the stand-in for Teams on the one listener, behind the guard.
func (a *App) mountSandbox(who *people.People, file *embedded.Vault) error {
	token := rand.Text()
	var list []sandbox.Person
	for _, p := range who.All() {
		list = append(list, sandbox.Person{ID: p.ID, Name: p.Name, Roles: p.Roles.String()})
	}
	cfg := sandbox.Config{BaseURL: a.base, BotURL: a.base + "/api/messages", AppID: sandboxApp,
		Tenant: who.Tenant(), People: func() []sandbox.Person { return list }, Token: token, Logger: a.cfg.Logger}
	if file != nil { // what was said is kept sealed, or not at all
		cfg.Transcript, cfg.Seal = filepath.Join(a.cfg.Settings.Data, "teams.sealed"), file.AEAD("teams transcript")
	}
	standIn, err := sandbox.New(cfg)
	if err != nil {
		return err
	}
	a.endStreams = standIn.Close
	a.onClose(standIn.Close)
	pages := web.New(web.Config{Desk: a.Desk, Template: sheet.Template(a.Catalog),
		Ready: a.ready, Logger: a.cfg.Logger})
	mux := http.NewServeMux()
	mux.Handle("/", standIn.Handler())
	mux.Handle("/api/messages", a.endpoint)
	for _, path := range []string{"/r/", "/i/", "/healthz", "/readyz"} {
		mux.Handle(path, pages)
	}
	a.handler = sandbox.Guard(a.listener.Addr().String(), mux)
	a.address = a.base + "/?token=" + token
	return nil
}

// fixedToken is the credential of the vault that lives in this process.
type fixedToken string

// GetToken never expires within the life of the process.
func (t fixedToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(t), ExpiresOn: time.Now().Add(24 * time.Hour)}, nil
}

// loopbackHost says whether a host is on this machine: in the sandbox nothing else is posted to.
func loopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
