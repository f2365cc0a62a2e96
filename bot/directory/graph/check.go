package graph

import (
	"context"
	"errors"
	"fmt"

	"keydesk/catalog"
)

// Fault is one thing that is wrong with the set-up.
type Fault struct {
	// Roles and Group are those concerned; zero where the fault concerns all.
	Roles catalog.Roles
	Group string
	// Err is ErrNoGroup, ErrHidden, ErrForbidden, ErrToken, ErrThrottled or ErrUnavailable.
	Err error
	// Text says what is wrong and what to do, in one or two sentences that may be shown to an administrator.
	Text string
}

// Error implements error.
func (f Fault) Error() string { return f.Text }

// Unwrap gives Err.
func (f Fault) Unwrap() error { return f.Err }

// Check asks about every group, and once about some person as Roles does. It returns what is wrong, none
// where all is well. What stops every call is told once.
func (g *Graph) Check(ctx context.Context) []Fault {
	var faults []Fault
	var good []string
	for _, group := range g.groups {
		ctx, cancel := context.WithTimeout(ctx, AskFor)
		err := g.look(ctx, group)
		cancel()
		switch {
		case err == nil:
			good = append(good, group)
		case errors.Is(err, ErrNoGroup), errors.Is(err, ErrHidden), errors.Is(err, ErrForbidden):
			faults = append(faults, g.ofGroup(group, err))
		default:
			return append(faults, g.ofAll(err))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, AskFor)
	defer cancel()
	if err := g.rehearse(ctx, good); err != nil {
		faults = append(faults, g.ofAll(err))
	}
	return faults
}

// look asks about a group (learn.microsoft.com/graph/api/group-get).
func (g *Graph) look(ctx context.Context, group string) error {
	one, err := get[object](ctx, g, g.base+"/groups/"+group+"?$select=id,visibility", newObject)
	switch {
	case errors.Is(err, errUnknown):
		return ErrNoGroup
	case err != nil:
		return err
	case one.id != group:
		return unusable(errOther)
	case one.visibility == "HiddenMembership":
		return ErrHidden
	}
	return nil
}

// rehearse asks for the roles of whichever person Graph names first.
func (g *Graph) rehearse(ctx context.Context, groups []string) error {
	page, err := get[page](ctx, g, g.base+"/users?$select=id&$top=1", newPage)
	if err != nil || len(groups) == 0 {
		return err
	}
	for _, user := range page.value {
		if guid.MatchString(user.id) {
			_, err := g.in(ctx, user.id, groups)
			return err
		}
	}
	return nil
}

func (g *Graph) ofGroup(group string, err error) Fault {
	f := Fault{Roles: g.roles[group], Group: group}
	who := fmt.Sprintf("Role %v, group %s: ", f.Roles, group)
	switch {
	case errors.Is(err, ErrNoGroup):
		f.Err, f.Text = ErrNoGroup, who+"this tenant has no such group, so it gives nobody the role. "+
			"Put the object id of a group that exists into the settings."
	case errors.Is(err, ErrHidden):
		f.Err, f.Text = ErrHidden, who+"the group hides its members, so it may give nobody the role. "+
			"Use another group, or grant the application permission Member.Read.Hidden too, with "+
			"admin consent."
	default:
		f.Err, f.Text = ErrForbidden, who+"Microsoft Graph does not let the application read the group. "+
			"Grant the application permission GroupMember.Read.All, with admin consent."
	}
	return f
}

func (g *Graph) ofAll(err error) Fault {
	switch {
	case errors.Is(err, ErrForbidden):
		return Fault{Err: ErrForbidden, Text: "Microsoft Graph does not let the application read people " +
			"and their groups. Grant the application permissions User.ReadBasic.All and " +
			"GroupMember.Read.All, with admin consent."}
	case errors.Is(err, ErrToken):
		return Fault{Err: ErrToken, Text: "There is no token that Microsoft Graph at " + g.host + " takes. " +
			"Check tenant, client id and secret or certificate, and that the cloud is the right one."}
	case errors.Is(err, ErrThrottled):
		return Fault{Err: ErrThrottled, Text: "Microsoft Graph is asked too often just now. " +
			"Try again in a few minutes."}
	}
	return Fault{Err: ErrUnavailable, Text: "Microsoft Graph at " + g.host + " gave no answer that can be " +
		"used. Check that this machine reaches it over https."}
}
