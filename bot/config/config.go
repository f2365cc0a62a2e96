// Package config reads Keydesk's settings from the environment.
//
// Azure mode begins when KEYDESK_VAULT or KEYDESK_VAULT_URL is set; without them it is the sandbox.
//
// Promise: every fault is reported at once, each as a sentence that names the variable and says what it takes. What
// cannot be honoured is a fault: Keydesk never falls back from a configured vault to the sandbox, and a misspelt
// KEYDESK_ variable is not ignored. No value is ever repeated: it may be a secret
// that was put into the wrong variable.
package config

import (
	"errors"
	"maps"
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
	IntakePage      bool   // values come in by secure pages only
	TwoPerson       bool   // another admin approves every change of a value, its host, its access or its existence
	AuditStdout     bool   // each event also goes to standard output
	Azure           *Azure // the tenant that is served; nil in the sandbox
}

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
	r.azure = r.env["KEYDESK_VAULT"] != "" || r.env["KEYDESK_VAULT_URL"] != ""
	r.strangers()
	if r.azure {
		c.Azure = r.readAzure()
		c.Listen = r.address("KEYDESK_LISTEN", ":3978")
		c.PublicURL = r.publicURL("KEYDESK_PUBLIC_URL")
	} else {
		c.Listen = r.loopback("KEYDESK_LISTEN", "127.0.0.1:3978")
		c.PublicURL = r.url("KEYDESK_PUBLIC_URL")
		c.Data = r.text("KEYDESK_DATA", ".keydesk")
		c.MasterKey = r.key("KEYDESK_MASTER_KEY")
	}
	c.MetricsListen = r.address("KEYDESK_METRICS_LISTEN", "127.0.0.1:9464")
	c.MetricsExplicit = r.env["KEYDESK_METRICS_LISTEN"] != ""
	c.LinkTTL = r.duration("KEYDESK_LINK_TTL", 5*time.Minute, time.Minute, 15*time.Minute)
	c.IntakePage = r.either("KEYDESK_INTAKE", "card", "page")
	c.TwoPerson = r.either("KEYDESK_TWO_PERSON", "off", "on")
	c.AuditStdout = r.either("KEYDESK_AUDIT_STDOUT", "off", "on")
	return c, r.warnings, errors.Join(r.faults...)
}

// strangers looks at the variables that this mode does not read.
func (r *reader) strangers() {
	known := names(func(Setting) bool { return true })
	tenant := names(func(s Setting) bool { return s.Mode == ModeAzure })
	local := names(func(s Setting) bool { return s.Mode == ModeSandbox })
	for _, name := range slices.Sorted(maps.Keys(r.env)) {
		azures := strings.HasPrefix(name, "AZURE_")
		switch {
		case slices.Contains(testing, name):
		case notYet[name] != "":
			r.fault("%s is set, but this version has no %s yet; unset it", name, notYet[name])
		case r.azure && slices.Contains(local, name):
			r.warn("%s is set and not used: with a vault nothing is kept on this machine", name)
		case !r.azure && azures:
			r.warn("%s is set and not used: the sandbox keeps everything on this machine", name)
		case !r.azure && (slices.Contains(tenant, name) || strings.HasPrefix(name, "MICROSOFT_")):
			r.fault("%s is set, but no vault is: set KEYDESK_VAULT to serve a tenant, "+
				"or unset it for the sandbox", name)
		case slices.Contains(known, name):
		case strings.HasPrefix(name, "KEYDESK_"), strings.HasPrefix(name, "MICROSOFT_APP_"):
			r.fault("%s is no setting of Keydesk%s", name, meant(name, known))
		}
	}
}

func names(which func(Setting) bool) (all []string) {
	for _, s := range Settings() {
		if which(s) {
			all = append(all, s.Name)
		}
	}
	return all
}

func meant(name string, known []string) string {
	if near := catalog.Nearest(name, known, 1); len(near) > 0 {
		return "; did you mean " + near[0] + "?"
	}
	return ""
}
