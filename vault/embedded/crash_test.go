//go:build unix

package embedded_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"keydesk/vault/embedded"
)

// The child process writes until it is killed, and says on standard output what was answered with 200.
const (
	childPath  = "KEYDESK_TEST_CRASH_PATH"
	childRound = "KEYDESK_TEST_CRASH_ROUND"
	childLimit = "KEYDESK_TEST_CRASH_LIMIT" // largest file in bytes: a full disk
)

func crashValue(name string) string { return strings.Repeat(name+" ", 40) }

func TestCrashChild(t *testing.T) {
	if os.Getenv(childPath) == "" {
		t.Skip("runs as a child process of the other tests here")
	}
	w := inProcess(t, open(t, embedded.Config{Path: os.Getenv(childPath)}))
	var limit uint64
	if fmt.Sscan(os.Getenv(childLimit), &limit); limit > 0 {
		err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit})
		if err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for writer := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("r%s-w%d-%d", os.Getenv(childRound), writer, i)
				a := w.raw(t, "PUT", "/secrets/"+name+api, `{"value":"`+crashValue(name)+`"}`, nil)
				if a.status != 200 {
					fmt.Printf("full %d %s\n", a.status, a.err(t).Error.Code)
					return
				}
				fmt.Printf("set %s\n", name)
				if i%5 == 0 && w.raw(t, "DELETE", "/secrets/"+name+api, "", nil).status == 200 {
					fmt.Printf("deleted %s\n", name)
				}
			}
		})
	}
	wg.Wait()
}

// child runs until it ends or until it has answered so many writes, and is killed then. It gives the lines
// that were complete.
func child(t *testing.T, path string, round, limit, acks int) (lines []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
	cmd.Env = append(os.Environ(), childPath+"="+path, fmt.Sprintf("%s=%d", childRound, round),
		fmt.Sprintf("%s=%d", childLimit, limit))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			break
		}
		lines = append(lines, strings.TrimSpace(line))
		if len(lines) == acks {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = cmd.Wait() // killed, or failed because its file could not be written any more
	t.Logf("round %d: %d lines, %v", round, len(lines), err)
	return lines
}

// checkAcked opens what the child left and looks for everything it was told.
func checkAcked(t *testing.T, path string, lines []string) (sets int) {
	t.Helper()
	v, err := embedded.Open(embedded.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	w := inProcess(t, v)
	deleted := map[string]bool{}
	for _, line := range lines {
		if name, found := strings.CutPrefix(line, "deleted "); found {
			deleted[name] = true
		}
	}
	for _, line := range lines {
		name, found := strings.CutPrefix(line, "set ")
		if !found {
			continue
		}
		sets++
		a := w.raw(t, "GET", "/secrets/"+name+api, "", nil)
		gone := w.raw(t, "GET", "/deletedsecrets/"+name+api, "", nil)
		switch {
		case deleted[name] && (a.status != 404 || gone.status != 200):
			t.Errorf("%s was deleted: %d, %d", name, a.status, gone.status)
		case deleted[name], a.status == 404 && gone.status == 200: // a delete whose answer was cut off
		case a.status != 200 || !strings.Contains(string(a.body), crashValue(name)):
			t.Errorf("%s is lost: %d", name, a.status)
		}
	}
	return sets
}

// TestKilled: what was answered before a kill -9 is there afterwards, round after round on one file.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.db")
	var lines []string
	for round := range 5 {
		lines = append(lines, child(t, path, round, 0, 100+60*round)...)
		if sets := checkAcked(t, path, lines); sets < 80*(round+1) {
			t.Fatalf("only %d writes were answered", sets)
		}
	}
}

// TestFullDisk: a file that cannot grow is a refusal; what was answered stays.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.db")
	v, err := embedded.Open(embedded.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	lines := child(t, path, 0, 1<<20, 1<<30)
	if checkAcked(t, path, lines) == 0 || !slices.Contains(lines, "full 503 ServiceUnavailable") {
		t.Error("the limit was not met, or was met too early")
	}
}

// TestKilledAtTheFirstStart: what a kill leaves of a first start is cleared away by the next, a copy of the
// sealing key before all; another vault's first start in the same folder is left alone.
func TestKilledAtTheFirstStart(t *testing.T) {
	left := map[string]bool{}
	kinds := []string{".new-vault.db-", ".new-vault.db.key-"}
	for round := range 200 {
		path := filepath.Join(t.TempDir(), "vault.db")
		killAtTemporary(t, path, kinds[round%2])
		for _, name := range temporaries(t, path) {
			left[strings.TrimRight(name, "0123456789")] = true
		}
		theirs := filepath.Join(filepath.Dir(path), ".new-other.db-1")
		if err := os.WriteFile(theirs, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := embedded.Open(embedded.Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		if names := temporaries(t, path); len(names) != 1 || names[0] != filepath.Base(theirs) {
			t.Fatalf("still there: %q", names)
		}
		if left[kinds[0]] && left[kinds[1]] {
			return
		}
	}
	t.Errorf("in all rounds the kills left only %v", left)
}

// killAtTemporary kills a first start as soon as it has a temporary file of the given kind, or is past that.
func killAtTemporary(t *testing.T, path, kind string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
	cmd.Env = append(os.Environ(), childPath+"="+path, childRound+"=0")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen := func(name string) bool { return strings.HasPrefix(name, kind) }
	for !slices.ContainsFunc(temporaries(t, path), seen) {
		if _, err := os.Lstat(path + ".key"); err == nil {
			break
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
}

func temporaries(t *testing.T, path string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".new-") {
			names = append(names, e.Name())
		}
	}
	return names
}
