package cretula

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestEveryProfileSealsOverHTTP(t *testing.T) {
	for _, profile := range []string{"public-v1", "public-v2", "tsa", "managed", "managed-offline"} {
		t.Run(profile, func(t *testing.T) {
			world := newWorld(t, profile)
			sealed, err := world.attest(context.Background(), Job{})
			if err != nil {
				t.Fatal(err)
			}
			world.verify(sealed.Bundle)
			if !sealed.Report.Verified() {
				t.Error("the report of the run is no success")
			}
			lines := 2
			if world.signer() != nil {
				lines = 1
			}
			if len(world.audit.lines) != lines || len(world.audit.denied()) != 0 {
				t.Errorf("%d audit lines, %v denied", len(world.audit.lines), world.audit.denied())
			}
		})
	}
}

func TestTheTokenGoesToTheCertificateAuthorityAndNowhereElse(t *testing.T) {
	world := newWorld(t, "public-v2")
	if _, err := world.attest(context.Background(), Job{}); err != nil {
		t.Fatal(err)
	}
	authorised := 0
	for _, seen := range world.served.exchanges() {
		if seen.Authorised && seen.Place != "Fulcio(0)" {
			t.Errorf("%s got the token", seen.Place)
		}
		if seen.Authorised {
			authorised++
		}
	}
	if authorised != 1 {
		t.Errorf("%d requests had the token", authorised)
	}
}

// freshTrust gives the same document again, as if it were a new one.
type freshTrust []byte

func (f freshTrust) Current(context.Context, []byte) ([]byte, error) { return f, nil }

func TestATokenIsAskedForByName(t *testing.T) {
	world := newWorld(t, "public-v2")
	services := world.services()
	for name, token := range map[string]TokenSource{
		"no source": nil,
		"an error":  TokenFunc(func(context.Context) ([]byte, error) { return nil, errors.New("none today") }),
		"no token":  TokenFunc(func(context.Context) ([]byte, error) { return []byte("word"), nil }),
	} {
		services.Token = token
		_, err := world.attestor().Attest(
			context.Background(), world.facts(), world.claims(), Job{Mode: "m"}, nil, services)
		if failed := wantFailure(t, err, CodeToken, true); strings.Contains(failed.Error(), "word") {
			t.Errorf("%s: %v", name, failed)
		}
	}
	if seen := world.served.exchanges(); len(seen) != 0 {
		t.Errorf("something was sent: %v", seen)
	}
}

func TestAFrozenLogGivesWayToAFreshConfiguration(t *testing.T) {
	world := newWorld(t, "public-v2")
	world.served.lie("RekorV2(0)", "Frozen", 1000)
	_, err := world.attest(context.Background(), Job{})
	wantFailure(t, err, "rekor/frozen", true)
	world.trust = freshTrust(world.served.TrustConfig)
	sealed, err := world.attest(context.Background(), Job{})
	if err != nil {
		t.Fatal(err)
	}
	world.verify(sealed.Bundle)
}

func wantFailure(t *testing.T, err error, code string, resumable bool) *AttestError {
	t.Helper()
	var failed *AttestError
	if !errors.As(err, &failed) || failed.Code() != code || failed.Resumable() != resumable {
		t.Fatalf("want %s (resumable %v), found %v", code, resumable, err)
	}
	if _, isThere := failed.Record(); isThere != resumable {
		t.Fatalf("%s: a record is there: %v", code, isThere)
	}
	return failed
}

