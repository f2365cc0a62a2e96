package config

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// reader gathers faults while settings are read.
type reader struct {
	env      map[string]string
	azure    bool // a vault is set
	faults   []error
	warnings []string
}

func (r *reader) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Errorf(format, args...))
}

func (r *reader) warn(format string, args ...any) {
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}

func (r *reader) text(name, otherwise string) string {
	if v := r.env[name]; v != "" {
		return v
	}
	return otherwise
}

func (r *reader) address(name, otherwise string) string {
	v := r.text(name, otherwise)
	if _, _, err := net.SplitHostPort(v); err != nil {
		r.fault("%s takes host:port, for example %s", name, otherwise)
	}
	return v
}

// loopback is an address that only this machine reaches.
func (r *reader) loopback(name, otherwise string) string {
	v := r.address(name, otherwise)
	host, _, err := net.SplitHostPort(v)
	if ip := net.ParseIP(host); err == nil && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		r.fault("%s must be on loopback, for example %s: the sandbox trusts whoever reaches it", name, otherwise)
	}
	return v
}

// url is an address without a slash at its end; "" when it is not set.
func (r *reader) url(name string) string {
	v := r.env[name]
	if u := plainURL(v); v != "" && (u == nil || u.Scheme != "https" && u.Scheme != "http") {
		r.fault("%s takes an address like https://keydesk.contoso.com", name)
		return ""
	}
	return strings.TrimSuffix(v, "/")
}

// publicURL is the address people and Teams reach a served tenant's pages at.
func (r *reader) publicURL(name string) string {
	v := r.env[name]
	switch u := plainURL(v); {
	case v == "":
		r.fault("%s is missing: the https address people reach Keydesk's pages at, like "+
			"https://keydesk.contoso.com", name)
	case u == nil || u.Scheme != "https":
		r.fault("%s takes an https address like https://keydesk.contoso.com", name)
	}
	return strings.TrimSuffix(v, "/")
}

// https is an address that tokens or keys go to; otherwise when it is not set.
func (r *reader) https(name, otherwise string) string {
	v := r.text(name, otherwise)
	if u := plainURL(v); v != "" && (u == nil || u.Scheme != "https") {
		r.fault("%s takes an https address, for example %s", name, otherwise)
	}
	return strings.TrimSuffix(v, "/")
}

// plainURL is the parts of an address that has a host and at most a path; else nil.
func plainURL(v string) *url.URL {
	u, err := url.Parse(v)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(v, "?#") {
		return nil
	}
	return u
}

var guidRE = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// guid is an id of Entra in lower case; where says where a person finds it.
func (r *reader) guid(name, where string) string {
	v := strings.ToLower(r.env[name])
	if v != "" && !guidRE.MatchString(v) {
		r.fault("%s takes an id like %s: %s", name, exampleID, where)
		return ""
	}
	return v
}

const exampleID = "11111111-2222-3333-4444-555555555555"

// list is the entries of a comma separated setting; one that is set has some.
func (r *reader) list(name string) (all []string) {
	for entry := range strings.SplitSeq(r.env[name], ",") {
		if entry = strings.ToLower(strings.TrimSpace(entry)); entry != "" {
			all = append(all, entry)
		}
	}
	if r.env[name] != "" && len(all) == 0 {
		r.fault("%s is set, and nothing stands between its commas", name)
	}
	return all
}

func (r *reader) key(name string) string {
	v := r.env[name]
	if b, err := base64.StdEncoding.DecodeString(v); v != "" && (err != nil || len(b) != 32) {
		r.fault("%s takes 32 bytes in base64, for example from: openssl rand -base64 32", name)
	}
	return v
}

func (r *reader) duration(name string, otherwise, least, most time.Duration) time.Duration {
	v := r.env[name]
	if v == "" {
		return otherwise
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < least || d > most {
		r.fault("%s takes a time from %s to %s, for example 5m", name, short(least), short(most))
		return otherwise
	}
	return d
}

func short(d time.Duration) string { return strings.TrimSuffix(d.String(), "0s") }

// either reads one of two words, the first of which is the default, and says whether it is the second.
func (r *reader) either(name, usual, other string) bool {
	switch strings.ToLower(r.env[name]) {
	case "", usual:
		return false
	case other:
		return true
	}
	r.fault("%s takes %s or %s", name, other, usual)
	return false
}
