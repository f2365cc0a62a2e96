package config

import (
	"net/url"
	"slices"
	"strings"
)

// Cloud is where Microsoft's services are. Sources: learn.microsoft.com, national clouds (Entra, Graph, Key
// Vault), and the Bot Framework SDK's constants for US Government (AuthenticationConstants).
type Cloud struct {
	Name           string   // public or usgov
	Authority      string   // Entra's address, without a slash at its end
	VaultSuffix    string   // of the vaults' host names
	VaultScope     string   // of tokens for Key Vault
	Graph          string   // Graph's address, without a slash at its end
	BotIssuer      string   // who signs activities
	OpenIDMetadata string   // where its keys are found
	ConnectorScope string   // of the bot's own token
	ConnectorHosts []string // the only hosts the bot may post to; nil: those of the cloud
}

var clouds = map[string]Cloud{
	"public": {
		Authority:      "https://login.microsoftonline.com",
		VaultSuffix:    ".vault.azure.net",
		VaultScope:     "https://vault.azure.net/.default",
		Graph:          "https://graph.microsoft.com",
		BotIssuer:      "https://api.botframework.com",
		OpenIDMetadata: "https://login.botframework.com/v1/.well-known/openidconfiguration",
		ConnectorScope: "https://api.botframework.com/.default",
	},
	"usgov": {
		Authority:      "https://login.microsoftonline.us",
		VaultSuffix:    ".vault.usgovcloudapi.net",
		VaultScope:     "https://vault.usgovcloudapi.net/.default",
		Graph:          "https://graph.microsoft.us",
		BotIssuer:      "https://api.botframework.us",
		OpenIDMetadata: "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
		ConnectorScope: "https://api.botframework.us/.default",
	},
}

// AuthorityOutside says that tokens come from somewhere else than Microsoft's clouds, so that instance
// discovery, which asks Microsoft about the authority, would refuse it.
func (c Cloud) AuthorityOutside() bool {
	return !slices.Contains([]string{"login.microsoftonline.com", "login.microsoft.com", "login.windows.net",
		"sts.windows.net", "login.microsoftonline.us", "login.partner.microsoftonline.cn"}, hostOf(c.Authority))
}

// VaultOutside says that a vault is somewhere else than in Microsoft's clouds, so that its challenge cannot
// name one of their domains.
func VaultOutside(address string) bool {
	host := hostOf(address)
	for _, suffix := range []string{".vault.azure.net", ".vault.usgovcloudapi.net", ".vault.azure.cn"} {
		if strings.HasSuffix(host, suffix) {
			return false
		}
	}
	return true
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

func (r *reader) readCloud() Cloud {
	name := strings.ToLower(r.text("KEYDESK_CLOUD", "public"))
	c, ok := clouds[name]
	if !ok {
		r.fault("KEYDESK_CLOUD takes public or usgov")
		name, c = "public", clouds["public"]
	}
	c.Name = name
	c.Authority = r.https("AZURE_AUTHORITY_HOST", c.Authority)
	c.Graph = r.https("KEYDESK_GRAPH_URL", c.Graph)
	c.OpenIDMetadata = r.https("KEYDESK_OPENID_METADATA", c.OpenIDMetadata)
	c.BotIssuer = r.text("KEYDESK_BOT_ISSUER", c.BotIssuer)
	c.ConnectorScope = r.text("KEYDESK_CONNECTOR_SCOPE", c.ConnectorScope)
	c.ConnectorHosts = r.hosts("KEYDESK_CONNECTOR_HOSTS")
	return c
}

// hosts is host names without scheme, port or path.
func (r *reader) hosts(name string) []string {
	all := r.list(name)
	for _, host := range all {
		if strings.ContainsAny(host, "/:@*? ") {
			r.fault("%s takes host names, comma separated, for example smba.trafficmanager.net: no "+
				"address, port or *", name)
			return nil
		}
	}
	return all
}
