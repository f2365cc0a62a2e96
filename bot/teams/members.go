package teams

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"keydesk/catalog"
)

// ErrNoMembers: Teams did not say who is in a conversation.
var ErrNoMembers = errors.New("teams gave no list of members")

// Member is somebody in a conversation.
type Member struct {
	catalog.Person        // Entra object id and display name
	ID             string // "29:..."
	Tenant         string // Entra tenant id; "" where Teams does not say
	Guest          bool   // invited from another tenant, or without an account
}

const (
	membersPage = "500" // the most that Teams gives at once
	mostPages   = 100   // a team has 25,000 members at most
)

// roster is one page (learn.microsoft.com, get conversation paged members). Some services call the Entra
// object id aadObjectId, some objectId.
type roster struct {
	Members []struct {
		ID          string `json:"id"`
		Name        string `json:"name"`
		AadObjectID string `json:"aadObjectId"`
		ObjectID    string `json:"objectId"`
		TenantID    string `json:"tenantId"`
		UserRole    string `json:"userRole"`
	} `json:"members"`
	Next string `json:"continuationToken"`
}

// Members lists who is in a chat, or can read a channel. ErrNoMembers where any part of the list is missing.
func (c *Connector) Members(ctx context.Context, in Conversation) ([]Member, error) {
	in.ID = root(in.ID)
	var all []Member
	next := ""
	for range mostPages {
		var page roster
		path := "/v3/conversations/" + url.PathEscape(in.ID) + "/pagedmembers?pageSize=" + membersPage
		if next != "" {
			path += "&continuationToken=" + url.QueryEscape(next)
		}
		if err := c.call(ctx, in, request{method: http.MethodGet, path: path, into: &page}); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoMembers, err)
		}
		if page.Members == nil {
			return nil, ErrNoMembers
		}
		all = append(all, page.members()...)
		switch page.Next {
		case "":
			return all, nil
		case next:
			return nil, ErrNoMembers // the same page for ever
		}
		next = page.Next
	}
	return nil, ErrNoMembers
}

func (r roster) members() []Member {
	out := make([]Member, 0, len(r.Members))
	for _, m := range r.Members {
		id := m.AadObjectID
		if id == "" {
			id = m.ObjectID
		}
		out = append(out, Member{ID: m.ID, Person: catalog.Person{ID: strings.ToLower(id), Name: m.Name},
			Tenant: m.TenantID, Guest: m.UserRole == "guest" || m.UserRole == "anonymous"})
	}
	return out
}
