package config

import (
	"regexp"
	"slices"
	"strings"

	"keydesk/catalog"
)

// Azure is the tenant that is served, and how.
type Azure struct {
	Cloud    Cloud
	Tenant   string // whose people are served, lower case
	VaultURL string
	AuditURL string // the log's vault; "" is the same one
	Identity Identity
	Bot      Identity // of the connector
	SignIn   *SignIn  // nil: a link opens for whoever has it
	Groups   map[catalog.Role][]string
}

// Identity is an application of Entra and how it proves itself: by one of Secret, Certificate and TokenFile,
// or else as the machine's managed identity.
type Identity struct {
	Tenant              string
	Client              string // "": the machine's own (system-assigned) identity
	Secret              string
	Certificate         string // path of a PEM or PKCS#12 file
	CertificatePassword string
	TokenFile           string // of a workload identity
	Names               Names
}

// Names is the variables an identity was read from, for what people are told.
type Names struct{ Tenant, Client, Secret string }

// SignIn is the registration people sign in with before a link opens.
type SignIn struct {
	Client, Secret string
	Names          Names
}

// Managed says that it is a managed identity.
func (i Identity) Managed() bool { return i.Secret == "" && i.Certificate == "" && i.TokenFile == "" }

// How says in words how the identity proves itself.
func (i Identity) How() string {
	switch {
	case i.Secret != "":
		return "a client secret"
	case i.Certificate != "":
		return "a certificate"
	case i.TokenFile != "":
		return "a workload identity"
	case i.Client == "":
		return "the machine's own managed identity"
	}
	return "a user-assigned managed identity"
}

// Where people find what goes into the variables.
const (
	whereTenant = "in the Entra admin center under Overview, as Tenant ID"
	whereClient = "in the Entra admin center under App registrations, as Application (client) ID"
	whereGroup  = "in the Entra admin center under Groups, as Object ID"
)

func (r *reader) readAzure() *Azure {
	a := &Azure{Cloud: r.readCloud()}
	a.VaultURL = r.vault(a.Cloud)
	a.AuditURL = r.vaultURL("KEYDESK_AUDIT_VAULT_URL", a.Cloud)
	a.Identity = r.identity()
	a.Tenant = a.Identity.Tenant
	a.Bot = r.bot(a.Identity)
	a.SignIn = r.signIn(a.Bot)
	a.Groups = map[catalog.Role][]string{
		catalog.Admin: r.groups("KEYDESK_ROLE_ADMIN"), catalog.L2: r.groups("KEYDESK_ROLE_L2"),
		catalog.L1: r.groups("KEYDESK_ROLE_L1"), catalog.NOC: r.groups("KEYDESK_ROLE_NOC"),
	}
	if r.env["KEYDESK_ROLE_ADMIN"] == "" {
		r.fault("KEYDESK_ROLE_ADMIN is missing: the id of the group whose members are admins; you find "+
			"it %s", whereGroup)
	}
	return a
}

// vaultRE is the rule for names of vaults (learn.microsoft.com, Key Vault objects: vault-name).
var vaultRE = regexp.MustCompile(`^[a-z](-?[a-z0-9])+$`)

// vault is the address of the vault that keys live in.
func (r *reader) vault(c Cloud) string {
	const name = "KEYDESK_VAULT"
	v := strings.ToLower(r.env[name])
	switch {
	case v == "":
		return r.vaultURL("KEYDESK_VAULT_URL", c)
	case r.env["KEYDESK_VAULT_URL"] != "":
		r.fault("%s and KEYDESK_VAULT_URL are both set: keep one", name)
	case strings.ContainsAny(v, "./:"):
		r.fault("%s takes the vault's name: enter just the name, for example msp-api-keyvault. A full "+
			"address goes into KEYDESK_VAULT_URL", name)
	case len(v) < 3 || len(v) > 24 || !vaultRE.MatchString(v):
		r.fault("%s is no name of a vault: 3 to 24 letters, digits and single hyphens, a letter first, "+
			"for example msp-api-keyvault", name)
	}
	return "https://" + v + c.VaultSuffix
}

func (r *reader) vaultURL(name string, c Cloud) string {
	v := r.env[name]
	if u := plainURL(v); v != "" && (u == nil || u.Scheme != "https" || strings.Trim(u.Path, "/") != "") {
		r.fault("%s takes a vault's address, for example https://msp-api-keyvault%s", name, c.VaultSuffix)
	}
	return strings.TrimSuffix(v, "/")
}

