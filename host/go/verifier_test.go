package cretula

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const demoFolder = "../wasmtime/data"

const demoPolicy = `{"schema":"cretula/policy/v1","signers":{"certificate":{
	"issuer":"https://token.actions.githubusercontent.com",
	"san":"https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main"}}}`

func readDemo(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(demoFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func demoVerifier(t testing.TB, options VerifierOptions) *Verifier {
	t.Helper()
	if options.Policy == nil {
		options.Policy = []byte(demoPolicy)
	}
	if options.Runtime == nil {
		options.Runtime = patientRuntime(t)
	}
	options.Roots = [][]byte{readDemo(t, "trusted_root.json")}
	verifier, err := NewVerifier(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

func demoBundle(t testing.TB) []byte {
	return readDemo(t, "signed-package-2.1.0-hb0f4dca_0.conda.sigstore.json")
}

func demoArtifact(t testing.TB) Artifact {
	t.Helper()
	file, err := os.Open(filepath.Join(demoFolder, "signed-package-2.1.0-hb0f4dca_0.conda"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	artifact, err := ReadArtifact(file)
	if err != nil {
		t.Fatal(err)
	}
	return artifact
}

func TestVerifyARealBundle(t *testing.T) {
	verifier := demoVerifier(t, VerifierOptions{})
	report, err := verifier.Verify(context.Background(), demoBundle(t), demoArtifact(t))
	if err != nil || !report.Verified() || report.Code() != "" {
		t.Fatalf("%v %s", err, report.JSON())
	}
}
func BenchmarkVerify(b *testing.B) {
	verifier := demoVerifier(b, VerifierOptions{})
	bundle, artifact := demoBundle(b), demoArtifact(b)
	for b.Loop() {
		if report, err := verifier.Verify(context.Background(), bundle, artifact); err != nil || !report.Verified() {
			b.Fatal(err)
		}
	}
}

func TestNotVerifiedIsAValue(t *testing.T) {
	ctx := context.Background()
	verifier := demoVerifier(t, VerifierOptions{})
	other := Artifact{Digests: map[string]string{"sha256": strings.Repeat("0", 64)}}
	for name, row := range map[string]struct {
		bundle   []byte
		artifact Artifact
		stage    string
	}{
		"another artifact":  {demoBundle(t), other, "artifact"},
		"an empty artifact": {demoBundle(t), Artifact{Bytes: []byte{}}, "artifact"},
		"no artifact":       {demoBundle(t), NoArtifact(), "artifact"},
		"garbage":           {[]byte("garbage"), demoArtifact(t), "bundle-shape"},
		"nothing":           {nil, demoArtifact(t), "bundle-shape"},
	} {
		report, err := verifier.Verify(ctx, row.bundle, row.artifact)
		if err != nil || report.Verified() || report.Verdict() != Refused || report.Stage() != row.stage {
			t.Errorf("%s: %v %s", name, err, report.JSON())
		}
		if !strings.HasPrefix(report.Code(), row.stage+"/") || report.CheckID() == "" {
			t.Errorf("%s: %s %s", name, report.Code(), report.CheckID())
		}
	}
	if (Report{}).Verified() || (Report{}).Code() != "" {
		t.Error("the zero value is a success")
	}
	bytes, err := os.ReadFile(filepath.Join(demoFolder, "signed-package-2.1.0-hb0f4dca_0.conda"))
	if err != nil {
		t.Fatal(err)
	}
	for _, artifact := range []Artifact{{Bytes: bytes}, SHA256(sha256.Sum256(bytes))} {
		report, err := verifier.Verify(ctx, demoBundle(t), artifact)
		if err != nil || !report.Verified() {
			t.Errorf("%v %s", err, report.JSON())
		}
	}
}

func TestAWrongCallIsAnError(t *testing.T) {
	ctx := context.Background()
	root := readDemo(t, "trusted_root.json")
	for name, row := range map[string]struct {
		options VerifierOptions
		code    string
	}{
		"no trust":       {VerifierOptions{Policy: []byte(demoPolicy)}, CodeOptions},
		"no policy":      {VerifierOptions{Roots: [][]byte{root}}, "policy/malformed"},
		"unbound":        {VerifierOptions{Roots: [][]byte{root}, Policy: []byte(`{"schema":"cretula/policy/v1"}`)}, "policy/unbound"},
		"unknown member": {VerifierOptions{Roots: [][]byte{root}, Policy: []byte(`{"schema":"cretula/policy/v1","x":1}`)}, "policy/unknown-member"},
	} {
		row.options.Runtime = patientRuntime(t)
		verifier, err := NewVerifier(ctx, row.options)
		if Code(err) != row.code || verifier != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	verifier := demoVerifier(t, VerifierOptions{})
	report, err := verifier.VerifyCall(ctx, Call{Bundle: demoBundle(t), Container: "zip"})
	var failed *Failure
	if !errors.As(err, &failed) || !strings.HasPrefix(failed.Code(), "input/") || report.Verified() {
		t.Error(err)
	}
	if failed.Path() == "" || !strings.HasPrefix(string(failed.JSON()), `{"error":`) {
		t.Errorf("%q %s", failed.Path(), failed.JSON())
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if report, err := verifier.Verify(cancelled, demoBundle(t), NoArtifact()); report.Verified() || Code(err) != CodeSandbox {
		t.Error(err)
	}
}

func TestOptionsOfACall(t *testing.T) {
	ctx := context.Background()
	verifier := demoVerifier(t, VerifierOptions{Short: true})
	call := Call{
		Bundle: demoBundle(t), Artifacts: []Artifact{demoArtifact(t)},
		Now: time.Unix(1767225600, 0), Limits: map[string]uint64{"bundle-bytes": 2 << 20},
	}
	report, err := verifier.VerifyCall(ctx, call)
	if err != nil || !report.Verified() || len(report.JSON()) > 2<<10 {
		t.Fatalf("%v %d bytes: %s", err, len(report.JSON()), report.JSON())
	}
	call.Limits = map[string]uint64{"bundle-bytes": 100}
	report, err = verifier.VerifyCall(ctx, call)
	if err != nil || report.Verified() || report.Code() != "limits/bundle-bytes" {
		t.Fatalf("%v %s", err, report.JSON())
	}
	if text, err := report.MarshalJSON(); err != nil || string(text) != string(report.JSON()) {
		t.Error(err)
	}
	shown, err := Inspect(ctx, patientRuntime(t), demoBundle(t))
	if err != nil || !strings.Contains(string(shown), `"predicateType"`) {
		t.Errorf("%v %s", err, shown)
	}
	if _, err := Inspect(ctx, patientRuntime(t), []byte("{")); Code(err) == "" {
		t.Error("what is no bundle was shown")
	}
}

func TestTheEmbeddedModuleIsTheCoreOfTheComponent(t *testing.T) {
	core, err := embeddedModule()
	if err != nil {
		t.Fatal(err)
	}
	component, err := os.ReadFile("../../target/cretula/cretula.wasm")
	if err != nil {
		t.Fatalf("run `cargo xtask build`: %v", err)
	}
	digest, err := ModuleSHA256()
	if err != nil || digest != hexSHA256(component) {
		t.Errorf("%v: the digest is not that of the component", err)
	}
	// A component holds its core module as one section (id 1, length in LEB128), byte for byte.
	inside := append([]byte{1}, leb(len(core))...)
	if !bytes.Contains(component, append(inside, core...)) {
		t.Error("the embedded module is not the core of the component")
	}
	built, err := os.ReadFile("../../target/cretula/cretula.core.wasm")
	if err != nil || hexSHA256(built) != hexSHA256(core) {
		t.Errorf("%v: the embedded module is not the one that was built", err)
	}
}

// Good and bad calls in any order, on instances that are kept, by several goroutines at once: each reply is
// that of an instance that served nothing before.
func TestRepliesDoNotDependOnOtherCalls(t *testing.T) {
	ctx := context.Background()
	verifier := demoVerifier(t, VerifierOptions{})
	bundle := demoBundle(t)
	calls := []Call{
		{Bundle: bundle, Artifacts: []Artifact{demoArtifact(t)}},
		{Bundle: bundle},
		{Bundle: bundle, Artifacts: []Artifact{{Bytes: []byte("other")}}},
		{Bundle: []byte("{")},
		{Bundle: []byte("{}"), Artifacts: []Artifact{demoArtifact(t)}},
		{Bundle: bytes.Repeat([]byte(" "), 900<<10)},
		{Bundle: bundle, Limits: map[string]uint64{"bundle-bytes": 100}},
		{Bundle: bundle, Container: "zip"},
	}
	outcome := func(verifier *Verifier, call Call) string {
		report, err := verifier.VerifyCall(ctx, call)
		return fmt.Sprintf("%v %s", err, report.JSON())
	}
	var fresh []string
	for _, call := range calls {
		fresh = append(fresh, outcome(demoVerifier(t, VerifierOptions{}), call))
	}
	verified := `"verdict":"verified"`
	if !strings.Contains(fresh[0], verified) || strings.Contains(strings.Join(fresh[1:], ""), verified) {
		t.Fatal(fresh)
	}
	var group sync.WaitGroup
	for seed := range uint64(4) {
		group.Go(func() {
			order := rand.New(rand.NewPCG(5, seed))
			for range 3 {
				for _, n := range order.Perm(len(calls)) {
					if found := outcome(verifier, calls[n]); found != fresh[n] {
						t.Errorf("call %d: %s, fresh %s", n, found, fresh[n])
					}
				}
			}
		})
	}
	group.Wait()
	if len(verifier.idle) == 0 || len(verifier.idle) > warmInstances {
		t.Errorf("%d instances are kept", len(verifier.idle))
	}
	for _, instance := range verifier.idle {
		if instance.memoryBytes() > warmMemoryBytes {
			t.Errorf("an instance of %d bytes is kept", instance.memoryBytes())
		}
	}
	verifier.Close(ctx)
	if found := outcome(verifier, calls[0]); found != fresh[0] {
		t.Error(found)
	}
}
