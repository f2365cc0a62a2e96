// Package config reads Keydesk's settings from the environment.
//
// Promise: every fault is reported at once, each as a sentence that names the variable and says what it takes. What
// cannot be honoured is a fault: Keydesk never falls back from a configured vault to the sandbox, and a misspelt
// KEYDESK_ variable is not ignored. The value of a secret setting is never repeated.
package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"keydesk/catalog"
)

// Config is the settings of one process.
type Config struct {
	Listen          string // host:port of the bot and its pages
	MetricsListen   string // host:port of the metrics
	MetricsExplicit bool   // MetricsListen was set, so it must be free
	PublicURL       string // where people reach the pages; "" is the listener
	Data            string // the sandbox's folder
	MasterKey       string // base64 of the sandbox's sealing key; "" is the key file
	LinkTTL         time.Duration
	IntakePage      bool // values come in by secure pages only
	AuditStdout     bool
}

// Setting documents one variable.
type Setting struct{ Name, Meaning, Default string }

// Settings is all variables this version knows, as the README shows them.
func Settings() []Setting {
	return []Setting{
		{"KEYDESK_LISTEN", "address of the bot and its pages; loopback only in the sandbox", "`127.0.0.1:3978`"},
		{"KEYDESK_METRICS_LISTEN", "address of the metrics (Prometheus, `/metrics`)", "`127.0.0.1:9464`"},
		{"KEYDESK_PUBLIC_URL", "address people reach the pages at", "the listener"},
		{"KEYDESK_LINK_TTL", "how long a link can be opened, `1m` to `15m`", "`5m`"},
		{"KEYDESK_INTAKE", "`page`: values are entered on secure pages only, never on a card", "`card`"},
		{"KEYDESK_AUDIT_STDOUT", "`on`: each event also as a JSON line on standard output", "`off`"},
		{"KEYDESK_DATA", "the sandbox's folder", "`.keydesk`"},
		{"KEYDESK_MASTER_KEY", "the sandbox's sealing key, 32 bytes in base64", "a file in the folder"},
	}
}

// azure is the variables of Azure mode: set, they mean a tenant, which this version does not serve.
var azure = []string{"KEYDESK_VAULT", "KEYDESK_VAULT_URL", "KEYDESK_AUDIT_VAULT_URL", "KEYDESK_SIGNIN_CLIENT_ID",
	"KEYDESK_SIGNIN_CLIENT_SECRET", "KEYDESK_ROLE_ADMIN", "KEYDESK_ROLE_L2", "KEYDESK_ROLE_L1", "KEYDESK_ROLE_NOC",
	"KEYDESK_CLOUD", "KEYDESK_OPENID_METADATA", "KEYDESK_BOT_ISSUER", "KEYDESK_CONNECTOR_SCOPE",
	"KEYDESK_CONNECTOR_HOSTS", "KEYDESK_GRAPH_URL", "KEYDESK_LINK_SIGNIN", "KEYDESK_TWO_PERSON",
	"KEYDESK_BREAKGLASS", "KEYDESK_TEST_NETWORKS", "KEYDESK_TEST_CA"}

// testing is the variables that switch tests on; the program leaves them alone.
var testing = []string{"KEYDESK_E2E"}

// Load reads the settings out of environ ("NAME=value", as os.Environ gives them). The error joins all faults;
// warnings are for the log.
func Load(environ []string) (c Config, warnings []string, err error) {
	r := reader{env: map[string]string{}}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		if value = strings.TrimSpace(value); value != "" {
			r.env[name] = value
		}
	}
	r.strangers()
	c = Config{
		Listen:        r.loopback("KEYDESK_LISTEN", "127.0.0.1:3978"),
		MetricsListen: r.address("KEYDESK_METRICS_LISTEN", "127.0.0.1:9464"),
		PublicURL:     r.url("KEYDESK_PUBLIC_URL"),
		Data:          r.text("KEYDESK_DATA", ".keydesk"),
		MasterKey:     r.key("KEYDESK_MASTER_KEY"),
		LinkTTL:       r.duration("KEYDESK_LINK_TTL", 5*time.Minute, time.Minute, 15*time.Minute),
		IntakePage:    r.either("KEYDESK_INTAKE", "card", "page"),
		AuditStdout:   r.either("KEYDESK_AUDIT_STDOUT", "off", "on"),
	}
	c.MetricsExplicit = r.env["KEYDESK_METRICS_LISTEN"] != ""
	return c, r.warnings, errors.Join(r.faults...)
}

// reader gathers faults while settings are read.
type reader struct {
	env      map[string]string
	faults   []error
	warnings []string
}

func (r *reader) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Errorf(format, args...))
}

// strangers looks at the variables that this version does not read.
func (r *reader) strangers() {
	var known []string
	for _, s := range Settings() {
		known = append(known, s.Name)
	}
	for _, name := range sorted(r.env) {
		switch {
		case slices.Contains(known, name), slices.Contains(testing, name):
		case slices.Contains(azure, name), strings.HasPrefix(name, "MICROSOFT_APP_"):
			r.fault("%s is set, but this version serves the sandbox only and will not pass it for a tenant; "+
				"unset it", name)
		case strings.HasPrefix(name, "KEYDESK_"):
			r.fault("%s is no setting of Keydesk%s", name, meant(name, known))
		case strings.HasPrefix(name, "AZURE_"):
			r.warnings = append(r.warnings, name+" is set and not used: the sandbox keeps everything on this machine")
		}
	}
}

func meant(name string, known []string) string {
	if near := catalog.Nearest(name, known, 1); len(near) > 0 {
		return "; did you mean " + near[0] + "?"
	}
	return ""
}

func sorted(env map[string]string) []string {
	names := make([]string, 0, len(env))
	for name := range env {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
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

func (r *reader) url(name string) string {
	v := r.env[name]
	if v == "" {
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" {
		r.fault("%s takes an address like https://keydesk.contoso.com", name)
		return ""
	}
	return strings.TrimSuffix(v, "/")
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
