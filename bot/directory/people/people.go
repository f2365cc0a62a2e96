// Package people is the sandbox's directory: the people of one YAML file.
//
// Promise: what the file says is what holds, or nothing starts: an unknown field, a role that
// does not exist, a person named twice are all told at once and never guessed around. A file that
// is there is never written to. It is made on first start, for its owner's eyes only (0600).
//
// Threats: whoever can write the file decides who is an admin here. It belongs to whoever runs
// the sandbox and can read the vault beside it anyway.
package people

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"keydesk/catalog"
)

// MaxSize bounds the file, in bytes.
const MaxSize = 1 << 20

// ErrBad is wrapped by every error that says what is wrong inside the file.
var ErrBad = errors.New("the people file is not right")

// Person is one person of the file with the roles it gives.
type Person struct {
	catalog.Person
	Roles catalog.Roles
}

// People is a loaded file. It does not change and is safe for concurrent use.
type People struct {
	tenant string
	list   []Person
	byID   map[string]catalog.Roles
}

// Load reads the file at path; when there is none, it makes one with a tenant, two admins, a
// person for every other role and one without any. Faults inside the file wrap ErrBad and are
// listed together.
func Load(path string) (*People, error) {
	data, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := create(path); err != nil {
			return nil, fmt.Errorf("making the people file %s: %w", path, err)
		}
		data, err = read(path)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the people file %s: %w", path, err)
	}
	p, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading the people file %s: %w", path, err)
	}
	return p, nil
}

// Parse reads the file's bytes. Errors wrap ErrBad and list every fault.
func Parse(data []byte) (*People, error) {
	var f file
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %s", ErrBad, plain(err))
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: it holds more than one YAML document", ErrBad)
	}
	return build(f)
}

// Roles answers from the file; a person it does not name holds none.
func (p *People) Roles(ctx context.Context, id string) (catalog.Roles, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return p.byID[strings.ToLower(id)], nil
}

// Members are the people who hold role, in the file's order.
func (p *People) Members(ctx context.Context, role catalog.Role) ([]catalog.Person, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var out []catalog.Person
	for _, one := range p.list {
		if one.Roles.Has(role) {
			out = append(out, one.Person)
		}
	}
	return out, nil
}

// All are the people in the file's order. The slice is the caller's.
func (p *People) All() []Person { return slices.Clone(p.list) }

// Tenant is the file's tenant id; empty means that any tenant will do.
func (p *People) Tenant() string { return p.tenant }

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%w: it is over %d bytes", ErrBad, MaxSize)
	}
	return data, nil
}
