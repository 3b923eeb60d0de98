package cretula

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	json "encoding/json/v2"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
)

// newAuthorityWorld is a host with a certificate authority of its own: the caller's signer is the key of the
// authority.
func newAuthorityWorld(t *testing.T) *world {
	t.Helper()
	world := newWorld(t, "private-ca")
	world.mode["caKey"] = "authority"
	now := time.Unix(world.served.Now, 0)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "authority", Organization: []string{"example"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, world.key.Public(), world.key.key)
	if err != nil {
		t.Fatal(err)
	}
	var trust map[string]any
	if err := json.Unmarshal(world.served.TrustConfig, &trust); err != nil {
		t.Fatal(err)
	}
	root := trust["trustedRoot"].(map[string]any)
	root["certificateAuthorities"] = []any{map[string]any{
		"subject": map[string]any{"organization": "example", "commonName": "authority"}, "uri": "https://ca.example",
		"certChain": map[string]any{"certificates": []any{map[string]any{"rawBytes": certificate}}},
		"validFor":  map[string]any{"start": now.Add(-time.Hour).UTC().Format(time.RFC3339)},
	}}
	world.trust = FixedTrust(withoutLogs(t, mustMarshal(t, trust)))
	return world
}

// authorityAttest signs with the key of the authority.
func authorityAttest(world *world, job Job) (*Sealed, error) {
	job.Mode = "m"
	return world.attestor().Attest(
		context.Background(), world.facts(), world.claims(), job, world.key, world.services())
}

func TestAPrivateAuthorityCertifiesTheKeyOfOneBundle(t *testing.T) {
	world := newAuthorityWorld(t)
	kept := &records{}
	sealed, err := authorityAttest(world, Job{Journal: kept})
	if err != nil {
		t.Fatal(err)
	}
	if !sealed.Report.Verified() || !strings.Contains(string(sealed.Report.JSON()), "release.yml@refs/tags/v1.2.3") {
		t.Errorf("%s", sealed.Report.JSON())
	}
	var kinds []string
	for _, event := range world.audit.events {
		kinds = append(kinds, event.Kind)
	}
	if strings.Join(kinds, " ") != "certificate attestation" || world.key.signatures.Load() != 1 {
		t.Errorf("%v, %d signatures of the authority", kinds, world.key.signatures.Load())
	}
	signatures := world.key.signatures.Load()
	// The key that was to be certified died with the process: the run goes on with another one.
	for n, record := range kept.kept {
		sealed, err := world.attestor().Resume(context.Background(), record, world.facts(), world.claims(),
			Job{Mode: "m"}, world.key, world.services())
		if err != nil || !sealed.Report.Verified() {
			t.Errorf("taken up at %d of %d: %v", n, len(kept.kept), err)
		}
	}
	if world.key.signatures.Load() == signatures {
		t.Error("no run was taken up from its begin")
	}
}

func TestAnAuthoritySignsNothingElse(t *testing.T) {
	world := newAuthorityWorld(t)
	good, _ := honestMessage(t, world)
	run, err := world.attestor().prepare(
		context.Background(), world.facts(), world.claims(), Job{Mode: "m"}, world.key, world.services())
	if err != nil {
		t.Fatal(err)
	}
	var gone *KeyError
	_, err = run.sign(context.Background(), "authority", []byte(good))
	if !errors.As(err, &gone) || gone.Kind != KeyWrongVersion {
		t.Errorf("without a key to certify: %v", err)
	}
	if _, err := run.open(context.Background(), "ephemeral", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := run.sign(context.Background(), "authority", []byte(good)); Code(err) != "guard/purpose" {
		t.Errorf("a statement: %v", err)
	}
	if world.key.signatures.Load() != 0 {
		t.Error("something was signed")
	}
	// The trusted root knows another key.
	world.key = newCountingKey(t)
	_, err = authorityAttest(world, Job{})
	if Code(err) != "fulcio/chain" || world.key.signatures.Load() != 0 {
		t.Error(err)
	}
}
