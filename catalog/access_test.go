package catalog_test

import (
	"testing"

	"keydesk/catalog"
)

type accessCase struct {
	key   string
	own   string // the key's own list
	role  catalog.Role
	allow bool
}

func allow(key, own string, roles ...catalog.Role) []accessCase { return cases(key, own, true, roles) }
func deny(key, own string, roles ...catalog.Role) []accessCase  { return cases(key, own, false, roles) }

func cases(key, own string, allow bool, roles []catalog.Role) []accessCase {
	var out []accessCase
	for _, r := range roles {
		out = append(out, accessCase{key, own, r, allow})
	}
	return out
}

func TestAccess(t *testing.T) {
	const admin, l2, l1, noc = catalog.Admin, catalog.L2, catalog.L1, catalog.NOC
	c := load(t)
	for _, group := range [][]accessCase{
		allow("ninjaone", "", admin, l2, l1, noc),               // RMM
		allow("halopsa", "", admin, l2, l1),                     // PSA
		deny("halopsa", "", noc),                                //
		allow("itglue/contoso", "", admin, l2),                  // reads every client password
		deny("itglue/contoso", "", l1, noc),                     //
		allow("hudu", "", admin, l2),                            //
		deny("hudu", "", l1, noc),                               //
		allow("crowdstrike", "", admin, l2, noc),                // EDR
		deny("crowdstrike", "", l1),                             //
		allow("mimecast", "", admin, noc),                       // Email Security
		deny("mimecast", "", l2, l1),                            //
		allow("fortigate/fabrikam", "", admin, l2),              // Network
		deny("fortigate/fabrikam", "", l1, noc),                 //
		allow("veeam", "", admin, l2),                           // Backup
		deny("veeam", "", l1, noc),                              //
		allow("entra-app-secret", "", admin),                    // Identity
		deny("entra-app-secret", "", l2, l1, noc),               //
		deny("twilio", "", l2, l1, noc),                         // Comms
		deny("pax8", "", l2, l1, noc),                           // Distribution
		deny("dell", "", l2, l1, noc),                           // Hardware
		allow("twilio", "L1", admin, l1),                        // its own list widens
		deny("twilio", "L1", l2, noc),                           // to nobody else
		allow("ninjaone", "NOC", admin, noc),                    // its own list narrows
		deny("ninjaone", "NOC", l2, l1),                         // also those of the category
		allow("hudu", "L1", admin, l1),                          // and it beats the vendor's
		allow("ninjaone", "Admin", admin),                       //
		deny("ninjaone", "Admin", l2, l1, noc),                  //
		allow("gone-from-the-catalog", "", admin),               // an unknown vendor
		deny("gone-from-the-catalog", "", l2, l1, noc),          //
		allow("gone-from-the-catalog", "Admin,L2,NOC", l2, noc), // its own list holds
		deny("gone-from-the-catalog", "Admin,L2,NOC", l1),       //
		deny("", "", l2, l1, noc), allow("", "", catalog.Admin), // a key without a name
	} {
		for _, tt := range group {
			name, _ := catalog.ParseKeyName(tt.key)
			own, err := catalog.ParseRoles(tt.own)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Access(catalog.Key{Name: name, Roles: own}).Has(tt.role); got != tt.allow {
				t.Errorf("%s, own list %q, %s: %t", tt.key, tt.own, tt.role, got)
			}
		}
	}
}

func TestAccessHasAdminAlways(t *testing.T) {
	c := load(t)
	for _, v := range c.Vendors() {
		for own := range catalog.Roles(16) {
			if !c.Access(catalog.Key{Name: catalog.KeyName{Vendor: v.ID}, Roles: own}).Has(catalog.Admin) {
				t.Errorf("%s, own list %q: no Admin", v.ID, own)
			}
		}
	}
}