// identity is who opens the vault and reads the directory.
func (r *reader) identity() Identity {
	i := Identity{
		Tenant: r.guid("AZURE_TENANT_ID", "the tenant's id, not its domain; you find it "+whereTenant),
		Client: r.guid("AZURE_CLIENT_ID", "you find it "+whereClient+
			"; of a managed identity it is the Client ID on its page"),
		Secret: r.env["AZURE_CLIENT_SECRET"], Certificate: r.env["AZURE_CLIENT_CERTIFICATE_PATH"],
		CertificatePassword: r.env["AZURE_CLIENT_CERTIFICATE_PASSWORD"],
		TokenFile:           r.env["AZURE_FEDERATED_TOKEN_FILE"],
		Names:               Names{"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"},
	}
	if r.env["AZURE_TENANT_ID"] == "" {
		r.fault("AZURE_TENANT_ID is missing: the id of the tenant to serve; you find it %s", whereTenant)
	}
	var proofs []string
	for _, name := range []string{"AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH",
		"AZURE_FEDERATED_TOKEN_FILE"} {
		if r.env[name] != "" {
			proofs = append(proofs, name)
		}
	}
	if len(proofs) > 1 {
		r.fault("%s are all set: keep one", strings.Join(proofs, " and "))
	}
	if len(proofs) > 0 && r.env["AZURE_CLIENT_ID"] == "" {
		r.fault("AZURE_CLIENT_ID is missing: %s needs it; you find it %s", proofs[0], whereClient)
	}
	if i.CertificatePassword != "" && i.Certificate == "" {
		r.fault("AZURE_CLIENT_CERTIFICATE_PASSWORD is set, but AZURE_CLIENT_CERTIFICATE_PATH is not")
	}
	return i
}

// bot is the bot's registration: what is not set is the other identity's. Another app has another secret.
func (r *reader) bot(from Identity) Identity {
	i := from
	if v := r.guid("MICROSOFT_APP_TENANT_ID", "you find it "+whereTenant); v != "" {
		i.Tenant, i.Names.Tenant = v, "MICROSOFT_APP_TENANT_ID"
	}
	id := r.guid("MICROSOFT_APP_ID", "the Microsoft App ID of the Azure Bot, on its page under Configuration")
	other := id != "" && id != from.Client
	if id != "" {
		i.Client, i.Names.Client = id, "MICROSOFT_APP_ID"
	}
	if v := r.env["MICROSOFT_APP_PASSWORD"]; v != "" {
		i.Secret, i.Certificate, i.CertificatePassword, i.TokenFile = v, "", "", ""
		i.Names.Secret = "MICROSOFT_APP_PASSWORD"
	} else if other && from.Secret != "" {
		r.fault("MICROSOFT_APP_PASSWORD is missing: MICROSOFT_APP_ID is another app than " +
			"AZURE_CLIENT_ID, and has a secret of its own")
	}
	if r.env["MICROSOFT_APP_ID"] == "" && r.env["AZURE_CLIENT_ID"] == "" && from.Managed() {
		r.fault("MICROSOFT_APP_ID is missing: the Microsoft App ID of the Azure Bot, on its page under " +
			"Configuration")
	}
	return i
}

// signIn is the registration people sign in with. One with a secret is needed, unless nobody signs in.
func (r *reader) signIn(bot Identity) *SignIn {
	s := &SignIn{Client: bot.Client, Secret: bot.Secret, Names: bot.Names}
	id := r.guid("KEYDESK_SIGNIN_CLIENT_ID", "you find it "+whereClient)
	if id != "" && id != bot.Client {
		s.Client, s.Secret = id, ""
	}
	if id != "" {
		s.Names.Client = "KEYDESK_SIGNIN_CLIENT_ID"
	}
	if v := r.env["KEYDESK_SIGNIN_CLIENT_SECRET"]; v != "" {
		s.Secret, s.Names.Secret = v, "KEYDESK_SIGNIN_CLIENT_SECRET"
	}
	off := r.either("KEYDESK_LINK_SIGNIN", "on", "off")
	if off {
		return nil
	}
	if s.Secret == "" {
		r.fault("KEYDESK_SIGNIN_CLIENT_SECRET is missing: people sign in before a link opens, which " +
			"takes an app registration with a secret. Set it with KEYDESK_SIGNIN_CLIENT_ID, or set " +
			"KEYDESK_LINK_SIGNIN=off: then a link opens for whoever has it")
	}
	return s
}

// groups is the object ids of a role's groups, in lower case and each once.
func (r *reader) groups(name string) []string {
	all := r.list(name)
	for i, id := range all {
		if !guidRE.MatchString(id) {
			r.fault("%s takes ids of groups like %s, comma separated, and entry %d is none; you find them %s",
				name, exampleID, i+1, whereGroup)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
