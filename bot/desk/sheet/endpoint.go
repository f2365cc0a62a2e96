package sheet

import (
	"regexp"
	"slices"
	"strings"

	"keydesk/catalog"
)

// placed says whether a row gives a placeholder in another way than by a column that has two meanings.
func (x *rowReader) placed(name string) bool {
	if x.cell(at(x.cols, isEndpoint)) != "" {
		return true
	}
	for i, t := range x.targetsOf(x.row.Vendor) {
		if t.role == placeOf && t.name == name && x.cell(i) != "" {
			return true
		}
	}
	return false
}

// endpoint reads the placeholders, from columns of their own or out of a whole address.
func (x *rowReader) endpoint() {
	v, values := x.row.Vendor, map[string]string{}
	for i, t := range x.targetsOf(v) {
		if s := x.cell(i); s != "" && (t.role == placeOf || t.role == maybeOf && !x.placed(t.name)) {
			x.place(values, t.name, s)
		}
	}
	if address := x.cell(at(x.cols, isEndpoint)); address != "" {
		if !x.address(values, address) {
			return
		}
	}
	if err := v.CheckEndpoint(values); err != nil {
		x.wrong("%s", sentence(err.Error()))
		return
	}
	if _, missing := v.Resolve(values); len(missing) > 0 {
		x.incomplete(strings.Join(missing, " and "))
	}
	if len(values) > 0 {
		x.row.Endpoint = values
	}
}

// incomplete: as on the form, an address can be given later, unless it could be anybody's: then the value
// belongs to it and would have to be entered again.
func (x *rowReader) incomplete(missing string) {
	v := x.row.Vendor
	if v.Host == nil {
		x.wrong(`The address is not complete: give %s, or the whole address (%s) in a column "endpoint".`, missing,
			v.Endpoint)
		return
	}
	x.remarks = append(x.remarks, "Without its address: give "+missing+" later, by editing the key.")
}

// place takes a placeholder's value; a second one has to be the same.
func (x *rowReader) place(values map[string]string, name, value string) {
	if before, ok := values[name]; ok && !strings.EqualFold(before, value) {
		x.wrong("The address is given twice, and not alike: see %s.", name)
		return
	}
	values[name] = value
}

// address reads a whole address, and says whether it could.
func (x *rowReader) address(values map[string]string, address string) bool {
	v := x.row.Vendor
	found, ok := match(v, address)
	switch {
	case !ok && len(v.Placeholders) == 0:
		x.wrong("The address of %s is always %s: leave that cell empty.", v.Name, v.Endpoint)
	case !ok:
		x.wrong("The address of %s has the form %s, for example %s.", v.Name, v.Endpoint, example(v))
	}
	for name, value := range found {
		x.place(values, name, value)
	}
	return ok
}

// example is the vendor's endpoint with the catalog's examples.
func example(v *catalog.Vendor) string {
	values := map[string]string{}
	for _, p := range v.Placeholders {
		values[p.Name] = p.Example
	}
	s, _ := v.Resolve(values)
	return s
}

// httpsPort is what an address without a port means.
const httpsPort = "443"

// match reads the placeholders out of an address: the vendor's endpoint, its beginning up to any slash
// behind the host, or that without "https://". Another path, port, query or user makes another address,
// which is refused.
func match(v *catalog.Vendor, address string) (map[string]string, bool) {
	host, path, okay := cutAddress(address)
	wantHost, wantPath, _ := cutAddress(v.Endpoint)
	if !okay {
		return nil, false
	}
	host, wantHost = withPort(host), withPort(wantHost)
	values := map[string]string{}
	if !take(wantHost, host, values) {
		return nil, false
	}
	given, want := segments(path), segments(wantPath)
	if len(given) > len(want) {
		return nil, false
	}
	for i, s := range given {
		if !take(want[i], s, values) {
			return nil, false
		}
	}
	return values, true
}

// cutAddress cuts an address in lower case into host with port, and path.
func cutAddress(s string) (host, path string, ok bool) {
	s = strings.ToLower(s)
	s = strings.TrimPrefix(s, "https://")
	host, path, _ = strings.Cut(s, "/")
	return host, path, len(s) <= 512 && !strings.ContainsAny(s, "@?#\\ ")
}

// withPort adds the port of https where a host has none.
func withPort(host string) string {
	if strings.Contains(host, ":") {
		return host
	}
	return host + ":" + httpsPort
}

func segments(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
}

var placeholder = regexp.MustCompile(`\\\{([a-z0-9_]+)\\\}`)

// take matches a text with a piece of a template, and takes the values of its placeholders.
func take(template, s string, values map[string]string) bool {
	var order []string
	pattern := placeholder.ReplaceAllStringFunc(regexp.QuoteMeta(template), func(m string) string {
		order = append(order, strings.Trim(m, `\{}`))
		return `([a-z0-9.-]+)`
	})
	re, err := regexp.Compile(`\A` + pattern + `\z`)
	if err != nil {
		return false
	}
	m := re.FindStringSubmatch(s)
	for i, name := range order {
		if m != nil {
			values[name] = m[i+1]
		}
	}
	return m != nil
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }
