package doctor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// answerTime bounds a request of a check, and maxAnswer what is read of it.
const (
	answerTime = 10 * time.Second
	maxAnswer  = 1 << 20
)

// Try makes a check's Run of a function with one outcome.
func Try(saw string, f func(ctx context.Context) error) func(context.Context) (string, []error) {
	return func(ctx context.Context) (string, []error) {
		if err := f(ctx); err != nil {
			return "", []error{err}
		}
		return saw, nil
	}
}

// Resolve checks that this machine's DNS knows the host of an address, unless a proxy looks it up.
func Resolve(address string) func(context.Context) (string, []error) {
	return func(ctx context.Context) (string, []error) {
		req, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			return "", []error{errors.New("it is no address")}
		}
		u := req.URL
		if proxy, err := http.ProxyFromEnvironment(req); err == nil && proxy != nil {
			return u.Hostname() + " is reached by the proxy " + proxy.Host, nil
		}
		found, err := net.DefaultResolver.LookupHost(ctx, u.Hostname())
		if err != nil {
			return "", []error{fmt.Errorf("%s cannot be resolved", u.Hostname())}
		}
		return u.Hostname() + " is " + found[0], nil
	}
}

// Metadata checks that the keys that sign activities can be had, and that they are the issuer's.
func Metadata(address, issuer string) func(context.Context) (string, []error) {
	return func(ctx context.Context) (string, []error) {
		var about struct {
			Issuer string `json:"issuer"`
			Keys   string `json:"jwks_uri"`
		}
		if err := fetch(ctx, address, &about); err != nil {
			return "", []error{fmt.Errorf("the metadata: %w", err)}
		}
		var keys struct {
			Keys []json.RawMessage `json:"keys"`
		}
		if err := fetch(ctx, about.Keys, &keys); err != nil {
			return "", []error{fmt.Errorf("the keys: %w", err)}
		}
		switch {
		case about.Issuer != issuer:
			return "", []error{errors.New("they are another issuer's than the one that activities must " +
				"come from")}
		case len(keys.Keys) == 0:
			return "", []error{errors.New("there are no keys")}
		}
		return fmt.Sprint(len(keys.Keys)), nil
	}
}

// Answers checks that Keydesk is reached at its public address. It may not run yet, so nothing of it is a
// fault.
func Answers(public string) func(context.Context) (string, []error) {
	return func(ctx context.Context) (string, []error) {
		if err := fetch(ctx, public+"/healthz", nil); err != nil {
			return "", []error{Warn(err)}
		}
		return public + " answers", nil
	}
}

// fetch gets an address, and its JSON unless into is nil. Errors are for people.
func fetch(ctx context.Context, address string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return errors.New("there is no address to ask")
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%s does not answer: %s", req.URL.Host, reason(err))
	}
	defer res.Body.Close()
	body := io.LimitReader(res.Body, maxAnswer)
	switch {
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("%s answers with status %d", req.URL.Host, res.StatusCode)
	case into == nil:
		return nil
	}
	if err := json.NewDecoder(body).Decode(into); err != nil {
		return fmt.Errorf("%s does not answer with JSON", req.URL.Host)
	}
	return nil
}

// reason is a request's error in words: its own text repeats the address and what this machine's DNS is.
func reason(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "it takes too long"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "the name cannot be resolved"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate is not trusted here"
	}
	return "there is no connection"
}
