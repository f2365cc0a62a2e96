package catalog

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// ErrBadEndpoint: a placeholder's value does not fit, or the endpoint would lead to a host that is not the
// vendor's.
var ErrBadEndpoint = errors.New("the endpoint does not fit the vendor")

// EndpointError says which placeholder is wrong; it never repeats what was entered.
type EndpointError struct {
	Placeholder string
	Why         string
}

// Error is a sentence for people.
func (e *EndpointError) Error() string {
	return fmt.Sprintf("the value for %s %s", e.Placeholder, e.Why)
}

// Unwrap makes errors.Is(err, ErrBadEndpoint) true.
func (e *EndpointError) Unwrap() error { return ErrBadEndpoint }

// Resolve fills values into the vendor's endpoint. Placeholders without a value stay as {name} and are
// listed in missing.
func (v *Vendor) Resolve(values map[string]string) (endpoint string, missing []string) {
	endpoint = v.Endpoint
	for _, p := range v.Placeholders {
		value := values[p.Name]
		if value == "" {
			missing = append(missing, p.Name)
			continue
		}
		endpoint = strings.ReplaceAll(endpoint, "{"+p.Name+"}", value)
	}
	return endpoint, missing
}

// CheckEndpoint checks the values that are given: each fits its placeholder, and the host they make is the
// vendor's. A value is a plain piece of a host name or a number, so it can't bring a path, a port or a user.
// Errors are an EndpointError.
func (v *Vendor) CheckEndpoint(values map[string]string) error {
	for name, value := range values {
		p, ok := v.placeholder(name)
		switch {
		case !ok:
			return &EndpointError{name, "is not part of " + v.Name + "'s endpoint"}
		case value == "":
			continue
		case len(value) > 253 || !p.Pattern.MatchString(value) || strings.Contains(value, ".."):
			return &EndpointError{p.Name, "does not fit; it is " + p.What + ", for example " + p.Example}
		}
	}
	return v.checkHost(values)
}

// checkHost fills what is missing with the examples, so that what is given is checked also while something
// is still open.
func (v *Vendor) checkHost(values map[string]string) error {
	filled := make(map[string]string, len(v.Placeholders))
	for _, p := range v.Placeholders {
		if filled[p.Name] = values[p.Name]; filled[p.Name] == "" {
			filled[p.Name] = strings.ToLower(p.Example)
		}
	}
	endpoint, _ := v.Resolve(filled)
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" {
		return &EndpointError{"the endpoint", "does not make an https address"}
	}
	if v.Host != nil && !v.Host.MatchString(u.Hostname()) {
		return &EndpointError{"the endpoint", "leads to a host that is not " + v.Name + "'s"}
	}
	return nil
}

func (v *Vendor) placeholder(name string) (Placeholder, bool) {
	for _, p := range v.Placeholders {
		if p.Name == name {
			return p, true
		}
	}
	return Placeholder{}, false
}
