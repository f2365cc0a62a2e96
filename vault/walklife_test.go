package vault_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"keydesk/catalog"
	"keydesk/vault"
)

// TestWalkMachine lives through walks that are held at any page while this process and others write.
func TestWalkMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(bubble{t}, func(rt *rapid.T) {
			b := newBed(t)
			defer b.Close()
			b.fill(t, 70)
			m := &walkMachine{t: t, b: b, keys: map[catalog.KeyName]*keyModel{}}
			m.s, m.w = b.open(t)
			for i := range 70 {
				m.keys[label(fmt.Sprintf("c%05d", i))] = &keyModel{op: fmt.Sprintf("op-%d", i)}
			}
			defer m.finish(rt)
			rt.Repeat(rapid.StateMachineActions(m))
		})
	})
}

func label(s string) catalog.KeyName { return catalog.KeyName{Vendor: "ninjaone", Label: s} }

// keyModel is what the vault has. fresh: this process must know it.
type keyModel struct {
	op    string // "" for none
	fresh bool
	since int // the number of walks begun when somebody else changed it
	dead  bool
}

type walkMachine struct {
	t     *testing.T
	b     *bed
	s     *vault.Store
	w     *wire
	keys  map[catalog.KeyName]*keyModel
	n     int
	begun int // walks
	free  func()
	done  chan error
}

func (m *walkMachine) op() string { m.n++; return fmt.Sprintf("new-%d", m.n) }

func (m *walkMachine) pick(rt *rapid.T, there bool) (catalog.KeyName, *keyModel) {
	var some []catalog.KeyName
	for n, k := range m.keys {
		if (k.op != "") == there && !k.dead {
			some = append(some, n)
		}
	}
	if len(some) == 0 {
		rt.Skip("none")
	}
	slices.SortFunc(some, func(a, b catalog.KeyName) int { return strings.Compare(a.Label, b.Label) })
	n := rapid.SampledFrom(some).Draw(rt, "key")
	return n, m.keys[n]
}

func (m *walkMachine) Begin(rt *rapid.T) {
	if m.done != nil {
		rt.Skip("one is under way")
	}
	page, before := rapid.IntRange(1, 3).Draw(rt, "page"), rapid.Bool().Draw(rt, "before")
	held, free := hold(m.w, page, before)
	m.begun++
	m.done, m.free = make(chan error, 1), free
	go func() { m.done <- m.s.Refresh(m.t.Context()) }()
	synctest.Wait()
	m.w.breaks(nil)
	select {
	case <-held:
	default: // so many were deleted that there is no such page any more
		m.End(rt)
	}
}

func (m *walkMachine) End(rt *rapid.T) {
	if m.done == nil {
		rt.Skip("none is under way")
	}
	m.finish(rt)
	for _, k := range m.keys {
		k.fresh = k.fresh || k.since < m.begun
	}
}

func (m *walkMachine) finish(rt *rapid.T) {
	if m.done == nil {
		return
	}
	m.free()
	if err := <-m.done; err != nil {
		rt.Error(err)
	}
	m.done = nil
}

func (m *walkMachine) Create(rt *rapid.T) {
	n := label(rapid.StringMatching(`[a-e][0-9]`).Draw(rt, "label"))
	if m.keys[n] != nil {
		rt.Skip("was there before")
	}
	op := m.op()
	if _, err := m.s.Create(m.t.Context(), newKey(n, op), good()); err != nil {
		rt.Fatal(err)
	}
	m.keys[n] = &keyModel{op: op, fresh: true}
}

func (m *walkMachine) Rotate(rt *rapid.T) {
	n, k := m.pick(rt, true)
	op := m.op()
	if _, err := m.s.Rotate(m.t.Context(), n, change(op)); err != nil {
		rt.Fatal(err)
	}
	k.op, k.fresh = op, true
}

func (m *walkMachine) Read(rt *rapid.T) {
	n, k := m.pick(rt, true)
	if got, _, err := m.s.ReadKey(m.t.Context(), n); err != nil || got.Op != k.op {
		rt.Fatalf("read %q, %v, want %q", got.Op, err, k.op)
	}
	k.fresh = true
}

func (m *walkMachine) OtherSets(rt *rapid.T) {
	n, k := m.pick(rt, true)
	k.op, k.fresh, k.since = m.op(), false, m.begun
	if _, err := m.b.raw(m.t).SetSecret(m.t.Context(), n.SecretName(), keySecret(k.op), nil); err != nil {
		rt.Fatal(err)
	}
}

func (m *walkMachine) OtherDeletes(rt *rapid.T) {
	n, k := m.pick(rt, true)
	m.b.delete(m.t, n.SecretName())
	k.op, k.fresh, k.since, k.dead = "", false, m.begun, true
}

// Check: what must be known is known, and nothing stands in the list that was never there.
func (m *walkMachine) Check(rt *rapid.T) {
	listed := map[catalog.KeyName]string{}
	last := ""
	for _, k := range m.s.Keys() {
		if listed[k.Name] = k.Op; k.Name.String() <= last {
			rt.Fatalf("%s comes after %s", k.Name, last)
		}
		last = k.Name.String()
	}
	for n, k := range m.keys {
		if !k.fresh {
			continue
		}
		if op, ok := listed[n]; op != k.op || ok != (k.op != "") {
			rt.Fatalf("%s: memory has %q, the vault %q", n, op, k.op)
		}
	}
	for n := range maps.Keys(listed) {
		if m.keys[n] == nil {
			rt.Fatalf("%s was never there", n)
		}
	}
}
