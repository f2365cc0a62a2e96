package config_test

import (
	"slices"
	"strings"
	"testing"

	"keydesk/bot/config"
	"keydesk/catalog"

	"github.com/google/go-cmp/cmp"
)

const (
	tenant = "11111111-1111-1111-1111-111111111111"
	app    = "22222222-2222-2222-2222-222222222222"
	other  = "33333333-3333-3333-3333-333333333333"
	group  = "44444444-4444-4444-4444-444444444444"
	group2 = "55555555-5555-5555-5555-555555555555"
)

// contoso is the least that a tenant needs, changed as a test says; "NAME=" takes one away.
func contoso(changes ...string) []string {
	env := []string{"KEYDESK_VAULT=msp-api-keyvault", "AZURE_TENANT_ID=" + tenant, "AZURE_CLIENT_ID=" + app,
		"AZURE_CLIENT_SECRET=obviously-fake-secret", "KEYDESK_ROLE_ADMIN=" + group,
		"KEYDESK_PUBLIC_URL=https://keydesk.contoso.com"}
	for _, change := range changes {
		name, _, _ := strings.Cut(change, "=")
		env = slices.DeleteFunc(env, func(kv string) bool { return strings.HasPrefix(kv, name+"=") })
	}
	return append(env, changes...)
}

func TestTheLeastATenantNeeds(t *testing.T) {
	c, warnings, err := config.Load(contoso())
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	own := config.Identity{Tenant: tenant, Client: app, Secret: "obviously-fake-secret",
		Names: config.Names{Tenant: "AZURE_TENANT_ID", Client: "AZURE_CLIENT_ID",
			Secret: "AZURE_CLIENT_SECRET"}}
	want := &config.Azure{
		Cloud: config.Cloud{Name: "public", Authority: "https://login.microsoftonline.com",
			VaultSuffix: ".vault.azure.net", VaultScope: "https://vault.azure.net/.default",
			Graph: "https://graph.microsoft.com", BotIssuer: "https://api.botframework.com",
			OpenIDMetadata: "https://login.botframework.com/v1/.well-known/openidconfiguration",
			ConnectorScope: "https://api.botframework.com/.default"},
		Tenant: tenant, VaultURL: "https://msp-api-keyvault.vault.azure.net", Identity: own, Bot: own,
		SignIn: &config.SignIn{Client: app, Secret: own.Secret, Names: own.Names},
		Groups: map[catalog.Role][]string{catalog.Admin: {group}, catalog.L2: nil, catalog.L1: nil,
			catalog.NOC: nil},
	}
	if diff := cmp.Diff(want, c.Azure); diff != "" {
		t.Error(diff)
	}
	if c.Listen != ":3978" || c.PublicURL != "https://keydesk.contoso.com" || c.Data != "" {
		t.Errorf("%+v", c)
	}
}

