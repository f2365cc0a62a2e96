package graph

import (
	"errors"
	"strings"

	"github.com/microsoft/kiota-abstractions-go/serialization"
)

// What plain calls read. The SDK's own models would do, but each of them leads to all the others: 33 MB more
// in the binary.

// object is a person or a group, as far as we look.
type object struct {
	id         string // folded; empty where there is none
	name       string
	visibility string // of a group
}

// page is a list of objects.
type page struct {
	value []*object // nil where the answer has none
	next  string    // the address of the next page; empty on the last
}

// errReadOnly: these types are only read.
var errReadOnly = errors.New("this type is only read")

func newObject(serialization.ParseNode) (serialization.Parsable, error) { return &object{}, nil }
func newPage(serialization.ParseNode) (serialization.Parsable, error)   { return &page{}, nil }

// Serialize implements serialization.Parsable.
func (*object) Serialize(serialization.SerializationWriter) error { return errReadOnly }

// Serialize implements serialization.Parsable.
func (*page) Serialize(serialization.SerializationWriter) error { return errReadOnly }

// GetFieldDeserializers implements serialization.Parsable.
func (o *object) GetFieldDeserializers() map[string]func(serialization.ParseNode) error {
	return map[string]func(serialization.ParseNode) error{
		"id": text(&o.id, fold), "displayName": text(&o.name, strings.TrimSpace),
		"visibility": text(&o.visibility, strings.TrimSpace),
	}
}

// GetFieldDeserializers implements serialization.Parsable.
func (p *page) GetFieldDeserializers() map[string]func(serialization.ParseNode) error {
	return map[string]func(serialization.ParseNode) error{
		"@odata.nextLink": text(&p.next, strings.TrimSpace),
		"value": func(n serialization.ParseNode) error {
			values, err := n.GetCollectionOfObjectValues(newObject)
			if err != nil || values == nil {
				return err
			}
			p.value = []*object{}
			for _, v := range values {
				if o, ok := v.(*object); ok && o.id != "" {
					p.value = append(p.value, o)
				}
			}
			return nil
		},
	}
}

// text reads a string, made clean, to where it belongs; null leaves it as it is.
func text(into *string, clean func(string) string) func(serialization.ParseNode) error {
	return func(n serialization.ParseNode) error {
		s, err := n.GetStringValue()
		if err == nil && s != nil {
			*into = clean(*s)
		}
		return err
	}
}
