package cretula

import (
	"bufio"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json/jsontext"
	json "encoding/json/v2"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The virtual Sigstore of crates/testkit, built by `cargo xtask test --hosts`, which names its program here.
const sigstoreProgram = "CRETULA_TEST_SIGSTORE"

const subjectSHA256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

// sigstore is one instance in a process of its own.
type sigstore struct {
	t     testing.TB
	mutex sync.Mutex
	in    io.WriteCloser
	out   *bufio.Reader

	TrustConfig jsontext.Value `json:"trustConfig"`
	Issuer      string         `json:"issuer"`
	Claims      jsontext.Value `json:"claims"`
	Now         int64          `json:"now"`
}

func startSigstore(t testing.TB) *sigstore {
	t.Helper()
	program := os.Getenv(sigstoreProgram)
	if program == "" {
		t.Skipf("SKIPPED: %s names no program: run `cargo xtask test --hosts`", sigstoreProgram)
	}
	command := exec.Command(program)
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := command.Wait(); err != nil {
			t.Errorf("the services ended with %v", err)
		}
	})
	served := &sigstore{t: t, in: in, out: bufio.NewReaderSize(out, 1<<20)}
	if err := json.Unmarshal(served.line(), served); err != nil {
		t.Fatal(err)
	}
	return served
}

func (s *sigstore) line() []byte {
	line, err := s.out.ReadBytes('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	return line
}

// ask sends a command and reads its answer.
func (s *sigstore) ask(into any, format string, arguments ...any) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	command := fmt.Sprintf(format, arguments...)
	if _, err := io.WriteString(s.in, command+"\n"); err != nil {
		s.t.Fatal(err)
	}
	line := s.line()
	if strings.HasPrefix(string(line), `{"error"`) {
		s.t.Fatalf("the services do not know %q", command)
	}
	if err := json.Unmarshal(line, into); err != nil {
		s.t.Fatalf("%q: %v", command, err)
	}
}

func (s *sigstore) lie(place, lie string, replies int) {
	var done bool
	s.ask(&done, "lie %s %s %d", place, lie, replies)
}

func (s *sigstore) honest(place string) {
	var done bool
	s.ask(&done, "honest %s", place)
}

// lieIfThere tells a service that an instance may lack.
func (s *sigstore) lieIfThere(place, lie string) {
	if s.has(place) {
		s.lie(place, lie, 1000)
	}
}

func (s *sigstore) honestIfThere(place string) {
	if s.has(place) {
		s.honest(place)
	}
}

func (s *sigstore) has(place string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if _, err := io.WriteString(s.in, "honest "+place+"\n"); err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimSpace(string(s.line())) == "true"
}

func (s *sigstore) now() time.Time {
	var seconds int64
	s.ask(&seconds, "now")
	return time.Unix(seconds, 0)
}

func (s *sigstore) advance(d time.Duration) {
	var seconds int64
	s.ask(&seconds, "advance %d", int64(d.Seconds()))
}

type exchangeSeen struct {
	Place      string `json:"place"`
	Authorised bool   `json:"authorised"`
}

func (s *sigstore) exchanges() []exchangeSeen {
	var seen []exchangeSeen
	s.ask(&seen, "exchanges")
	return seen
}

func (s *sigstore) token(context.Context) ([]byte, error) {
	var token string
	s.ask(&token, "token")
	return []byte(token), nil
}

// memoryAudit keeps lines, or fails.
type memoryAudit struct {
	mutex    sync.Mutex
	events   []AuditEvent
	lines    [][]byte
	previous LineDigest
	fails    bool
}

func (m *memoryAudit) Append(_ context.Context, event AuditEvent) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.fails {
		return fmt.Errorf("the disk is full")
	}
	line, digest := event.Line(m.previous)
	m.events, m.lines, m.previous = append(m.events, event), append(m.lines, line), digest
	return nil
}

