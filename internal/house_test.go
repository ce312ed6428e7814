// Package internal_test holds the house's own rules: which package may import which, what a deployed function may link, and
// that mains only wire.
package internal_test

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "one-click-protest/"

// floors are the packages by height: a package imports only from lower floors. What is no floor of its own belongs to the
// package above it in the folder tree.
var floors = [][]string{
	{"infra", "internal/address", "internal/lang", "internal/seal", "internal/ledger"},
	{"internal/mailer"}, // needs addresses
	{"internal/campaign"},
	{"internal/letter"},
	{"internal/action", "internal/outbox", "internal/fax"},
	{"internal/web", "internal/lambdahttp"},
	{"internal/stack", "internal/desk"},
	{"internal/stack/web", "internal/stack/deliver", "internal/stack/feedback"}, // one function each, so that none links another's needs
	{"functions"},
}

// adapters import their own port's package, and what that one may.
var adapters = map[string]string{
	"internal/ledger/dynamo": "internal/ledger", "internal/ledger/sqlite": "internal/ledger",
	"internal/mailer/ses": "internal/mailer", "internal/mailer/localmail": "internal/mailer",
}

func golist(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// floor answers the highest that the package, or one above it in the folder tree, is named on; -1 for none.
func floor(pkg string) int {
	for i, rooms := range slices.Backward(floors) {
		if slices.ContainsFunc(rooms, func(room string) bool { return pkg == room || strings.HasPrefix(pkg, room+"/") }) {
			return i
		}
	}
	return -1
}

func forTests(pkg string) bool { return strings.HasSuffix(pkg, "test") }

func TestImportsRunDownwards(t *testing.T) {
	for _, line := range golist(t, "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...") {
		all := strings.Fields(line)
		pkg := strings.TrimPrefix(all[0], module)
		if pkg == "internal" || forTests(pkg) {
			continue
		}
		if floor(pkg) < 0 {
			t.Errorf("%s stands on no floor: name it in floors", pkg)
		}
		for _, imported := range all[1:] {
			own, isOwn := strings.CutPrefix(imported, module)
			if isOwn && !allowed(pkg, own) {
				t.Errorf("%s imports %s", pkg, own)
			}
		}
	}
}

func allowed(pkg, own string) bool {
	if forTests(own) {
		return false
	}
	if port, ok := adapters[pkg]; ok {
		return own == port || floor(own) < floor(port)
	}
	return floor(own) < floor(pkg)
}

// What a deployed function links is paid for at every cold start.
func TestDeployedFunctionsAreLean(t *testing.T) {
	banned := []string{
		"modernc.org/", "github.com/nyaruka/phonenumbers", "github.com/alecthomas/kong", "github.com/wneessen/go-mail",
		"golang.org/x/text/language/display", "github.com/aws/aws-sdk-go-v2/config",
		"net/rpc", "testing", "net/http/httptest", module + "internal/desk", module + "internal/ledger/sqlite", module + "internal/mailer/localmail",
	}
	// Letters are set on paper where they leave.
	paper := []string{module + "internal/fax", "codeberg.org/go-pdf/fpdf"}
	// Nobody looks at a page of these.
	pages := []string{module + "internal/web", module + "internal/action", module + "internal/lambdahttp", module + "internal/stack/web", "maragu.dev/gomponents", "html/template"}
	more := map[string][]string{
		"deliver":  append(pages, module+"internal/stack/feedback", "github.com/aws/aws-sdk-go-v2/service/sns"),
		"feedback": slices.Concat(pages, paper, []string{module + "internal/stack/deliver", module + "infra"}),
		"web":      append(paper, module+"internal/stack/deliver", module+"internal/stack/feedback", "github.com/aws/aws-sdk-go-v2/service/sns"),
	}
	for _, name := range deployed(t) {
		for _, dep := range golist(t, "-deps", "-tags", "lambda.norpc", module+"functions/"+name) {
			for _, prefix := range slices.Concat(banned, more[name]) {
				if dep == prefix || strings.HasPrefix(dep, strings.TrimSuffix(prefix, "/")+"/") {
					t.Errorf("function %s links %s", name, dep)
				}
			}
		}
	}
}

func deployed(t *testing.T) []string {
	t.Helper()
	folders, err := os.ReadDir("../functions")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range folders {
		if f.Name() != "local" {
			names = append(names, f.Name())
		}
	}
	return names
}

// gomponents imports html/template for one escaping function. As long as no template is executed the linker leaves the engine
// out, which is worth a megabyte; a single call would bring it back.
func TestNoTemplateEngineIsLinked(t *testing.T) {
	for _, name := range deployed(t) {
		binary := filepath.Join(t.TempDir(), "bootstrap")
		if out, err := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", binary, module+"functions/"+name).CombinedOutput(); err != nil {
			t.Fatalf("build: %v: %s", err, out)
		}
		symbols, err := exec.Command("go", "tool", "nm", binary).Output()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(symbols), "main.main") {
			t.Fatal("no symbols to look through")
		}
		if strings.Contains(string(symbols), "text/template.(*state)") {
			t.Errorf("function %s links text/template's engine", name)
		}
	}
}

// Mains only wire, in forty lines or fewer, and only they, stack and desk read the environment or end the process.
func TestMainsOnlyWire(t *testing.T) {
	mains, err := filepath.Glob("../functions/*/main.go")
	if err != nil || len(mains) == 0 {
		t.Fatalf("mains: %v", err)
	}
	for _, name := range mains {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(src), "\n"); n > 40 {
			t.Errorf("%s has %d lines", name, n)
		}
	}
}

func TestOnlyTheTopTouchesTheProcess(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		if dir := strings.Split(path, string(filepath.Separator))[0]; dir == "stack" || dir == "desk" || forTests(filepath.Dir(path)) {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, call := range []string{"os.Getenv(", "os.LookupEnv(", "os.Exit(", "log.Fatal"} {
			if strings.Contains(string(src), call) {
				t.Errorf("%s calls %s", path, strings.TrimSuffix(call, "("))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every package says what it is for.
func TestPackagesAreDocumented(t *testing.T) {
	for _, line := range golist(t, "-f", `{{.ImportPath}}|{{.Dir}}|{{join .GoFiles " "}}`, module+"...") {
		parts := strings.Split(line, "|")
		if parts[2] == "" {
			continue
		}
		documented := slices.ContainsFunc(strings.Fields(parts[2]), func(file string) bool {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(parts[1], file), nil, parser.ParseComments|parser.PackageClauseOnly)
			return err == nil && f.Doc != nil
		})
		if !documented {
			t.Errorf("%s has no package comment", parts[0])
		}
	}
}
