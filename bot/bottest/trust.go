package bottest

import (
	"encoding/pem"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// RunTrusting runs a package's tests, for its TestMain, with the certificate that all servers of httptest have
// trusted as a private CA is: through SSL_CERT_FILE. It returns the exit code.
func RunTrusting(m *testing.M) int {
	dir, err := os.MkdirTemp("", "keydesk")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	server := httptest.NewTLSServer(nil)
	file := filepath.Join(dir, "ca.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	server.Close()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		log.Fatal(err)
	}
	if err := os.Setenv("SSL_CERT_FILE", file); err != nil {
		log.Fatal(err)
	}
	return m.Run()
}

// SkipShort skips a long test under -short; with KEYDESK_E2E=1, where all must run, that is a failure.
func SkipShort(t *testing.T, why string) {
	t.Helper()
	switch {
	case !testing.Short():
	case os.Getenv("KEYDESK_E2E") == "1":
		t.Fatal("KEYDESK_E2E=1 with -short: " + why)
	default:
		t.Skip(why)
	}
}
