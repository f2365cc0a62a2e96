package app_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// listed is what `go list -json` tells of one package.
type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

const (
	azsecretsPath = "github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
	botFwk        = "github.com/infracloudio/msbotbuilder-go"
	bottestPath   = "keydesk/bot/bottest"
	graph         = "github.com/microsoftgraph/msgraph-sdk-go" // its root package takes minutes to build
	graphCore     = "github.com/microsoftgraph/msgraph-sdk-go-core"
	graphOwner    = "keydesk/bot/directory/graph"
	azidentity    = "github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// only names the one package that may import what begins with each path.
var only = map[string]string{azsecretsPath: "keydesk/vault", botFwk: "keydesk/bot/teams",
	graph: graphOwner, graphCore: graphOwner, azidentity: "keydesk/bot/azure"}

// never says which of our packages a package must not reach, directly or not. "keydesk" is all of ours.
var never = map[string][]string{
	"keydesk/catalog":        {"keydesk"},
	"keydesk/audit":          {"keydesk"},
	"keydesk/vault/embedded": {"keydesk"},
	"keydesk/cards":          {"keydesk/vault", "keydesk/audit", "keydesk/bot"},
	"keydesk/vault":          {"keydesk/bot", "keydesk/cards", "keydesk/vault/embedded"},
	"keydesk/bot/desk": {"keydesk/bot/teams", "keydesk/bot/web", "keydesk/bot/sandbox", "keydesk/bot/app",
		"keydesk/bot/config", "keydesk/vault/embedded"},
	"keydesk/bot/teams": {"keydesk/bot/web", "keydesk/bot/sandbox", "keydesk/bot/app",
		"keydesk/vault/embedded"},
	"keydesk/bot/web": {"keydesk/bot/teams", "keydesk/bot/sandbox", "keydesk/bot/app",
		"keydesk/vault/embedded"},
	"keydesk/bot/azure": {"keydesk/bot/desk", "keydesk/bot/teams", "keydesk/bot/web", "keydesk/bot/app",
		"keydesk/cards",
		"keydesk/vault/embedded"},
	"keydesk/bot/doctor":           {"keydesk"},
	"keydesk/bot/bottest":          {"keydesk"},
	"keydesk/bot/bottest/tenant":   {"keydesk/bot/app", "keydesk/bot/desk", "keydesk/bot/teams", "keydesk/bot/web"},
	"keydesk/bot/bottest/browser":  {"keydesk/bot/app", "keydesk/bot/sandbox", "keydesk/bot/desk", "keydesk/vault"},
	"keydesk/bot/bottest/renderer": {"keydesk/bot/app", "keydesk/bot/sandbox", "keydesk/bot/desk", "keydesk/vault"},
	"keydesk/bot/sandbox":          {"keydesk/bot", "keydesk/vault", "keydesk/audit", "keydesk/cards"},
	"keydesk/bot/directory":        {"keydesk/vault", "keydesk/audit", "keydesk/cards", "keydesk/bot/desk"},
	graphOwner:                     {"keydesk/vault", "keydesk/audit", "keydesk/cards", "keydesk/bot"},
}

// TestImportsRunOneWay holds the rooms apart: each rule of the package docs about who may know whom.
func TestImportsRunOneWay(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports,Deps",
		"keydesk/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := map[string]bool{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.ImportPath == graph {
			t.Errorf("something reaches %s, the root package", graph)
		}
		if !within(p.ImportPath, "keydesk") {
			continue
		}
		seen[p.ImportPath] = true
		checkOnly(t, p)
		checkNever(t, p)
	}
	for pkg := range never {
		if !seen[pkg] {
			t.Errorf("a rule speaks of %s, which does not exist", pkg)
		}
	}
}

func checkOnly(t *testing.T, p listed) {
	t.Helper()
	for _, path := range p.Imports {
		for prefix, owner := range only {
			if within(path, prefix) && p.ImportPath != owner {
				t.Errorf("%s imports %s; only %s may", p.ImportPath, path, owner)
			}
		}
	}
}

func checkNever(t *testing.T, p listed) {
	t.Helper()
	for _, dep := range p.Deps {
		if within(dep, bottestPath) && !within(p.ImportPath, bottestPath) {
			t.Errorf("%s reaches %s, which only tests may", p.ImportPath, dep)
		}
		if slices.ContainsFunc(never[p.ImportPath], func(no string) bool { return within(dep, no) }) {
			t.Errorf("%s reaches %s, which its rule forbids", p.ImportPath, dep)
		}
	}
}

// within says whether a package is path or below it.
func within(pkg, path string) bool { return pkg == path || strings.HasPrefix(pkg, path+"/") }
