package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Own is a vendor of the customer's own, as an admin describes it. It has no connection test and no host
// pattern.
type Own struct {
	ID           string    `json:"id"` // as in a key's name
	Name         string    `json:"name"`
	Category     Category  `json:"category"`
	Endpoint     string    `json:"endpoint"`         // https, with {placeholders}
	Portal       string    `json:"portal,omitempty"` // https, where a key is made
	Docs         string    `json:"docs,omitempty"`   // https
	Parts        []OwnPart `json:"parts"`
	IntervalDays int       `json:"interval,omitempty"` // 0: the category's
	Op           string    `json:"op,omitempty"`       // operation id of the last change
	// Secrets names every part that ever was a secret: such a part can't become public, since a value that was
	// entered as a secret may still lie under its name.
	Secrets []string `json:"secrets,omitempty"`
}

// OwnPart is a part of its keys.
type OwnPart struct {
	Name   string `json:"name"`  // letters, digits and single underscores
	Title  string `json:"title"` // "" is the name
	Secret bool   `json:"secret,omitempty"`
}

// ErrBadOwn: a vendor of one's own has faults; the error's text has a sentence a line for each.
var ErrBadOwn = errors.New("the vendor has faults")

const (
	maxOwnName  = 60
	maxOwnParts = 8
	maxAddress  = 300
)

// ParseOwn reads what Encode wrote. It does not check: SetOwn does. Error: ErrBadOwn.
func ParseOwn(b []byte) (Own, error) {
	var o Own
	if err := json.Unmarshal(b, &o); err != nil {
		return Own{}, ErrBadOwn
	}
	return o, nil
}

// Encode is the vendor as JSON.
func (o Own) Encode() ([]byte, error) { return json.Marshal(o) }

// After is the vendor as it follows another version of itself, and false where a part that was secret would
// become public.
func (o Own) After(was Own) (Own, bool) {
	ever := slices.Clone(was.Secrets)
	for _, p := range was.Parts {
		if p.Secret && !slices.Contains(ever, p.Name) {
			ever = append(ever, p.Name)
		}
	}
	o.Secrets = ever
	return o, !slices.ContainsFunc(o.Parts, func(p OwnPart) bool { return !p.Secret && slices.Contains(ever, p.Name) })
}

// Same says whether two versions describe a vendor alike.
func (o Own) Same(p Own) bool {
	return o.ID == p.ID && o.Name == p.Name && o.Category == p.Category &&
		o.Endpoint == p.Endpoint && o.Portal == p.Portal && o.Docs == p.Docs &&
		o.IntervalDays == p.IntervalDays && slices.Equal(o.Parts, p.Parts)
}

// Own is the vendor of one's own with that id.
func (c *Catalog) Own(id string) (Own, bool) {
	own := c.now.Load().own
	i := slices.IndexFunc(own, func(o Own) bool { return o.ID == id })
	if i < 0 {
		return Own{}, false
	}
	return own[i], true
}

// Owns is all vendors of one's own, by id.
func (c *Catalog) Owns() []Own { return slices.Clone(c.now.Load().own) }

// LeftOut is a vendor of one's own that can't be used, and why: a sentence a line.
type LeftOut struct {
	Own // only its ID and Op where it could not be read
	Why string
}

// Read says whether more is known of it than that it is stored.
func (o LeftOut) Read() bool { return o.Name != "" }

// LeftOut is the vendors of one's own that SetOwn left out, by id.
func (c *Catalog) LeftOut() []LeftOut { return slices.Clone(c.now.Load().leftOut) }

// SetOwn replaces all vendors of one's own. One with faults, or whose name finds another vendor already, is
// left out, as is one without a name, which could not be read: LeftOut has them, and the error names them.
// Error: ErrBadOwn.
func (c *Catalog) SetOwn(all []Own) error {
	next := c.base.clone()
	var bad []string
	for _, o := range slices.SortedFunc(slices.Values(all), func(a, b Own) int { return strings.Compare(a.ID, b.ID) }) {
		if err := next.add(o); err != nil {
			out := LeftOut{Own: o, Why: err.Error()}
			if !out.Read() {
				out.Why = "What is stored of it can't be read."
			}
			next.leftOut, bad = append(next.leftOut, out), append(bad, o.ID)
		}
	}
	c.now.Store(next)
	if len(bad) > 0 {
		return fmt.Errorf("%w: %s", ErrBadOwn, strings.Join(bad, ", "))
	}
	return nil
}

func (s *shelf) clone() *shelf {
	return &shelf{vendors: slices.Clone(s.vendors), byID: maps.Clone(s.byID), words: maps.Clone(s.words),
		ambiguous: s.ambiguous, categories: s.categories,
		access: maps.Clone(s.access), searched: maps.Clone(s.searched)}
}

func (s *shelf) add(o Own) error {
	if err := s.check(o); err != nil {
		return err
	}
	category, _ := s.category(string(o.Category))
	v := o.vendor(category)
	s.put(v, category)
	s.words[fold(o.ID)], s.words[fold(o.Name)] = v, v
	s.own = append(s.own, o)
	return nil
}

// CheckOwn says what is wrong with a vendor, all at once. One of the same id may be there: it would be
// replaced. Error: ErrBadOwn.
func (c *Catalog) CheckOwn(o Own) error {
	others := c.base.clone()
	for _, other := range c.Owns() {
		if other.ID != o.ID {
			_ = others.add(other) // it is there, so it has no faults
		}
	}
	return others.check(o)
}

