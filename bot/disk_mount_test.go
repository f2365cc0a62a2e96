//go:build linux

package main_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// disk is a small file system in memory, mounted in a name space of its own, so that no rights are needed for
// it and nothing is left of it. A shell lives there and does what it is told; others get to the files through
// its /proc.
type disk struct {
	shell  *exec.Cmd
	orders io.Writer
	said   *bufio.Reader
	data   string // the folder, as others reach it
	inside string // the folder, as the shell reaches it
}

// diskSize is the file system's size in MB.
const diskSize = 16

// mountSmall puts the folder of a house onto such a disk.
func mountSmall(t *testing.T, h *house) *disk {
	t.Helper()
	cmd := exec.Command("unshare", "--user", "--map-root-user", "--mount", "sh")
	orders, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		skip(t, "needs unshare of util-linux to mount a small file system: "+err.Error())
	}
	d := &disk{shell: cmd, orders: orders, said: bufio.NewReader(said), inside: h.data}
	t.Cleanup(func() {
		_ = orders.Close()
		_ = cmd.Wait()
	})
	if err := d.do(fmt.Sprintf("mount -t tmpfs -o size=%dm,mode=0700 none %s", diskSize, h.data)); err != nil {
		skip(t, "needs the right to mount a small file system in a user name space: "+err.Error())
	}
	people, err := os.ReadFile(filepath.Join(h.data, "people.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	h.data = fmt.Sprintf("/proc/%d/root%s", cmd.Process.Pid, h.data)
	d.data = h.data
	if err := os.WriteFile(filepath.Join(h.data, "people.yaml"), people, 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

// do lets the shell do something.
func (d *disk) do(order string) error {
	if _, err := fmt.Fprintf(d.orders, "{ %s; } 2>&1 && echo done || echo failed\n", order); err != nil {
		return err
	}
	for all := ""; ; {
		line, err := d.said.ReadString('\n')
		switch {
		case err != nil:
			return fmt.Errorf("%s: the shell has ended: %w", order, err)
		case line == "done\n":
			return nil
		case line == "failed\n":
			return fmt.Errorf("%s: %s", order, strings.TrimSpace(all))
		}
		all += line
	}
}

func (d *disk) ballast() string { return filepath.Join(d.data, "ballast") }

// fill takes all the room there is.
func (d *disk) fill(t *testing.T) {
	t.Helper()
	f, err := os.Create(d.ballast())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); ; {
		if _, err = f.Write(block); err != nil {
			break
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

// leave gives some bytes of the room back.
func (d *disk) leave(t *testing.T, room int64) {
	t.Helper()
	info, err := os.Stat(d.ballast())
	if err == nil {
		err = os.Truncate(d.ballast(), info.Size()-room)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// free gives the room back.
func (d *disk) free(t *testing.T) {
	t.Helper()
	if err := os.Remove(d.ballast()); err != nil {
		t.Fatal(err)
	}
}

// readOnly makes the file system one that cannot be written to, or one that can. Nobody may have a file open
// there.
func (d *disk) readOnly(t *testing.T, yes bool) {
	t.Helper()
	how := map[bool]string{true: "ro", false: "rw"}[yes]
	if err := d.do("mount -o remount," + how + " " + d.inside); err != nil {
		t.Fatal(err)
	}
}
