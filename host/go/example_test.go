package cretula_test

import (
	"context"
	"fmt"
	"os"
	"time"

	cretula "cretula.example/go"
)

func ExampleVerifier_Verify() {
	ctx := context.Background()
	const folder = "../wasmtime/data/"
	root, err := os.ReadFile(folder + "trusted_root.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	// Bounds of every call; without a Runtime of your own they are the defaults: 64 MiB and 1 s.
	runtime, err := cretula.NewRuntime(ctx, cretula.RuntimeOptions{Deadline: time.Minute})
	if err != nil {
		fmt.Println(err)
		return
	}
	verifier, err := cretula.NewVerifier(ctx, cretula.VerifierOptions{
		Runtime: runtime,
		Roots:   [][]byte{root},
		Policy: []byte(`{"schema":"cretula/policy/v1","signers":{"certificate":{
			"issuer":"https://token.actions.githubusercontent.com",
			"san":"https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main"}}}`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	file, err := os.Open(folder + "signed-package-2.1.0-hb0f4dca_0.conda")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	artifact, err := cretula.ReadArtifact(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	bundle, err := os.ReadFile(file.Name() + ".sigstore.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := verifier.Verify(ctx, bundle, artifact)
	fmt.Println(report.Verified(), err)
	report, err = verifier.Verify(ctx, bundle, cretula.Artifact{Bytes: []byte("another artifact")})
	fmt.Println(report.Verified(), report.Code(), err)
	// Output:
	// true <nil>
	// false artifact/mismatch <nil>
}
