package tenant

import "keydesk/bot/bottest"

// The groups that give roles, and one within L1s.
const (
	Admins   = "0d0d0d0d-0000-4000-8000-00000000a000"
	L2s      = "0d0d0d0d-0000-4000-8000-00000000b200"
	L1s      = "0d0d0d0d-0000-4000-8000-00000000b100"
	NOCs     = "0d0d0d0d-0000-4000-8000-00000000b000"
	Helpdesk = "0d0d0d0d-0000-4000-8000-00000000b101" // is in L1s
)

// The people. Technician and Colleague are L1 by Helpdesk; Guest is in no group of a role, and Stranger in
// another tenant.
var (
	Admin       = bottest.Person{ID: "0e0e0e0e-0000-4000-8000-00000000a001", Name: "An admin"}
	SecondAdmin = bottest.Person{ID: "0e0e0e0e-0000-4000-8000-00000000a002", Name: "A second admin"}
	Technician  = bottest.Person{ID: "0e0e0e0e-0000-4000-8000-00000000b001", Name: "An L1 technician"}
	Colleague   = bottest.Person{ID: "0e0e0e0e-0000-4000-8000-00000000b002", Name: "A colleague"}
	Analyst     = bottest.Person{ID: "0e0e0e0e-0000-4000-8000-00000000b003", Name: "A NOC analyst"}
	Guest       = bottest.Person{ID: "0e0e0e0e-0000-4000-8000-00000000f001", Name: "A guest of Contoso"}
	Stranger    = bottest.Person{ID: "0e0e0e0e-0000-4000-8000-00000000f002", Name: "A stranger"}
)

// people enrols everybody and fills the groups.
func (c *Tenant) people() {
	all := []bottest.Person{Admin, SecondAdmin, Technician, Colleague, Analyst, Guest}
	c.Graph.Person(all...)
	for _, p := range all {
		c.Entra.Enrol(bottest.EntraPerson{Tenant: ID, ID: p.ID, Name: p.Name})
	}
	c.Entra.Enrol(bottest.EntraPerson{Tenant: Other, ID: Stranger.ID, Name: Stranger.Name})
	c.Graph.Group(Admins, Admin.ID, SecondAdmin.ID)
	c.Graph.Group(L2s)
	c.Graph.Group(L1s, Helpdesk)
	c.Graph.Group(Helpdesk, Technician.ID, Colleague.ID)
	c.Graph.Group(NOCs, Analyst.ID)
}
