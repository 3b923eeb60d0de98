package cretula

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json/jsontext"
	json "encoding/json/v2"
	"time"
)

// A second verification by a host that took up a run from a record. Trust and expectations inside a state are
// the state's, so what a run with a changed state has verified proves nothing. Here everything comes from the
// host's own request (generation.md §6.2).

const codeSelfVerify = "bundle/self-verify"

// lookAgain verifies a bundle against what this host knows: the statement, byte for byte where it follows
// from the request; type and subjects otherwise; the signer; and the evidence of the profile.
func (r *run) lookAgain(ctx context.Context, bundle []byte) error {
	policy, keys, err := r.ownPolicy(ctx)
	if err != nil {
		return err
	}
	trust := requestTrust{Keys: keys}
	if r.mode.Profile != "managed-offline" {
		root, err := trustedRoot(r.trust)
		if err != nil {
			return err
		}
		trust.Roots = [][]byte{root}
	}
	const atOnce = 64
	subjects := r.claims.Subjects
	for len(subjects) > 0 {
		some := subjects[:min(atOnce, len(subjects))]
		subjects = subjects[len(some):]
		if err := r.lookOnce(ctx, bundle, policy, trust, some); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) lookOnce(
	ctx context.Context, bundle []byte, policy jsontext.Value, trust requestTrust, subjects []Subject,
) error {
	request := verifyRequest{
		Schema: "cretula/verify-request/v1", Bundle: bundle, Trust: trust, Policy: policy,
		Options: requestOptions{Limits: map[string]uint64{"bundle-bytes": max(uint64(len(bundle)), 1<<20)}},
	}
	for _, subject := range subjects {
		request.Artifacts = append(request.Artifacts, requestArtifact{Digests: subject.Digest})
	}
	document, err := json.Marshal(request)
	if err != nil {
		return refusedAgain("the request cannot be written")
	}
	report, err := VerifyDocument(ctx, r.attestor.runtime, document)
	if err != nil {
		failed := asAttestError(err)
		if failed.code == CodeSandbox || failed.code == CodeCancelled {
			return failed
		}
		return refusedAgain(failed.code)
	}
	if !report.Verified() {
		return refusedAgain(report.Code())
	}
	return r.sameStatement(ctx, report)
}

// sameStatement compares what was signed with what the host's own request gives.
func (r *run) sameStatement(ctx context.Context, report Report) error {
	var found struct {
		Statement struct {
			Payload  []byte    `json:"payload"`
			Subjects []Subject `json:"subjects"`
		} `json:"statement"`
	}
	if unmarshal(report.document, &found) != nil {
		return refusedAgain("the report cannot be read")
	}
	if len(found.Statement.Subjects) != len(r.claims.Subjects) {
		return refusedAgain("the subjects are not those of the request")
	}
	if !r.job.isProvenance() {
		return nil
	}
	own, err := r.statement(ctx)
	if err != nil {
		return err
	}
	if string(own) != string(found.Statement.Payload) {
		return refusedAgain("the provenance is not the one of the request")
	}
	return nil
}

func refusedAgain(detail string) error { return hostError(codeSelfVerify, detail) }

// ownPolicy demands what the configuration of this host promises.
func (r *run) ownPolicy(ctx context.Context) (jsontext.Value, []requestKey, error) {
	types := r.job.Grants.PredicateTypes
	if len(types) == 0 {
		types = []string{ProvenanceType}
	}
	bundle := map[string]any{"versions": []string{"0.3"}}
	if r.mode.Chain {
		bundle["allowChainInV03"], bundle["useIntermediates"] = true, true
	}
	evidence, err := r.ownEvidence()
	if err != nil {
		return nil, nil, err
	}
	policy := map[string]any{
		"schema": "cretula/policy/v1", "preset": presets[r.mode.Profile], "bundle": bundle, "evidence": evidence,
		"statement": map[string]any{"predicateTypes": types, "types": []string{"https://in-toto.io/Statement/v1"}},
	}
	if r.hasCommit() {
		policy["subject"] = map[string]any{"algorithms": []string{"gitCommit"}}
	}
	var keys []requestKey
	if r.mode.hasCertificate() {
		identity, err := r.ownIdentity()
		if err != nil {
			return nil, nil, err
		}
		san := map[string]any{"exact": identity.SAN}
		if r.mode.Identity == nil {
			// A name that comes from claims is a URI.
			san = map[string]any{"type": "uri", "match": san}
		}
		rule := map[string]any{"issuer": map[string]any{"exact": identity.Issuer}, "san": san}
		policy["signers"] = map[string]any{"certificate": rule}
	} else {
		key, err := r.ownKey(ctx)
		if err != nil {
			return nil, nil, err
		}
		keys = []requestKey{key}
		bundle["requireKeyid"] = true
		policy["signers"] = map[string]any{"key": map[string]any{"ids": []string{key.ID}}}
	}
	document, err := json.Marshal(policy, json.Deterministic(true))
	if err != nil {
		return nil, nil, refusedAgain("the policy cannot be written")
	}
	return document, keys, nil
}

var presets = map[string]string{
	"public-v1": "public-good", "public-v2": "public-good", "tsa": "private-tsa", "private-ca": "private-ca",
	"managed": "managed-key", "managed-offline": "managed-key",
}

func (r *run) hasCommit() bool {
	for _, subject := range r.claims.Subjects {
		if _, isThere := subject.Digest["gitCommit"]; isThere {
			return true
		}
	}
	return false
}

// ownKey is the managed key as it is described here and now.
func (r *run) ownKey(ctx context.Context) (requestKey, error) {
	key, err := r.open(ctx, r.mode.Key, "")
	if err != nil {
		if ctx.Err() != nil {
			return requestKey{}, asAttestError(cancelled(ctx))
		}
		return requestKey{}, &AttestError{code: "key/unavailable", detail: clip(err.Error()), wrapped: err}
	}
	id := r.mode.KeyID
	if id == "" {
		digest := sha256.Sum256(key.description.PublicKey)
		id = base64.StdEncoding.EncodeToString(digest[:])
	}
	return requestKey{ID: id, Key: key.description.PublicKey, KeyDetails: key.description.Algorithm}, nil
}

// ownIdentity is who must be named by the certificate (generation.md §2.5, rows 8 and 9).
func (r *run) ownIdentity() (hostIdentity, error) {
	if r.mode.Identity != nil {
		return *r.mode.Identity, nil
	}
	var facts struct {
		Claims struct {
			Issuer   string `json:"iss"`
			Workflow string `json:"job_workflow_ref"`
			Config   string `json:"ci_config_ref_uri"`
		} `json:"claims"`
	}
	document, err := r.facts.encode()
	if err != nil || unmarshal(document, &facts) != nil {
		return hostIdentity{}, refusedAgain("the claims cannot be read")
	}
	claims := facts.Claims
	for _, issuer := range r.attestor.config.issuers {
		switch {
		case issuer.Issuer != claims.Issuer:
		case issuer.Provider == "github" && claims.Workflow != "":
			return hostIdentity{SAN: issuer.Server + "/" + claims.Workflow, Issuer: claims.Issuer}, nil
		case issuer.Provider == "gitlab" && claims.Config != "":
			return hostIdentity{SAN: "https://" + claims.Config, Issuer: claims.Issuer}, nil
		}
	}
	return hostIdentity{}, refusedAgain("nothing says who must have signed")
}

// ownEvidence demands as much as the profile and the signing configuration of this host do.
func (r *run) ownEvidence() (map[string]any, error) {
	if r.mode.Profile == "managed-offline" {
		return map[string]any{"log": map[string]any{"threshold": 0}}, nil
	}
	logs, timestamps, err := demanded(r.trust, r.attestor.clock.now())
	if err != nil {
		return nil, err
	}
	isPublic := r.mode.Profile == "public-v1" || r.mode.Profile == "public-v2"
	if isPublic {
		logs = max(1, logs)
	}
	evidence := map[string]any{"log": map[string]any{"threshold": logs}}
	if r.mode.Profile == "tsa" && hasCTLogs(r.trust) {
		evidence["sct"] = map[string]any{"threshold": 1}
	}
	needsTimestamp := r.mode.Profile == "public-v2" || r.mode.Profile == "tsa" || r.mode.Profile == "private-ca"
	switch {
	case r.mode.Profile == "public-v1" && timestamps > 0:
		evidence["time"] = map[string]any{"mode": "observer", "threshold": 1, "signedThreshold": timestamps}
	case timestamps > 0 || needsTimestamp:
		evidence["time"] = map[string]any{"mode": "tsa", "threshold": 1, "signedThreshold": max(1, timestamps)}
	case r.mode.Profile == "managed":
		evidence["time"] = map[string]any{"mode": "log", "threshold": 1}
	}
	return evidence, nil
}

func hasCTLogs(trust jsontext.Value) bool {
	var document struct {
		TrustedRoot struct {
			CTLogs []jsontext.Value `json:"ctlogs"`
		} `json:"trustedRoot"`
	}
	return unmarshal(trust, &document) == nil && len(document.TrustedRoot.CTLogs) > 0
}

// demanded counts the operators that a signing configuration selects (generation.md §4.5, S1 to S6).
func demanded(trust jsontext.Value, now time.Time) (logs, timestamps int, err error) {
	var document struct {
		SigningConfig struct {
			Rekor       []configuredService `json:"rekorTlogUrls"`
			RekorConfig selector            `json:"rekorTlogConfig"`
			TSA         []configuredService `json:"tsaUrls"`
			TSAConfig   selector            `json:"tsaConfig"`
		} `json:"signingConfig"`
	}
	if unmarshal(trust, &document) != nil {
		return 0, 0, hostError("config/format", "the signing configuration cannot be read")
	}
	config := document.SigningConfig
	return config.RekorConfig.count(config.Rekor, now), config.TSAConfig.count(config.TSA, now), nil
}

type configuredService struct {
	Version  uint64 `json:"majorApiVersion"`
	Operator string `json:"operator"`
	ValidFor struct {
		Start time.Time `json:"start"`
		End   time.Time `json:"end"`
	} `json:"validFor"`
}

type selector struct {
	Selector string `json:"selector"`
	Count    int    `json:"count"`
}

func (s selector) count(services []configuredService, now time.Time) int {
	operators := map[string]bool{}
	var highest uint64
	for _, service := range services {
		window := service.ValidFor
		if now.Before(window.Start) || !window.End.IsZero() && now.After(window.End) || service.Version < highest {
			continue
		}
		if service.Version > highest {
			highest = service.Version
			clear(operators)
		}
		operators[service.Operator] = true
	}
	switch {
	case s.Selector == "EXACT":
		return s.Count
	case s.Selector == "ALL":
		return len(operators)
	}
	return min(1, len(operators))
}

// trustedRoot takes the trusted root out of a ClientTrustConfig.
func trustedRoot(trust jsontext.Value) ([]byte, error) {
	var document struct {
		TrustedRoot jsontext.Value `json:"trustedRoot"`
	}
	if unmarshal(trust, &document) != nil || document.TrustedRoot == nil {
		return nil, hostError("config/format", "the trust configuration has no trusted root")
	}
	return document.TrustedRoot, nil
}
