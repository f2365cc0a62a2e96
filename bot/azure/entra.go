package azure

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"

	"keydesk/bot/config"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// entraFault says why Entra gave no token. network is what the connection ended in, if it did; azidentity
// drops that. Codes: learn.microsoft.com, Microsoft Entra authentication and authorization error codes.
func entraFault(i config.Identity, authority string, network, err error) *Fault {
	switch {
	case i.Managed():
		return &Fault{Kind: ErrManagedIdentity, Advice: managedAdvice(i), passing: true}
	case network != nil:
		return networkFault(authority, network)
	}
	failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err)
	if !ok || failed.RawResponse == nil {
		return &Fault{Kind: ErrEntra, Advice: "Check that AZURE_AUTHORITY_HOST, if it is set, is Entra's " +
			"address."}
	}
	status, code := failed.RawResponse.StatusCode, aadsts(failed.RawResponse)
	f := &Fault{Kind: ErrEntra, passing: status == http.StatusTooManyRequests || status >= 500,
		Advice: "The code says why: look it up at https://login.microsoftonline.com/error."}
	if code == "" {
		f.Code, f.Advice = fmt.Sprintf("HTTP %d", status), "Try again later; check that "+
			"AZURE_AUTHORITY_HOST, if it is set, is Entra's address."
		return f
	}
	f.Code = "AADSTS" + code
	if known, ok := reasons[code]; ok {
		f.Kind, f.Advice = known.kind, known.advice(i.Names)
	}
	return f
}

type reason struct {
	kind   error
	advice func(n config.Names) string
}

func secretWrong(n config.Names) string {
	return fmt.Sprintf("Set %s to the secret's Value, not to its Secret ID: Entra admin center, App "+
		"registrations, Certificates & secrets. It must belong to the app of %s.", n.Secret, n.Client)
}

func secretExpired(n config.Names) string {
	return fmt.Sprintf("Make a new client secret (Entra admin center, App registrations, Certificates & "+
		"secrets), set %s to its Value and start again.", n.Secret)
}

func tenantUnknown(n config.Names) string {
	return fmt.Sprintf("Check %s against the Tenant ID in the Entra admin center under Overview, and "+
		"KEYDESK_CLOUD against the cloud it is in.", n.Tenant)
}

func clientUnknown(n config.Names) string {
	return fmt.Sprintf("Check that the app of %s is registered in the tenant of %s and is enabled there. "+
		"It takes the Application (client) ID, not the Object ID.", n.Client, n.Tenant)
}

func certificateUnknown(n config.Names) string {
	return fmt.Sprintf("Upload the certificate (without its private key) to the app of %s: Entra admin "+
		"center, App registrations, Certificates & secrets. Check that it has not expired.", n.Client)
}

func federationUnknown(n config.Names) string {
	return fmt.Sprintf("Add a federated credential to the app or managed identity of %s whose issuer, "+
		"subject and audience are those of the token in AZURE_FEDERATED_TOKEN_FILE.", n.Client)
}

// reasons is what the codes mean that people run into when they set up a client.
var reasons = map[string]reason{
	"7000215": {ErrSecretWrong, secretWrong},
	"7000222": {ErrSecretExpired, secretExpired},
	"90002":   {ErrTenant, tenantUnknown},
	"900023":  {ErrTenant, tenantUnknown},
	"700016":  {ErrClient, clientUnknown},
	"7000229": {ErrClient, clientUnknown},
	"7000112": {ErrClient, clientUnknown},
	"700027":  {ErrCertificate, certificateUnknown},
	"70021":   {ErrFederation, federationUnknown},
	"700211":  {ErrFederation, federationUnknown},
	"700212":  {ErrFederation, federationUnknown},
	"700213":  {ErrFederation, federationUnknown},
}

func managedAdvice(i config.Identity) string {
	if i.Client == "" {
		return "Turn the system-assigned identity on where Keydesk runs (Identity, Status: On), or set " +
			i.Names.Client + " to a user-assigned one. Outside Azure set AZURE_CLIENT_ID with AZURE_CLIENT_SECRET."
	}
	return "Assign the identity of " + i.Names.Client + " where Keydesk runs (Identity, User assigned). " +
		"Outside Azure, or for an app registration, set " + i.Names.Secret + "."
}

var aadstsRE = regexp.MustCompile(`AADSTS([0-9]{4,9})\b`)

// aadsts is the number of an answer of Entra; nothing else of it is looked at.
func aadsts(res *http.Response) string {
	body, err := runtime.Payload(res)
	if err != nil {
		return ""
	}
	var b struct {
		Codes       []json.Number `json:"error_codes"`
		Description string        `json:"error_description"`
	}
	_ = json.Unmarshal(body, &b) // what is no JSON has no code
	if len(b.Codes) > 0 {
		return b.Codes[0].String()
	}
	if found := aadstsRE.FindStringSubmatch(b.Description); found != nil {
		return found[1]
	}
	return ""
}

// networkFault says why Entra did not answer.
func networkFault(authority string, err error) *Fault {
	host := strings.TrimPrefix(authority, "https://")
	f := &Fault{Kind: ErrNoAnswer, Code: host, passing: true,
		Advice: "Check that this machine may reach " + host + " (port 443)."}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		f.Kind, f.Advice = ErrName, "Check this machine's DNS, and AZURE_AUTHORITY_HOST if it is set."
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		f.Kind, f.Advice = ErrTLS, tlsAdvice
	}
	return f
}

const tlsAdvice = "If a proxy or a private CA stands in between, set SSL_CERT_FILE to a file with its " +
	"certificate and those of the public CAs."
