package catalog

import (
	"errors"
	"strings"
)

// ErrBadRole: the text names no role.
var ErrBadRole = errors.New("no such role; the roles are Admin, L2, L1, NOC")

// Role is one of the four sets of Entra groups that Keydesk knows.
type Role uint8

// The roles, as bits of a Roles set.
const (
	Admin Role = 1 << iota
	L2
	L1
	NOC
)

// Roles is a set of roles; zero is none.
type Roles uint8

var roleNames = [...]struct {
	role Role
	name string
}{{Admin, "Admin"}, {L2, "L2"}, {L1, "L1"}, {NOC, "NOC"}}

// String is the role's name.
func (r Role) String() string {
	for _, n := range roleNames {
		if n.role == r {
			return n.name
		}
	}
	return "?"
}

// ParseRole reads a role's name in any case. Error: ErrBadRole.
func ParseRole(s string) (Role, error) {
	for _, n := range roleNames {
		if strings.EqualFold(n.name, strings.TrimSpace(s)) {
			return n.role, nil
		}
	}
	return 0, ErrBadRole
}

// RolesOf is the set of some roles.
func RolesOf(roles ...Role) Roles {
	var set Roles
	for _, r := range roles {
		set |= Roles(r)
	}
	return set
}

// ParseRoles reads "Admin,L2" in any case; "" is the empty set. Error: ErrBadRole.
func ParseRoles(s string) (Roles, error) {
	var set Roles
	if strings.TrimSpace(s) == "" {
		return 0, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		r, err := ParseRole(part)
		if err != nil {
			return 0, err
		}
		set = set.With(r)
	}
	return set, nil
}

// Has says whether r is in the set.
func (s Roles) Has(r Role) bool { return s&Roles(r) != 0 }

// Any says whether the sets share a role.
func (s Roles) Any(o Roles) bool { return s&o != 0 }

// With is the set with r in it.
func (s Roles) With(r Role) Roles { return s | Roles(r) }

// List is the roles of the set, Admin first.
func (s Roles) List() []Role {
	var out []Role
	for _, n := range roleNames {
		if s.Has(n.role) {
			out = append(out, n.role)
		}
	}
	return out
}

// String is the form of the roles tag: "Admin,L2"; "" for none.
func (s Roles) String() string {
	var out []string
	for _, r := range s.List() {
		out = append(out, r.String())
	}
	return strings.Join(out, ",")
}
