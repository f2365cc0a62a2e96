package azure

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"keydesk/bot/config"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Config is what a Credential needs.
type Config struct {
	Identity config.Identity
	Cloud    config.Cloud
	// AnyChallenge takes a challenge that names another tenant, which a vault outside Microsoft's clouds may
	// do. The token is asked of the configured tenant all the same.
	AnyChallenge bool
	Logger       *slog.Logger // nil: silent
}

// Credential is an application's, or a managed identity's. Its tokens are kept and renewed ahead of their
// end.
type Credential struct {
	cfg    Config
	source azcore.TokenCredential
	kept   kept
}

// New chooses the credential by what is set, one explicitly: azidentity's chains would try others of the
// machine. It calls nobody. A *Fault: a file cannot be used.
func New(cfg Config) (*Credential, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Credential{cfg: cfg}
	var err error
	if c.source, err = choose(cfg); err != nil {
		if _, ok := errors.AsType[*Fault](err); !ok { // azidentity's texts may repeat what it was given
			err = &Fault{Kind: ErrEntra, Advice: "Check the settings whose names begin with AZURE_ and " +
				"MICROSOFT_APP_."}
		}
		return nil, err
	}
	c.kept = kept{ask: c.ask, log: cfg.Logger}
	return c, nil
}

func choose(cfg Config) (azcore.TokenCredential, error) {
	i, outside := cfg.Identity, cfg.Cloud.AuthorityOutside()
	options := azcore.ClientOptions{Transport: newTransport(), Retry: retry,
		Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: cfg.Cloud.Authority}}
	switch {
	case i.Secret != "":
		return azidentity.NewClientSecretCredential(i.Tenant, i.Client, i.Secret,
			&azidentity.ClientSecretCredentialOptions{ClientOptions: options,
				DisableInstanceDiscovery: outside})
	case i.Certificate != "":
		return withCertificate(i, &azidentity.ClientCertificateCredentialOptions{ClientOptions: options,
			DisableInstanceDiscovery: outside})
	case i.TokenFile != "":
		if f, err := os.Open(i.TokenFile); err != nil {
			return nil, &Fault{Kind: ErrFederation, Advice: "The file of AZURE_FEDERATED_TOKEN_FILE " +
				"cannot be read. Check the path, and that this user may read it."}
		} else {
			_ = f.Close()
		}
		return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
			ClientOptions: options, DisableInstanceDiscovery: outside, TenantID: i.Tenant, ClientID: i.Client,
			TokenFilePath: i.TokenFile})
	}
	managed := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: azcore.ClientOptions{Retry: retry}}
	if i.Client != "" {
		managed.ID = azidentity.ClientID(i.Client)
	}
	return azidentity.NewManagedIdentityCredential(managed)
}

// retry keeps a question short enough that a person's turn may wait for it.
var retry = policy.RetryOptions{MaxRetries: 2, RetryDelay: 500 * time.Millisecond,
	MaxRetryDelay: 2 * time.Second,
	TryTimeout:    5 * time.Second}

func withCertificate(
	i config.Identity, o *azidentity.ClientCertificateCredentialOptions,
) (azcore.TokenCredential, error) {
	data, err := os.ReadFile(i.Certificate)
	if err != nil {
		return nil, &Fault{Kind: ErrCertificate, Advice: "The file of AZURE_CLIENT_CERTIFICATE_PATH " +
			"cannot be read. Check the path, and that this user may read it."}
	}
	certs, key, err := azidentity.ParseCertificates(data, []byte(i.CertificatePassword))
	if err != nil {
		return nil, &Fault{Kind: ErrCertificate, Advice: "AZURE_CLIENT_CERTIFICATE_PATH takes a PEM or " +
			"PKCS#12 file with the certificate and its RSA private key; an encrypted PKCS#12 file needs " +
			"AZURE_CLIENT_CERTIFICATE_PASSWORD."}
	}
	return azidentity.NewClientCertificateCredential(i.Tenant, i.Client, certs, key, o)
}

// GetToken gives a token that lives, from memory where there is one. *Fault; the context's error when ctx
// ends first.
func (c *Credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if o.TenantID != "" && !c.cfg.AnyChallenge && !strings.EqualFold(o.TenantID, c.cfg.Identity.Tenant) {
		return azcore.AccessToken{}, &Fault{Kind: ErrOtherTenant,
			Advice: "Use a vault of the tenant in AZURE_TENANT_ID, or set that to the vault's tenant."}
	}
	o.TenantID = ""
	return c.kept.get(ctx, o)
}

// ask asks the source, and makes a fault of what goes wrong.
func (c *Credential) ask(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	var network error
	token, err := c.source.GetToken(context.WithValue(ctx, networkKey{}, &network), o)
	if err != nil {
		if network == nil { // the time may be up between two tries, and azidentity drops that too
			network = ctx.Err()
		}
		return token, entraFault(c.cfg.Identity, c.cfg.Cloud.Authority, network, err)
	}
	return token, nil
}

// Check asks for a token; see GetToken.
func (c *Credential) Check(ctx context.Context, scope string) error {
	_, err := c.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
	return err
}

// networkKey is where a transport leaves what ended the connection: azidentity keeps only its text.
type networkKey struct{}

type transport struct{ client *http.Client }

func newTransport() transport {
	return transport{&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // the secret is for the authority alone
	}}}
}

// Do sends one request.
func (t transport) Do(r *http.Request) (*http.Response, error) {
	res, err := t.client.Do(r)
	if network, ok := r.Context().Value(networkKey{}).(*error); ok {
		*network = err // nil again when a repeat was answered
	}
	return res, err
}
