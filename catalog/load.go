package catalog

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed vendors.yaml
var vendorsYAML []byte

// ErrBadCatalog: a catalog has faults; the error's text names them all, one a line.
var ErrBadCatalog = errors.New("the catalog has faults")

// Load reads the vendors that come with Keydesk. Error: ErrBadCatalog.
func Load() (*Catalog, error) { return Parse(bytes.NewReader(vendorsYAML)) }

// Parse reads a catalog of the same shape as vendors.yaml. The error names every fault, not just the first;
// only text that is no YAML at all ends it early. Error: ErrBadCatalog.
func Parse(r io.Reader) (*Catalog, error) {
	b := builder{c: &shelf{byID: map[string]*Vendor{}, words: map[string]*Vendor{},
		ambiguous: map[string][]*Vendor{}, searched: map[string]string{},
		access: map[string]Roles{}}}
	f, err := b.decode(r)
	if err != nil {
		return nil, fmt.Errorf("%w:\n  %w", ErrBadCatalog, err)
	}
	for _, e := range f.Categories {
		b.category(e)
	}
	for _, e := range f.Vendors {
		b.vendor(e)
	}
	b.ambiguous(f.Ambiguous)
	b.check(len(b.c.vendors) > 0, "there are no vendors")
	if len(b.faults) > 0 {
		return nil, fmt.Errorf("%w:\n  %s", ErrBadCatalog, strings.Join(b.faults, "\n  "))
	}
	return newCatalog(b.c), nil
}

// builder gathers faults while it fills a catalog.
type builder struct {
	c      *shelf
	faults []string
}

func (b *builder) check(ok bool, format string, args ...any) {
	if !ok {
		b.faults = append(b.faults, fmt.Sprintf(format, args...))
	}
}

// decode reads one document. Unknown and repeated fields and wrong types are faults like any other, so that
// the rest is still checked.
func (b *builder) decode(r io.Reader) (file, error) {
	d := yaml.NewDecoder(r)
	d.KnownFields(true)
	var f file
	err := d.Decode(&f)
	if wrong, ok := errors.AsType[*yaml.TypeError](err); ok {
		b.faults = append(b.faults, wrong.Errors...)
	} else if err != nil {
		return f, err
	}
	b.check(errors.Is(d.Decode(new(yaml.Node)), io.EOF), "something follows the first document")
	return f, nil
}

// regexp compiles a pattern and makes it match whole texts only; "" is none.
func (b *builder) regexp(where, pattern string) *regexp.Regexp {
	if pattern == "" {
		return nil
	}
	_, err := regexp.Compile(pattern)
	b.check(err == nil, "%s: pattern: %v", where, err)
	anchored := strings.HasPrefix(pattern, "^") && strings.HasSuffix(pattern, "$")
	b.check(anchored, "%s: the pattern is not anchored", where)
	if err != nil {
		return nil
	}
	// "^a|b$" looks anchored and is not.
	return regexp.MustCompile(`\A(?:` + pattern + `)\z`)
}
