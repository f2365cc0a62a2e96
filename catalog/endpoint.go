package catalog

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// ErrBadEndpoint: a placeholder's value does not fit, or the endpoint would lead to a host that is not the
// vendor's.
var ErrBadEndpoint = errors.New("the endpoint does not fit the vendor")

// EndpointError says what is wrong with an endpoint, as a sentence; it never repeats what was entered.
type EndpointError struct {
	Placeholder string // "" where no single one is to blame
	Why         string
}

// Error is a sentence for people.
func (e *EndpointError) Error() string {
	if e.Placeholder == "" {
		return "the address " + e.Why
	}
	return "the value for " + e.Placeholder + " " + e.Why
}

// Unwrap makes errors.Is(err, ErrBadEndpoint) true.
func (e *EndpointError) Unwrap() error { return ErrBadEndpoint }

// Resolve fills values into the vendor's endpoint, in lower case, as hosts are compared. Placeholders without
// a value stay as {name} and are listed in missing, in their order. It does not check: CheckEndpoint does.
func (v *Vendor) Resolve(values map[string]string) (endpoint string, missing []string) {
	return v.fill(v.Endpoint, values)
}

func (v *Vendor) fill(template string, values map[string]string) (filled string, missing []string) {
	var pairs []string
	for _, p := range v.Placeholders {
		if value := values[p.Name]; value != "" {
			pairs = append(pairs, "{"+p.Name+"}", lowerASCII(value))
		} else {
			missing = append(missing, p.Name)
		}
	}
	return strings.NewReplacer(pairs...).Replace(template), missing
}

// CheckEndpoint checks the values that are given, in any case: each is one of the vendor's placeholders and
// fits it, and the host they make is the vendor's. A value is a plain piece of a host name, a number or an id,
// so it can't bring a path, a port, a user or a character that merely looks like another. Errors are an
// EndpointError.
func (v *Vendor) CheckEndpoint(values map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if _, ok := v.placeholder(name); !ok {
			return &EndpointError{Why: "of " + v.Name + " has no such value; " + v.takes()}
		}
	}
	for _, p := range v.Placeholders {
		if value := values[p.Name]; value != "" && !p.fits(value) {
			return &EndpointError{p.Name, "does not fit; it is the " + p.What + ", for example " + p.Example}
		}
	}
	return v.checkHost(values)
}

func (p Placeholder) fits(value string) bool {
	return len(value) <= maxHost && p.Pattern != nil && p.Pattern.MatchString(lowerASCII(value))
}

func (v *Vendor) takes() string {
	var names []string
	for _, p := range v.Placeholders {
		names = append(names, p.Name)
	}
	if len(names) == 0 {
		return "it is the same for everybody"
	}
	return "it takes " + strings.Join(names, " and ")
}

// checkHost fills what is missing with the examples, so that what is given is checked also while something
// is still open.
func (v *Vendor) checkHost(values map[string]string) error {
	filled := make(map[string]string, len(v.Placeholders))
	for _, p := range v.Placeholders {
		if filled[p.Name] = values[p.Name]; filled[p.Name] == "" {
			filled[p.Name] = p.Example
		}
	}
	endpoint, _ := v.Resolve(filled)
	u, ok := plainURL(endpoint)
	switch {
	case !ok || u.RawQuery != "":
		return &EndpointError{Why: "does not make a plain https address"}
	case v.Host != nil && !v.Host.MatchString(u.Hostname()):
		return &EndpointError{Why: "leads to a host that is not " + v.Name + "'s"}
	}
	return nil
}

// plainURL reads an https address that says nothing but host, port, path and query, with a host that every
// reader understands alike.
func plainURL(s string) (*url.URL, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Opaque != "" || u.User != nil || strings.Contains(s, "#") {
		return nil, false
	}
	return u, plainHost(u.Hostname()) && plainPort(u.Port()) && u.Host == joinHost(u) &&
		!strings.Contains(u.Path, "//") && !slices.Contains(strings.Split(u.Path, "/"), "..")
}

func joinHost(u *url.URL) string {
	if u.Port() == "" {
		return u.Hostname()
	}
	return u.Hostname() + ":" + u.Port()
}

// plainPort: none, or 1 to 65535 without leading zeros.
func plainPort(s string) bool {
	n, err := strconv.Atoi(s)
	return s == "" || err == nil && 1 <= n && n <= 65535 && strconv.Itoa(n) == s
}

func (v *Vendor) placeholder(name string) (Placeholder, bool) {
	for _, p := range v.Placeholders {
		if p.Name == name {
			return p, true
		}
	}
	return Placeholder{}, false
}
