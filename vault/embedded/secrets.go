package embedded

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"
)

// call is one request after its checks.
type call struct {
	v             *Vault
	ctx           context.Context
	base          string // of ids and links
	name, version string
	change        change
}

func (c *call) set() (bundle, error) {
	if c.change.Value == nil {
		return bundle{}, badParameter("The property 'value' is required.")
	}
	return c.v.update(c.ctx, func(s *state) (bundle, error) {
		now := time.Now()
		key := s.keys.name(c.name)
		if err := s.free(key, c.name, now); err != nil {
			return bundle{}, err
		}
		h, err := s.secrets.head(key)
		if err != nil {
			return bundle{}, err
		}
		if h == nil {
			h = &head{Name: c.name}
		}
		r := version{id: newVersion(), value: []byte(*c.change.Value)}
		r.props = props{Enabled: true, Created: now.Unix(), Updated: now.Unix()}
		c.change.apply(&r.props)
		h.Current = r.id
		if err := s.putVersion(key, r); err != nil {
			return bundle{}, err
		}
		return c.withValue(h, r), s.secrets.putHead(key, h)
	})
}

// free refuses a name that is deleted but recoverable, and purges one whose retention is over.
func (s *state) free(key []byte, name string, now time.Time) error {
	gone, err := s.gone.head(key)
	switch {
	case gone == nil || err != nil:
		return err
	case gone.Purge > now.Unix():
		return recoverable(name)
	}
	return s.purge(key)
}

func newVersion() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func (c *call) get() (out bundle, err error) {
	err = c.v.view(c.ctx, func(s *state) error {
		h, r, err := c.find(s)
		switch {
		case err != nil:
			return err
		case !r.Enabled:
			return disabled()
		}
		out = c.withValue(h, *r)
		return nil
	})
	return out, err
}

// find looks up the live secret and the version asked for, or the current one.
func (c *call) find(s *state) (*head, *version, error) {
	what := c.name
	if c.version != "" {
		what += "/" + c.version
	}
	key := s.keys.name(c.name)
	h, err := s.secrets.head(key)
	if err != nil {
		return nil, nil, err
	}
	if h == nil {
		return nil, nil, notFound(what)
	}
	r, err := c.pick(s, key, h)
	if r == nil && err == nil {
		err = notFound(what)
	}
	return h, r, err
}

func (c *call) pick(s *state, key []byte, h *head) (*version, error) {
	if c.version != "" {
		return s.version(key, c.version)
	}
	return s.current(key, h)
}

// current is the newest version, which every head has.
func (s *state) current(key []byte, h *head) (*version, error) {
	r, err := s.version(key, h.Current)
	if r == nil && err == nil {
		err = ErrDamaged
	}
	return r, err
}

func (c *call) patch() (bundle, error) {
	return c.v.update(c.ctx, func(s *state) (bundle, error) {
		h, r, err := c.find(s)
		if err != nil {
			return bundle{}, err
		}
		c.change.apply(&r.props)
		r.Updated = time.Now().Unix()
		return c.without(h, *r), s.putVersion(s.keys.name(c.name), *r)
	})
}

func (c *call) delete() (bundle, error) {
	return c.v.update(c.ctx, func(s *state) (bundle, error) {
		h, r, err := c.find(s)
		if err != nil {
			return bundle{}, err
		}
		key := s.keys.name(c.name)
		now := time.Now()
		h.Deleted, h.Purge = now.Unix(), now.AddDate(0, 0, c.v.cfg.RetentionDays).Unix()
		if err := s.secrets.remove(key); err != nil {
			return bundle{}, err
		}
		return c.gone(h, *r), s.gone.putHead(key, h)
	})
}

// findDeleted looks up a deleted secret whose retention is not over.
func (c *call) findDeleted(s *state) (*head, *version, error) {
	key := s.keys.name(c.name)
	h, err := s.gone.head(key)
	if err != nil {
		return nil, nil, err
	}
	if h == nil || h.Purge <= time.Now().Unix() {
		return nil, nil, deletedNotFound(c.name)
	}
	r, err := s.current(key, h)
	return h, r, err
}

func (c *call) getDeleted() (out bundle, err error) {
	err = c.v.view(c.ctx, func(s *state) error {
		h, r, err := c.findDeleted(s)
		if err == nil {
			out = c.gone(h, *r)
		}
		return err
	})
	return out, err
}

func (c *call) recover() (bundle, error) {
	return c.v.update(c.ctx, func(s *state) (bundle, error) {
		h, r, err := c.findDeleted(s)
		if err != nil {
			return bundle{}, err
		}
		key := s.keys.name(c.name)
		h.Deleted, h.Purge = 0, 0
		if err := s.gone.remove(key); err != nil {
			return bundle{}, err
		}
		return c.without(h, *r), s.secrets.putHead(key, h)
	})
}

func (c *call) purge() (bundle, error) {
	return c.v.update(c.ctx, func(s *state) (bundle, error) {
		if _, _, err := c.findDeleted(s); err != nil {
			return bundle{}, err
		}
		if c.v.cfg.PurgeProtected {
			return bundle{}, purgeProtected()
		}
		return bundle{}, s.purge(s.keys.name(c.name))
	})
}