func (m *memoryAudit) denied() []string {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	var codes []string
	for _, event := range m.events {
		if !event.Allowed {
			codes = append(codes, event.Code)
		}
	}
	return codes
}

// countingKey is a P-256 key that counts its signatures and may lie.
type countingKey struct {
	key        *ecdsa.PrivateKey
	algorithm  string
	version    string
	signatures atomic.Int32
	lie        func(ctx context.Context, honest KeySignature) (KeySignature, error)
}

func newCountingKey(t testing.TB) *countingKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &countingKey{key: key, algorithm: "PKIX_ECDSA_P256_SHA_256", version: "1"}
}

func (k *countingKey) Public() crypto.PublicKey { return k.key.Public() }

func (k *countingKey) Sign(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	k.signatures.Add(1)
	return k.key.Sign(random, digest, options)
}

func (k *countingKey) Describe(context.Context) (KeyDescription, error) {
	spki, err := x509.MarshalPKIXPublicKey(k.Public())
	return KeyDescription{PublicKey: spki, Algorithm: k.algorithm, ID: "test", Version: k.version}, err
}

func (k *countingKey) SignGuarded(ctx context.Context, message GuardedMessage) (KeySignature, error) {
	signature, err := crypto.SignMessage(plainSigner{k}, rand.Reader, message.Bytes(), crypto.SHA256)
	honest := KeySignature{Bytes: signature, Encoding: "der", Version: k.version}
	if err != nil || k.lie == nil {
		return honest, err
	}
	return k.lie(ctx, honest)
}

// plainSigner hides everything but crypto.Signer.
type plainSigner struct{ crypto.Signer }

// world is a host with its services.
type world struct {
	t      testing.TB
	served *sigstore
	mode   map[string]any
	trust  TrustSource
	key    *countingKey
	audit  *memoryAudit
	now    func() time.Time
}

func newWorld(t testing.TB, profile string) *world {
	t.Helper()
	served := startSigstore(t)
	isManaged := strings.HasPrefix(profile, "managed")
	mode := map[string]any{
		"buildType": "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
		"builderId": "claim", "key": "ephemeral", "profile": profile, "issuer": served.Issuer,
		"predicates": []string{"provenance", "raw"},
		"signers": []any{map[string]any{
			"workflow": "https://github.com/acme/app/.github/workflows/release.yml", "ref": "refs/tags/v1.2.3",
		}},
	}
	if isManaged {
		mode["key"] = "managed"
	}
	switch profile {
	case "public-v1":
		mode["maxRekorVersion"] = 1
	case "managed-offline":
		mode["offline"] = true
	}
	world := &world{
		t: t, served: served, mode: mode, key: newCountingKey(t), audit: &memoryAudit{}, now: served.now,
		trust: FixedTrust(served.TrustConfig),
	}
	if profile == "tsa" {
		world.trust = FixedTrust(withoutLogs(t, served.TrustConfig))
	}
	return world
}

// withoutLogs takes the transparency logs out of the signing configuration.
func withoutLogs(t testing.TB, trust jsontext.Value) jsontext.Value {
	t.Helper()
	var document map[string]map[string]jsontext.Value
	var whole map[string]jsontext.Value
	if err := json.Unmarshal(trust, &whole); err != nil {
		t.Fatal(err)
	}
	document = map[string]map[string]jsontext.Value{"signingConfig": {}}
	config := document["signingConfig"]
	if err := json.Unmarshal(whole["signingConfig"], &config); err != nil {
		t.Fatal(err)
	}
	config["rekorTlogUrls"] = jsontext.Value("[]")
	whole["signingConfig"] = mustMarshal(t, config)
	return mustMarshal(t, whole)
}