func TestFaultsOfATenant(t *testing.T) {
	for _, tt := range []struct {
		env  []string
		want string
	}{
		{[]string{"KEYDESK_VAULT=https://msp-api-keyvault.vault.azure.net/"}, "enter just the name"},
		{[]string{"KEYDESK_VAULT=msp-api-keyvault.vault.azure.net"}, "enter just the name"},
		{[]string{"KEYDESK_VAULT=ab"}, "3 to 24 letters"},
		{[]string{"KEYDESK_VAULT=a-very-long-name-of-a-vault"}, "3 to 24 letters"},
		{[]string{"KEYDESK_VAULT=double--hyphen"}, "single hyphens"},
		{[]string{"KEYDESK_VAULT=1vault"}, "a letter first"},
		{[]string{"KEYDESK_VAULT_URL=https://x.vault.azure.net"}, "both set: keep one"},
		{[]string{"KEYDESK_VAULT=", "KEYDESK_VAULT_URL=http://x.vault.azure.net"}, "takes a vault's address"},
		{[]string{"KEYDESK_AUDIT_VAULT_URL=https://x.vault.azure.net/secrets"}, "takes a vault's address"},
		{[]string{"AZURE_TENANT_ID="}, "AZURE_TENANT_ID is missing"},
		{[]string{"AZURE_TENANT_ID=contoso.onmicrosoft.com"}, "the tenant's id, not its domain; you find " +
			"it in the Entra"},
		{[]string{"AZURE_CLIENT_ID=keydesk"}, "AZURE_CLIENT_ID takes an id like"},
		{[]string{"AZURE_CLIENT_ID="}, "AZURE_CLIENT_ID is missing: AZURE_CLIENT_SECRET needs it"},
		{[]string{"AZURE_CLIENT_CERTIFICATE_PATH=c.pem"}, "AZURE_CLIENT_SECRET and " +
			"AZURE_CLIENT_CERTIFICATE_PATH are all"},
		{[]string{"AZURE_FEDERATED_TOKEN_FILE=token"}, "are all set: keep one"},
		{[]string{"AZURE_CLIENT_CERTIFICATE_PASSWORD=obviously-fake-secret"},
			"AZURE_CLIENT_CERTIFICATE_PATH is not"},
		{[]string{"AZURE_AUTHORITY_HOST=http://login.contoso.com"},
			"AZURE_AUTHORITY_HOST takes an https address"},
		{[]string{"MICROSOFT_APP_ID=x"}, "MICROSOFT_APP_ID takes an id"},
		{[]string{"MICROSOFT_APP_ID=" + other}, "MICROSOFT_APP_PASSWORD is missing"},
		{[]string{"MICROSOFT_APP_TENANT_ID=contoso.com"}, "MICROSOFT_APP_TENANT_ID takes an id"},
		{[]string{"MICROSOFT_APP_PASWORD=obviously-fake-secret"}, "did you mean MICROSOFT_APP_PASSWORD?"},
		{[]string{"AZURE_CLIENT_SECRET=", "AZURE_CLIENT_ID="}, "MICROSOFT_APP_ID is missing"},
		{[]string{"AZURE_CLIENT_SECRET="}, "KEYDESK_SIGNIN_CLIENT_SECRET is missing"},
		{[]string{"KEYDESK_SIGNIN_CLIENT_ID=" + other}, "KEYDESK_SIGNIN_CLIENT_SECRET is missing"},
		{[]string{"KEYDESK_SIGNIN_CLIENT_ID=x"}, "KEYDESK_SIGNIN_CLIENT_ID takes an id"},
		{[]string{"KEYDESK_LINK_SIGNIN=no"}, "KEYDESK_LINK_SIGNIN takes off or on"},
		{[]string{"KEYDESK_ROLE_ADMIN="}, "KEYDESK_ROLE_ADMIN is missing"},
		{[]string{"KEYDESK_ROLE_ADMIN=,"}, "KEYDESK_ROLE_ADMIN is set, and nothing stands"},
		{[]string{"KEYDESK_CONNECTOR_HOSTS=, ,"}, "KEYDESK_CONNECTOR_HOSTS is set, and nothing stands"},
		{[]string{"KEYDESK_ROLE_L1=" + group + ",sec-l1"}, "KEYDESK_ROLE_L1 takes ids of groups"},
		{[]string{"KEYDESK_ROLE_L1=" + group + ",sec-l1"}, "entry 2 is none"},
		{[]string{"KEYDESK_ROLE_L3=" + group}, "did you mean KEYDESK_ROLE_L"},
		{[]string{"KEYDESK_PUBLIC_URL="}, "KEYDESK_PUBLIC_URL is missing"},
		{[]string{"KEYDESK_PUBLIC_URL=https://:443"}, "takes an https address"},
		{[]string{"KEYDESK_PUBLIC_URL=https://keydesk.contoso.com?"}, "takes an https address"},
		{[]string{"KEYDESK_PUBLIC_URL=https://keydesk.contoso.com/#"}, "takes an https address"},
		{[]string{"KEYDESK_PUBLIC_URL=http://keydesk.contoso.com"}, "takes an https address"},
		{[]string{"KEYDESK_LISTEN=3978"}, "KEYDESK_LISTEN takes host:port, for example :3978"},
		{[]string{"KEYDESK_CLOUD=china"}, "takes public or usgov"},
		{[]string{"KEYDESK_OPENID_METADATA=x"}, "KEYDESK_OPENID_METADATA takes an https address"},
		{[]string{"KEYDESK_GRAPH_URL=http://graph.contoso.com"}, "KEYDESK_GRAPH_URL takes an https address"},
		{[]string{"KEYDESK_CONNECTOR_HOSTS=https://smba.trafficmanager.net/"}, "takes host names"},
		{[]string{"KEYDESK_CONNECTOR_HOSTS=*.trafficmanager.net"}, "takes host names"},
	} {
		_, _, err := config.Load(contoso(tt.env...))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s:\n%v\nwant %q", tt.env, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "obviously-fake") {
			t.Errorf("the fault repeats a secret: %v", err)
		}
	}
}

