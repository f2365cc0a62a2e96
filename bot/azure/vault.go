package azure

import (
	"context"
	"errors"
	"strings"

	"keydesk/vault"
)

// VaultFault says in words why Key Vault was not to be used; other errors come back as they are. Codes: Key
// Vault's pages on common error codes and the RBAC guide (learn.microsoft.com).
func VaultFault(err error) error {
	if f, ok := errors.AsType[*Fault](err); ok { // no token
		return f
	}
	e, ok := errors.AsType[*vault.Error](err)
	if !ok || errors.Is(err, context.Canceled) {
		return err
	}
	for _, known := range vaultFaults {
		if strings.HasSuffix("/"+e.Code, "/"+known.code) {
			return &Fault{Kind: known.kind, Code: e.Code, Advice: known.advice, cause: e}
		}
	}
	if errors.Is(e, vault.ErrForbidden) {
		return &Fault{Kind: ErrRefused, Code: e.Code, cause: e,
			Advice: "Check that the address is a Key Vault's, that it belongs to the tenant in " +
				"AZURE_TENANT_ID, and that this machine's clock is right."}
	}
	return err
}

var vaultFaults = []struct {
	code   string
	kind   error
	advice string
}{
	{"ForbiddenByRbac", ErrNoRole, "Give the identity of AZURE_CLIENT_ID the role Key Vault Secrets " +
		"Officer on the vault (Access control (IAM)). A new role takes some minutes to count."},
	{"AccessDenied", ErrPolicy, policyAdvice},
	{"ForbiddenByPolicy", ErrPolicy, policyAdvice},
	{"ForbiddenByFirewall", ErrFirewall, "Allow this machine's address or network in the vault " +
		"(Networking), or reach the vault by a private endpoint."},
	{"name-not-resolved", ErrName, "Check KEYDESK_VAULT and KEYDESK_VAULT_URL: there may be no vault of " +
		"that name. With a private endpoint check that this machine's DNS knows its zone."},
	{"certificate", ErrTLS, tlsAdvice},
	{"not-connected", ErrNoAnswer, reachAdvice},
	{"time-out", ErrNoAnswer, reachAdvice},
	{"no-answer", ErrNoAnswer, reachAdvice},
	{"no-token", ErrRefused, "What answers is no Key Vault of this cloud. Check KEYDESK_VAULT_URL and " +
		"KEYDESK_CLOUD."},
}

const (
	policyAdvice = "Switch the vault to Azure role-based access control (Access configuration) and give " +
		"the identity the role Key Vault Secrets Officer; or add an access policy for it with Get, List, " +
		"Set, Delete and Recover of secrets."
	reachAdvice = "Check that this machine may reach the vault over https (port 443)."
)