// Rows of generation.md §6.5, with the codes of the wasmtime host.
func TestServicesThatFailOrLieEndWithTheirCode(t *testing.T) {
	rows := []struct {
		profile, place, lie, code string
		resumable                 bool
	}{
		{"public-v2", "Fulcio(0)", "Status(400)", "fulcio/refused", false},
		{"public-v2", "Fulcio(0)", "Status(401)", "fulcio/refused", true},
		{"public-v2", "Fulcio(0)", "Redirect", "service/redirect", false},
		{"public-v2", "Fulcio(0)", "Oversize", "service/body", false},
		{"public-v2", "Fulcio(0)", "Compressed", "service/body", false},
		{"public-v2", "Fulcio(0)", "Closed", "fulcio/unavailable", true},
		{"public-v2", "Fulcio(0)", "Truncated", "fulcio/unavailable", true},
		{"public-v2", "Fulcio(0)", "Malformed", "fulcio/format", false},
		{"public-v2", "Fulcio(0)", "DuplicateMember", "fulcio/format", false},
		{"public-v2", "Fulcio(0)", "OtherContentType", "fulcio/format", false},
		{"public-v2", "Fulcio(0)", "Status(503)", "fulcio/unavailable", true},
		{"public-v2", "Fulcio(0)", "OtherIdentity", "claims/certificate-mismatch", false},
		{"public-v2", "Fulcio(0)", "OtherKey", "fulcio/key", false},
		{"public-v2", "Fulcio(0)", "ForeignChain", "fulcio/chain", false},
		{"public-v2", "Fulcio(0)", "NoSct", "fulcio/sct", false},
		{"public-v2", "Fulcio(0)", "Expired", "fulcio/validity", false},
		{"public-v2", "Tsa(0)", "Redirect", "service/redirect", false},
		{"public-v2", "Tsa(0)", "OtherImprint", "tsa/imprint", false},
		{"public-v2", "Tsa(0)", "OtherNonce", "tsa/nonce", false},
		{"public-v2", "Tsa(0)", "ForeignSigner", "tsa/chain", false},
		{"public-v2", "Tsa(0)", "BrokenSignature", "tsa/signature", false},
		{"public-v2", "Tsa(0)", "Closed", "tsa/unavailable", true},
		{"public-v2", "RekorV2(0)", "OtherEntry", "rekor/other-entry", false},
		{"public-v2", "RekorV2(0)", "WrongProof", "rekor/proof", false},
		{"public-v2", "RekorV2(0)", "ForeignCheckpoint", "rekor/checkpoint", false},
		{"public-v2", "RekorV2(0)", "Oversize", "service/body", false},
		{"public-v2", "RekorV2(0)", "Closed", "rekor/unavailable", true},
		{"public-v1", "RekorV1(0)", "PromiseByOtherKey", "rekor/promise", false},
		{"public-v1", "RekorV1(0)", "FutureTime", "rekor/time", false},
		{"public-v1", "RekorV1(0)", "Conflict", "rekor/other-entry", false},
		{"public-v1", "RekorV1(0)", "ConflictElsewhere", "rekor/format", false},
		{"public-v1", "RekorV1(0)", "Redirect", "service/redirect", false},
	}
	worlds := map[string]*world{"public-v1": newWorld(t, "public-v1"), "public-v2": newWorld(t, "public-v2")}
	for _, row := range rows {
		t.Run(row.profile+"/"+row.place+"/"+row.lie, func(t *testing.T) {
			world := worlds[row.profile]
			// The other authority and log of the instance do the same, so that none is an alternative.
			places := []string{row.place, strings.Replace(row.place, "(0)", "(1)", 1)}
			for _, place := range places {
				if place == row.place || !strings.HasPrefix(place, "Fulcio") {
					world.served.lieIfThere(place, row.lie)
				}
			}
			defer func() {
				for _, place := range places {
					world.served.honestIfThere(place)
				}
			}()
			_, err := world.attest(context.Background(), Job{})
			wantFailure(t, err, row.code, row.resumable)
		})
	}
}

func TestADripIsCutOffAndASlowReplyIsNot(t *testing.T) {
	world := newWorld(t, "public-v2")
	world.served.lie("RekorV2(0)", "Slow(600)", 1)
	sealed, err := world.attest(context.Background(), Job{})
	if err != nil {
		t.Fatalf("a reply that begins late is none that stands still: %v", err)
	}
	world.verify(sealed.Bundle)
	world.served.lie("Fulcio(0)", "Drip(500)", 1000)
	_, err = world.attest(context.Background(), Job{})
	wantFailure(t, err, "fulcio/unavailable", true)
}

