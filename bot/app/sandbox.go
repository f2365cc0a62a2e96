package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/bot/desk"
	"keydesk/bot/desk/sheet"
	"keydesk/bot/directory"
	"keydesk/bot/directory/people"
	"keydesk/bot/sandbox"
	"keydesk/bot/teams"
	"keydesk/bot/web"
	"keydesk/catalog"
	"keydesk/vault"
	"keydesk/vault/embedded"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/mod/sumdb/note"
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
	store, file, err := a.openVault()
	if err != nil {
		return err
	}
	if err := a.openStores(ctx, store); err != nil {
		return err
	}
	who, err := people.Load(filepath.Join(s.Data, "people.yaml"))
	if err != nil {
		return err
	}
	connector := teams.NewConnector(teams.ConnectorConfig{AppID: sandboxApp, Hosts: loopbackHost, Chats: a.Vault,
		Logger: a.cfg.Logger})
	if err := a.openDesk(connector, directoryOf(who)); err != nil {
		return err
	}
	a.endpoint = teams.New(teams.Config{Desk: a.Desk, Inbound: teams.TrustLoopback(who.Tenant), Connector: connector,
		AppID: sandboxApp, Logger: a.cfg.Logger, Observe: a.metrics.activity})
	return a.mountSandbox(who, file)
}

// openVault opens the embedded Key Vault, or says how the one elsewhere is reached; file is nil then.
func (a *App) openVault() (c vault.Config, file *embedded.Vault, err error) {
	if a.cfg.Vault != nil {
		c = *a.cfg.Vault
	} else {
		s := a.cfg.Settings
		path := filepath.Join(s.Data, "vault.db")
		file, err = embedded.Open(embedded.Config{Path: path, MasterKey: s.MasterKey,
			URL: sandboxVault, Logger: a.cfg.Logger})
		if err != nil {
			return c, nil, fmt.Errorf("the sandbox's vault: %w", err)
		}
		a.onClose(func() { _ = file.Close() })
		c = vault.Config{URL: sandboxVault, Credential: fixedToken(file.Token()),
			Transport: file, OutsideMicrosoft: true}
	}
	c.Catalog, c.Logger = a.Catalog, a.cfg.Logger
	if a.cfg.Transport != nil {
		c.Transport = a.cfg.Transport(c.Transport)
	}
	if a.metrics != nil {
		c.Observe = a.metrics.vaultCall
	}
	return c, file, nil
}

// openStores opens the vault and the log on a Key Vault.
func (a *App) openStores(ctx context.Context, store vault.Config) (err error) {
	if a.Vault, err = vault.Open(ctx, store); err != nil {
		return fmt.Errorf("reading the vault: %w", err)
	}
	name := "keydesk/" + a.Vault.Name()
	skey, err := a.Vault.NoteKey(ctx, func() (string, error) {
		skey, _, err := audit.NewKey(name)
		return skey, err
	})
	if err != nil {
		return fmt.Errorf("reading the log's key: %w", err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return fmt.Errorf("the log's key (secret keydesk-note-key) is damaged")
	}
	a.Log, err = audit.Open(ctx, audit.Config{Store: a.Vault.Segments(), Vault: a.Vault.Name(), Signer: signer,
		Stdout: a.stdout(), Logger: a.cfg.Logger})
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	return nil
}

func (a *App) openDesk(poster desk.Poster, dir desk.Directory) (err error) {
	s := a.cfg.Settings
	public := s.PublicURL
	if public == "" {
		public = a.base
	}
	a.Desk, err = desk.New(desk.Config{Catalog: a.Catalog, Vault: a.Vault, Log: a.Log, Directory: dir, Poster: poster,
		PublicURL: strings.TrimSuffix(public, "/"), Logger: a.cfg.Logger, LinkTTL: s.LinkTTL,
		PerMinute: a.cfg.PerMinute, PageOnly: s.IntakePage, Sandbox: true, Observe: a.metrics.command})
	return err
}

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

// directoryOf puts the cache in front of the sandbox's people.
func directoryOf(who *people.People) desk.Directory { return peopleDirectory{directory.New(who), who} }

type peopleDirectory struct {
	*directory.Cache
	*people.People
}

// Roles answers from the cache, not from the file.
func (d peopleDirectory) Roles(ctx context.Context, id string) (catalog.Roles, error) {
	return d.Cache.Roles(ctx, id)
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
