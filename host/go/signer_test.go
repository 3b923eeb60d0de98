package cretula

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// asked signs what a module asks for, as a run would, and returns the code of the refusal.
func asked(t *testing.T, world *world, key string, messages ...string) string {
	t.Helper()
	ctx := context.Background()
	run, err := world.attestor().prepare(ctx, world.facts(), world.claims(), Job{Mode: "m"}, world.signer(), world.services())
	if err != nil {
		t.Fatal(err)
	}
	codeOf := func(err error) string {
		var failed *KeyError
		if errors.As(err, &failed) {
			return string(failed.Kind)
		}
		return Code(err)
	}
	if _, err := run.open(ctx, key, ""); err != nil {
		return codeOf(err)
	}
	for _, message := range messages {
		if _, err := run.sign(ctx, key, []byte(message)); err != nil {
			return codeOf(err)
		}
	}
	return ""
}

func pae(payloadType, payload string) string {
	return fmt.Sprintf("DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
}

// honestMessage is what an honest module asks for.
func honestMessage(t *testing.T, world *world) (message, statement string) {
	t.Helper()
	built, err := world.attestor().Statement(context.Background(), world.facts(), world.claims(), Job{Mode: "m"})
	if err != nil {
		t.Fatal(err)
	}
	return pae("application/vnd.in-toto+json", string(built)), string(built)
}

func TestAHostileModuleGetsNoSignature(t *testing.T) {
	world := newWorld(t, "managed")
	good, statement := honestMessage(t, world)
	if code := asked(t, world, "managed", good); code != "" || world.key.signatures.Load() != 1 {
		t.Fatal(code)
	}
	bent := func(from, to string) string {
		if !strings.Contains(statement, from) {
			t.Fatalf("%s is not in %s", from, statement)
		}
		return pae("application/vnd.in-toto+json", strings.ReplaceAll(statement, from, to))
	}
	rows := []struct{ message, code string }{
		{strings.Replace(good, "DSSEv1 28", "DSSEv1 028", 1), "guard/pae"},
		{good + " ", "guard/pae"},
		{strings.Replace(good, "28 application/vnd.in-toto+json", "10 text/plain", 1), "guard/payload-type"},
		{pae("application/vnd.in-toto+json", "{}"), "guard/statement"},
		{bent(ProvenanceType, "https://example.com/other/v1"), "guard/predicate-type"},
		{bent(subjectSHA256, strings.Repeat("0", 64)), "guard/subject"},
		{bent("/attempts/1", "/attempts/2"), "guard/claims"},
		{"anything", "guard/unknown-message"},
		{"", "guard/unknown-message"},
	}
	for _, row := range rows {
		if code := asked(t, world, "managed", row.message); code != row.code {
			t.Errorf("want %s, found %q for %.60q", row.code, code, row.message)
		}
	}
	if world.key.signatures.Load() != 1 || len(world.audit.denied()) != len(rows) {
		t.Errorf("%d signatures, %v denied", world.key.signatures.Load(), world.audit.denied())
	}
}

func TestAHostileModuleGetsNoOtherKeyAndNoMoreSignatures(t *testing.T) {
	world := newWorld(t, "managed")
	good, _ := honestMessage(t, world)
	for _, name := range []string{"authority", "ephemeral", "nobody", ""} {
		if code := asked(t, world, name, good); code != string(KeyDenied) {
			t.Errorf("%q: %s", name, code)
		}
	}
	if code := asked(t, world, "managed", good, good, good); code != "guard/count" {
		t.Error(code)
	}
	if signatures := world.key.signatures.Load(); signatures != 2 {
		t.Errorf("%d signatures: one, and one again after a conflict", signatures)
	}
}

func TestAnEphemeralKeyProvesItselfOnceAndSignsOnce(t *testing.T) {
	world := newWorld(t, "public-v2")
	good, _ := honestMessage(t, world)
	if code := asked(t, world, "ephemeral", good); code != "" {
		t.Error(code)
	}
	if code := asked(t, world, "ephemeral", good, good); code != "guard/count" {
		t.Error(code)
	}
	if code := asked(t, world, "managed", good); code != string(KeyDenied) {
		t.Error(code)
	}
}

func TestWithoutAnAuditLineThereIsNoSignature(t *testing.T) {
	world := newWorld(t, "managed")
	world.audit.fails = true
	_, err := world.attest(context.Background(), Job{})
	wantFailure(t, err, CodeAudit, false)
	if world.key.signatures.Load() != 0 {
		t.Error("something was signed")
	}
}

func TestAuditLinesAreAChain(t *testing.T) {
	world := newWorld(t, "public-v2")
	caller := &Caller{Issuer: "https://ci.example", Subject: "a\nb\u202e", JobID: strings.Repeat("x", 300)}
	if _, err := world.attest(context.Background(), Job{Caller: caller, RequestID: "r1"}); err != nil {
		t.Fatal(err)
	}
	previous := strings.Repeat("0", 64)
	for n, line := range world.audit.lines {
		var read auditLine
		if err := unmarshal(line, &read); err != nil {
			t.Fatal(err)
		}
		kind := []string{"csr", "attestation"}[n]
		if read.Previous != previous || read.Kind != kind || read.Verdict != "allowed" || read.RequestID != "r1" {
			t.Errorf("%s", line)
		}
		if read.Caller.Subject != `a\u{a}b\u{202e}` || len(read.Caller.JobID) > foreignBytes {
			t.Errorf("%+v", read.Caller)
		}
		previous = hexSHA256(line)
	}
	if digest, err := ModuleSHA256(); err != nil || world.audit.events[0].ModuleSHA256 != digest {
		t.Error("another module")
	}
}

func TestAKeyThatMisbehavesHasItsOwnErrorAndNothingLeaves(t *testing.T) {
	other := newCountingKey(t)
	rows := map[string]struct {
		lie  func(ctx context.Context, honest KeySignature) (KeySignature, error)
		code string
	}{
		"short": {func(_ context.Context, s KeySignature) (KeySignature, error) {
			s.Bytes = []byte{0x30, 0}
			return s, nil
		}, "key/encoding"},
		"other form":   {func(_ context.Context, s KeySignature) (KeySignature, error) { s.Encoding = "p1363"; return s, nil }, "key/encoding"},
		"unknown form": {func(_ context.Context, s KeySignature) (KeySignature, error) { s.Encoding = "raw"; return s, nil }, "key/encoding"},
		"other key": {func(_ context.Context, s KeySignature) (KeySignature, error) {
			bytes, err := crypto.SignMessage(other.key, rand.Reader, []byte("message"), crypto.SHA256)
			s.Bytes = bytes
			return s, err
		}, "key/self-check"},
		"rotated": {func(_ context.Context, s KeySignature) (KeySignature, error) { s.Version = "2"; return s, nil }, "key/version"},
		"denied": {func(context.Context, KeySignature) (KeySignature, error) {
			return KeySignature{}, &KeyError{Kind: KeyDenied}
		}, "key/denied"},
		"down": {func(context.Context, KeySignature) (KeySignature, error) {
			return KeySignature{}, &KeyError{Kind: KeyUnavailable}
		}, "key/unavailable"},
		"throttled": {func(context.Context, KeySignature) (KeySignature, error) {
			return KeySignature{}, &KeyError{Kind: KeyThrottled, RetryAfter: 30 * time.Second}
		}, "key/unavailable"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			world := newWorld(t, "managed")
			world.key.lie = row.lie
			_, err := world.attest(context.Background(), Job{})
			if Code(err) != row.code {
				t.Fatalf("want %s, found %v", row.code, err)
			}
			if seen := world.served.exchanges(); len(seen) != 0 {
				t.Errorf("something was sent: %v", seen)
			}
		})
	}
	for algorithm, code := range map[string]string{"PKIX_ECDSA_P384_SHA_384": "key/public", "ML_DSA_65": "key/algorithm"} {
		world := newWorld(t, "managed")
		world.key.algorithm = algorithm
		_, err := world.attest(context.Background(), Job{})
		if Code(err) != code {
			t.Errorf("want %s, found %v", code, err)
		}
	}
}

