package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// versionCommand is `bot version`.
type versionCommand struct{}

// Run prints one line: keydesk, version, Go and platform.
func (versionCommand) Run(p *process) error {
	_, err := fmt.Fprintf(p.stdout, "keydesk %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version is the module's version: a tag, or the time and commit of the build; "devel" under go run.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}
