package config

// Mode says where a setting counts.
type Mode int

// The modes.
const (
	ModeBoth    Mode = iota // in the sandbox and with a tenant
	ModeAzure               // with a tenant only
	ModeSandbox             // in the sandbox only
)

// Setting documents one variable.
type Setting struct {
	Name, Meaning, Default string
	Mode                   Mode
}

// Settings is all variables this version knows, as the README shows them.
func Settings() []Setting {
	return []Setting{
		{"KEYDESK_LISTEN", "address of the bot and its pages; loopback only in the sandbox",
			"`127.0.0.1:3978`; with a vault `:3978`", ModeBoth},
		{"KEYDESK_METRICS_LISTEN", "address of the metrics (Prometheus, `/metrics`)",
			"`127.0.0.1:9464`", ModeBoth},
		{"KEYDESK_PUBLIC_URL", "address people reach the pages at; https, and needed, with a vault", "the listener",
			ModeBoth},
		{"KEYDESK_LINK_TTL", "how long a link can be opened, `1m` to `15m`", "`5m`", ModeBoth},
		{"KEYDESK_INTAKE", "`page`: values are entered on secure pages only, never on a card",
			"`card`", ModeBoth},
		{"KEYDESK_TWO_PERSON", "`on`: another admin approves every change of a value, its host, its access or " +
			"its existence", "`off`", ModeBoth},
		{"KEYDESK_AUDIT_STDOUT", "`on`: each event also as a JSON line on standard output", "`off`", ModeBoth},
		{"KEYDESK_DATA", "the sandbox's folder", "`.keydesk`", ModeSandbox},
		{"KEYDESK_MASTER_KEY", "the sandbox's sealing key, 32 bytes in base64",
			"a file in the folder", ModeSandbox},

		{"KEYDESK_VAULT", "the vault's name, just the name", "none: the sandbox", ModeAzure},
		{"KEYDESK_VAULT_URL", "its full address instead of its name, for a vault elsewhere",
			"by the name", ModeAzure},
		{"KEYDESK_AUDIT_VAULT_URL", "full address of a vault for the log alone", "the same vault", ModeAzure},
		{"AZURE_TENANT_ID", "the tenant that is served", "needed", ModeAzure},
		{"AZURE_CLIENT_ID", "the app registration, or the user-assigned managed identity, that opens the " +
			"vault and reads the directory", "the machine's own managed identity", ModeAzure},
		{"AZURE_CLIENT_SECRET", "its secret", "none: managed identity", ModeAzure},
		{"AZURE_CLIENT_CERTIFICATE_PATH", "its certificate with the private key (PEM or PKCS#12), instead of a secret",
			"none", ModeAzure},
		{"AZURE_CLIENT_CERTIFICATE_PASSWORD", "the password of that file", "none", ModeAzure},
		{"AZURE_FEDERATED_TOKEN_FILE", "the token file of a workload identity, instead of a secret",
			"none", ModeAzure},
		{"AZURE_AUTHORITY_HOST", "where tokens come from", "by the cloud", ModeAzure},
		{"MICROSOFT_APP_ID", "the bot's registration", "`AZURE_CLIENT_ID`", ModeAzure},
		{"MICROSOFT_APP_TENANT_ID", "the tenant of the bot's registration", "`AZURE_TENANT_ID`", ModeAzure},
		{"MICROSOFT_APP_PASSWORD", "its secret", "as for `AZURE_CLIENT_ID`", ModeAzure},
		{"KEYDESK_LINK_SIGNIN", "`off`: a link opens for whoever has it, without signing in",
			"`on`", ModeAzure},
		{"KEYDESK_SIGNIN_CLIENT_ID", "the registration people sign in with before a link opens",
			"the bot's", ModeAzure},
		{"KEYDESK_SIGNIN_CLIENT_SECRET", "its secret", "the bot's", ModeAzure},
		{"KEYDESK_ROLE_ADMIN", "object ids of the Entra groups whose members are admins, comma separated", "needed",
			ModeAzure},
		{"KEYDESK_ROLE_L2", "the same for L2 technicians", "nobody", ModeAzure},
		{"KEYDESK_ROLE_L1", "the same for L1 technicians", "nobody", ModeAzure},
		{"KEYDESK_ROLE_NOC", "the same for the NOC", "nobody", ModeAzure},
		{"KEYDESK_CLOUD", "`public`, also for GCC, or `usgov` (GCC High, DoD)", "`public`", ModeAzure},
		{"KEYDESK_OPENID_METADATA", "where the keys that sign activities are found", "by the cloud", ModeAzure},
		{"KEYDESK_BOT_ISSUER", "who signs activities", "by the cloud", ModeAzure},
		{"KEYDESK_CONNECTOR_SCOPE", "what the bot's own token is for", "by the cloud", ModeAzure},
		{"KEYDESK_CONNECTOR_HOSTS", "the only hosts the bot may post to, comma separated",
			"by the cloud", ModeAzure},
		{"KEYDESK_GRAPH_URL", "address of Microsoft Graph", "by the cloud", ModeAzure},
	}
}

// notYet is settings of the design whose capability is not built.
var notYet = map[string]string{
	"KEYDESK_BREAKGLASS":    "break-glass access",
	"KEYDESK_TEST_NETWORKS": "connection tests",
	"KEYDESK_TEST_CA":       "connection tests",
}

// testing is the variables that switch tests on; the program leaves them alone.
var testing = []string{"KEYDESK_E2E"}
