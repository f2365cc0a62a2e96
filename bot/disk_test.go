//go:build linux

package main_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keydesk/bot/bottest"
)

// skip skips for a reason; where everything must run that is a failure.
func skip(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("KEYDESK_E2E") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// newDisk is a folder with one worker.
func newDisk(t *testing.T) *crash {
	t.Helper()
	bottest.SkipShort(t, "fills disks under running bots, which is not short")
	c := newCrash(t, install(t), rand.New(rand.NewPCG(1, 2)))
	c.workers = c.workers[:1]
	c.workers[0].patience = 5 * time.Second // a refusal takes up to two
	// All of them have a chat before the disk is full, so that nobody waits until theirs is not remembered.
	c.workers[0].people = c.workers[0].people[:16]
	return c
}

// TestDiskLimit: files that may not grow any more, while the bot runs.
func TestDiskLimit(t *testing.T) {
	if _, err := exec.LookPath("prlimit"); err != nil {
		skip(t, "needs prlimit of util-linux to limit the size of files")
	}
	c := newDisk(t)
	p := c.start()
	defer p.kill()
	limit := func(bytes string) {
		pid := fmt.Sprint(p.cmd.Process.Pid)
		if out, err := exec.Command("prlimit", "--pid", pid, "--fsize="+bytes+":").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	c.work(p, 40)
	info, err := os.Stat(filepath.Join(c.house.data, "vault.db"))
	if err != nil {
		t.Fatal(err)
	}
	limit(fmt.Sprint(info.Size()))
	c.fill(p)
	if !c.full(p) {
		t.Error("readyz never said that it is not ready")
	}
	limit("unlimited")
	c.recovered(p)
}

// TestDiskFull: a file system without room, where nothing can be kept, not even what people type; and one
// that only the vault is on, so that what they type gets as far as that.
func TestDiskFull(t *testing.T) {
	for _, what := range []string{"all", "vault"} {
		t.Run(what, func(t *testing.T) {
			c := newDisk(t)
			d := mountSmall(t, c.house)
			p := c.start()
			if what == "vault" {
				if err := p.stop(); err != nil {
					t.Fatal(err)
				}
				c.house.moveOut(t, "teams.sealed")
				p = c.start()
			}
			defer p.kill()
			c.work(p, 40)
			d.fill(t)
			c.fill(p)
			if !c.full(p) && what == "vault" {
				t.Error("readyz never said that it is not ready")
			}
			d.free(t)
			c.recovered(p)
		})
	}
}

// TestDiskFullStart: a start that finds some room or none, in a new folder and in one with keys, comes up or
// says why it does not; with room again, all is there.
func TestDiskFullStart(t *testing.T) {
	c := newDisk(t)
	d := mountSmall(t, c.house)
	up, all := 0, 0
	for _, known := range []bool{false, true} {
		for _, room := range []int64{0, 4 << 10, 8 << 10, 12 << 10, 24 << 10, 40 << 10, 64 << 10} {
			if !known {
				c.house.empty(t)
				w := c.workers[0]
				w.keys, w.links, w.opened = nil, nil, nil
			}
			d.fill(t)
			d.leave(t, room)
			all++
			if c.startsOrSays() {
				up++
			}
			d.free(t)
			c.worked(3)
			if t.Failed() {
				t.Fatalf("known folder: %v, room for %d bytes", known, room)
			}
		}
	}
	if up == 0 || up == all || c.hinted == 0 {
		t.Errorf("%d of %d came up, and %d said what to do: then this was no test", up, all, c.hinted)
	}
	c.inspect()
}

// TestDiskLimitStart: a start that may not write a file as long as it needs says so, and what to do; without
// the limit all is there.
func TestDiskLimitStart(t *testing.T) {
	if _, err := exec.LookPath("prlimit"); err != nil {
		skip(t, "needs prlimit of util-linux to limit the size of files")
	}
	c := newDisk(t)
	limited := func(bytes string) {
		c.house.wrap = []string{"prlimit", "--fsize=" + bytes + ":" + bytes}
		defer func() { c.house.wrap = nil }()
		p, err := c.house.start()
		if err == nil {
			p.kill()
			t.Fatalf("it came up with files of %s bytes", bytes)
		}
		c.saysWhy(p, "file too large", "A limit on the size of files stands in the way (ulimit -f)")
	}
	limited("4096") // a new folder
	c.worked(20)
	limited("4096") // one with keys
	c.worked(20)
	c.inspect()
	if c.hinted == 0 {
		t.Error("nobody was told what to do")
	}
}

// startsOrSays starts a bot on a disk with little room; false: it said why it does not run.
func (c *crash) startsOrSays() bool {
	c.Helper()
	p, err := c.house.start()
	if p == nil {
		c.Fatal(err)
	}
	started := err == nil
	if started {
		err = p.stop() // which writes, too
	}
	if err != nil {
		c.saysWhy(p, "no space left on device", "The disk is full. Make room")
	}
	return started
}

// saysWhy looks at a bot that has ended because of its disk: it says so and what to do; or, where it got as
// far as its log, that events are not written, and the disk's fault in its own words before that.
func (c *crash) saysWhy(p *process, cause, hint string) {
	c.Helper()
	said := p.said.String()
	last := said[max(0, strings.LastIndex(said, "Keydesk:"), strings.LastIndex(said, "Keydesk did not")):]
	if strings.Contains(last, "events not written") {
		c.refusedStart(last, p.endedBy, "events not written", "")
		if !strings.Contains(said, cause) {
			c.Errorf("it does not say why:\n%s", said)
		}
		return
	}
	c.hinted++
	c.refusedStart(last, p.endedBy, cause, hint)
}

// empty makes a folder as it was before the first start.
func (h *house) empty(t *testing.T) {
	t.Helper()
	for _, name := range []string{"vault.db", "vault.db.key", "teams.sealed"} {
		if err := os.Remove(filepath.Join(h.data, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
}

// moveOut moves a file to another disk and leaves a link to it.
func (h *house) moveOut(t *testing.T, name string) {
	t.Helper()
	from, to := filepath.Join(h.data, name), filepath.Join(t.TempDir(), name)
	all, err := os.ReadFile(from)
	if err = errors.Join(err, os.WriteFile(to, all, 0o600), os.Remove(from), os.Symlink(to, from)); err != nil {
		t.Fatal(err)
	}
}

// work does some steps that must succeed.
func (c *crash) work(p *process, steps int) {
	c.Helper()
	for range steps {
		if err := c.workers[0].step(p); err != nil {
			c.Fatal(err)
		}
	}
}

// fill works until somebody is refused.
func (c *crash) fill(p *process) {
	c.Helper()
	for range 2000 {
		if err := c.workers[0].step(p); err != nil {
			if !c.silence(p, err) {
				c.refusal(p, err)
			}
			return
		}
	}
	c.Fatal("the disk is not full yet")
}

// silence is where the sandbox's Teams took what a person typed and had no room for the bot's answer: what it
// cannot keep it does not show.
func (c *crash) silence(p *process, err error) bool {
	return errors.Is(err, context.DeadlineExceeded) && strings.Contains(p.said.String(), "keeping a message")
}

// refusal is a sentence for people, which says nothing of how the bot works inside.
func (c *crash) refusal(p *process, err error) {
	c.Helper()
	var r refused
	if !errors.As(err, &r) {
		c.Fatalf("no refusal: %v\n%s", err, p.said)
	}
	c.Log(r.words)
	inside := []string{"vault.db", "/", "no space", "too large", "EOF", "errno", "obviously-fake", "Unable to reach"}
	for _, word := range inside {
		if strings.Contains(r.words, word) {
			c.Errorf("a refusal says %q: %s", word, r.words)
		}
	}
}

// full looks at a bot that cannot write, and says whether it ever called itself not ready.
func (c *crash) full(p *process) (toldSo bool) {
	c.Helper()
	for n := 0; n < 6 || n < 60 && !toldSo; n++ { // some of what the log writes may still find room
		err := c.workers[0].step(p)
		if err == nil {
			continue // what needs no more room still works
		}
		if c.silence(p, err) {
			break // which takes a while
		}
		c.refusal(p, err)
		ready, _, err := p.get("/readyz")
		if err != nil {
			c.Fatalf("readyz: %v", err)
		}
		toldSo = toldSo || ready == http.StatusServiceUnavailable
	}
	if status, body, err := p.get("/healthz"); err != nil || status != http.StatusOK || body != "ok\n" {
		c.Errorf("healthz: %d %q, %v", status, body, err)
	}
	if !p.alive() {
		c.Fatalf("the bot ended: %v\n%s", p.endedBy, p.said)
	}
	return toldSo
}

// recovered looks at a bot that can write again: it works and has everything.
func (c *crash) recovered(p *process) {
	c.Helper()
	if err := c.workers[0].settleAll(p); err != nil {
		c.Error(err)
	}
	c.work(p, 8)
	if status, body, err := p.get("/readyz"); err != nil || status != http.StatusOK {
		c.Errorf("readyz afterwards: %d %q, %v", status, body, err)
	}
	p.kill()
	if strings.Contains(p.said.String(), "panic") {
		c.Errorf("the bot said:\n%s", p.said)
	}
	c.inspect()
	c.Log(c.tally)
}