// signerFunc is a crypto.Signer that does anything.
type signerFunc struct {
	crypto.Signer
	sign func() ([]byte, error)
}

func (s signerFunc) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return s.sign() }

func TestPlainSigners(t *testing.T) {
	world := newWorld(t, "managed-offline")
	attestor := world.attestor()
	attestor.keyTimeout = 20 * time.Millisecond
	honest := world.key.key
	forever := make(chan struct{})
	defer close(forever)
	for name, row := range map[string]struct {
		sign func() ([]byte, error)
		code string
	}{
		"panics":       {func() ([]byte, error) { panic("secret") }, "key/denied"},
		"fails":        {func() ([]byte, error) { return nil, errors.New("no") }, "key/denied"},
		"says nothing": {func() ([]byte, error) { return nil, nil }, "key/encoding"},
		"never ends":   {func() ([]byte, error) { <-forever; return nil, nil }, "key/unavailable"},
	} {
		_, err := attestor.Attest(context.Background(), world.facts(), world.claims(), Job{Mode: "m"},
			signerFunc{honest, row.sign}, world.services())
		if code := Code(err); code != row.code || strings.Contains(err.Error(), "secret") {
			t.Errorf("a signer that %s: want %s, found %v", name, row.code, err)
		}
	}
	_, err := attestor.Attest(context.Background(), world.facts(), world.claims(), Job{Mode: "m"}, nil, world.services())
	wantFailure(t, err, "key/denied", false)
}

func TestEveryTypeOfKeySeals(t *testing.T) {
	world := newWorld(t, "managed-offline")
	attestor := world.attestor()
	signers := []crypto.Signer{}
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		signers = append(signers, key)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		t.Fatal(err)
	}
	short, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, signer := range append(signers, edwards, long) {
		sealed, err := attestor.Attest(
			context.Background(), world.facts(), world.claims(), Job{Mode: "m"}, signer, world.services())
		if err != nil || !sealed.Report.Verified() {
			t.Errorf("%T: %v", signer, err)
		}
	}
	_, err = attestor.Attest(context.Background(), world.facts(), world.claims(), Job{Mode: "m"}, short, world.services())
	if Code(err) != "key/denied" {
		t.Error(err)
	}
}

// Nothing of the API takes a message and signs it: what signs has a GuardedMessage, and nobody else makes
// one.
func TestNoExportedMethodSigns(t *testing.T) {
	for _, exported := range []reflect.Type{
		reflect.TypeFor[*Attestor](), reflect.TypeFor[*Verifier](), reflect.TypeFor[*Runtime](), reflect.TypeFor[Record](),
		reflect.TypeFor[GuardedMessage](), reflect.TypeFor[Services](), reflect.TypeFor[*FileJournal](),
	} {
		for method := range exported.Methods() {
			name := strings.ToLower(method.Name)
			if strings.Contains(name, "sign") || strings.Contains(name, "guard") {
				t.Errorf("%v has %s", exported, method.Name)
			}
		}
	}
	fields := reflect.TypeFor[GuardedMessage]()
	for n := range fields.NumField() {
		if fields.Field(n).IsExported() {
			t.Error("anybody can make a message that counts as guarded")
		}
	}
	if !slices.Equal(GuardedMessage{}.Bytes(), nil) {
		t.Error("the empty message is not empty")
	}
}