func TestAllThatATenantMisses(t *testing.T) {
	_, _, err := config.Load([]string{"KEYDESK_VAULT=msp-api-keyvault"})
	for _, name := range []string{"AZURE_TENANT_ID", "MICROSOFT_APP_ID", "KEYDESK_SIGNIN_CLIENT_SECRET",
		"KEYDESK_ROLE_ADMIN", "KEYDESK_PUBLIC_URL"} {
		if err == nil || !strings.Contains(err.Error(), name+" is missing") {
			t.Errorf("%s is not named in\n%v", name, err)
		}
	}
}

func TestWaysToProveOneself(t *testing.T) {
	file := "AZURE_FEDERATED_TOKEN_FILE=/var/run/token"
	for _, tt := range []struct {
		env      []string
		own, bot string
	}{
		{nil, "a client secret", "a client secret"},
		{[]string{"AZURE_CLIENT_SECRET=", "AZURE_CLIENT_CERTIFICATE_PATH=c.pem"}, "a certificate",
			"a certificate"},
		{[]string{"AZURE_CLIENT_SECRET=", file}, "a workload identity", "a workload identity"},
		{[]string{"AZURE_CLIENT_SECRET="}, "a user-assigned managed identity",
			"a user-assigned managed identity"},
		{[]string{"AZURE_CLIENT_SECRET=", "AZURE_CLIENT_ID=", "MICROSOFT_APP_ID=" + other},
			"the machine's own managed identity", "a user-assigned managed identity"},
		{[]string{"AZURE_CLIENT_SECRET=", "AZURE_CLIENT_ID=", "MICROSOFT_APP_ID=" + other,
			"MICROSOFT_APP_PASSWORD=obviously-fake"}, "the machine's own managed identity", "a client secret"},
		{[]string{"AZURE_CLIENT_SECRET=", file, "MICROSOFT_APP_PASSWORD=obviously-fake"},
			"a workload identity", "a client secret"},
	} {
		c, _, err := config.Load(contoso(append(tt.env, "KEYDESK_LINK_SIGNIN=off")...))
		if err != nil {
			t.Errorf("%s: %v", tt.env, err)
			continue
		}
		if a := c.Azure; a.Identity.How() != tt.own || a.Bot.How() != tt.bot || a.SignIn != nil {
			t.Errorf("%s: %s, %s", tt.env, a.Identity.How(), a.Bot.How())
		}
	}
}

func TestOverrides(t *testing.T) {
	c, warnings, err := config.Load(contoso("KEYDESK_CLOUD=usgov",
		"AZURE_AUTHORITY_HOST=https://login.contoso.com/",
		"KEYDESK_CONNECTOR_HOSTS=Teams.contoso.com, 127.0.0.1", "KEYDESK_ROLE_L2="+group2+","+group+","+
			strings.ToUpper(group), "KEYDESK_DATA=x", "AZURE_TENANT_ID="+strings.ToUpper(tenant)))
	if err != nil {
		t.Fatal(err)
	}
	a := c.Azure
	if a.VaultURL != "https://msp-api-keyvault.vault.usgovcloudapi.net" ||
		a.Cloud.BotIssuer != "https://api.botframework.us" {
		t.Errorf("%+v", a.Cloud)
	}
	if !a.Cloud.AuthorityOutside() || a.Cloud.Authority != "https://login.contoso.com" ||
		config.VaultOutside(a.VaultURL) {
		t.Errorf("outside: %+v", a.Cloud)
	}
	if !slices.Equal(a.Cloud.ConnectorHosts, []string{"teams.contoso.com", "127.0.0.1"}) {
		t.Error(a.Cloud.ConnectorHosts)
	}
	if !slices.Equal(a.Groups[catalog.L2], []string{group, group2}) || a.Tenant != tenant {
		t.Error(a.Groups, a.Tenant)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "KEYDESK_DATA is set and not used") {
		t.Error(warnings)
	}
}

func TestOutside(t *testing.T) {
	for address, want := range map[string]bool{"https://x.vault.azure.net": false,
		"https://X.Vault.Azure.Net":             false,
		"https://x.vault.azure.net.contoso.com": true, "https://127.0.0.1:8443": true} {
		if got := config.VaultOutside(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
