package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cretula.example/go/opa/internal/demo"
)

// The test program is the command where this variable is set.
const asCommand = "OPA_CRETULA_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(run())
	}
	os.Exit(m.Run())
}

// opaCretula runs the command in the folder of this module and returns what it printed.
func opaCretula(t testing.TB, arguments ...string) (string, error) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return runProgram(program, arguments...)
}

func runProgram(program string, arguments ...string) (string, error) {
	command := exec.Command(program, arguments...)
	command.Dir = demo.Path("host/go/opa")
	command.Env = append(os.Environ(), asCommand+"=1")
	var errors bytes.Buffer
	command.Stderr = &errors
	output, err := command.Output()
	return string(output) + errors.String(), err
}

func writeJSON(t testing.TB, path string, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// suiteData are the data of the suites.
func suiteData(t testing.TB) map[string]any {
	return map[string]any{
		"demo":          map[string]any{"bundle": demo.Decoded(t, demo.Bundle(t)), "artifact": demo.Artifact(t)},
		"cretula_trust": demo.Trust(t),
		"managed":       managed(t),
	}
}

// managed is a bundle that a key of this run signed.
func managed(t testing.TB) map[string]any {
	t.Helper()
	key := newKey(t)
	digest := sha256.Sum256([]byte("an artifact"))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{
		"bundle": map[string]any{
			"mediaType":            "application/vnd.dev.sigstore.bundle.v0.3+json",
			"verificationMaterial": map[string]any{"publicKey": map[string]any{"hint": "release"}},
			"messageSignature": map[string]any{
				"signature":     base64.StdEncoding.EncodeToString(signature),
				"messageDigest": map[string]any{"algorithm": "SHA2_256", "digest": base64.StdEncoding.EncodeToString(digest[:])},
			},
		},
		"artifact": "sha256:" + hex.EncodeToString(digest[:]),
		"key":      publicPEM(t, key),
		"other":    publicPEM(t, newKey(t)),
	}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func publicPEM(t testing.TB, key *ecdsa.PrivateKey) string {
	t.Helper()
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
}

// The suites of the library and of the examples, by `opa-cretula test` itself.
func TestSuites(t *testing.T) {
	data := writeJSON(t, filepath.Join(t.TempDir(), "data.json"), suiteData(t))
	output, err := opaCretula(t, "test", "--format=json", "--timeout=2m", "--cretula-deadline=1m", "rego", data)
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	var results []struct {
		Package, Name string
		Fail          bool
		Error         any
	}
	if err := json.Unmarshal([]byte(output), &results); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, result := range results {
		t.Run(result.Package+"."+result.Name, func(t *testing.T) {
			if result.Fail || result.Error != nil {
				t.Error(result.Error)
			}
		})
	}
	if len(results) < 24 {
		t.Errorf("%d tests", len(results))
	}
}

func TestRegoIsFormattedAndChecked(t *testing.T) {
	if output, err := opaCretula(t, "check", "--strict", "rego"); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	if output, err := opaCretula(t, "fmt", "--list", "--fail", "rego"); err != nil {
		t.Errorf("not formatted: %v\n%s", err, output)
	}
}

func TestTheCommandHoldsTheCoreModule(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	core := demo.Read(t, "target/cretula/cretula.core.wasm")
	if !bytes.Contains(content, core) {
		t.Errorf("the command does not hold the core module with SHA-256 %x", sha256.Sum256(core))
	}
	// A component holds its core module unchanged.
	if component := demo.Read(t, "target/cretula/cretula.wasm"); !bytes.Contains(component, core) {
		t.Error("the core that was built is not that of the component")
	}
}

func TestOtherCommandsAreThoseOfOPA(t *testing.T) {
	output, err := opaCretula(t, "version")
	if err != nil || !strings.Contains(output, "1.22.2") {
		t.Errorf("%v %s", err, output)
	}
	output, err = opaCretula(t, "capabilities", "--current")
	if err != nil || !strings.Contains(output, `"cretula.verify"`) || !strings.Contains(output, `"crypto.sha256"`) {
		t.Errorf("%v: the capabilities lack a builtin", err)
	}
	if output, err := opaCretula(t, "eval", "1 +"); err == nil {
		t.Errorf("a query that cannot be read succeeded: %s", output)
	}
}
