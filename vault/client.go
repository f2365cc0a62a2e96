package vault

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// How long a call may take. A turn has 4.5 s before it must be answered and goes on after that;
// these keep a vault that hangs from holding a turn for ever.
const (
	tryTime    = 8 * time.Second
	callTime   = 30 * time.Second
	retryDelay = 200 * time.Millisecond
	maxDelay   = 5 * time.Second
	tries      = 3
)

// client is azsecrets.Client with errors mapped and the kind of retrying chosen per call.
type client struct {
	sdk *azsecrets.Client
}

func newClient(cfg Config, vault string) (*client, error) {
	sdk, err := azsecrets.NewClient(vault, cfg.Credential, &azsecrets.ClientOptions{
		ClientOptions: azcore.ClientOptions{
			Transport:        cfg.Transport,
			Telemetry:        policy.TelemetryOptions{ApplicationID: "keydesk"},
			PerCallPolicies:  []policy.Policy{watch(cfg.Observe)},
			PerRetryPolicies: []policy.Policy{markSent},
		},
		DisableChallengeResourceVerification: cfg.OutsideMicrosoft,
	})
	if err != nil {
		return nil, fmt.Errorf("making the vault client: %w", ErrBadValue)
	}
	return &client{sdk: sdk}, nil
}

// vaultURL checks an address: https, a host, nothing else.
func vaultURL(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" ||
		u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return "", fmt.Errorf("vault address must be https://<host>: %w", ErrBadValue)
	}
	return "https://" + u.Host, nil
}

// mode says how a call is repeated: once, again or throttled.
type mode func(context.Context) context.Context

// once sends a request a single time. A claim needs it: azcore turns the repeat of a delete
// whose answer was lost into a 404, and the winner would believe to have lost.
func once(ctx context.Context) context.Context {
	return policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1, TryTimeout: tryTime})
}

// again retries what may be repeated: reads, and sets of a name that only we know.
func again(ctx context.Context) context.Context {
	return retrying(ctx, func(resp *http.Response, err error) bool {
		return err != nil || retryStatus(resp.StatusCode)
	})
}

// throttled retries only what the vault surely did not do.
func throttled(ctx context.Context) context.Context {
	return retrying(ctx, func(resp *http.Response, err error) bool {
		return err == nil && resp.StatusCode == http.StatusTooManyRequests
	})
}

func retrying(ctx context.Context, should func(*http.Response, error) bool) context.Context {
	return policy.WithRetryOptions(ctx, policy.RetryOptions{
		MaxRetries: tries, TryTimeout: tryTime, RetryDelay: retryDelay, MaxRetryDelay: maxDelay,
		ShouldRetry: func(resp *http.Response, err error) bool {
			return should(resp, err) && !tooLong(ctx, resp)
		},
	})
}

func retryStatus(code int) bool {
	switch code {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// tooLong says that waiting for Retry-After would outlive ctx: then the caller had better hear
// "throttled" now than a time-out later.
func tooLong(ctx context.Context, resp *http.Response) bool {
	if resp == nil {
		return false
	}
	end, ok := ctx.Deadline()
	if !ok {
		return false
	}
	wait, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	return err == nil && time.Now().Add(time.Duration(wait)*time.Second).After(end)
}

// bounded gives ctx an end if it has none.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, callTime)
}

// get reads one version of a secret; version "" is the current one.
func (c *client) get(ctx context.Context, name, version string) (azsecrets.Secret, error) {
	return c.getBy(ctx, again, name, version)
}

func (c *client) getBy(ctx context.Context, how mode, name, version string) (azsecrets.Secret, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	resp, err := c.sdk.GetSecret(how(ctx), name, version, nil)
	if err != nil {
		return azsecrets.Secret{}, fault(err)
	}
	return resp.Secret, nil
}

// set writes a new version.
func (c *client) set(
	ctx context.Context, how mode, name string, p azsecrets.SetSecretParameters,
) (azsecrets.Secret, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	resp, err := c.sdk.SetSecret(how(ctx), name, p, nil)
	if err != nil {
		return azsecrets.Secret{}, fault(err)
	}
	return resp.Secret, nil
}

// delete deletes without retries; its answer still holds the secret's tags.
func (c *client) delete(ctx context.Context, name string) (azsecrets.DeletedSecret, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	resp, err := c.sdk.DeleteSecret(once(ctx), name, nil)
	if err != nil {
		return azsecrets.DeletedSecret{}, fault(err)
	}
	return resp.DeletedSecret, nil
}

// list hands every secret's properties to each, over all pages (25 a page, no values).
func (c *client) list(ctx context.Context, how mode, each func(*azsecrets.SecretProperties)) error {
	pages := c.sdk.NewListSecretPropertiesPager(nil)
	for pages.More() {
		page, err := pages.NextPage(how(ctx))
		if err != nil {
			return fault(err)
		}
		for _, p := range page.Value {
			if p != nil && p.ID != nil {
				each(p)
			}
		}
	}
	return nil
}

// versions is every version of a secret, in the vault's order; none is ErrNotFound.
func (c *client) versions(
	ctx context.Context, how mode, name string,
) ([]*azsecrets.SecretProperties, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	var all []*azsecrets.SecretProperties
	pages := c.sdk.NewListSecretPropertiesVersionsPager(name, nil)
	for pages.More() {
		page, err := pages.NextPage(how(ctx))
		if err != nil {
			return nil, fault(err)
		}
		for _, p := range page.Value {
			if p != nil && p.ID != nil {
				all = append(all, p)
			}
		}
	}
	if len(all) == 0 {
		return nil, &Error{Kind: ErrNotFound, settled: true}
	}
	return all, nil
}

type policyFunc func(*policy.Request) (*http.Response, error)

// Do is the function itself.
func (f policyFunc) Do(req *policy.Request) (*http.Response, error) { return f(req) }

// sent marks the failure of a request that left us with its token: azcore calls some of these not retriable, as it does
// what was never sent.
type sent struct{ error }

// Unwrap gives the failure.
func (s sent) Unwrap() error { return s.error }

// markSent stands behind the policy that gets the token.
var markSent = policyFunc(func(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if err != nil && req.Raw().Header.Get("Authorization") != "" {
		err = sent{err}
	}
	return resp, err
})

// watch reports each call once, its retries included: what it was, its last status (0 when there
// was no answer) and how long it took.
func watch(observe func(string, int, time.Duration)) policy.Policy {
	return policyFunc(func(req *policy.Request) (*http.Response, error) {
		call, began := callOf(req.Raw()), time.Now()
		resp, err := req.Next()
		status := 0
		if resp != nil {
			status = resp.StatusCode
		}
		if observe != nil {
			observe(call, status, time.Since(began))
		}
		return resp, err
	})
}

// callOf names a call for a metric label.
func callOf(r *http.Request) string {
	path := strings.TrimSuffix(r.URL.Path, "/")
	switch r.Method {
	case http.MethodPut:
		return "set"
	case http.MethodPatch:
		return "update"
	case http.MethodPost:
		return "recover"
	case http.MethodDelete:
		if strings.Contains(path, "/deletedsecrets/") {
			return "purge"
		}
		return "delete"
	}
	switch {
	case strings.HasSuffix(path, "/versions"):
		return "versions"
	case strings.HasSuffix(path, "/secrets"), strings.HasSuffix(path, "/deletedsecrets"):
		return "list"
	}
	return "get"
}
