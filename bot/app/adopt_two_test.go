package app_test

import (
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// TestAdoptionOfTwo: who approves an adoption reads where its value will go.
func TestAdoptionOfTwo(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.a.Desk.TwoPerson = true
		if _, err := s.client.SetSecret(t.Context(), "OldHudu", azsecrets.SetSecretParameters{Value: to.Ptr(firstKey),
			Tags: map[string]*string{"keydesk": to.Ptr("adopt")}}, nil); err != nil {
			t.Fatal(err)
		}
		s.say("refresh")
		s.say("adopt")
		s.card = s.press("Adopt", "from", "OldHudu", "key", "hudu/old")
		s.hears("the request", said(s.press("Adopt", "endpoint.host", "hudu.contoso.com")), "Adopt hudu/old",
			"From the secret OldHudu", "Address: https://hudu.contoso.com/api/v1", "Waits for an admin")
	})
}
