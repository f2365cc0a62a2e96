package catalog

// Catalog is the vendors and categories. It never changes after Load and is safe for concurrent use.
type Catalog struct {
	vendors    []*Vendor
	byID       map[string]*Vendor
	words      map[string]*Vendor   // ids, aliases and names, folded
	ambiguous  map[string][]*Vendor // folded words that fit several
	categories []CategoryInfo
	access     map[string]Roles  // vendor id -> who may retrieve its keys by default
	searched   map[string]string // vendor id -> what Search reads of it, in lower case
}

// Vendors is all vendors in the catalog's order. Callers must not change the slice.
func (c *Catalog) Vendors() []*Vendor { return c.vendors }

// Vendor is the vendor with that id.
func (c *Catalog) Vendor(id string) (*Vendor, bool) {
	v, ok := c.byID[id]
	return v, ok
}

// Categories is all categories in the catalog's order. Callers must not change the slice.
func (c *Catalog) Categories() []CategoryInfo { return c.categories }

// Category is the category of that name, in any case and spelling: "email-security" is one too.
func (c *Catalog) Category(name string) (CategoryInfo, bool) {
	w := fold(name)
	for _, cat := range c.categories {
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
		roles = c.access[k.Name.Vendor]
	}
	return roles.With(Admin)
}
