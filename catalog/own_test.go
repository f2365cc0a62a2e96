package catalog_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"keydesk/catalog"
)

func ownVendor() catalog.Own {
	return catalog.Own{ID: "contoso-rmm", Name: "Contoso RMM", Category: "RMM",
		Endpoint: "https://{tenant}.contoso.com/api", Portal: "https://admin.contoso.com/keys", Op: "op-1",
		Parts: []catalog.OwnPart{
			{Name: "client_id", Title: "Client ID"}, {Name: "client_secret", Title: "Client secret", Secret: true}}}
}

// TestOwnVendor: a vendor of one's own is found, placed and shown like any other, until it is taken away.
func TestOwnVendor(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	before := len(c.Vendors())
	if err := c.SetOwn([]catalog.Own{ownVendor()}); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"contoso-rmm", "Contoso RMM", "contosor", "contso-rmm"} {
		if m := c.Lookup(word); m.Vendor == nil || m.Vendor.ID != "contoso-rmm" {
			t.Errorf("Lookup(%q) = %+v", word, m)
		}
	}
	v, ok := c.Vendor("contoso-rmm")
	if !ok || len(c.Vendors()) != before+1 || v.IntervalDays != 90 || v.Host != nil || v.Test.Kind != "" {
		t.Fatalf("%+v", v)
	}
	if got := v.PreviewOf("obviously-fake-0000"); got != "contoso-rmm_••••••••••••0000" {
		t.Errorf("preview %q", got)
	}
	got, missing := v.Resolve(map[string]string{"tenant": "acme"})
	if got != "https://acme.contoso.com/api" || len(missing) > 0 {
		t.Errorf("endpoint %q, missing %v", got, missing)
	}
	for value, good := range map[string]bool{"acme": true, "a.b": true, "a/b": false, "a@b": false, "": true} {
		if err := v.CheckEndpoint(map[string]string{"tenant": value}); (err == nil) != good {
			t.Errorf("tenant %q: %v", value, err)
		}
	}
	key := catalog.Key{Name: catalog.KeyName{Vendor: "contoso-rmm"}}
	rmm, _ := c.Category("RMM")
	if c.Access(key) != rmm.Roles ||
		len(c.Search([]catalog.Key{key}, "rmm", time.Now())) != 1 ||
		len(c.Search([]catalog.Key{key}, "contoso", time.Now())) != 1 {
		t.Error("its keys stand apart from its category")
	}
	b, err := ownVendor().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := catalog.ParseOwn(b); err != nil || got.Parts[1] != ownVendor().Parts[1] || got.Op != "op-1" {
		t.Errorf("read again: %+v, %v", got, err)
	}
	if err := c.SetOwn(nil); err != nil || len(c.Vendors()) != before ||
		c.Access(key) != catalog.RolesOf(catalog.Admin) {
		t.Errorf("after it was taken away: %v", err)
	}
}

