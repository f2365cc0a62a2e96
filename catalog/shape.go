package catalog

// file, and the types below, are the shape of vendors.yaml. Fields that are not here are refused.
type file struct {
	Categories []entryCategory
	Ambiguous  map[string][]string // word -> vendor ids
	Vendors    []entry
}

type entryCategory struct {
	ID       string
	Interval int    // days
	Roles    string // "Admin,L2"
}

type entry struct {
	ID, Name, Category, Endpoint, Host, Hint string
	Aliases, Surprises                       []string
	Placeholders                             []entryPlaceholder
	Auth                                     entryAuth
	Parts                                    []entryPart
	Preview                                  struct{ Part, Label string }
	LoginPassword                            bool `yaml:"login_password"`
	Roles                                    string
	Interval                                 int // days; 0: the category's
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
