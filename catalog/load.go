package catalog

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed vendors.yaml
var vendorsYAML []byte

// Catalog is the vendors and categories. It never changes after Load and is safe for concurrent use.
type Catalog struct {
	vendors    []*Vendor
	byID       map[string]*Vendor
	words      map[string]*Vendor   // ids, aliases and names, folded
	ambiguous  map[string][]*Vendor // words that fit several
	categories []CategoryInfo
}

// entry, and the types in it, are the shape of vendors.yaml.
type entry struct {
	ID, Name, Category, Endpoint, Host, Hint string
	Aliases, Surprises                       []string
	Placeholders                             []entryPlaceholder
	Auth                                     entryAuth
	Parts                                    []entryPart
	Preview                                  struct{ Part, Label string }
	LoginPassword                            bool `yaml:"login_password"`
	Roles                                    string
	Interval                                 int
	Expiry, Portal, Docs                     string
	IPAllowlist                              string `yaml:"ip_allowlist"`
	RotateByAPI                              string `yaml:"rotate_by_api"`
	Test                                     entryTest
}

type entryPlaceholder struct {
	Name, What, Example, Pattern string
	Values                       []string
}

type entryAuth struct {
	Scheme       string
	TokenURL     string `yaml:"token_url"`
	TokenRequest string `yaml:"token_request"`
	SendAs       string `yaml:"send_as"`
	Signing      string
}

type entryPart struct {
	Name, Hint string
	Secret     bool
}

type entryTest struct {
	Kind, Method, Path, URL, Body string
	Expect                        []int
	On401                         string `yaml:"on_401"`
	On403                         string `yaml:"on_403"`
	Note, Evidence                string
}

type file struct {
	Categories []struct {
		ID       string
		Interval int
		Roles    string
	}
	Ambiguous map[string][]string
	Vendors   []entry
}

// Load reads the vendors that come with Keydesk. An error names every fault, not just the first.
func Load() (*Catalog, error) { return parse(bytes.NewReader(vendorsYAML)) }

// Parse reads a catalog of the same shape as vendors.yaml.
func Parse(r io.Reader) (*Catalog, error) { return parse(r) }

func parse(r io.Reader) (*Catalog, error) {
	d := yaml.NewDecoder(r)
	d.KnownFields(true)
	var f file
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("reading the catalog: %w", err)
	}
	b := builder{c: &Catalog{byID: map[string]*Vendor{}, words: map[string]*Vendor{}, ambiguous: map[string][]*Vendor{}}}
	for _, cat := range f.Categories {
		roles, err := ParseRoles(cat.Roles)
		b.check(err == nil && roles != 0, "category %s: roles %q", cat.ID, cat.Roles)
		b.check(cat.Interval > 0, "category %s: interval %d", cat.ID, cat.Interval)
		b.c.categories = append(b.c.categories, CategoryInfo{Category(cat.ID), cat.Interval, roles.With(Admin)})
	}
	for _, e := range f.Vendors {
		b.add(e)
	}
	b.ambiguous(f.Ambiguous)
	return b.c, b.err()
}

// builder gathers faults while it fills a catalog.
type builder struct {
	c      *Catalog
	faults []string
}

func (b *builder) check(ok bool, format string, args ...any) {
	if !ok {
		b.faults = append(b.faults, fmt.Sprintf(format, args...))
	}
}

func (b *builder) err() error {
	if len(b.faults) == 0 {
		return nil
	}
	return fmt.Errorf("the catalog has faults:\n  %s", strings.Join(b.faults, "\n  "))
}

// regexp compiles a pattern that has to match the whole text; "" is none.
func (b *builder) regexp(where, pattern string) *regexp.Regexp {
	if pattern == "" {
		return nil
	}
	re, err := regexp.Compile(pattern)
	b.check(err == nil, "%s: pattern: %v", where, err)
	b.check(strings.HasPrefix(pattern, "^") && strings.HasSuffix(pattern, "$"), "%s: the pattern is not anchored", where)
	return re
}
