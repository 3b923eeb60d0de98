package cretula

import (
	"context"
	json "encoding/json/v2"
	"sync"
	"time"
)

const (
	// Above this an instance is not used again: memory never shrinks.
	warmMemoryBytes = 128 * pageBytes
	// Idle instances that a verifier keeps.
	warmInstances = 8
)

// ManagedKey is a verification key that the caller vouches for.
type ManagedKey struct {
	// ID by which bundles name it; "" fits any hint of a bundle.
	ID string
	// Key is a SubjectPublicKeyInfo, DER.
	Key []byte
	// KeyDetails is the name in Sigstore's algorithm registry, such as "PKIX_ECDSA_P256_SHA_256"; "" is the
	// default of the type of key.
	KeyDetails string
	// Encoding of its ECDSA signatures: "der" (default) or "p1363".
	Encoding string
	// Usage that a registry states for the key; "" for none.
	Usage string
	// Start and End bound when it may have signed, both included; zero for open.
	Start, End time.Time
}

// VerifierOptions are what a verifier trusts and demands, once for all calls.
type VerifierOptions struct {
	// Policy is a cretula/policy/v1 document. Required.
	Policy []byte
	// Roots are TrustedRoot documents; each is tried alone.
	Roots [][]byte
	// Keys are managed keys. Without roots and keys nothing verifies.
	Keys []ManagedKey
	// Short asks for reports of at most 1 KiB, for decision logs.
	Short bool
	// Runtime to run in; nil is one that the process shares, with the default bounds.
	Runtime *Runtime
}

// Call is one verification with everything that is optional.
type Call struct {
	// Bundle is one Sigstore bundle in JSON, or what Container says.
	Bundle []byte
	// Artifacts to compare with what was signed, at most 64; none needs dangerous.noArtifact in the policy.
	Artifacts []Artifact
	// Container around the bundles: "jsonl", "npm", "pypi", "google", "cosign" or "dsse"; "" is one bundle.
	Container string
	// Blobs are layers of a cosign manifest, found by digest.
	Blobs [][]byte
	// Now is read only where the policy asks for the present time; zero for none.
	Now time.Time
	// Limits that differ from their defaults, by name (docs/limits.md).
	Limits map[string]uint64
}

// Verifier verifies bundles under one policy and its trusted roots. It may be shared between goroutines.
//
// Instances are kept, since they remember parsed trusted roots; what a call answers never depends on earlier
// ones. One is replaced after an error, and when its memory has grown.
type Verifier struct {
	runtime *Runtime
	policy  []byte
	trust   requestTrust
	options requestOptions

	mutex sync.Mutex
	idle  []*instance
}

// NewVerifier checks the policy and returns a verifier.
//
// The error is a [Failure] for a policy that cannot be read, without trusted roots and keys ([CodeOptions])
// or without the embedded module ([CodeModule]); a [SandboxError] if the sandbox ended the check. A trusted
// root that cannot be read shows in every report.
func NewVerifier(ctx context.Context, options VerifierOptions) (*Verifier, error) {
	runtime, err := options.Runtime.orDefault()
	if err != nil {
		return nil, err
	}
	if len(options.Roots)+len(options.Keys) == 0 {
		return nil, failure(CodeOptions, "a verifier needs a trusted root or a key")
	}
	verifier := &Verifier{runtime: runtime, policy: options.Policy, trust: trustOf(options)}
	if options.Short {
		verifier.options.Report = "short"
	}
	if _, err := CheckPolicy(ctx, runtime, options.Policy); err != nil {
		return nil, err
	}
	return verifier, nil
}

// Verify verifies one bundle for one artifact.
//
// Without an error the report tells the verdict, and [Report.Verified] is the only success. An error is a
// [Failure] or a [SandboxError], and always a denial.
func (v *Verifier) Verify(ctx context.Context, bundle []byte, artifact Artifact) (Report, error) {
	call := Call{Bundle: bundle}
	if !artifact.isNone() {
		call.Artifacts = []Artifact{artifact}
	}
	return v.VerifyCall(ctx, call)
}

// VerifyCall is [Verifier.Verify] with everything that is optional.
func (v *Verifier) VerifyCall(ctx context.Context, call Call) (Report, error) {
	options := v.options
	options.Limits = call.Limits
	if !call.Now.IsZero() {
		options.Now = call.Now.Unix()
	}
	request, err := json.Marshal(verifyRequest{
		Schema:    "cretula/verify-request/v1",
		Bundle:    call.Bundle,
		Container: call.Container,
		Blobs:     call.Blobs,
		Trust:     v.trust,
		Policy:    v.policy,
		Artifacts: artifactsOf(call.Artifacts),
		Options:   options,
	})
	if err != nil {
		return Report{}, failure(CodeOptions, "the request cannot be written as JSON")
	}
	replies, err := v.call(ctx, bytesCall("verify", request))
	if err != nil {
		return Report{}, err
	}
	return readReply(replies[0])
}

// call runs in an instance that was kept, or in a new one. One that ended with an error is thrown away.
func (v *Verifier) call(ctx context.Context, call call) ([][]byte, error) {
	if err := v.runtime.acquire(ctx); err != nil {
		return nil, err
	}
	defer v.runtime.release()
	instance := v.take()
	if instance == nil {
		made, err := v.runtime.instantiate(ctx)
		if err != nil {
			return nil, err
		}
		instance = made
	}
	replies, err := instance.call(ctx, call)
	if err != nil || !v.keep(instance) {
		instance.close(ctx)
	}
	return replies, err
}

func (v *Verifier) take() *instance {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	if len(v.idle) == 0 {
		return nil
	}
	last := len(v.idle) - 1
	instance := v.idle[last]
	v.idle = v.idle[:last]
	return instance
}

func (v *Verifier) keep(instance *instance) bool {
	if instance.memoryBytes() > warmMemoryBytes {
		return false
	}
	v.mutex.Lock()
	defer v.mutex.Unlock()
	if len(v.idle) >= warmInstances {
		return false
	}
	v.idle = append(v.idle, instance)
	return true
}

// Close drops the instances that are kept. The verifier may be used afterwards.
func (v *Verifier) Close(ctx context.Context) {
	v.mutex.Lock()
	idle := v.idle
	v.idle = nil
	v.mutex.Unlock()
	for _, instance := range idle {
		instance.close(ctx)
	}
}
