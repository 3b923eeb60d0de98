// Package demo holds the real bundle of the repository and its own cases, for the tests of this module.
package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	cretula "cretula.example/go"
)

const artifact = "host/wasmtime/data/signed-package-2.1.0-hb0f4dca_0.conda"

// SAN is the identity that signed the bundle.
const SAN = "https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main"

// Policy demands that identity.
const Policy = `{"schema":"cretula/policy/v1","signers":{"certificate":{` +
	`"issuer":"https://token.actions.githubusercontent.com","san":"` + SAN + `"}}}`

// Path is a place in the repository.
func Path(elements ...string) string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(append([]string{filepath.Dir(file), "../../../../.."}, elements...)...)
}

// Read reads a file of the repository.
func Read(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(Path(path))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// Root is the public-good trusted root.
func Root(t testing.TB) string { return string(Read(t, "host/wasmtime/data/trusted_root.json")) }

// Bundle is the bundle, as text.
func Bundle(t testing.TB) string { return string(Read(t, artifact+".sigstore.json")) }

// Artifact is the digest of the artifact, "sha256:HEX".
func Artifact(t testing.TB) string {
	digest := sha256.Sum256(Read(t, artifact))
	return "sha256:" + hex.EncodeToString(digest[:])
}

// Request is a request of the builtin that is verified.
func Request(t testing.TB) map[string]any {
	return map[string]any{
		"bundle": Bundle(t), "policy": Policy, "roots": []any{Root(t)}, "artifacts": []any{Artifact(t)},
	}
}

// Trust is the document of data.cretula_trust.
func Trust(t testing.TB) map[string]any {
	return map[string]any{
		"roots":    map[string]any{"public-good": Decoded(t, Root(t))},
		"policies": map[string]any{"demo": Decoded(t, Policy)},
	}
}

// Decoded is the value of a JSON text.
func Decoded(t testing.TB, text string) any {
	t.Helper()
	var value any
	decode(t, []byte(text), &value)
	return value
}

// decode keeps numbers as they are written.
func decode(t testing.TB, text []byte, to any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(to); err != nil {
		t.Fatal(err)
	}
}

// Patient opens a runtime for tests that do not test time; a test program has one.
var Patient = sync.OnceValues(func() (*cretula.Runtime, error) {
	return cretula.NewRuntime(context.Background(), cretula.RuntimeOptions{Deadline: time.Minute})
})

// Case is one of the repository's own cases (tests/vectors/cases/README.md).
type Case struct {
	Name     string `json:"name"`
	Expected struct {
		Outcome string `json:"outcome"`
		Code    string `json:"code"`
	} `json:"expected"`
	Request map[string]any `json:"request"`
}

// Cases are the cases of every check whose bundles and policies are texts, with their requests in the form of
// the builtin.
func Cases(t testing.TB) []Case {
	t.Helper()
	files, err := filepath.Glob(Path("tests/vectors/checks/*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var found []Case
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var document struct{ Cases []Case }
		decode(t, content, &document)
		for _, one := range document.Cases {
			if one.toBuiltin(t) {
				found = append(found, one)
			}
		}
	}
	return found
}

// HasNoTrust says that the request has neither a trusted root nor a key.
func (c Case) HasNoTrust() bool {
	_, hasKeys := c.Request["keys"]
	return len(c.Request["roots"].([]any)) == 0 && !hasKeys
}

// toBuiltin rewrites a request; false if the builtin has no form of it.
func (c *Case) toBuiltin(t testing.TB) bool {
	_, isText := c.Request["bundle"].(string)
	_, isPolicyText := c.Request["policy"].(string)
	trust := c.Request["trust"].(map[string]any)
	options, _ := c.Request["options"].(map[string]any)
	if _, expects := options["expect"]; !isText || !isPolicyText || expects {
		return false
	}
	roots := []any{}
	names, _ := trust["roots"].([]any)
	for _, name := range names {
		roots = append(roots, string(Read(t, "tests/vectors/checks/roots/"+name.(string))))
	}
	delete(c.Request, "schema")
	delete(c.Request, "trust")
	delete(c.Request, "options")
	c.Request["roots"] = roots
	if keys, ok := trust["keys"]; ok {
		c.Request["keys"] = keys
	}
	for name, value := range options {
		c.Request[name] = value
	}
	if _, ok := c.Request["report"]; !ok {
		c.Request["report"] = "full"
	}
	return true
}
