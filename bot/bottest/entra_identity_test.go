package bottest_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keydesk/bot/bottest"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// certificate makes a key and a certificate of its own.
func certificate(t testing.TB) (*x509.Certificate, crypto.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func TestCertificate(t *testing.T) {
	e := entra(t)
	cert, key := certificate(t)
	e.Register(bottest.EntraApp{Tenant: tenant, ID: appID, Certificates: [][]byte{cert.Raw}})
	with := func(cert *x509.Certificate, key crypto.PrivateKey) azcore.TokenCredential {
		c, err := azidentity.NewClientCertificateCredential(tenant, appID, []*x509.Certificate{cert}, key,
			&azidentity.ClientCertificateCredentialOptions{ClientOptions: options(e),
				DisableInstanceDiscovery: true})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	take(t, e, with(cert, key))
	_, err := with(certificate(t)).GetToken(t.Context(), forVault)
	if _, ok := errors.AsType[*azidentity.AuthenticationFailedError](err); !ok ||
		!strings.Contains(err.Error(), "AADSTS700027") {
		t.Errorf("a certificate that is not registered: %v", err)
	}
}

func TestWorkloadIdentity(t *testing.T) {
	e := entra(t)
	e.Register(bottest.EntraApp{Tenant: tenant, ID: appID, Federated: []string{"obviously-fake-federated-token"}})
	file := filepath.Join(t.TempDir(), "token")
	for token, say := range map[string]string{"obviously-fake-federated-token": "", "another": "AADSTS700213"} {
		if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
			ClientOptions: options(e), DisableInstanceDiscovery: true, ClientID: appID, TenantID: tenant,
			TokenFilePath: file})
		if err != nil {
			t.Fatal(err)
		}
		if say == "" {
			take(t, e, c)
		} else if _, err := c.GetToken(t.Context(), forVault); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("got %v", err)
		}
	}
}

// TestManagedIdentity has an app for each case: the real client keeps tokens for the whole process.
func TestManagedIdentity(t *testing.T) {
	for name, tt := range map[string]struct{ app, header, sent, say string }{
		"App Service":                {"e1", "obviously-fake-header", "obviously-fake-header", ""},
		"the only one there is":      {"", "obviously-fake-header", "obviously-fake-header", ""},
		"of another process":         {"e2", "obviously-fake-header", "guessed", "No managed identity"},
		"IMDS of a virtual machine":  {"e3", "obviously-fake-header", "", ""},
		"an app that is no identity": {"e4", "", "", "Identity not found"},
	} {
		t.Run(name, func(t *testing.T) {
			e, app := entra(t), or(tt.app, "e0")+appID[2:]
			e.Register(bottest.EntraApp{Tenant: tenant, ID: app, Header: tt.header})
			o := azidentity.ManagedIdentityCredentialOptions{ClientOptions: options(e)}
			if tt.app != "" {
				o.ID = azidentity.ClientID(app)
			}
			if tt.sent != "" {
				t.Setenv("IDENTITY_ENDPOINT", e.IdentityURL())
				t.Setenv("IDENTITY_HEADER", tt.sent)
			} else { // its address is one that only the machine itself has
				o.Transport = &http.Client{Transport: bottest.Direct(e)}
			}
			c, err := azidentity.NewManagedIdentityCredential(&o)
			if err != nil {
				t.Fatal(err)
			}
			if tt.say == "" {
				takeAs(t, e, c, app)
			} else if _, err := c.GetToken(t.Context(), forVault); err == nil ||
				!strings.Contains(err.Error(), tt.say) {
				t.Errorf("got %v", err)
			}
			if e.Count(bottest.EntraIdentity) != 1 {
				t.Errorf("%d calls", e.Count(bottest.EntraIdentity))
			}
		})
	}
}
