package embedded

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"regexp"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Azure's limits (about-secrets, about-keys-secrets-certificates). Tags may be 512 characters by newer pages
// and 256 by older ones and the SDK: the strict number holds here, so that nothing passes that Azure refuses.
const (
	maxBody        = 256 << 10 // a full value, escaped, with full tags
	maxValue       = 25 << 10  // bytes
	maxContentType = 255       // characters, like the next
	maxTag         = 256
	maxTags        = 15
	maxPage        = 25
	maxTime        = 253402300799 // 9999-12-31T23:59:59Z
)

var (
	nameForm    = regexp.MustCompile(`^[0-9a-zA-Z-]{1,127}$`)
	versionForm = regexp.MustCompile(`^[0-9a-zA-Z]{1,64}$`)
	apiForm     = regexp.MustCompile(`^(7\.\d{1,2}|(\d{4}-\d{2}-\d{2}))(-preview(\.\d{1,2})?)?$`)
)

// bundle is every answer about a secret, in Azure's JSON.
type bundle struct {
	Value       *string           `json:"value,omitempty"`
	ContentType string            `json:"contentType,omitempty"`
	ID          string            `json:"id"`
	Attributes  attributes        `json:"attributes"`
	Tags        map[string]string `json:"tags,omitempty"`
	RecoveryID  string            `json:"recoveryId,omitempty"`
	Deleted     int64             `json:"deletedDate,omitempty"`
	Purge       int64             `json:"scheduledPurgeDate,omitempty"`
}

type attributes struct {
	Enabled         bool   `json:"enabled"`
	NotBefore       *int64 `json:"nbf,omitempty"`
	Expires         *int64 `json:"exp,omitempty"`
	Created         int64  `json:"created"`
	Updated         int64  `json:"updated"`
	RecoveryLevel   string `json:"recoveryLevel"`
	RecoverableDays int    `json:"recoverableDays"`
}

type page struct {
	Value    []bundle `json:"value"`
	NextLink *string  `json:"nextLink"`
}

// change is the body of set and update. Absent and null are the same; read-only attributes are ignored.
type change struct {
	Value       *string            `json:"value"`
	ContentType *string            `json:"contentType"`
	Tags        map[string]*string `json:"tags"`
	Attributes  struct {
		Enabled   *bool  `json:"enabled"`
		NotBefore *int64 `json:"nbf"`
		Expires   *int64 `json:"exp"`
	} `json:"attributes"`
}

// readChange reads and checks a body. Its errors never hold any of it but a tag's name.
func readChange(r *http.Request) (c change, err error) {
	if ct := r.Header.Get("Content-Type"); ct != "" {
		if kind, _, err := mime.ParseMediaType(ct); err != nil || kind != "application/json" {
			return c, &apiError{status: http.StatusUnsupportedMediaType, code: "UnsupportedMediaType",
				message: "The content type must be application/json."}
		}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if len(body) > maxBody || r.ContentLength > maxBody {
		return c, tooLarge()
	}
	if err != nil {
		if r.Context().Err() != nil {
			return c, r.Context().Err()
		}
		return c, badParameter("The request body could not be read.")
	}
	if !utf8.Valid(body) || json.Unmarshal(body, &c) != nil {
		return c, badParameter("The request body is not valid JSON for this operation.")
	}
	return c, c.check()
}

func (c *change) check() error {
	for what, t := range map[string]*int64{"exp": c.Attributes.Expires, "nbf": c.Attributes.NotBefore} {
		if t != nil && (*t < 0 || *t > maxTime) {
			return badParameter("Attribute %s is not a time in seconds since 1970.", what)
		}
	}
	switch {
	case c.Value != nil && len(*c.Value) > maxValue:
		return badParameter("The secret's value is over %d bytes.", maxValue)
	case c.ContentType != nil && chars(*c.ContentType) > maxContentType:
		return badParameter("The content type is over %d characters.", maxContentType)
	case len(c.Tags) > maxTags:
		return badParameter("There are more than %d tags.", maxTags)
	}
	for name, value := range c.Tags {
		if name == "" || value == nil {
			return badParameter("A tag has no name or no value.")
		}
		if chars(name) > maxTag || chars(*value) > maxTag {
			return badParameter("A tag's name or value is over %d characters.", maxTag)
		}
	}
	return nil
}

// chars counts as .NET does, in UTF-16 units.
func chars(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// apply lays the change over properties: what is absent stays, tags are replaced as a whole.
func (c *change) apply(p *props) {
	if c.ContentType != nil {
		p.ContentType = *c.ContentType
	}
	if c.Attributes.Enabled != nil {
		p.Enabled = *c.Attributes.Enabled
	}
	if c.Attributes.Expires != nil {
		p.Expires = c.Attributes.Expires
	}
	if c.Attributes.NotBefore != nil {
		p.NotBefore = c.Attributes.NotBefore
	}
	if c.Tags != nil {
		p.Tags = make(map[string]string, len(c.Tags))
		for k, v := range c.Tags {
			p.Tags[k] = *v
		}
	}
}

func checkName(name string) error {
	if nameForm.MatchString(name) {
		return nil
	}
	return badParameter("The request URI contains an invalid name: %s", short(name))
}

// short keeps a hostile name from filling an answer.
func short(s string) string {
	if r := []rune(s); len(r) > 130 {
		return string(r[:130]) + "..."
	}
	return s
}

func checkAPIVersion(v string) error {
	if v == "" {
		return badParameter("api-version must be specified")
	}
	m := apiForm.FindStringSubmatch(v)
	if m != nil && m[2] != "" {
		if _, err := time.Parse(time.DateOnly, m[2]); err != nil {
			m = nil
		}
	}
	if m == nil {
		return badParameter("The specified version (%s) is not recognized. Consider using the latest supported "+
			"version (2026-04-01).", short(v))
	}
	return nil
}
