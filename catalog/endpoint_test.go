package catalog_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"keydesk/catalog"
)

// hostile is what somebody may put in a place for a host, a name, a number or an id to lead a key elsewhere.
var hostile = []string{
	"evil.com/", "evil.com#", "evil.com?", "evil.com/#", `evil.com\`, "evil.com%2f", "evil.com;", "evil.com&x=",
	"x@evil.com", "x:y@evil.com", "@evil.com", "evil.com:8443", "evil.com:", ":", "//evil.com", "https://evil.com",
	"../evil", "..", ".", "a/../b", "a..b", ".evil.com", "evil.com.", "-evil.com", "evil-.com", "evil.com-",
	" evil.com", "evil.com ", "evil .com", "evil.com\t", "evil.com\n", "evil.com\r\nHost: x",
	"evil.com\x00", "evil\x7f.com",
	"\u200bevil.com", "evil\u00ad.com", "evil.com\u2028", "\ufeffevil", "evil\u3002com",
	"evil\uff0ecom", "evil.com\u2215", "ev\u0131l.com", "\u0430pp",
	"bücher.example", "\u212aeydesk", "\U0001F511", "\xff", "app\xc0\xaf", "{region}", "{", "}", "$x", "*",
	"a_b", "a,b", "a|b", "a'b", `a"b`, "<x>",
	"[::1]", "::1", strings.Repeat("a.", 130) + "com", strings.Repeat("a", 1<<20),
}

// TestEndpointRefusesHostileValues puts each hostile value into each placeholder of each vendor.
func TestEndpointRefusesHostileValues(t *testing.T) {
	for _, v := range load(t).Vendors() {
		for _, p := range v.Placeholders {
			for _, value := range hostile {
				err := v.CheckEndpoint(map[string]string{p.Name: value})
				if !errors.Is(err, catalog.ErrBadEndpoint) {
					t.Errorf("%s %s: %.80q is taken", v.ID, p.Name, value)
				} else if len(value) > 6 && strings.Contains(err.Error(), value) {
					t.Errorf("%s %s: the error repeats %.80q", v.ID, p.Name, value)
				}
			}
		}
	}
}

