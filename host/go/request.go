package cretula

import (
	"context"
	"crypto"
	"crypto/rand"
	"encoding/hex"
	"encoding/json/jsontext"
	"time"
)

const authorisationSchema = "cretula/authorisation/v1"

// prepare puts a run together from what the host knows. Random bytes are fresh for each.
func (a *Attestor) prepare(
	ctx context.Context, facts Facts, claims TenantClaims, job Job, signer crypto.Signer, services Services,
) (*run, error) {
	if ctx.Err() != nil {
		return nil, asAttestError(cancelled(ctx))
	}
	mode, isKnown := a.config.modes[job.Mode]
	if !isKnown {
		return nil, &AttestError{code: "mode/unknown", path: "/mode", detail: "the configuration has no such mode"}
	}
	trust, err := a.trust.Current(ctx, nil)
	if err != nil {
		return nil, trustError(ctx, err)
	}
	entropy := make([]byte, 32)
	// Since Go 1.24 reading random bytes does not fail.
	_, _ = rand.Read(entropy)
	if job.RequestID == "" {
		job.RequestID = hex.EncodeToString(random(16))
	}
	own := factsObject(facts, a.module)
	request := object{}.
		text("schema", "cretula/attest-request/v1").text("mode", job.Mode).binary("entropy", entropy).
		raw("config", a.config.document).raw("trust", trust).
		rawOr("predicate", job.Predicate, `{"kind":"provenance"}`).
		object("facts", own).object("tenant", tenantObject(claims))
	if !job.Deadline.IsZero() {
		request = request.uint("deadline", uint64(max(0, job.Deadline.Unix())))
	}
	document, err := request.encode()
	if err != nil {
		return nil, err
	}
	return &run{
		attestor: a, job: job, mode: mode, claims: claims, facts: own, request: document, trust: trust,
		callerSigner: signer, services: services, keys: map[string]*openKey{},
	}, nil
}

// trustError is the end of a run for which no trust configuration can be had.
func trustError(ctx context.Context, err error) *AttestError {
	if ctx.Err() != nil {
		return asAttestError(cancelled(ctx))
	}
	return &AttestError{code: "config/expired", detail: clip(err.Error()), wrapped: err}
}

func random(length int) []byte {
	bytes := make([]byte, length)
	_, _ = rand.Read(bytes)
	return bytes
}

func factsObject(facts Facts, module string) object {
	origin := "control-plane"
	if facts.VerifiedToken {
		origin = "verified-token"
	}
	own := object{}.text("origin", origin).object("moduleDigest", object{}.text("sha256", module))
	if facts.Claims != nil {
		own = own.raw("claims", facts.Claims)
	}
	return own.rawOr("event", facts.Event, "{}").rawOr("record", facts.Record, "{}")
}

func tenantObject(claims TenantClaims) object {
	subjects := claims.Subjects
	if subjects == nil {
		subjects = []Subject{}
	}
	return object{}.value("subjects", subjects).
		rawOr("resolvedDependencies", claims.ResolvedDependencies, "[]").
		rawOr("byproducts", claims.Byproducts, "[]").
		rawOr("declared", claims.Declared, "{}")
}

// isProvenance says whether a job asks for provenance, so that the statement follows from the request byte
// for byte.
func (j Job) isProvenance() bool {
	return j.Predicate == nil || kindOf(j.Predicate) == "provenance"
}

func kindOf(predicate jsontext.Value) string {
	var head struct {
		Kind string `json:"kind"`
	}
	if unmarshal(predicate, &head) != nil {
		return ""
	}
	return head.Kind
}

// seconds is a time as the module takes it.
func seconds(t time.Time) uint64 { return uint64(max(0, t.Unix())) }
