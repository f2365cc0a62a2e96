//go:build linux

package main_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestReadOnlyFileSystem: a bot does not start on a file system that it cannot write to, says so in a line,
// and starts when it can.
func TestReadOnlyFileSystem(t *testing.T) {
	c := newDisk(t)
	d := mountSmall(t, c.house)
	c.worked(20)
	d.readOnly(t, true)
	c.refuses("read-only file system", "KEYDESK_DATA")
	d.readOnly(t, false)
	c.worked(20)
	c.inspect()
}

// TestReadOnlyRights: the same where the user has no right to the folder, or to a file in it.
func TestReadOnlyRights(t *testing.T) {
	rows := []struct {
		name string
		path string
		mode fs.FileMode
	}{
		{"folder without any right", ".", 0},
		{"vault without any right", "vault.db", 0},
		{"vault that can be read", "vault.db", 0o400},
		{"key without any right", "vault.db.key", 0},
		{"people without any right", "people.yaml", 0},
		{"chats that can be read", "teams.sealed", 0o400},
	}
	c := newDisk(t)
	c.house.asNobody(t)
	c.worked(20)
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			c := &crash{T: t, Rand: c.Rand, house: c.house, workers: c.workers}
			path := filepath.Join(c.house.data, r.path)
			before, err := os.Stat(path)
			if err = errors.Join(err, os.Chmod(path, r.mode)); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := os.Chmod(path, before.Mode().Perm()); err != nil {
					t.Fatal(err)
				}
			}()
			c.refuses("permission denied", "KEYDESK_DATA")
		})
	}
	c.worked(20)
	c.inspect()
}

// TestReadOnlyWhileRunning: a vault that turns read-only under a bot is refusals, and no end of it.
func TestReadOnlyWhileRunning(t *testing.T) {
	c := newDisk(t)
	p := c.start()
	defer p.kill()
	c.work(p, 40)
	c.house.lock(t, p, true)
	defer c.house.lock(t, p, false)
	c.fill(p)
	if !c.full(p) {
		t.Error("readyz never said that it is not ready")
	}
	c.house.lock(t, p, false)
	c.recovered(p)
}

// worked lets a bot do some steps and ends it.
func (c *crash) worked(steps int) {
	c.Helper()
	p := c.start()
	defer p.kill()
	if err := c.workers[0].settleAll(p); err != nil {
		c.Error(err)
	}
	c.work(p, steps)
	p.kill()
}

// refuses starts a bot that must say why it cannot, and with hint also what to do, and change nothing.
func (c *crash) refuses(cause, hint string) {
	c.Helper()
	before := c.house.files(c)
	for _, args := range [][]string{nil, {"audit", "verify"}} {
		said, err := c.house.command(args...).CombinedOutput()
		if args != nil && err == nil {
			continue // the log can be checked without writing, if it can be read
		}
		c.refusedStart(string(said), err, cause, hint)
	}
	if after := c.house.files(c); after != before {
		c.Errorf("the folder has changed:\n%s\nwas:\n%s", after, before)
	}
}

// refusedStart looks at what a bot has said that did not start.
func (c *crash) refusedStart(said string, err error, cause, hint string) {
	c.Helper()
	why, what, _ := strings.Cut(strings.TrimSpace(said), "\n")
	var status *exec.ExitError
	switch {
	case !errors.As(err, &status) || status.ExitCode() != 2:
		c.Errorf("it ended with %v:\n%s", err, said)
	case !strings.HasPrefix(why, "Keydesk") || !strings.Contains(why, cause):
		c.Errorf("the first line does not say why:\n%s", said)
	case !strings.Contains(what, hint) || strings.Contains(what, "\n"):
		c.Errorf("the second line does not say what to do:\n%s", said)
	}
}

// files is the folder's files with what is in them, as far as the tests may look.
func (h *house) files(t testing.TB) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(h.data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		b, err := os.ReadFile(path)
		fmt.Fprintf(&all, "%s: %d bytes, %x, read: %v\n", e.Name(), len(b), sha256.Sum256(b), err == nil)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// asNobody lets the bot run as a user whom rights bind: nobody, if the tests run as root.
func (h *house) asNobody(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	const nobody = 65534
	h.attr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	for dir := filepath.Dir(h.program); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for dir := filepath.Dir(h.data); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{h.data, filepath.Join(h.data, "people.yaml")} {
		if err := os.Chown(path, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
}

// lock makes the vault's file one that nobody can write to, also who has it open: by the file system where
// that is allowed, and otherwise by a limit that no write of the bot is below.
func (h *house) lock(t *testing.T, p *process, yes bool) {
	t.Helper()
	sign, limit := "-i", "unlimited"
	if yes {
		sign, limit = "+i", "0"
	}
	first, err := exec.Command("chattr", sign, filepath.Join(h.data, "vault.db")).CombinedOutput()
	if err == nil || !p.alive() {
		return
	}
	pid := fmt.Sprint(p.cmd.Process.Pid)
	if second, err := exec.Command("prlimit", "--pid", pid, "--fsize="+limit+":").CombinedOutput(); err != nil {
		skip(t, fmt.Sprintf("needs chattr or prlimit to make a file read-only: %s %s", first, second))
	}
}
