package teams

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
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
	// read makes an activity of a body and refuses one that does not prove itself; the error says why, for the
	// log only. errNotAnActivity: it is none.
	read(ctx context.Context, authorization string, body []byte) (*activity, error)
}

// refused is errUnproved with its reason.
func refused(why string) error { return &refusal{why: why} }

type refusal struct {
	why  string
	sent bool // the token is good: Microsoft's service did send the activity
}

// ofService marks the refusal of an activity whose token is good.
func ofService(err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		return &refusal{why: r.why, sent: true}
	}
	return err
}

func (r *refusal) Error() string { return errUnproved.Error() + ": " + r.why }
func (r *refusal) Unwrap() error { return errUnproved }

// adapterInbound reads and checks activities by msbotbuilder-go's adapter, whose validator is ours.
type adapterInbound struct {
	adapter *core.BotFrameworkAdapter
	header  func(ctx context.Context, authorization string) error
}

func newInbound(appID string, header func(context.Context, string) error, v validator) Inbound {
	setting := core.AdapterSetting{AppID: appID, CredentialProvider: auth.SimpleCredentialProvider{AppID: appID}}
	return &adapterInbound{&core.BotFrameworkAdapter{AdapterSetting: setting, TokenValidator: v}, header}
}

func (in *adapterInbound) admit(ctx context.Context, authorization string) error {
	return in.header(ctx, authorization)
}

func (in *adapterInbound) read(ctx context.Context, authorization string, body []byte) (*activity, error) {
	own, err := decode(body)
	if err != nil {
		return nil, err
	}
	t := &trial{activity: own}
	ctx = context.WithValue(ctx, trialKey{}, t)
	for _, form := range []func([]byte) []byte{asItIs, lenient} {
		_, err = in.adapter.ParseRequest(ctx, posted(authorization, form(body)))
		switch {
		case t.held && err != nil:
			return nil, err
		case t.held:
			return own, nil
		}
	}
	return nil, errNotAnActivity
}

func asItIs(body []byte) []byte { return body }

// posted is what the adapter reads from. It wants some Authorization; where none is needed there may be none.
func posted(authorization string, body []byte) *http.Request {
	if authorization == "" {
		authorization = "none"
	}
	return &http.Request{Header: http.Header{"Authorization": {authorization}},
		Body: io.NopCloser(bytes.NewReader(body))}
}

// trial is an activity on its way through the adapter.
type trial struct {
	activity *activity // with what decode has read
	held     bool      // the adapter could read it, and the validator has said what it thinks of it
}

type trialKey struct{}

// validator is an auth.TokenValidator that sees the whole activity, not only what the schema has of it.
type validator func(ctx context.Context, authorization string, a *activity) error

// AuthenticateRequest implements auth.TokenValidator.
func (v validator) AuthenticateRequest(ctx context.Context, read schema.Activity, authorization string,
	_ auth.CredentialProvider, _ string) (auth.ClaimsIdentity, error) {
	t, ok := ctx.Value(trialKey{}).(*trial)
	if !ok || read.Type == "" {
		return nil, errNotAnActivity
	}
	t.activity.Activity, t.held = read, true
	if err := v(ctx, authorization, t.activity); err != nil {
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
	in, data := a.Conversation.TenantID, a.Data.Tenant.ID
	if in == "" && data == "" {
		return false
	}
	return (in == "" || strings.EqualFold(in, want)) && (data == "" || strings.EqualFold(data, want))
}

// person checks that the sender is one, known by their Entra object id. The id ends in tags and log lines,
// where a space would end it: only what a GUID has may be in it.
func person(a *activity) error {
	id := a.From.AadObjectID
	switch {
	case id == "" || len(id) > 64:
		return refused("no Entra object id")
	case strings.ContainsFunc(id, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}):
		return refused("the Entra object id is none")
	case strings.EqualFold(string(a.From.Role), "bot"), strings.HasPrefix(a.From.ID, "28:"):
		return refused("the sender is a bot")
	}
	return nil
}
