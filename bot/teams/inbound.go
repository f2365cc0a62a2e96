package teams

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/infracloudio/msbotbuilder-go/connector/auth"
	"github.com/infracloudio/msbotbuilder-go/core"
	"github.com/infracloudio/msbotbuilder-go/schema"
)

var (
	errNotAnActivity = errors.New("the body is no activity")
	errUnproved      = errors.New("the activity does not prove itself")
)

// Inbound is how an activity proves where it comes from. RequireTokens and TrustLoopback make one.
type Inbound interface {
	// check refuses what does not prove itself; the error says why, for the log only.
	check(ctx context.Context, authorization string, a *activity) error
}

// refused is errUnproved with its reason.
func refused(why string) error { return errors.Join(errUnproved, errors.New(why)) }

// adapterInbound runs a check through msbotbuilder-go's adapter, whose validator is ours.
type adapterInbound struct{ adapter *core.BotFrameworkAdapter }

type extraKey struct{}

func newInbound(appID string, v auth.TokenValidator) Inbound {
	setting := core.AdapterSetting{AppID: appID, CredentialProvider: auth.SimpleCredentialProvider{AppID: appID}}
	return &adapterInbound{&core.BotFrameworkAdapter{AdapterSetting: setting, TokenValidator: v}}
}

func (in *adapterInbound) check(ctx context.Context, authorization string, a *activity) error {
	ctx = context.WithValue(ctx, extraKey{}, a)
	_, err := in.adapter.AuthenticateRequest(ctx, a.schema(), authorization, in.adapter.CredentialProvider, "")
	return err
}

// validator is an auth.TokenValidator that sees the whole activity, not only what the schema has of it.
type validator func(ctx context.Context, authorization string, a *activity) error

// AuthenticateRequest implements auth.TokenValidator.
func (v validator) AuthenticateRequest(ctx context.Context, _ schema.Activity, authorization string, _ auth.CredentialProvider, _ string) (auth.ClaimsIdentity, error) {
	a, ok := ctx.Value(extraKey{}).(*activity)
	if !ok {
		return nil, errNotAnActivity
	}
	if err := v(ctx, authorization, a); err != nil {
		return nil, err
	}
	return auth.NewClaimIdentity(nil, true), nil
}

// TrustLoopback is the sandbox's check: no token, but the service must be on this machine, the tenant the
// sandbox's own ("" takes any), and the sender a person.
func TrustLoopback(tenant func() string) Inbound {
	return newInbound("", validator(func(_ context.Context, _ string, a *activity) error {
		u, err := url.Parse(a.ServiceURL)
		if err != nil || u.Scheme != "http" || !loopback(u.Hostname()) {
			return refused("serviceUrl is not on this machine")
		}
		if want := tenant(); want != "" && !tenantIs(a, want) {
			return refused("another tenant")
		}
		return person(a)
	}))
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// tenantIs says whether the activity is of our tenant in each place where it names one, and names one at all.
func tenantIs(a *activity, want string) bool {
	in, data := a.Conversation.TenantID, a.ChannelData.Tenant.ID
	if in == "" && data == "" {
		return false
	}
	return (in == "" || strings.EqualFold(in, want)) && (data == "" || strings.EqualFold(data, want))
}

// person checks that the sender is one, known by their Entra object id.
func person(a *activity) error {
	switch {
	case a.From.AadObjectID == "" || len(a.From.AadObjectID) > 64:
		return refused("no Entra object id")
	case strings.EqualFold(a.From.Role, "bot"), strings.HasPrefix(a.From.ID, "28:"):
		return refused("the sender is a bot")
	}
	return nil
}
