package people

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"keydesk/catalog"
)

//go:embed default.yaml
var firstFile []byte

type file struct {
	Tenant string   `yaml:"tenant"`
	People []person `yaml:"people"`
}

type person struct {
	ID    string   `yaml:"id"`
	Name  string   `yaml:"name"`
	Roles []string `yaml:"roles"`
}

// build checks everything before it gives up, so that one look at the message is enough.
func build(f file) (*People, error) {
	p := &People{tenant: strings.ToLower(f.Tenant), byID: make(map[string]catalog.Roles)}
	var faults []string
	if f.Tenant != "" && !usableID(f.Tenant) {
		faults = append(faults, "tenant: an id without spaces is needed")
	}
	if len(f.People) == 0 {
		faults = append(faults, "people: nobody is named")
	}
	for i, in := range f.People {
		where := fmt.Sprintf("people[%d]", i)
		if in.Name != "" {
			where += " (" + in.Name + ")"
		}
		one, wrong := check(in)
		id := strings.ToLower(in.ID)
		if _, twice := p.byID[id]; twice && id != "" {
			wrong = append(wrong, "this id is named twice")
		}
		for _, w := range wrong {
			faults = append(faults, where+": "+w)
		}
		p.byID[id] = one.Roles
		p.list = append(p.list, one)
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrBad, strings.Join(faults, "; "))
	}
	return p, nil
}

func check(in person) (Person, []string) {
	var wrong []string
	if !usableID(in.ID) {
		wrong = append(wrong, "an id without spaces is needed (up to 128 characters)")
	}
	if n := len(strings.TrimSpace(in.Name)); n == 0 || n > 128 || strings.ContainsAny(in.Name, "\r\n\x00") {
		wrong = append(wrong, "a name of one line is needed (up to 128 characters)")
	}
	var roles catalog.Roles
	for _, word := range in.Roles {
		role, err := catalog.ParseRole(word)
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%q is no role (Admin, L2, L1, NOC)", word))
			continue
		}
		roles = roles.With(role)
	}
	who := catalog.Person{ID: in.ID, Name: strings.TrimSpace(in.Name)}
	return Person{Person: who, Roles: roles}, wrong
}

// usableID takes more than GUIDs: other Teams-like clients make up ids of their own. A space
// would break the form in which people stand in tags.
func usableID(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	return !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

// plain strips the library's own words from a decoding error and keeps its line numbers.
func plain(err error) string {
	var many *yaml.TypeError
	if errors.As(err, &many) {
		return strings.Join(many.Errors, "; ")
	}
	return strings.TrimPrefix(err.Error(), "yaml: ")
}

// create writes the first file under another name and then gives it its own, so that a start
// which is cut off leaves either no file or a whole one. A file that appeared meanwhile stays.
func create(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".people-*") // CreateTemp makes it 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(firstFile)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return os.Rename(tmp.Name(), path) // a file system without hard links
	}
	return nil
}
