package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// TestRequestSwitchedOff: a request that a vault administrator has switched off is not approved, can be
// denied, and else expires, also when its ticket is swept by then; who asked is told, and nothing is left.
func TestRequestSwitchedOff(t *testing.T) {
	for _, end := range []string{"Denied by Second Admin", "nobody answered"} {
		inOffice(t, func(t *testing.T, s *stage) {
			s.rotates()
			on := s.waits(secondAdmin, "Approve")
			off := azsecrets.UpdateSecretPropertiesParameters{
				SecretAttributes: &azsecrets.SecretAttributes{Enabled: to.Ptr(false)}}
			_, err := s.client.UpdateSecretProperties(t.Context(),
				"keydesk-request-"+s.a.Vault.Requests()[0].ID, "", off, nil)
			if err != nil {
				t.Fatal(err)
			}
			s.expect("approving", s.on(on, secondAdmin, "Approve"), "can't be read any more")
			if strings.HasPrefix(end, "Denied") {
				s.expect("denying", s.on(on, secondAdmin, "Deny", "reason", "not any more"), end)
			}
			s.rounds(2, 25*time.Hour)
			s.rounds(4, time.Minute)
			told := ""
			for _, c := range s.inbox("chat-" + l1) {
				told += plainText(c.json)
			}
			if s.open() != 0 || !strings.Contains(told, end) {
				t.Errorf("%d secrets are left, and who asked reads %s", s.open(), brief(told))
			}
			if s.held()["ninjaone"]["versions"] != "1" {
				t.Error("it was stored")
			}
		})
	}
}
