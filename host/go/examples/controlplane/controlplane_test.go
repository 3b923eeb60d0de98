package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json/jsontext"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cretula "cretula.example/go"
)

const (
	baoProgram = "CRETULA_TEST_BAO"
	subject    = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
	rootToken  = "root-of-this-test"
	jobToken   = "secret-of-the-job"
)

// startOpenBao starts a server of this test alone, with a transit key.
func startOpenBao(t *testing.T) string {
	t.Helper()
	program := os.Getenv(baoProgram)
	if program == "" {
		t.Skipf("SKIPPED: %s names no OpenBao: run `cargo xtask test --hosts`", baoProgram)
	}
	for range 5 {
		listen := freePorts(t)
		address := "http://" + listen
		command := exec.Command(program, "server", "-dev", "-dev-no-store-token", "-log-level=error",
			"-dev-root-token-id="+rootToken, "-dev-listen-address="+listen)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { _ = command.Wait(); close(ended) }()
		t.Cleanup(func() { _ = command.Process.Kill(); <-ended })
		if answers(address, ended) {
			administer(t, address, "sys/mounts/ci", `{"type":"transit"}`)
			administer(t, address, "ci/keys/slsa", `{"type":"ecdsa-p256"}`)
			return address
		}
	}
	t.Fatal("OpenBao does not start")
	return ""
}

// answers waits for a server; another program may have taken its port, and then it has ended.
func answers(address string, ended <-chan struct{}) bool {
	for {
		reply, err := http.Get(address + "/v1/sys/health")
		if err == nil {
			_ = reply.Body.Close()
			if reply.StatusCode == http.StatusOK {
				return true
			}
		}
		select {
		case <-ended:
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// freePorts finds two in a row: the server takes the second for its cluster.
func freePorts(t *testing.T) string {
	t.Helper()
	for {
		first, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := first.Addr().(*net.TCPAddr).Port
		second, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+1))
		_ = first.Close()
		if err == nil {
			_ = second.Close()
			return first.Addr().String()
		}
	}
}

func administer(t *testing.T, address, path, body string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, address+"/v1/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Vault-Token", rootToken)
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	if reply.StatusCode >= 300 {
		t.Fatalf("%s: %d", path, reply.StatusCode)
	}
}

func startService(t *testing.T, address string) (server *httptest.Server, key *transitKey, audit string) {
	t.Helper()
	ctx := context.Background()
	key, err := openTransit(ctx, address, rootToken, "ci", "slsa")
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(jobToken))
	record := `{"repository":"https://git.example/app","commit":"` + strings.Repeat("a", 40) + `",
		"invocationId":"https://ci.example/jobs/7"}`
	jobs := store{"7": {TokenSHA256: hex.EncodeToString(digest[:]), Record: jsontext.Value(record)}}
	audit = filepath.Join(t.TempDir(), "audit.jsonl")
	log, err := cretula.OpenFileAudit(audit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	runtime, err := patient()
	if err != nil {
		t.Fatal(err)
	}
	handler, err := newService(ctx, runtime, jobs, key, log, "")
	if err != nil {
		t.Fatal(err)
	}
	server = httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server, key, audit
}

// patient is a runtime with a deadline that a busy machine does not miss.
var patient = sync.OnceValues(func() (*cretula.Runtime, error) {
	return cretula.NewRuntime(context.Background(), cretula.RuntimeOptions{Deadline: time.Minute})
})

func post(t *testing.T, server *httptest.Server, job, token, body string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, server.URL+"/v1/jobs/"+job+"/attestations", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	reply, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, text
}

const body = `{"subjects":[{"name":"app.tgz","digest":{"sha256":"` + subject + `"}}]}`

