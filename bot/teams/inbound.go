package teams

import (
	"context"
	"errors"
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
	// admit refuses by the Authorization header alone, before anything of the body is read.
	admit(ctx context.Context, authorization string) error
	// check refuses what does not prove itself; the error says why, for the log only.
	check(ctx context.Context, authorization string, a *activity) error
}

// refused is errUnproved with its reason.
func refused(why string) error { return &refusal{why} }

type refusal struct{ why string }

func (r *refusal) Error() string { return errUnproved.Error() + ": " + r.why }
func (r *refusal) Unwrap() error { return errUnproved }

// adapterInbound runs a check through msbotbuilder-go's adapter, whose validator is ours.
type adapterInbound struct {
	adapter *core.BotFrameworkAdapter
	header  func(ctx context.Context, authorization string) error
}

type extraKey struct{}

func newInbound(appID string, header func(context.Context, string) error, v auth.TokenValidator) Inbound {
	setting := core.AdapterSetting{AppID: appID, CredentialProvider: auth.SimpleCredentialProvider{AppID: appID}}
	return &adapterInbound{&core.BotFrameworkAdapter{AdapterSetting: setting, TokenValidator: v}, header}
}

func (in *adapterInbound) admit(ctx context.Context, authorization string) error {
	return in.header(ctx, authorization)
}

func (in *adapterInbound) check(ctx context.Context, authorization string, a *activity) error {
	ctx = context.WithValue(ctx, extraKey{}, a)
	_, err := in.adapter.AuthenticateRequest(ctx, a.schema(), authorization, in.adapter.CredentialProvider, "")
	return err
}

// validator is an auth.TokenValidator that sees the whole activity, not only what the schema has of it.
type validator func(ctx context.Context, authorization string, a *activity) error

// AuthenticateRequest implements auth.TokenValidator.
func (v validator) AuthenticateRequest(ctx context.Context, _ schema.Activity, authorization string,
	_ auth.CredentialProvider,
	_ string) (auth.ClaimsIdentity, error) {
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
	anyone := func(context.Context, string) error { return nil }
	return newInbound("", anyone, validator(func(_ context.Context, _ string, a *activity) error {
		if _, err := serviceURL(a.ServiceURL, loopback, true); err != nil {
			return refused("serviceUrl is not on this machine")
		}
		if want := tenant(); want != "" && !tenantIs(a, want) {
			return refused("another tenant")
		}
		return person(a)
	}))
}

// tenantIs says whether the activity is of our tenant in each place where it names one, and names one at all.
func tenantIs(a *activity, want string) bool {
	in, data := a.Conversation.TenantID, a.ChannelData.Tenant.ID
	if in == "" && data == "" {
		return false
	}
	return (in == "" || strings.EqualFold(in, want)) && (data == "" || strings.EqualFold(data, want))
}

// person checks that the sender is one, known by their Entra object id. The id ends in tags and log lines, where a
// space would end it: only what a GUID has may be in it.
func person(a *activity) error {
	id := a.From.AadObjectID
	switch {
	case id == "" || len(id) > 64:
		return refused("no Entra object id")
	case strings.ContainsFunc(id, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}):
		return refused("the Entra object id is none")
	case strings.EqualFold(a.From.Role, "bot"), strings.HasPrefix(a.From.ID, "28:"):
		return refused("the sender is a bot")
	}
	return nil
}
