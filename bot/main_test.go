package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts run the binary: they see it as the command bot.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"bot": main})
}

// TestScripts runs the binary as people and machines do, in processes of its own. Beside the usual commands,
// scripts have
//
//	serve [NAME=value ...]        starts bot and waits until it tells its address ($URL); it writes serve.out, serve.err
//	end INT|TERM|KILL             sends the signal and waits; anything but status 0 after INT or TERM fails
//	fetch PATH [HEADER=value ...] GETs from $URL; standard output has the status and the body
//	say TEXT                      types a line as the sandbox's admin; standard output has the card that answers
//	press TITLE [INPUT=value ...] presses a button of that card; standard output has what is there then
//	claim                         claims the link on that card; standard output has the status and the answer
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: setUp,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": serve, "end": end, "fetch": fetch, "say": say, "press": press, "claim": claim,
		},
		RequireExplicitExec: true,
	})
}

// setUp gives each script a free port and data of its own, and none of the settings of whoever runs the
// tests. $LOGS is a folder with an exported log, and $KEY the key of its checkpoint.
func setUp(env *testscript.Env) error {
	env.Setenv("KEYDESK_LISTEN", "127.0.0.1:0")
	env.Setenv("KEYDESK_METRICS_LISTEN", "127.0.0.1:0")
	env.Setenv("KEYDESK_DATA", env.WorkDir+"/data")
	logs, err := filepath.Abs("../audit/testdata")
	if err != nil {
		return err
	}
	key, err := os.ReadFile(filepath.Join(logs, "fake.vkey"))
	if err != nil {
		return err
	}
	env.Setenv("LOGS", logs)
	env.Setenv("KEY", strings.TrimSpace(string(key)))
	w := &world{}
	env.Values[worldKey{}] = w
	env.Defer(w.close)
	return nil
}

// world is what a script has going on outside of its files.
type world struct {
	server *server
	chat   *chat
}

type worldKey struct{}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

func (w *world) close() {
	if w.server != nil {
		_ = w.server.cmd.Process.Kill()
		<-w.server.ended
	}
	if w.chat != nil {
		w.chat.connector.Close()
	}
}