// faults gathers sentences.
type faults []string

func (f *faults) unless(ok bool, sentence string, args ...any) {
	if !ok {
		*f = append(*f, fmt.Sprintf(sentence, args...))
	}
}

func (s *shelf) check(o Own) error {
	var f faults
	n, err := ParseKeyName(o.ID)
	f.unless(err == nil && n.Label == "" && n.Vendor == o.ID,
		"The name makes no id of letters a-z, digits and single dashes, 40 at most, "+
			"that does not begin with keydesk.")
	f.unless(plainText(o.Name, maxOwnName), "The name has 1 to %d characters.", maxOwnName)
	for _, word := range []string{o.ID, o.Name} {
		if v, taken := s.words[fold(word)]; taken {
			f.unless(false, "That name is %s's already. Choose another one.", v.Name)
			break
		}
		_, ambiguous := s.ambiguous[fold(word)]
		f.unless(!ambiguous, "That name means several vendors. Choose another one.")
	}
	_, known := s.category(string(o.Category))
	f.unless(known, "Choose one of the categories.")
	f.unless(o.IntervalDays == 0 || validInterval(o.IntervalDays),
		"The interval is a number of days from 1 to %d.", maxInterval)
	f.unless(o.Portal == "" || webPage(o.Portal),
		"The page where a key is made is an address that begins with https://.")
	f.unless(o.Docs == "" || webPage(o.Docs),
		"The page of the documentation is an address that begins with https://.")
	f.parts(o.Parts)
	f.endpoint(o)
	if len(f) == 0 {
		return nil
	}
	return &ownError{f}
}

// ownError is the faults of a vendor of one's own.
type ownError struct{ faults faults }

// Error is a sentence a line.
func (e *ownError) Error() string { return strings.Join(e.faults, "\n") }

// Unwrap makes errors.Is(err, ErrBadOwn) true.
func (e *ownError) Unwrap() error { return ErrBadOwn }

func (f *faults) parts(parts []OwnPart) {
	f.unless(slices.ContainsFunc(parts, func(p OwnPart) bool { return p.Secret }), "At least one part is a secret.")
	f.unless(len(parts) <= maxOwnParts, "A key has at most %d parts.", maxOwnParts)
	seen := map[string]bool{}
	for i, p := range parts {
		ok := fieldName.MatchString(p.Name) && len(p.Name) <= maxNamePart &&
			(p.Title == "" || plainText(p.Title, maxNamePart))
		f.unless(ok, "Part %d needs a name of letters and digits, %d characters at most.", i+1, maxNamePart)
		f.unless(!seen[p.Name], "Part %d has the name of another part.", i+1)
		seen[p.Name] = true
	}
}

func (f *faults) endpoint(o Own) {
	v := Vendor{Name: o.Name, Endpoint: o.Endpoint, Placeholders: placeholdersOf(o.Endpoint)}
	filled, _ := v.Resolve(examplesOf(v.Placeholders))
	ok := v.CheckEndpoint(nil) == nil && len(o.Endpoint) <= maxAddress && !strings.ContainsAny(filled, "{}")
	for _, p := range v.Placeholders {
		ok = ok && fieldName.MatchString(p.Name)
	}
	f.unless(ok, "The address begins with https://, is in small letters and may have {placeholders}, "+
		"for example https://{tenant}.contoso.com/api.")
}

func plainText(s string, limit int) bool {
	n := utf8.RuneCountInString(s)
	return 0 < n && n <= limit && strings.TrimSpace(s) == s && fold(s) != "" &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func webPage(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= maxAddress && u.Scheme == "https" && u.User == nil &&
		plainHost(strings.ToLower(u.Hostname()))
}

// ownValue is what a placeholder of one's own vendor takes: a piece of a host name, or all of it.
var ownValue = regexp.MustCompile(`\A(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)\z`)

func placeholdersOf(endpoint string) (out []Placeholder) {
	for _, m := range braced.FindAllStringSubmatch(endpoint, -1) {
		if !slices.ContainsFunc(out, func(p Placeholder) bool { return p.Name == m[1] }) {
			out = append(out, Placeholder{Name: m[1], What: "its place in the address",
				Example: "contoso", Pattern: ownValue})
		}
	}
	return out
}

func examplesOf(ps []Placeholder) map[string]string {
	values := map[string]string{}
	for _, p := range ps {
		values[p.Name] = p.Example
	}
	return values
}

// vendor is the catalog's entry of a checked Own.
func (o Own) vendor(category CategoryInfo) *Vendor {
	v := &Vendor{ID: o.ID, Name: o.Name, Category: category.ID,
		Endpoint: o.Endpoint, Placeholders: placeholdersOf(o.Endpoint),
		IntervalDays: o.IntervalDays, PortalPath: o.Portal, DocsURL: o.Docs}
	if v.IntervalDays == 0 {
		v.IntervalDays = category.IntervalDays
	}
	if v.PortalPath == "" {
		v.PortalPath = "at " + o.Name
	}
	for _, p := range o.Parts {
		title := p.Title
		if title == "" {
			title = titleOf(p.Name)
		}
		v.Parts = append(v.Parts, Part{Name: p.Name, Title: title, Secret: p.Secret})
	}
	shown := v.SecretParts()[0].Name
	v.Preview = Preview{Part: shown, Label: o.ID[:min(len(o.ID), 19)] + "_"}
	v.LoginPassword = strings.Contains(shown, "password")
	return v
}
