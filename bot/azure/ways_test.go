package azure_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"keydesk/bot/azure"
	"keydesk/bot/config"
)

// pemFile is a certificate with its key, good for nothing else.
func pemFile(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	who := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "keydesk"},
		NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, who, who, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "keydesk.pem")
	data := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Each way to prove oneself goes out as Entra wants it.
func TestWays(t *testing.T) {
	tokenFile := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(tokenFile, []byte("obviously-fake-assertion"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		identity config.Identity
		sent     string
	}{
		"secret":      {config.Identity{Secret: secret}, "client_secret=" + secret},
		"certificate": {config.Identity{Certificate: pemFile(t)}, "client_assertion=ey"},
		"workload":    {config.Identity{TokenFile: tokenFile}, "client_assertion=obviously-fake-assertion"},
	} {
		t.Run(name, func(t *testing.T) {
			e, form := newEntra(t), ""
			e.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_ = r.ParseForm()
				form += r.PostForm.Encode()
				e.ServeHTTP(w, r)
			})
			cfg := e.config()
			tt.identity.Tenant, tt.identity.Client, tt.identity.Names = tenant, client, names
			cfg.Identity = tt.identity
			c, err := azure.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Check(t.Context(), scope); err != nil {
				t.Fatal(err, azure.Advice(err))
			}
			if !strings.Contains(form, tt.sent) || !strings.Contains(form, "client_id="+client) {
				t.Error("sent", form)
			}
		})
	}
}

// App Service's endpoint is one that a test can stand in for; the machine's own address (IMDS) is not.
func TestManagedIdentity(t *testing.T) {
	assigned := true
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.RawQuery
		w.Header().Set("Content-Type", "application/json")
		if !assigned {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"invalid_request","error_description":"Identity not found in vm-1"}`))
			return
		}
		_, _ = w.Write([]byte(`{"access_token":"obviously-fake-token","token_type":"Bearer","expires_on":"` +
			strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10) + `","resource":"https://vault.azure.net"}`))
	}))
	defer server.Close()
	t.Setenv("IDENTITY_ENDPOINT", server.URL)
	t.Setenv("IDENTITY_HEADER", "obviously-fake")
	for _, id := range []string{"", client} {
		for _, assigned = range []bool{true, false} {
			c, err := azure.New(azure.Config{Identity: config.Identity{Tenant: tenant, Client: id,
				Names: names}})
			if err != nil {
				t.Fatal(err)
			}
			// Another resource each time: MSAL keeps managed identities' tokens for the whole process.
			err = c.Check(t.Context(), "https://"+strconv.FormatBool(assigned)+id+".keydesk.invalid/.default")
			if assigned && err != nil || !assigned && !errors.Is(err, azure.ErrManagedIdentity) {
				t.Errorf("%q, assigned %v: %v", id, assigned, err)
			}
			if err != nil && (strings.Contains(err.Error(), "vm-1") || azure.Advice(err) == "") {
				t.Error(err)
			}
			if strings.Contains(asked, "client_id="+client) != (id != "") {
				t.Error("asked for", asked)
			}
		}
	}
}
