// Bot is Keydesk: the API key vault console in a chat.
//
//	bot [serve]                     answer, until Ctrl-C or SIGTERM
//	bot audit verify [FILE]         check the log; without FILE that of the configured vault
//	bot doctor                      look at the set-up and say what to do
//	bot version
//
// Exit status: 0 fine, 1 a fault was found, 2 could not run. Settings come from the environment (package config).
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // due dates are right on machines without a time zone database

	"github.com/alecthomas/kong"
)

// The exit statuses that scripts rely on.
const (
	exitFine  = 0
	exitFault = 1
	exitError = 2
)

// errFault ends a command that ran and found something. What it found is printed already.
var errFault = errors.New("a fault was found")

// helpTexts are those too long for the line of their tag.
var helpTexts = kong.Vars{
	"serve": "Answer people, until Ctrl-C or SIGTERM; bot without a command does this.",
	"log":   "An exported log; without it the configured vault's, while Keydesk is stopped.",
}

// commands is the command line.
type commands struct {
	Serve serveCommand `cmd:"" default:"1" help:"${serve}"`
	Audit struct {
		Verify verifyCommand `cmd:"" help:"Check that nobody touched the log."`
	} `cmd:"" help:"The log of who did what."`
	Doctor  doctorCommand  `cmd:"" help:"Look at how Keydesk is set up, and say what to do about what is wrong."`
	Version versionCommand `cmd:"" help:"Say which version this is."`
}

// process is what a command has of the machine around it.
type process struct {
	environ        []string
	stdout, stderr io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	// A second Ctrl-C ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], &process{os.Environ(), os.Stdout, os.Stderr}))
}

// run runs one command line and gives its exit status.
func run(ctx context.Context, args []string, p *process) int {
	parser, err := kong.New(new(commands), kong.Name("bot"), kong.Writers(p.stdout, p.stderr), helpTexts,
		kong.Description("Keydesk keeps an MSP's vendor API keys and hands them out in a chat. "+
			"Without settings it runs on this machine only; "+
			"the README lists the settings, which are environment variables."),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		panic(err) // the command line is a constant of this file
	}
	line, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(p.stderr, "bot: %v. What there is: bot --help\n", err)
		return exitError
	}
	switch err := line.Run(p); {
	case errors.Is(err, errFault):
		return exitFault
	case err != nil:
		fmt.Fprint(p.stderr, explain(err))
		return exitError
	}
	return exitFine
}
