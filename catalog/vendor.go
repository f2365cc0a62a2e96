package catalog

import "regexp"

// Category is a kind of vendor.
type Category string

// CategoryInfo is a category with its rotation interval in days and who may retrieve its keys by default.
type CategoryInfo struct {
	ID           Category
	IntervalDays int
	Roles        Roles
}

// Part is a named piece of a key.
type Part struct {
	Name   string
	Secret bool
	Title  string         // "Client secret"
	Hint   *regexp.Regexp // nil: no format is known
}

// Placeholder is an open place in a vendor's endpoint.
type Placeholder struct {
	Name, What, Example string
	Values              []string
	Pattern             *regexp.Regexp
}

// Preview says which part a preview shows, behind which label.
type Preview struct{ Part, Label string }

// Test is the vendor's documented connection test. Verified: its facts were read in a source, not remembered.
type Test struct {
	Kind, Method, Path, URL, Body string
	Expect                        []int
	On401, On403, Note            string
	Evidence                      string
	Verified                      bool
}

// Auth says how the vendor's API wants a key presented, in words for people and for the connection test.
type Auth struct {
	Scheme       string // "basic", "bearer", "header", "oauth2_client_credentials", ...
	TokenURL     string // "" where no token is exchanged first
	TokenRequest string
	SendAs       string
	Signing      string
}

// Vendor is an entry of the catalog. It is shared: callers must not change it.
type Vendor struct {
	ID, Name      string
	Aliases       []string
	Category      Category
	Endpoint      string
	Placeholders  []Placeholder
	Host          *regexp.Regexp // nil: the vendor has no host pattern
	Auth          Auth
	Parts         []Part
	Hint          string
	Preview       Preview
	LoginPassword bool // the secret is a login password: no last 4 in a preview
	IntervalDays  int
	Expiry        string
	PortalPath    string
	DocsURL       string
	IPAllowlist   string
	Surprises     []string
	RotateByAPI   string // whether and how the vendor's API can rotate the key itself
	Test          Test
	Roles         Roles // access override; zero: the category's
}

// SecretParts is the parts that must not be shown.
func (v *Vendor) SecretParts() []Part { return v.parts(true) }

// PublicParts is the parts that may be shown, such as a client id.
func (v *Vendor) PublicParts() []Part { return v.parts(false) }

func (v *Vendor) parts(secret bool) []Part {
	var out []Part
	for _, p := range v.Parts {
		if p.Secret == secret {
			out = append(out, p)
		}
	}
	return out
}

// Part is the part of that name.
func (v *Vendor) Part(name string) (Part, bool) {
	for _, p := range v.Parts {
		if p.Name == name {
			return p, true
		}
	}
	return Part{}, false
}

// Warnings says which entered parts do not look like what the vendor gives out. It never refuses, because a
// vendor may change its format any day, and it never repeats a value.
func (v *Vendor) Warnings(parts map[string]string) []string {
	var out []string
	for _, p := range v.Parts {
		value := parts[p.Name]
		if value == "" || p.Hint == nil || p.Hint.MatchString(value) {
			continue
		}
		out = append(out, p.Title+" does not look like one of "+v.Name+": "+v.Hint+".")
	}
	return out
}
