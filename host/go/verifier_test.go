package cretula

import (
	"context"
	"os"
	"path/filepath"
	"testing"
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