// TestOwnFaults: each fault has its sentence, several come together, and none gets in.
func TestOwnFaults(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	type own = catalog.Own
	for name, tt := range map[string]struct {
		change func(*own)
		want   string
	}{
		"a reserved id":         {func(o *own) { o.ID = "keydesk-x" }, "does not begin with keydesk"},
		"an id with a label":    {func(o *own) { o.ID = "a/b" }, "makes no id"},
		"an empty id":           {func(o *own) { o.ID = "" }, "makes no id"},
		"a built-in's id":       {func(o *own) { o.ID = "ninjaone" }, "NinjaOne (NinjaRMM)'s already"},
		"a built-in's alias":    {func(o *own) { o.Name = "Ninja" }, "NinjaOne (NinjaRMM)'s already"},
		"an ambiguous word":     {func(o *own) { o.Name = "Datto" }, "several vendors"},
		"no name":               {func(o *own) { o.Name = " " }, "1 to 60 characters"},
		"a name over lines":     {func(o *own) { o.Name = "a\nb" }, "1 to 60 characters"},
		"no category":           {func(o *own) { o.Category = "Cars" }, "one of the categories"},
		"http":                  {func(o *own) { o.Endpoint = "http://x.contoso.com" }, "begins with https://"},
		"credentials":           {func(o *own) { o.Endpoint = "https://me:pw@contoso.com" }, "begins with https://"},
		"a placeholder in caps": {func(o *own) { o.Endpoint = "https://{Tenant}.contoso.com" }, "small letters"},
		"an open brace":         {func(o *own) { o.Endpoint = "https://{tenant.contoso.com" }, "small letters"},
		"a long address": {func(o *own) { o.Endpoint = "https://contoso.com/" + strings.Repeat("a", 300) },
			"https://"},
		"a script as portal":      {func(o *own) { o.Portal = "javascript:alert(1)" }, "begins with https://"},
		"no secret":               {func(o *own) { o.Parts = o.Parts[:1] }, "At least one part is a secret."},
		"no part":                 {func(o *own) { o.Parts = nil }, "At least one part is a secret."},
		"a part twice":            {func(o *own) { o.Parts[0].Name = "client_secret" }, "the name of another part"},
		"a part without a name":   {func(o *own) { o.Parts[0].Name = "" }, "Part 1 needs a name"},
		"an interval of 20 years": {func(o *own) { o.IntervalDays = 7300 }, "from 1 to 3650"},
	} {
		o := ownVendor()
		tt.change(&o)
		err := c.CheckOwn(o)
		if !errors.Is(err, catalog.ErrBadOwn) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err := c.SetOwn([]catalog.Own{o}); err == nil || len(c.Owns()) > 0 {
			t.Errorf("%s got in", name)
		}
	}
	o := ownVendor()
	o.Endpoint, o.Category = "x", ""
	if err := c.CheckOwn(o); strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("two faults are told as %v", err)
	}
}

// TestLeftOut: what can't be used is named, with the reason, until it can.
func TestLeftOut(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	same, builtin := ownVendor(), ownVendor()
	same.ID, builtin.ID, builtin.Name = "contoso-too", "ninjaone", "Mine"
	err = c.SetOwn([]catalog.Own{same, ownVendor(), builtin, {ID: "broken", Op: "op-9"}})
	if !errors.Is(err, catalog.ErrBadOwn) || len(c.Owns()) != 1 {
		t.Errorf("%d vendors, %v", len(c.Owns()), err)
	}
	for i, want := range []struct{ id, op, why string }{
		{"broken", "op-9", "can't be read"},
		{"contoso-too", "op-1", "That name is Contoso RMM's already."},
		{"ninjaone", "op-1", "That name is NinjaOne (NinjaRMM)'s already."},
	} {
		got := c.LeftOut()[i]
		if got.ID != want.id || got.Op != want.op || !strings.Contains(got.Why, want.why) || got.Read() != (i > 0) {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	same.Name = "Contoso Too"
	err = c.SetOwn([]catalog.Own{same, ownVendor()})
	if err != nil || len(c.LeftOut()) > 0 || len(c.Owns()) != 2 {
		t.Errorf("renamed: %+v, %v", c.LeftOut(), err)
	}
}

// FuzzOwn: whatever is stored, it is read or refused, and what gets in never hides a vendor of the catalog.
func FuzzOwn(f *testing.F) {
	good, err := ownVendor().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"id":"ninjaone","name":"x","category":"RMM","endpoint":"https://{a}{b}.x",` +
		`"parts":[{"name":"p","secret":true}]}`))
	c, err := catalog.Load()
	if err != nil {
		f.Fatal(err)
	}
	before := len(c.Vendors())
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := catalog.ParseOwn(b)
		if err != nil {
			return
		}
		checked, set := c.CheckOwn(o), c.SetOwn([]catalog.Own{o})
		if (checked == nil) != (set == nil) {
			t.Errorf("checked %v, set %v", checked, set)
		}
		if v, _ := c.Vendor("ninjaone"); v.Name != "NinjaOne (NinjaRMM)" || len(c.Vendors()) > before+1 {
			t.Error("a vendor of the catalog is hidden")
		}
		if v, ok := c.Vendor(o.ID); set == nil && (!ok || len(v.SecretParts()) == 0 || v.CheckEndpoint(nil) != nil) {
			t.Errorf("%+v got in", v)
		}
		if err := c.SetOwn(nil); err != nil {
			t.Error(err)
		}
	})
}
