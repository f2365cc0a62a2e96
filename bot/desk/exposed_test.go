package desk_test

import (
	"strings"
	"testing"

	"keydesk/bot/desk"
)

// TestKeysAreRecognised: what is a key is taken for one, also between other words.
func TestKeysAreRecognised(t *testing.T) {
	for name, text := range map[string]string{
		"a PEM key":               "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
		"a PEM key on one line":   "here -----BEGIN PRIVATE KEY----- MIIE",
		"GitHub":                  "ghp_obviouslyfake0000000000000000000000",
		"a token of three parts":  "eyJhbGciOiJub25lIn0.eyJmYWtlIjp0cnVlfQ.",
		"behind a word and equal": "token=AKIAOBVIOUSLYFAKE000",
		"hex":                     "use 5f4dcc3b5aa765d61d8327deb882cf99 for it",
		"base64":                  "Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaWo=",
		"in quotes":               `the key is "a1B2c3D4e5F6g7H8i9J0k1L2"`,
		"in brackets":             "(a1B2c3D4e5F6g7H8i9J0k1L2)",
		"in a URL":                "https://api.contoso.com/?apikey=a1B2c3D4e5F6g7H8i9J0k1L2",
		"with a comma behind":     "a1B2c3D4e5F6g7H8i9J0k1L2, please store",
		"Meraki":                  "6bec40cf957de430a6f1f2baa056b99a4fac9ea0",
		"AWS, with slashes":       "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		"in bold":                 "**ghp_obviouslyfake0000000000000000000000**",
		"in a URL's path":         "https://hooks.contoso.com/services/a1B2c3D4e5F6g7H8i9J0k1L2/x",
		"escaped":                 "key%3Da1B2c3D4e5F6g7H8i9J0k1L2",
		"26 letters of base32":    "JBSWY3DPEHPK3PXPJBSWY3DPEH",
		"a product key":           "FAKE1-2FAKE-3FAK4-5FA6E-78FAK",
		"GUIDs joined":            "0f8fad5b-d9cb-469f-a165-70867728950e-7c9e6679-7425-40de-944b-e07fc1f90ae7",
		"Entra":                   "abc8Q~obviously.fake-secret_000000000000000",
		"behind a GUID":           "0f8fad5b-d9cb-469f-a165-70867728950e a1B2c3D4e5F6g7H8i9J0k1L2",
		"behind a no-break space": "key\u00a0a1B2c3D4e5F6g7H8i9J0k1L2",
	} {
		if !desk.LooksLikeKey(text) {
			t.Errorf("%s was not taken for a key", name)
		}
	}
}

// TestNoFalseAlarms: what people really write is left alone.
func TestNoFalseAlarms(t *testing.T) {
	for _, text := range []string{
		"get ninja ticket 4711", "get sentinelone INC0012345678", "get meraki CHG-2026-11-0004711",
		"keys network", "rotate fortigate/contoso-headquarters-firewall-2", "add connectwise-manage/fabrikam-west-emea",
		"get hudu 0f8fad5b-d9cb-469f-a165-70867728950e", // a tenant id
		"get ninja https://contoso.service-now.com/nav_to.do?uri=incident.do?sys_id=47110815",
		"get ninja per request of the service desk at Contoso, see SR-20261123-000042",
		"get ninja 2026-11-23T10:00:00Z", "get ninja https://teams.microsoft.com/l/message/19:meeting/1700000000000",
		"Donaudampfschifffahrtsgesellschaftskapitän", "get ninja +4915112345678901234",
		"vendor add Contoso-Remote-Monitoring-Platform-2026", "audit someone.with.a.long.name@fabrikam.example",
		"", "help", strings.Repeat("a", 40), strings.Repeat("1", 40), "--------------------------------",
	} {
		if desk.LooksLikeKey(text) {
			t.Errorf("%q was taken for a key", text)
		}
	}
}

// TestVendorKeysAreRecognised: keys as the vendors of the catalog make them, made up.
func TestVendorKeysAreRecognised(t *testing.T) {
	for vendor, key := range map[string]string{
		"SentinelOne": "Xb3kQ9vT2mLz8RwYc5NdHs7PjKf4GaUe6TqWxZyV1oBnMiDrSpElCuJgFhAk0xO2wIt5",
		"ITGlue":      "ITG.0123456789abcdef0123456789abcdef.fake_key-0000",
		"Duo":         "Dq3x8Zt0Lk5Pm2Rw7Yv4Bn9Hs6Jc1Gf8Ta3Xe5Ud",
		"Huntress":    "hk_0123456789abcdef0123",
		"UniFi":       "Zk8Qw2Er5Ty7Ui9Op1As3Df4Gh6Jk0Lz",
		"Atera":       "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
	} {
		if !desk.LooksLikeKey(key) {
			t.Errorf("a key of %s was not recognised", vendor)
		}
	}
}