// TestEndpointRefusesNumbersThatAreHosts: some resolvers take these for an address, others for a name.
func TestEndpointRefusesNumbersThatAreHosts(t *testing.T) {
	v := vendor(t, "hudu")
	for _, value := range []string{"127.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "1.2.3", "1.2.3.4.5",
		"999.1.1.1", "01.2.3.4", "contoso.example.1", "contoso.0x1", "contoso.0x"} {
		if err := v.CheckEndpoint(map[string]string{"host": value}); !errors.Is(err, catalog.ErrBadEndpoint) {
			t.Errorf("%s: %v", value, err)
		}
	}
	for _, value := range []string{"192.0.2.7", "1.example", "0x.example", "contoso.1x", "3com"} {
		if err := v.CheckEndpoint(map[string]string{"host": value}); err != nil {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestEndpointHosts(t *testing.T) {
	type values = map[string]string
	tests := []struct {
		vendor string
		values values
		want   string // "" : refused
	}{
		{"ninjaone", values{"region": "eu"}, "https://eu.ninjarmm.com"},
		{"ninjaone", values{"region": "EU"}, "https://eu.ninjarmm.com"},
		{"ninjaone", values{"region": "eu.evil"}, ""},
		{"ninjaone", values{"region": "eu", "host": "evil.example"}, ""},
		{"itglue", values{"api_host": "api.eu.itglue.com"}, "https://api.eu.itglue.com"},
		{"itglue", values{"api_host": "API.EU.ITGLUE.COM"}, "https://api.eu.itglue.com"},
		{"itglue", values{"api_host": "evil.example"}, ""},
		{"itglue", values{"api_host": "api.itglue.com.evil.example"}, ""},
		{"itglue", values{"api_host": "evilapi.itglue.com"}, ""},
		{"itglue", values{"api_host": "apiXitglue.com"}, ""},
		{"crowdstrike", values{"cloud": "api.laggar.gcw.crowdstrike.com"}, "https://api.laggar.gcw.crowdstrike.com"},
		{"crowdstrike", values{"cloud": "api.crowdstrike.com.evil.example"}, ""},
		{"crowdstrike", values{"cloud": "api-crowdstrike.com"}, ""},
		{"crowdstrike", values{"cloud": "evilcrowdstrike.com"}, ""},
		{"duo", values{"api_host": "api-1a2b3c4d.duosecurity.com"}, "https://api-1a2b3c4d.duosecurity.com"},
		{"duo", values{"api_host": "api-1a2b3c4d.duosecurity.com.evil.example"}, ""},
		{"duo", values{"api_host": "api-x.evil.duosecurity.com"}, ""},
		{"bitdefender", values{"access_host": "cloudgz.gravityzone.bitdefender.com"},
			"https://cloudgz.gravityzone.bitdefender.com/api"},
		{"bitdefender", values{"access_host": "evilgravityzone.bitdefender.com"}, ""},
		{"acronis", values{"datacenter": "us5-cloud.acronis.com"}, "https://us5-cloud.acronis.com/api/2"},
		{"acronis", values{"datacenter": "evilacronis.com"}, ""},
		{"autotask", values{"zone": "14"}, "https://webservices14.autotask.net/atservicesrest/v1.0"},
		{"autotask", values{"zone": "3.evil.example/"}, ""},
		{"sentinelone", values{"console": "euce1-200"}, "https://euce1-200.sentinelone.net/web/api/v2.1"},
		{"entra-app-secret", values{"tenant": "00000000-0000-0000-0000-00000000000A"},
			"https://login.microsoftonline.com/00000000-0000-0000-0000-00000000000a"},
		{"fortigate", values{"host": "FW01.contoso.example", "port": "8443"},
			"https://fw01.contoso.example:8443/api/v2"},
		{"fortigate", values{"host": "192.0.2.7", "port": "443"}, "https://192.0.2.7:443/api/v2"},
		{"fortigate", values{"host": "fw01", "port": "65535"}, "https://fw01:65535/api/v2"},
		{"fortigate", values{"host": "xn--bcher-kva.example", "port": "443"},
			"https://xn--bcher-kva.example:443/api/v2"},
		{"fortigate", values{"host": "fw01", "port": "65536"}, ""},
		{"fortigate", values{"host": "fw01", "port": "0"}, ""},
		{"fortigate", values{"host": "fw01", "port": "0443"}, ""},
		{"fortigate", values{"host": "fw01", "port": "+443"}, ""},
		{"fortigate", values{"host": "fw01", "port": "443/"}, ""},
		{"meraki", values{}, "https://api.meraki.com/api/v1"},
		{"meraki", values{"host": "evil.example"}, ""},
		{"meraki", values{"": "evil.example"}, ""},
	}
	for _, tt := range tests {
		v := vendor(t, tt.vendor)
		err := v.CheckEndpoint(tt.values)
		if (tt.want == "") != errors.Is(err, catalog.ErrBadEndpoint) {
			t.Errorf("%s %v: %v", tt.vendor, tt.values, err)
		}
		if got, missing := v.Resolve(tt.values); tt.want != "" && (got != tt.want || missing != nil) {
			t.Errorf("%s %v: %s, missing %v; want %s", tt.vendor, tt.values, got, missing, tt.want)
		}
	}
}

func TestEndpointStillOpen(t *testing.T) {
	v := vendor(t, "fortigate")
	for _, tt := range []struct {
		values        map[string]string
		want, missing string
	}{
		{nil, "https://{host}:{port}/api/v2", "host port"},
		{map[string]string{"host": ""}, "https://{host}:{port}/api/v2", "host port"},
		{map[string]string{"port": "8443"}, "https://{host}:8443/api/v2", "host"},
		{map[string]string{"host": "{port}"}, "https://{port}:{port}/api/v2", "port"}, // not filled twice
	} {
		got, missing := v.Resolve(tt.values)
		if got != tt.want || strings.Join(missing, " ") != tt.missing {
			t.Errorf("%v: %s, missing %v", tt.values, got, missing)
		}
	}
	if err := v.CheckEndpoint(map[string]string{"port": "8443"}); err != nil {
		t.Errorf("a part of the endpoint is refused: %v", err)
	}
	if err := v.CheckEndpoint(map[string]string{"port": "x"}); err == nil {
		t.Error("a wrong part of the endpoint is taken while the rest is open")
	}
}

func TestEndpointErrorsHelp(t *testing.T) {
	for _, tt := range []struct{ vendor, name, value, want string }{
		{"ninjaone", "region", "a b",
			"the value for region does not fit; it is the instance host of the tenant, for example app"},
		{"itglue", "api_host", "evil.example", "the address leads to a host that is not IT Glue's"},
		{"ninjaone", "colour", "red", "the address of NinjaOne (NinjaRMM) has no such value; it takes region"},
		{"fortigate", "colour", "red",
			"the address of Fortinet FortiGate (FortiOS REST API) has no such value; it takes host and port"},
		{"meraki", "colour", "red",
			"the address of Cisco Meraki Dashboard has no such value; it is the same for everybody"},
	} {
		err := vendor(t, tt.vendor).CheckEndpoint(map[string]string{tt.name: tt.value})
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s %s=%s: %v", tt.vendor, tt.name, tt.value, err)
		}
	}
}

// FuzzCheckEndpoint: whatever is taken makes an https address whose host, read again, is the vendor's or, where
// the vendor has none, the one that was typed.
func FuzzCheckEndpoint(f *testing.F) {
	for i, value := range hostile[:60] {
		f.Add(uint8(i), value, "443")
	}
	f.Add(uint8(20), "fw01.example.com", "8443")
	c := load(f)
	f.Fuzz(func(t *testing.T, n uint8, value, other string) {
		v := c.Vendors()[int(n)%len(c.Vendors())]
		values := map[string]string{}
		for i, p := range v.Placeholders {
			values[p.Name] = []string{value, other}[i%2]
		}
		if v.CheckEndpoint(values) != nil {
			return
		}
		endpoint, missing := v.Resolve(values)
		if len(missing) > 0 { // nothing was typed
			return
		}
		u, err := url.Parse(endpoint)
		switch {
		case err != nil || u.Scheme != "https" || u.User != nil || u.RawQuery != "" || strings.Contains(endpoint, "#"):
			t.Fatalf("%s: %q: %v", v.ID, endpoint, err)
		case v.Host != nil && !v.Host.MatchString(u.Hostname()):
			t.Fatalf("%s: %q leads to %q", v.ID, endpoint, u.Hostname())
		case v.Host == nil && u.Hostname() != strings.ToLower(value):
			t.Fatalf("%s: %q leads to %q", v.ID, endpoint, u.Hostname())
		case u.String() != endpoint:
			t.Fatalf("%s: %q is read as %q", v.ID, endpoint, u)
		}
	})
}
