package embedded_test

import (
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/vault/embedded"
)

func TestSetAndGet(t *testing.T) {
	both(t, embedded.Config{}, func(t *testing.T, c *azsecrets.Client) {
		made := set(t, c, "NinjaOne--Acme", "value-1")
		if id := made.ID; id.Name() != "NinjaOne--Acme" || len(id.Version()) != 32 {
			t.Errorf("id is %q", *id)
		}
		got, err := c.GetSecret(t.Context(), "ninjaone--acme", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if *got.Value != "value-1" || *got.ID != *made.ID || !*got.Attributes.Enabled {
			t.Errorf("got %q %q", *got.Value, *got.ID)
		}
	})
}