func TestAJobGetsABundleThatVerifies(t *testing.T) {
	ctx := context.Background()
	address := startOpenBao(t)
	server, key, audit := startService(t, address)
	status, bundle := post(t, server, "7", jobToken, body)
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, bundle)
	}
	description, err := key.Describe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	runtime, err := patient()
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := cretula.NewVerifier(ctx, cretula.VerifierOptions{
		Runtime: runtime,
		Keys:    []cretula.ManagedKey{{ID: key.fingerprint, Key: description.PublicKey}},
		Policy: []byte(`{"schema":"cretula/policy/v1","preset":"managed-key","signers":{"key":{"ids":["` + key.fingerprint + `"]}},
			"evidence":{"log":{"threshold":0}},"statement":{"predicateTypes":["` + cretula.ProvenanceType + `"]}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	report, err := verifier.Verify(ctx, bundle, cretula.Artifact{Digests: map[string]string{"sha256": subject}})
	if err != nil || !report.Verified() {
		t.Fatalf("%v %s", err, report.JSON())
	}
	lines, err := os.ReadFile(audit)
	if err != nil || bytes.Count(lines, []byte("\n")) != 1 || !bytes.Contains(lines, []byte(`"verdict":"allowed"`)) {
		t.Errorf("%v %s", err, lines)
	}
	if bytes.Contains(lines, []byte(rootToken)) || bytes.Contains(lines, []byte(jobToken)) {
		t.Error("a secret is in the audit log")
	}
	// The key is rotated: the next bundle has the new version, or none.
	administer(t, address, "ci/keys/slsa/rotate", "")
	status, reply := post(t, server, "7", jobToken, body)
	if status != http.StatusOK {
		t.Fatalf("after a rotation: %d %s", status, reply)
	}
	report, err = verifier.Verify(ctx, reply, cretula.Artifact{Digests: map[string]string{"sha256": subject}})
	if err != nil || report.Verified() {
		t.Errorf("another key verifies under the old one: %v", err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	server, _, audit := startService(t, startOpenBao(t))
	for name, row := range map[string]struct {
		job, token, body string
		status           int
		code             string
	}{
		"another token":    {"7", "guess", body, 401, "auth/invalid"},
		"another job":      {"8", jobToken, body, 401, "auth/invalid"},
		"a builder":        {"7", jobToken, `{"subjects":[],"builder":{}}`, 422, "tenant/forbidden-field"},
		"no subject":       {"7", jobToken, `{"subjects":[]}`, 422, "subject/none"},
		"no document":      {"7", jobToken, `{`, 422, "input/syntax"},
		"a long document":  {"7", jobToken, strings.Repeat(" ", maxBodyBytes+1), 413, "input/too-large"},
		"a weak digest":    {"7", jobToken, `{"subjects":[{"digest":{"md5":"00"}}]}`, 422, "subject/weak-digest"},
		"a claim as facts": {"7", jobToken, strings.Replace(body, "{", `{"declared":{"externalParameters":{}},`, 1), 422, "tenant/forbidden-field"},
	} {
		status, reply := post(t, server, row.job, row.token, row.body)
		if status != row.status || string(reply) != `{"code":"`+row.code+`"}` {
			t.Errorf("%s: %d %s", name, status, reply)
		}
	}
	if lines, err := os.ReadFile(audit); err != nil || len(lines) != 0 {
		t.Errorf("something was signed: %v %s", err, lines)
	}
}

func TestKeysThatOpenBaoDenies(t *testing.T) {
	ctx := context.Background()
	address := startOpenBao(t)
	administer(t, address, "ci/keys/other", `{"type":"aes256-gcm96"}`)
	for name, kind := range map[string]cretula.KeyErrorKind{"none": cretula.KeyDenied, "other": cretula.KeyOther} {
		_, err := openTransit(ctx, address, rootToken, "ci", name)
		if err == nil || !strings.HasPrefix(err.Error(), "key "+string(kind)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := openTransit(ctx, address, "guess", "ci", "slsa"); err == nil || strings.Contains(err.Error(), "guess") {
		t.Error(err)
	}
	if _, err := openTransit(ctx, "", "", "ci", "slsa"); err == nil {
		t.Error("an address was not asked for")
	}
	key, err := openTransit(ctx, address, rootToken, "ci", "slsa")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := key.Sign(nil, nil, nil); err == nil {
		t.Error("the key signs around the guard")
	}
}
