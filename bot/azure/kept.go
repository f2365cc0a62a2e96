package azure

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/sync/singleflight"
)

const (
	// renewAhead of its end a token is renewed, where Entra names no earlier moment. Not sooner: until then
	// MSAL gives the same token again.
	renewAhead = 5 * time.Minute
	// renewAgain after a renewal that failed or gave no newer token.
	renewAgain = 30 * time.Second
	// askTime bounds one question to Entra, with its repeats.
	askTime = 20 * time.Second
	// lastUse of a token before its end: it must outlive the call it goes with.
	lastUse = 10 * time.Second
)

// kept is tokens by what they are for. azcore's policies and azidentity keep tokens too, but each lets one of
// the callers wait for the renewal; here nobody waits while the old token lives.
type kept struct {
	ask func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error)
	log *slog.Logger

	flight singleflight.Group
	mu     sync.Mutex
	tokens map[string]*keptToken
}

type keptToken struct {
	azcore.AccessToken
	next time.Time // when it is to be renewed
}

func (k *kept) get(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	what := strings.Join(o.Scopes, " ") + " " + strconv.FormatBool(o.EnableCAE) + " " + o.Claims
	if o.Claims == "" { // claims mean that a service has just refused the token there is
		if token, ok, due := k.look(what); ok {
			if due {
				k.start(ctx, what, o)
			}
			return token, nil
		}
	}
	select {
	case <-ctx.Done():
		return azcore.AccessToken{}, context.Cause(ctx)
	case res := <-k.start(ctx, what, o):
		if res.Err != nil {
			return azcore.AccessToken{}, res.Err
		}
		return res.Val.(azcore.AccessToken), nil
	}
}

// look finds a token that lives, and says whether it is time to renew it; then others are told so again only
// later.
func (k *kept) look(what string) (token azcore.AccessToken, ok, due bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	t, now := k.tokens[what], time.Now()
	if t == nil || !now.Before(t.ExpiresOn.Add(-lastUse)) {
		return azcore.AccessToken{}, false, false
	}
	if due = !now.Before(t.next); due {
		t.next = now.Add(renewAgain)
	}
	return t.AccessToken, true, due
}

// start asks once for all who want the same token; the question outlives the caller who came first.
func (k *kept) start(ctx context.Context, what string, o policy.TokenRequestOptions) <-chan singleflight.Result {
	return k.flight.DoChan(what, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTime)
		defer cancel()
		token, err := k.ask(ctx, o)
		if err != nil {
			k.log.LogAttrs(ctx, slog.LevelWarn, "no new token from Entra", slog.Any("error", err))
			return token, err
		}
		k.keep(what, o, token)
		return token, nil
	})
}

func (k *kept) keep(what string, o policy.TokenRequestOptions, token azcore.AccessToken) {
	next := token.RefreshOn
	if next.IsZero() {
		next = token.ExpiresOn.Add(-renewAhead)
	}
	if soon := time.Now().Add(renewAgain); next.Before(soon) {
		next = soon
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.tokens == nil {
		k.tokens = map[string]*keptToken{}
	}
	k.tokens[strings.TrimSuffix(what, o.Claims)] = &keptToken{token, next}
}