func mustMarshal(t testing.TB, value any) jsontext.Value {
	t.Helper()
	document, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func (w *world) config() []byte {
	return mustMarshal(w.t, map[string]any{
		"schema": "cretula/config/v1", "modes": map[string]any{"m": w.mode}, "buildTypes": []any{},
		"issuers": []any{map[string]any{
			"issuer": w.served.Issuer, "provider": "github", "server": "https://github.com", "audience": "cretula",
		}},
	})
}

func (w *world) attestor() *Attestor {
	w.t.Helper()
	attestor, err := NewAttestor(context.Background(), AttestorOptions{
		Config: w.config(), Trust: w.trust, Audit: w.audit, Runtime: patientRuntime(w.t),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	// Waits only in the time of the services.
	attestor.clock = clock{now: w.now, sleep: func(ctx context.Context, d time.Duration) error {
		if ctx.Err() == nil {
			w.served.advance(max(d, time.Second))
		}
		return ctx.Err()
	}}
	return attestor
}

func (w *world) facts() Facts { return Facts{VerifiedToken: true, Claims: w.served.Claims} }

func (w *world) claims() TenantClaims {
	return TenantClaims{Subjects: []Subject{{Name: "app.tgz", Digest: map[string]string{"sha256": subjectSHA256}}}}
}

func (w *world) services() Services {
	return Services{
		Token: TokenFunc(w.served.token), AllowLoopbackHTTP: true, Limits: ExchangeLimits{Idle: 300 * time.Millisecond},
	}
}

// signer is the key of the mode; nil where Fulcio certifies.
func (w *world) signer() crypto.Signer {
	if w.mode["key"] == "ephemeral" {
		return nil
	}
	return w.key
}

func (w *world) attest(ctx context.Context, job Job) (*Sealed, error) {
	job.Mode = "m"
	return w.attestor().Attest(ctx, w.facts(), w.claims(), job, w.signer(), w.services())
}

func (w *world) resume(record Record) (*Sealed, error) {
	return w.attestor().Resume(
		context.Background(), record, w.facts(), w.claims(), Job{Mode: "m"}, w.signer(), w.services())
}

// verify verifies a bundle by what this test knows and not by what the run says.
func (w *world) verify(bundle []byte) {
	w.t.Helper()
	profile := w.mode["profile"].(string)
	log := map[string]int{"public-v1": 1, "public-v2": 1, "managed": 1}[profile]
	options := VerifierOptions{Runtime: patientRuntime(w.t)}
	trust, err := w.trust.Current(context.Background(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	root, err := trustedRoot(trust)
	if err != nil {
		w.t.Fatal(err)
	}
	options.Roots = [][]byte{root}
	signers := `{"certificate":{"issuer":"` + w.served.Issuer + `","san":"https://github.com/acme/app/` +
		`.github/workflows/release.yml@refs/tags/v1.2.3"}}`
	if w.signer() != nil {
		spki, err := x509.MarshalPKIXPublicKey(w.key.Public())
		if err != nil {
			w.t.Fatal(err)
		}
		options.Keys = []ManagedKey{{Key: spki}}
		signers = `{"key":{"ids":[""]}}`
	}
	options.Policy = []byte(fmt.Sprintf(`{"schema":"cretula/policy/v1","preset":%q,"signers":%s,
		"evidence":{"log":{"threshold":%d}},"statement":{"predicateTypes":[%q]}}`,
		presets[profile], signers, log, ProvenanceType))
	verifier, err := NewVerifier(context.Background(), options)
	if err != nil {
		w.t.Fatal(err)
	}
	artifact := Artifact{Digests: map[string]string{"sha256": subjectSHA256}}
	report, err := verifier.Verify(context.Background(), bundle, artifact)
	if err != nil || !report.Verified() {
		w.t.Fatalf("%v %s", err, report.JSON())
	}
}

// patientRuntime has a deadline that a busy machine does not miss: where replies are compared, time is not
// what is tested.
func patientRuntime(t testing.TB) *Runtime {
	t.Helper()
	runtime, err := patient()
	if err != nil {
		t.Fatal(err)
	}
	return runtime
}

var patient = sync.OnceValues(func() (*Runtime, error) {
	return NewRuntime(context.Background(), RuntimeOptions{Deadline: time.Minute})
})
