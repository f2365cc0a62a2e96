//go:build linux

package embedded_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"keydesk/vault/embedded"
)

// TestFirstStartOnFullDisk: a first start that finds no room leaves nothing that a later one refuses.
func TestFirstStartOnFullDisk(t *testing.T) {
	if alone(t) {
		return
	}
	for size := uint64(0); size <= 40<<10; size += 4 << 10 {
		cfg := embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db")}
		err := limited(t, size, func() error {
			v, err := embedded.Open(cfg)
			if err != nil {
				return err
			}
			return v.Close()
		})
		if size < 16<<10 && !errors.Is(err, syscall.EFBIG) {
			t.Errorf("with %d bytes: %v", size, err)
		}
		v, err := embedded.Open(cfg)
		if err != nil {
			t.Errorf("after a start with room for %d bytes: %v", size, err)
			continue
		}
		inProcess(t, v).set(t, "a", "v")
		if err := v.Close(); err != nil {
			t.Error(err)
		}
		left, err := os.ReadDir(filepath.Dir(cfg.Path))
		if err != nil || len(left) != 2 {
			t.Errorf("with %d bytes: %v is left, %v", size, left, err)
		}
	}
}

// TestFullDiskIsLogged: the answer says nothing of the disk, the log does, and neither says the value.
func TestFullDiskIsLogged(t *testing.T) {
	if alone(t) {
		return
	}
	var log bytes.Buffer
	v := open(t, embedded.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	w := inProcess(t, v)
	err := limited(t, 1, func() error {
		a := w.raw(t, "PUT", "/secrets/a"+api, `{"value":"obviously-fake"}`, nil)
		if a.status != 503 || strings.Contains(string(a.body), "large") {
			t.Errorf("%d %s", a.status, a.body)
		}
		return nil
	})
	said := log.String()
	if err != nil || !strings.Contains(said, "file too large") || strings.Contains(said, "fake") {
		t.Errorf("%v, log: %s", err, said)
	}
}

// alone runs a test in a process of its own, since a limit holds for all of a process, go test's own files too. It is
// false in that process.
func alone(t *testing.T) bool {
	t.Helper()
	const mark = "KEYDESK_TEST_ALONE"
	if os.Getenv(mark) != "" {
		return false
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), mark+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return true
}

// limited runs do while no file of this process may grow over size bytes.
func limited(t *testing.T, size uint64, do func() error) error {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
	}()
	return do()
}
