package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/logging"
	logged "github.com/open-policy-agent/opa/v1/logging/test"
	"github.com/open-policy-agent/opa/v1/sdk"

	"cretula.example/go/opa"
	"cretula.example/go/opa/internal/demo"
)

const maxLogEntryBytes = 2 << 10

// policyBundle is a bundle of OPA: the library, the example, the mask, and trust.
func policyBundle(t *testing.T, trust map[string]any) []byte {
	t.Helper()
	made := bundle.Bundle{
		Manifest: bundle.Manifest{Roots: &[]string{""}},
		Data:     map[string]any{"cretula_trust": trust},
	}
	for _, path := range []string{"cretula/cretula.rego", "examples/deploy.rego", "examples/mask.rego"} {
		text := demo.Read(t, "host/go/opa/rego/"+path)
		parsed, err := ast.ParseModule(path, string(text))
		if err != nil {
			t.Fatal(err)
		}
		made.Modules = append(made.Modules, bundle.ModuleFile{URL: path, Path: path, Raw: text, Parsed: parsed})
	}
	var packed bytes.Buffer
	if err := bundle.NewWriter(&packed).UseModulePath(true).Write(made); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// started is an OPA that takes its policies from a server when it is told to, and logs decisions.
func started(t *testing.T, server string) (*sdk.OPA, *logged.Logger) {
	t.Helper()
	log := logged.New()
	config, err := json.Marshal(map[string]any{
		"services": map[string]any{"test": map[string]any{"url": server}},
		"bundles": map[string]any{
			"policy": map[string]any{"service": "test", "resource": "/policy.tar.gz", "trigger": "manual"},
		},
		"decision_logs": map[string]any{"console": true},
	})
	if err != nil {
		t.Fatal(err)
	}
	ready := make(chan struct{})
	running, err := sdk.New(t.Context(), sdk.Options{
		ID: "test", Config: bytes.NewReader(config), ConsoleLogger: log, Logger: logging.NewNoOpLogger(), Ready: ready,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.Stop(context.Background()) })
	return running, log
}

func TestTrustIsReplacedWithoutARestart(t *testing.T) {
	opa.Register(demo.Patient)
	var served atomic.Pointer[[]byte]
	serve := func(trust map[string]any) {
		packed := policyBundle(t, trust)
		served.Store(&packed)
	}
	server := httptest.NewServer(http.HandlerFunc(func(reply http.ResponseWriter, _ *http.Request) {
		_, _ = reply.Write(*served.Load())
	}))
	defer server.Close()
	serve(map[string]any{})
	running, log := started(t, server.URL)
	reload := func() {
		t.Helper()
		trigger := running.Plugin("bundle").(interface{ Trigger(context.Context) error })
		if err := trigger.Trigger(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	input := map[string]any{"bundle": demo.Bundle(t), "artifacts": []any{demo.Artifact(t)}}
	decide := func(path string) any {
		t.Helper()
		decision, err := running.Decision(t.Context(), sdk.DecisionOptions{Path: path, Input: input})
		if err != nil {
			t.Fatal(err)
		}
		return decision.Result
	}
	reload()
	if decide("/deploy/allow") != false {
		t.Error("allowed without a trusted root")
	}
	serve(demo.Trust(t))
	reload()
	if decide("/deploy/allow") != true {
		t.Error("the trusted root of the bundle was not used")
	}
	if report, ok := decide("/deploy/report").(map[string]any); !ok || report["verdict"] != "verified" {
		t.Error("the report is not a decision")
	}
	staging := demo.Decoded(t, string(demo.Read(t, "host/wasmtime/data/trusted_root_staging.json")))
	serve(map[string]any{"roots": map[string]any{"staging": staging}})
	reload()
	if decide("/deploy/allow") != false {
		t.Error("a trusted root that was taken away is still used")
	}
	entriesAreSmall(t, log)
}

// entriesAreSmall measures what a decision log holds of each decision.
func entriesAreSmall(t *testing.T, log *logged.Logger) {
	t.Helper()
	measured, longest := 0, 0
	for _, entry := range log.Entries() {
		if entry.Fields["type"] != "openpolicyagent.org/decision_logs" {
			continue
		}
		text, err := json.Marshal(entry.Fields)
		if err != nil {
			t.Fatal(err)
		}
		measured++
		longest = max(longest, len(text))
		if len(text) > maxLogEntryBytes {
			t.Errorf("an entry of %d bytes: %s", len(text), text[:200])
		}
		if bytes.Contains(text, []byte("verificationMaterial")) {
			t.Error("an entry holds the bundle")
		}
	}
	t.Logf("%d entries of decisions, the longest %d bytes", measured, longest)
	if measured != 4 {
		t.Errorf("%d entries", measured)
	}
}
