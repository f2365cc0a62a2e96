//go:build unix

package main_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// install builds the program as it is installed, not the test binary under its name.
func install(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bot")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// house is where a bot runs, again and again: one program, one folder, one port.
type house struct {
	program, data, listen string
	wrap                  []string             // what is put before the program; empty: nothing
	attr                  *syscall.SysProcAttr // nil: as this user
}

// process is one run of the bot.
type process struct {
	cmd     *exec.Cmd
	base    string // http://host:port
	client  *http.Client
	said    *locked // standard output and error
	ended   chan struct{}
	endedBy error
}

func newHouse(t testing.TB, program, people string) *house {
	t.Helper()
	h := &house{program: program, data: filepath.Join(t.TempDir(), "data"), listen: freePort(t)}
	if err := os.MkdirAll(h.data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.data, "people.yaml"), []byte(people), 0o600); err != nil {
		t.Fatal(err)
	}
	return h
}

// freePort is an address nobody listens on, for as long as nobody else takes it.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// command is the bot with these arguments, with the settings of this house and nobody else's.
func (h *house) command(args ...string) *exec.Cmd {
	all := append(append([]string{}, h.wrap...), append([]string{h.program}, args...)...)
	cmd := exec.Command(all[0], all[1:]...)
	cmd.Dir, cmd.SysProcAttr = filepath.Dir(h.program), h.attr
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "KEYDESK_LISTEN=" + h.listen, "KEYDESK_DATA=" + h.data,
		"KEYDESK_METRICS_LISTEN=127.0.0.1:0"}
	return cmd
}

// launch starts the bot and does not wait until it is up.
func (h *house) launch() (*process, <-chan string, error) {
	p := &process{cmd: h.command(), base: "http://" + h.listen, said: new(locked), ended: make(chan struct{})}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	p.cmd.Stderr = p.said
	if err := p.cmd.Start(); err != nil {
		return nil, nil, err
	}
	address := make(chan string, 1)
	go func() {
		defer close(p.ended)
		p.listen(out, address)
		p.endedBy = p.cmd.Wait()
	}()
	return p, address, nil
}

func (p *process) listen(out io.Reader, address chan<- string) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		_, _ = p.said.Write(append(lines.Bytes(), '\n'))
		if a, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "Open "); ok {
			address <- strings.TrimSpace(a)
		}
	}
}

// startWithin is far more than a start takes on a busy machine.
const startWithin = 20 * time.Second

// start starts the bot, and signs in to its page as a browser does. With an error, the process has ended.
func (h *house) start() (*process, error) {
	p, address, err := h.launch()
	if err != nil {
		return nil, err
	}
	select {
	case a := <-address:
		err := p.signIn(a)
		if err != nil { // the bot ends, or is stuck
			select {
			case <-p.ended:
			case <-time.After(startWithin):
			}
			p.kill()
		}
		return p, err
	case <-p.ended:
		return p, fmt.Errorf("the bot ended: %w\n%s", p.endedBy, p.said)
	case <-time.After(startWithin):
		p.kill()
		return p, fmt.Errorf("the bot did not come up\n%s", p.said)
	}
}

// signIn buys the page's cookie with the printed address.
func (p *process) signIn(address string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	p.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Jar: jar, Timeout: 20 * time.Second}
	res, err := p.client.Get(address)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("signing in: %s", res.Status)
	}
	return nil
}

// kill is SIGKILL; it returns when the process is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
	p.close()
}

// stop is SIGTERM, and gives how the bot ended.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	<-p.ended
	p.close()
	return p.endedBy
}

func (p *process) close() {
	if p.client != nil {
		p.client.CloseIdleConnections()
	}
}

// alive says whether the process still runs.
func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// locked is a buffer that two goroutines write.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
