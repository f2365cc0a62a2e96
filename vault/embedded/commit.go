package embedded

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
)

// maxShared bounds the writes of one transaction, and with them its memory (25 KB each).
const maxShared = 256

// op is one write. fn reads first and decides, then writes; it may be run more than once and keeps no state.
type op struct {
	fn    func(*state) (bundle, error)
	taken atomic.Bool // by who runs it, or by its caller who gives up
	done  chan struct{}
	out   bundle
	err   error
}

// update runs fn in a transaction that is on disk when update returns. Writers queue; the one that gets the
// lead runs everybody's fn in one transaction, so that writers that came during a sync share the next. This
// beats bbolt's own Batch for a lone writer, who would wait out the batch delay.
//
// A context that ends before fn has begun takes it out of the queue; after that its effect is awaited.
func (v *Vault) update(ctx context.Context, fn func(*state) (bundle, error)) (bundle, error) {
	if err := ctx.Err(); err != nil {
		return bundle{}, err
	}
	o := &op{fn: fn, done: make(chan struct{})}
	v.mu.Lock()
	v.queue = append(v.queue, o)
	v.mu.Unlock()
	for {
		select {
		case <-o.done:
			return o.out, o.err
		default:
		}
		select {
		case <-o.done:
		case v.lead <- struct{}{}:
			v.commit(v.next())
			<-v.lead
		case <-ctx.Done():
			if o.taken.CompareAndSwap(false, true) {
				return bundle{}, ctx.Err()
			}
			<-o.done
		}
	}
}

// next takes the oldest waiting writes.
func (v *Vault) next() []*op {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := min(len(v.queue), maxShared)
	ops := slices.Clone(v.queue[:n])
	v.queue = slices.Delete(v.queue, 0, n)
	return slices.DeleteFunc(ops, func(o *op) bool { return !o.taken.CompareAndSwap(false, true) })
}

// commit runs ops in one transaction. An op that fails halfway is answered alone and the others run again.
func (v *Vault) commit(ops []*op) {
	for len(ops) > 0 {
		bad, err := v.try(ops)
		if bad < 0 {
			finish(ops, err)
			return
		}
		finish(ops[bad:bad+1], err)
		ops = slices.Delete(ops, bad, bad+1)
	}
}

func finish(ops []*op, err error) {
	for _, o := range ops {
		if err != nil {
			o.out, o.err = bundle{}, err // the transaction is lost, and with it what the op saw
		}
		close(o.done)
	}
}

var errUnchanged = errors.New("nothing to write")

// try gives the index of the op that cannot be part of the transaction, or -1.
func (v *Vault) try(ops []*op) (bad int, err error) {
	bad = -1
	defer caught(&err)()
	err = v.db.Update(func(tx *bolt.Tx) error {
		changed := false
		for i, o := range ops {
			s := newState(v.keys, tx)
			bad = i
			if o.out, o.err = o.fn(s); o.err != nil && s.wrote {
				return o.err
			}
			bad = -1
			changed = changed || s.wrote
		}
		if !changed {
			return errUnchanged
		}
		return nil
	})
	if errors.Is(err, errUnchanged) {
		err = nil
	}
	return bad, err
}

// view runs fn on a consistent snapshot.
func (v *Vault) view(ctx context.Context, fn func(*state) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	defer caught(&err)()
	return v.db.View(func(tx *bolt.Tx) error { return fn(newState(v.keys, tx)) })
}

// inspect opens every head and looks at every version's key, so that damage there is found when the vault is
// opened, and lets go what has outlived its retention.
func (v *Vault) inspect() error {
	var overdue [][]byte
	err := v.view(context.Background(), func(s *state) error {
		now := time.Now().Unix()
		for _, t := range []table{s.secrets, s.gone} {
			for key, sealed := range t.after(nil, nil) {
				h, err := s.checkHead(t, key, sealed)
				if err != nil {
					return err
				}
				if h.Purge != 0 && h.Purge <= now {
					overdue = append(overdue, slices.Clone(key))
				}
			}
		}
		for key := range s.versions.after(nil, nil) {
			if len(key) != 48 {
				return fmt.Errorf("%w: a version has no name", ErrDamaged)
			}
		}
		return nil
	})
	if err != nil || len(overdue) == 0 {
		return err
	}
	_, err = v.update(context.Background(), func(s *state) (bundle, error) {
		for _, key := range overdue {
			if err := s.purge(key); err != nil {
				return bundle{}, err
			}
		}
		return bundle{}, nil
	})
	return err
}

func (s *state) checkHead(t table, key, sealed []byte) (*head, error) {
	plain, err := t.open(key, sealed)
	if err != nil {
		return nil, err
	}
	h, err := decodeHead(plain)
	if err != nil {
		return nil, err
	}
	if current := versionKey(key, h.Current); current == nil || s.versions.bucket.Get(current) == nil {
		return nil, fmt.Errorf("%w: a secret's current version is missing", ErrDamaged)
	}
	return h, nil
}
