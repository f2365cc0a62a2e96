package catalog

import (
	"sync/atomic"
	"time"
)

// Catalog is the vendors and categories: those that come with Keydesk, which never change after Load, and the
// customer's own (SetOwn). It is safe for concurrent use.
type Catalog struct {
	base *shelf // what comes with Keydesk
	now  atomic.Pointer[shelf]
}

// shelf is the vendors of one moment. It never changes once it is shown.
type shelf struct {
	vendors    []*Vendor
	byID       map[string]*Vendor
	words      map[string]*Vendor   // ids, aliases and names, folded
	ambiguous  map[string][]*Vendor // folded words that fit several
	categories []CategoryInfo
	access     map[string]Roles  // vendor id -> who may retrieve its keys by default
	searched   map[string]string // vendor id -> what Search reads of it, in lower case
	own        []Own             // by id
	leftOut    []LeftOut         // by id
}

func newCatalog(base *shelf) *Catalog {
	c := &Catalog{base: base}
	c.now.Store(base)
	return c
}

// Vendors is all vendors in the catalog's order, one's own last. Callers must not change the slice.
func (c *Catalog) Vendors() []*Vendor { return c.now.Load().vendors }

// Vendor is the vendor with that id.
func (c *Catalog) Vendor(id string) (*Vendor, bool) {
	v, ok := c.now.Load().byID[id]
	return v, ok
}

// Categories is all categories in the catalog's order. Callers must not change the slice.
func (c *Catalog) Categories() []CategoryInfo { return c.base.categories }

// Category is the category of that name, in any case and spelling: "email-security" is one too.
func (c *Catalog) Category(name string) (CategoryInfo, bool) { return c.base.category(name) }

func (s *shelf) category(name string) (CategoryInfo, bool) {
	w := fold(name)
	for _, cat := range s.categories {
		if w != "" && fold(string(cat.ID)) == w {
			return cat, true
		}
	}
	return CategoryInfo{}, false
}

// Access is the roles that may retrieve a key: its own list, else its vendor's, else its category's. Admin is
// always among them; a key of an unknown vendor without a list is for Admin alone.
func (c *Catalog) Access(k Key) Roles {
	roles := k.Roles
	if roles == 0 {
		roles = c.now.Load().access[k.Name.Vendor]
	}
	return roles.With(Admin)
}

// Lookup finds a vendor by id, alias or name, else by the beginning of one, else by a likely typo. A word
// that fits several, or that the catalog lists as ambiguous, gives Candidates and no Vendor; so does the
// beginning of an ambiguous word.
func (c *Catalog) Lookup(word string) Match { return c.now.Load().lookup(word) }

// Search is the keys that fit a filter, in their order; "" fits every key. A filter is a category, or words
// that all have to fit: a status ("overdue") fits the keys that stand so, any other word those that have it in
// their name, their vendor's name or aliases, their category or their note.
func (c *Catalog) Search(keys []Key, filter string, now time.Time) []Key {
	return c.now.Load().search(keys, filter, now)
}
