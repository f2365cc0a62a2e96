package embedded

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strconv"
	"time"
)

// Lists are walks in the order of the record keys: arbitrary, as in Azure, but the same every time. The skip
// token is the last key given out, so writes between two pages neither hide nor repeat what did not change.

// paging is what a list request asks for.
type paging struct {
	path string // below base, for the next link
	api  string
	last []byte // nil: from the start
	size int
}

func readPaging(path string, q url.Values) (p paging, err error) {
	p = paging{path: path, api: q.Get("api-version"), size: maxPage}
	if m := q.Get("maxresults"); m != "" {
		if p.size, err = strconv.Atoi(m); err != nil || p.size < 1 || p.size > maxPage {
			return p, badParameter("The parameter maxresults must be between 1 and %d.", maxPage)
		}
	}
	if t := q.Get("$skiptoken"); t != "" {
		p.last, err = base64.RawURLEncoding.DecodeString(t)
		if err != nil || len(p.last) == 0 {
			return p, badParameter("The parameter $skiptoken is not one of this vault.")
		}
	}
	return p, nil
}

func (c *call) nextLink(p paging, last []byte) *string {
	link := c.base + p.path + "?api-version=" + url.QueryEscape(p.api) +
		"&$skiptoken=" + base64.RawURLEncoding.EncodeToString(last) + "&maxresults=" + strconv.Itoa(p.size)
	return &link
}

func (c *call) listSecrets(p paging) (out page, err error) {
	err = c.v.view(c.ctx, func(s *state) error {
		out, err = c.heads(s, s.secrets, p, c.item)
		return err
	})
	return out, err
}

func (c *call) listDeleted(p paging) (out page, err error) {
	err = c.v.view(c.ctx, func(s *state) error {
		out, err = c.heads(s, s.gone, p, func(h *head, r version) bundle {
			b := c.item(h, r)
			c.dates(&b, h)
			return b
		})
		return err
	})
	return out, err
}

func (c *call) heads(s *state, t table, p paging, item func(*head, version) bundle) (page, error) {
	out := page{Value: []bundle{}}
	var last []byte
	now := time.Now().Unix()
	for key, sealed := range t.after(nil, p.last) {
		if len(out.Value) == p.size {
			out.NextLink = c.nextLink(p, last)
			break
		}
		plain, err := t.open(key, sealed)
		if err != nil {
			return out, err
		}
		h, err := decodeHead(plain)
		if err != nil {
			return out, err
		}
		if h.Purge != 0 && h.Purge <= now {
			continue
		}
		r, err := s.current(key, h)
		if err != nil {
			return out, err
		}
		out.Value = append(out.Value, item(h, *r))
		last = key
	}
	return out, nil
}

// listVersions of a name that does not exist is an empty page, as in Azure.
func (c *call) listVersions(p paging) (out page, err error) {
	out.Value = []bundle{}
	err = c.v.view(c.ctx, func(s *state) error {
		name := s.keys.name(c.name)
		h, err := s.secrets.head(name)
		if h == nil || err != nil {
			return err
		}
		var from []byte
		if p.last != nil {
			from = append(append(from, name...), p.last...)
		}
		var last []byte
		for key, sealed := range s.versions.after(name, from) {
			if len(out.Value) == p.size {
				out.NextLink = c.nextLink(p, last)
				return nil
			}
			plain, err := s.versions.open(key, sealed)
			if err != nil {
				return err
			}
			r, err := decodeVersion(hex.EncodeToString(key[len(name):]), plain)
			if err != nil {
				return err
			}
			out.Value = append(out.Value, c.without(h, r))
			last = key[len(name):]
		}
		return nil
	})
	return out, err
}
