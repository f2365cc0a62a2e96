package app_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"keydesk/bot/app"
	"keydesk/bot/config"
	"keydesk/catalog"
	"keydesk/vault"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// hook does something before each call to the vault.
type hook struct {
	policy.Transporter
	before func(r *http.Request)
}

func (h hook) Do(r *http.Request) (*http.Response, error) {
	h.before(r)
	return h.Transporter.Do(r)
}

// TestRenamedTogether: somebody stores a key under the new label at the same moment. The person hears it of
// the new name.
func TestRenamedTogether(t *testing.T) {
	s := newShared(t)
	other, stop := s.run(t)
	defer stop()
	var once sync.Once
	a, stop := runWith(t, app.Config{
		Settings: config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Data: t.TempDir(),
			LinkTTL: 5 * time.Minute},
		Vault: &vault.Config{URL: s.server.URL, Credential: s, Transport: s.server.Client(),
			OutsideMicrosoft: true},
		Transport: func(next policy.Transporter) policy.Transporter {
			return hook{next, func(r *http.Request) {
				if r.Method != http.MethodPut || !strings.HasSuffix(r.URL.Path, "/ninjaone--acme") {
					return
				}
				once.Do(func() {
					key := catalog.Key{Name: ninja("acme"), IntervalDays: 90, Op: "op-theirs"}
					if _, err := other.Vault.Create(t.Context(), key, ninjaParts()); err != nil {
						t.Error(err)
					}
				})
			}}
		},
	})
	defer stop()
	c := connect(t, a)
	add(t, c, good)
	c.press(admin, c.say(admin, "edit ninja"), "Save", edit("label", "acme"))
	wants(t, "the answer", c.newest(), "Changed twice at the same moment", "ninjaone/acme has its new label")
	if _, left := a.Vault.Key(catalog.KeyName{Vendor: "ninjaone"}); left {
		t.Error("the old name is still there")
	}
}
