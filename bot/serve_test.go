package main

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sync/errgroup"
)

// server is a bot that runs.
type server struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process and its output have ended
	err   error         // how it ended
}

func serve(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	if neg || w.server != nil {
		ts.Fatalf("serve: one bot at a time, and it must come up")
	}
	path, err := exec.LookPath("bot")
	ts.Check(err)
	cmd := exec.Command(path)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "KEYDESK_LISTEN", "KEYDESK_METRICS_LISTEN", "KEYDESK_DATA"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	cmd.Env = append(cmd.Env, args...)
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	errs, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	s := &server{cmd: cmd, ended: make(chan struct{})}
	w.server = s
	address := make(chan string, 2)
	go func() {
		defer close(s.ended)
		var g errgroup.Group
		g.Go(func() error { return keepOutput(out, ts.MkAbs("serve.out"), address) })
		g.Go(func() error { return keepOutput(errs, ts.MkAbs("serve.err"), address) })
		s.err = errors.Join(g.Wait(), cmd.Wait())
	}()
	select {
	case a := <-address:
		u, err := url.Parse(a)
		ts.Check(err)
		ts.Setenv("URL", u.Scheme+"://"+u.Host)
		ts.Setenv("PORT", u.Port())
	case <-s.ended:
		ts.Fatalf("bot ended: %v\n%s", s.err, ts.ReadFile("serve.err"))
	}
}

// keepOutput copies what a bot says into a file, and once its greeting is whole, the address it tells into the channel.
func keepOutput(out io.Reader, path string, address chan<- string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	open := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, err := f.WriteString(lines.Text() + "\n"); err != nil {
			return err
		}
		switch word, rest, _ := strings.Cut(strings.TrimSpace(lines.Text()), " "); {
		case word == "Open":
			open = strings.TrimSpace(rest)
		case word == "Stop" && open != "":
			address <- open
			open = ""
		}
	}
	return nil
}

var signals = map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}

func end(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	if neg || len(args) != 1 || signals[args[0]] == 0 || w.server == nil {
		ts.Fatalf("usage: end INT|TERM|KILL, while a bot runs")
	}
	ts.Check(w.server.cmd.Process.Signal(signals[args[0]]))
	<-w.server.ended
	if args[0] != "KILL" {
		ts.Check(w.server.err)
	}
	w.server = nil
}

func fetch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: fetch PATH [HEADER=value ...]")
	}
	req, err := http.NewRequest(http.MethodGet, ts.Getenv("URL")+args[0], nil)
	ts.Check(err)
	for _, h := range args[1:] {
		name, value, _ := strings.Cut(h, "=")
		req.Header.Set(name, value)
		if name == "Host" {
			req.Host = value
		}
	}
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	printAnswer(ts, res)
}

func printAnswer(ts *testscript.TestScript, res *http.Response) {
	defer res.Body.Close()
	_, err := io.WriteString(ts.Stdout(), res.Status+"\n")
	ts.Check(err)
	_, err = io.Copy(ts.Stdout(), res.Body)
	ts.Check(err)
}