func TestWhatAnAttestorNeeds(t *testing.T) {
	ctx := context.Background()
	good := AttestorOptions{
		Config: []byte(`{"schema":"cretula/config/v1","modes":{},"buildTypes":[],"issuers":[]}`),
		Trust:  FixedTrust("{}"), Audit: &memoryAudit{}, Runtime: patientRuntime(t),
	}
	if _, err := NewAttestor(ctx, good); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		change func(*AttestorOptions)
		code   string
		path   string
	}{
		{func(o *AttestorOptions) { o.Audit = nil }, CodeOptions, ""},
		{func(o *AttestorOptions) { o.Trust = nil }, CodeOptions, ""},
		{func(o *AttestorOptions) { o.Config = nil }, CodeOptions, ""},
		{func(o *AttestorOptions) { o.Config = []byte("{") }, "input/syntax", "/config"},
		{func(o *AttestorOptions) { o.Config = []byte(`{"schema":1,"schema":1}`) }, "input/duplicate-key", "/config"},
		{func(o *AttestorOptions) {
			o.Config = []byte(`{"schema":"cretula/config/v1","modes":{},"buildTypes":[],"issuers":[],"more":1}`)
		}, "input/unknown-member", "/config/more"},
	} {
		options := good
		row.change(&options)
		_, err := NewAttestor(ctx, options)
		var failed *AttestError
		if !errors.As(err, &failed) || failed.Code() != row.code || failed.Path() != row.path {
			t.Errorf("want %s at %q, found %v", row.code, row.path, err)
		}
	}
	attestor, err := NewAttestor(ctx, good)
	if err != nil {
		t.Fatal(err)
	}
	_, err = attestor.Attest(ctx, Facts{}, TenantClaims{}, Job{Mode: "none"}, nil, Services{})
	wantFailure(t, err, "mode/unknown", false)
}

func TestClaimsOfATenantAreReadStrictly(t *testing.T) {
	good := `{"subjects":[{"name":"app","digest":{"sha256":"` + subjectSHA256 + `"}}],"byproducts":[]}`
	claims, err := ParseTenantClaims([]byte(good))
	if err != nil || claims.Subjects[0].Digest["sha256"] != subjectSHA256 {
		t.Fatal(err)
	}
	for text, code := range map[string]string{
		`{"subjects":[],"builder":{}}`:           "tenant/forbidden-field",
		`{"Subjects":[]}`:                        "tenant/forbidden-field",
		`{"subjects":[],"subjects":[]}`:          "input/syntax",
		`{"subjects":[]}{}`:                      "input/syntax",
		`[]`:                                     "input/syntax",
		`{"subjects":[{"digest":{},"uri":"x"}]}`: "tenant/forbidden-field",
	} {
		if _, err := ParseTenantClaims([]byte(text)); Code(err) != code {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestNoPartReachesBeyondItsPlace(t *testing.T) {
	world := newWorld(t, "managed-offline")
	attestor := world.attestor()
	for name, change := range map[string]func(*Facts, *TenantClaims, *Job){
		"/facts/record":      func(f *Facts, _ *TenantClaims, _ *Job) { f.Record = []byte(`{},"claims":{}`) },
		"/facts/claims":      func(f *Facts, _ *TenantClaims, _ *Job) { f.Claims = []byte(``) },
		"/tenant/declared":   func(_ *Facts, c *TenantClaims, _ *Job) { c.Declared = []byte(`{}},"facts":{`) },
		"/tenant/byproducts": func(_ *Facts, c *TenantClaims, _ *Job) { c.Byproducts = []byte(`[] []`) },
		"/predicate":         func(_ *Facts, _ *TenantClaims, j *Job) { j.Predicate = []byte(`{"kind":"raw"},"mode":"x"`) },
	} {
		facts, claims, job := world.facts(), world.claims(), Job{Mode: "m"}
		change(&facts, &claims, &job)
		_, err := attestor.Attest(context.Background(), facts, claims, job, world.signer(), world.services())
		if failed := wantFailure(t, err, "input/syntax", false); failed.Path() != name {
			t.Errorf("%s: %s", name, failed.Path())
		}
	}
	if world.key.signatures.Load() != 0 || len(world.audit.lines) != 0 {
		t.Error("something was signed")
	}
}
