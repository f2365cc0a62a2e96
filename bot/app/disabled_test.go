package app_test

import (
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// TestRecoverADisabledKey: it comes back, and the person is told that its value still can't be read.
func TestRecoverADisabledKey(t *testing.T) {
	s := newShared(t)
	a, stop := s.run(t)
	defer stop()
	c := connect(t, a)
	add(t, c, good)
	off := azsecrets.UpdateSecretPropertiesParameters{
		SecretAttributes: &azsecrets.SecretAttributes{Enabled: to.Ptr(false)}}
	if _, err := s.raw(t).UpdateSecretProperties(t.Context(), "ninjaone", "", off, nil); err != nil {
		t.Fatal(err)
	}
	gone, fault := c.press(admin, c.say(admin, "delete ninja"), "Delete", nil)
	wants(t, "the result "+fault, gone, "Deleted ninjaone", "Recover")
	back, fault := c.press(admin, gone, "Recover", nil)
	wants(t, "the recovered key "+fault, back, "Recovered, still disabled in Key Vault: ninjaone")
	wants(t, "the key", c.say(admin, "key ninja"), "Disabled in Key Vault")
}
