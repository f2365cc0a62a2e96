package app_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/bot/desk"
	"keydesk/vault"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// TestHandedInByPage: what a technician enters on a page needs a reason, waits, and is what is stored then.
// A form that goes wrong uses nothing up.
func TestHandedInByPage(t *testing.T) {
	for _, approves := range []bool{true, false} {
		inOffice(t, func(t *testing.T, s *stage) {
			s.says(l1, "rotate ninja")
			s.link("Use a secure page")
			entry := desk.Entry{Parts: vault.Parts{"client_secret": vault.NewSecret(secondKey)},
				Fields: map[string]string{}}
			if _, err := s.a.Desk.Intake(t.Context(), s.token(), nil, entry); err == nil ||
				!strings.Contains(desk.Sentence(err), "at least 8 letters") {
				t.Fatalf("without a reason: %v", err)
			}
			entry.Fields["reason"] = "rotated at the vendor"
			got, err := s.a.Desk.Intake(t.Context(), s.token(), nil, entry)
			if err != nil || !got.Waits || got.Preview != "ninja_••••••••••••0002" {
				t.Fatalf("%+v, %v", got, err)
			}
			synctest.Wait()
			if s.held()["ninjaone"]["versions"] != "1" {
				t.Fatal("it is stored already")
			}
			if !approves {
				s.decides(admin, "Deny", "reason", "not before Monday")
				if s.held()["ninjaone"]["versions"] != "1" || s.open() != 0 {
					t.Error("it is stored, or something is left")
				}
				return
			}
			s.expect("approving", s.decides(admin, "Approve"), "✓ Approved by Admin")
			now := s.held()["ninjaone"]
			if now["versions"] != "2" || !strings.Contains(now["value"], "(second)") ||
				!strings.Contains(now["value"], theClient) {
				t.Error("another value is stored, or none")
			}
		})
	}
}

// TestBigImportWaits: the biggest import is one request; it is carried out whole, and its
// decision is not forgotten while it lasts.
func TestBigImportWaits(t *testing.T) {
	const rows = 2000
	inOffice(t, func(t *testing.T, s *stage) {
		s.a.Desk.TwoPerson = true
		s.says(admin, "import")
		s.link("Use a secure page")
		var file strings.Builder
		file.WriteString("vendor,label,value,interval\n")
		for i := range rows {
			fmt.Fprintf(&file, "meraki,c%d,%s,90\n", i, firstKey)
		}
		if _, err := s.a.Desk.ImportSheet(t.Context(), s.token(), nil, []byte(file.String()),
			func(desk.SheetRow) {}); err != nil {
			t.Fatal(err)
		}
		s.later(time.Second)
		on := s.waits(secondAdmin, "Approve")
		s.expect("the request", on.json, "Import 2,000 keys", "And 1,990 more")
		got := s.on(on, secondAdmin, "Approve")
		s.expect("approving", got, "✓ Approved by Second Admin", "2,000 keys stored")
		s.expect("a second time", s.on(on, secondAdmin, "Approve"), "")
		s.rounds(8, time.Minute)
		if n := len(s.a.Vault.Keys()); n != rows+2 || s.open() != 0 {
			t.Errorf("%d keys, %d secrets of requests", n, s.open())
		}
		if n := s.count("expire", audit.OK) + s.count("deny", audit.OK); n != 0 {
			t.Error("it was decided twice")
		}
		s.told = nil
	})
}

// TestTypedWordsAreSettled: what a typed word meant when it was asked for is what happens, whatever it would
// mean when it is approved.
func TestTypedWordsAreSettled(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		save := func(key, value string) {
			t.Helper()
			s.says(admin, "add "+key)
			s.expect("adding", s.in(s.card, admin, "Save to Vault", "part.api_key", value, "interval", "90"),
				"✓ Stored")
			s.later(time.Second)
		}
		save("meraki/contoso", firstKey)
		s.a.Desk.TwoPerson = true
		s.expect("by its label", s.says(admin, "grant NOC contoso"), "meraki/contoso", "Withdraw")
		s.a.Desk.TwoPerson = false
		s.says(admin, "edit meraki/contoso label=fabrikam")
		s.says(admin, "add acronis/contoso")
		s.in(s.card, admin, "Save to Vault", "part.client_id", theClient, "part.client_secret", secondKey,
			"interval", "90",
			"endpoint.datacenter", "eu2-cloud")
		s.later(time.Second)
		s.a.Desk.TwoPerson = true
		s.decides(secondAdmin, "Approve")
		for name, key := range s.held() {
			if strings.Contains(key["roles"], "NOC") {
				t.Errorf("%s was granted", name)
			}
		}
	})
}

// TestVendorIsGone: a name that means another vendor by now is not taken for what was approved.
func TestVendorIsGone(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		for _, name := range []string{"Contoso", "Contoso RMM"} {
			s.says(admin, "vendor add")
			s.expect("adding", s.in(s.card, admin, "Save", "name", name, "category", "RMM", "parts", "Token",
				"address", "https://api.contoso.com"), "✓ Saved")
		}
		_, err := s.client.SetSecret(t.Context(), "Old",
			azsecrets.SetSecretParameters{Value: to.Ptr(firstKey),
				Tags: map[string]*string{"keydesk": to.Ptr("adopt")}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.says(admin, "refresh")
		s.a.Desk.TwoPerson = true
		s.expect("adopting", s.says(admin, "adopt contoso from=Old"), "Adopt contoso", "Withdraw")
		s.a.Desk.TwoPerson = false
		s.says(admin, "vendor remove contoso")
		s.expect("removing", s.in(s.card, admin, "Remove"), "✓ Removed")
		s.expect("approving", s.decides(secondAdmin, "Approve"), "it can't be done")
		if s.held()["contoso-rmm"] != nil {
			t.Error("another vendor got the key")
		}
	})
}
