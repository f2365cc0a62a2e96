package azure

import (
	"errors"
	"log/slog"
)

// Why a connection to Microsoft does not work. Compare with errors.Is.
var (
	// ErrSecretWrong: Entra does not know the client secret (AADSTS7000215).
	ErrSecretWrong = errors.New("the client secret is not accepted by Entra")
	// ErrSecretExpired: the client secret is past its end (AADSTS7000222).
	ErrSecretExpired = errors.New("the client secret has expired")
	// ErrTenant: Entra knows no such tenant (AADSTS90002, 900023).
	ErrTenant = errors.New("no such tenant is known to Entra")
	// ErrClient: the tenant has no such application (AADSTS700016, 7000229), or it is disabled (7000112).
	ErrClient = errors.New("the tenant has no such application, or it is disabled")
	// ErrCertificate: the file cannot be used, or the application does not have this certificate
	// (AADSTS700027).
	ErrCertificate = errors.New("the certificate cannot be used")
	// ErrFederation: the token file cannot be used, or the application does not trust it (AADSTS70021,
	// 70021x).
	ErrFederation = errors.New("the workload identity's token is not accepted by Entra")
	// ErrManagedIdentity: this machine gets no token for the managed identity.
	ErrManagedIdentity = errors.New("the managed identity is not available on this machine")
	// ErrEntra: Entra refuses for another reason, or does not work at the moment.
	ErrEntra = errors.New("no token comes from Entra")
	// ErrOtherTenant: the vault belongs to another tenant than the one that is served.
	ErrOtherTenant = errors.New("the vault belongs to another tenant")
	// ErrName: a host name is not known.
	ErrName = errors.New("the name cannot be resolved")
	// ErrTLS: the certificate of the other side is not trusted here.
	ErrTLS = errors.New("the certificate of the other side is not trusted")
	// ErrNoAnswer: there is no connection, or no answer in time.
	ErrNoAnswer = errors.New("there is no answer")
	// ErrNoRole: the identity has no role that allows this in the vault (403 ForbiddenByRbac).
	ErrNoRole = errors.New("the identity has no role in the vault that allows this")
	// ErrPolicy: the vault goes by access policies, and none allows this (403 AccessDenied,
	// ForbiddenByPolicy).
	ErrPolicy = errors.New("the vault goes by access policies, and none allows this")
	// ErrFirewall: the vault's firewall keeps this machine out (403 ForbiddenByFirewall).
	ErrFirewall = errors.New("the vault's firewall keeps this machine out")
	// ErrRefused: the vault refuses for another reason.
	ErrRefused = errors.New("the vault refuses access")
)

// Fault is why a connection does not work. Its text may be shown and logged: it names no id and no value, and
// of places only the authority's host.
type Fault struct {
	Kind   error  // one of the sentinels above
	Code   string // Entra's or Key Vault's own, for those who look it up, or the host that does not answer
	Advice string // what to do, in sentences

	passing bool  // it may be over by itself
	cause   error // of another package's sentinels, or nil
}

// Error is the kind, and the code where there is one.
func (f *Fault) Error() string {
	if f.Code == "" {
		return f.Kind.Error()
	}
	return f.Kind.Error() + " (" + f.Code + ")"
}

// Unwrap gives the kind, and the error of the vault that it explains.
func (f *Fault) Unwrap() []error {
	if f.cause != nil {
		return []error{f.Kind, f.cause}
	}
	return []error{f.Kind}
}

// Passing says that it may be over by itself.
func (f *Fault) Passing() bool { return f.passing }

// NonRetriable keeps the SDK's pipelines from asking again at once: the credential has done so.
func (f *Fault) NonRetriable() {}

// LogValue is the text; what was wrapped stays out of logs.
func (f *Fault) LogValue() slog.Value { return slog.StringValue(f.Error()) }

// Advice is what to do about an error, found through wrapping; "" where there is nothing to say.
func Advice(err error) string {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Advice
	}
	return ""
}
