package cretula

import (
	"context"
	"crypto"
	"time"
)

// DefaultKeyTimeout is how long one call of a key may take.
const DefaultKeyTimeout = 30 * time.Second

// TrustSource brings a ClientTrustConfig v0.1: what to trust, and where to sign.
type TrustSource interface {
	// Current returns the current document. after is one that turned out to be out of date, since a log in it
	// takes no more entries; nil at the start of a run.
	Current(ctx context.Context, after []byte) ([]byte, error)
}

// FixedTrust is one document that never changes, for hosts that are given it from outside.
type FixedTrust []byte

// Current implements [TrustSource].
func (t FixedTrust) Current(_ context.Context, after []byte) ([]byte, error) {
	if after != nil {
		return nil, hostError("config/expired", "the trust configuration of this host is fixed")
	}
	return t, nil
}

// AttestorOptions are what a control plane configures once.
type AttestorOptions struct {
	// Config is a cretula/config/v1 document: modes, build types, issuers. Required; its member `keys` is not
	// used here.
	Config []byte
	// Trust says what to trust and where to sign. Required.
	Trust TrustSource
	// Audit takes a line before every signature. Required.
	Audit AuditSink
	// KeyTimeout bounds one call of a key; zero is [DefaultKeyTimeout].
	KeyTimeout time.Duration
	// Runtime to run in; nil is one that the process shares, with the default bounds.
	Runtime *Runtime
}

// Attestor seals what a control plane knows. It may be shared between goroutines.
//
// The module asks, Go does: describe a key, sign, send. Each step and each guard runs in an instance of its
// own.
type Attestor struct {
	runtime    *Runtime
	config     hostConfig
	trust      TrustSource
	audit      AuditSink
	keyTimeout time.Duration
	module     string
	clock      clock
}

// clock is replaced by tests, which do not wait.
type clock struct {
	now   func() time.Time
	sleep func(ctx context.Context, d time.Duration) error
}

// NewAttestor checks the configuration and returns an attestor.
//
// The error is an [AttestError]: [CodeOptions] without configuration, trust or audit sink; the code and place
// of a configuration that cannot be read. It is a [Failure] with [CodeModule] without the embedded module.
func NewAttestor(ctx context.Context, options AttestorOptions) (*Attestor, error) {
	switch {
	case len(options.Config) == 0:
		return nil, hostError(CodeOptions, "an attestor needs a configuration")
	case options.Trust == nil:
		return nil, hostError(CodeOptions, "an attestor needs a source of trust")
	case options.Audit == nil:
		return nil, hostError(CodeOptions, "an attestor needs an audit sink: nothing is signed without a line")
	case options.KeyTimeout < 0:
		return nil, hostError(CodeOptions, "a time limit is not negative")
	}
	module, err := ModuleSHA256()
	if err != nil {
		return nil, err
	}
	runtime, err := options.Runtime.orDefault()
	if err != nil {
		return nil, err
	}
	config, err := readConfig(ctx, runtime, options.Config)
	if err != nil {
		return nil, err
	}
	timeout := options.KeyTimeout
	if timeout == 0 {
		timeout = DefaultKeyTimeout
	}
	return &Attestor{
		runtime: runtime, config: config, trust: options.Trust, audit: options.Audit, keyTimeout: timeout, module: module,
		clock: clock{now: time.Now, sleep: sleep},
	}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Attest seals: it builds the statement, gets it signed, certified, timestamped and logged as the mode says,
// and returns the bundle that passed the verifier.
//
// signer is the key that the mode names: the managed key, or that of the private authority. It is nil where
// Fulcio certifies, since that key is made here for one bundle and never leaves.
//
// The error is an [AttestError] with any code of generation, guard, keys and services. When ctx ends, the run
// ends with [CodeCancelled], whatever it was doing.
func (a *Attestor) Attest(
	ctx context.Context, facts Facts, claims TenantClaims, job Job, signer crypto.Signer, services Services,
) (*Sealed, error) {
	run, err := a.prepare(ctx, facts, claims, job, signer, services)
	if err != nil {
		return nil, err
	}
	return run.begin(ctx)
}

// Resume takes up a run from its record, for the same facts, claims and job. The bundle is verified once
// more, against what this host knows, since a record may have been changed in storage.
//
// The error is as for [Attestor.Attest]; state/… for a record that is none, bundle/self-verify for one of
// another run.
func (a *Attestor) Resume(
	ctx context.Context, record Record, facts Facts, claims TenantClaims, job Job, signer crypto.Signer,
	services Services,
) (*Sealed, error) {
	run, err := a.prepare(ctx, facts, claims, job, signer, services)
	if err != nil {
		return nil, err
	}
	return run.resume(ctx, record)
}

// Statement builds the in-toto Statement, byte for byte as it would be signed, and signs nothing.
//
// The error is an [AttestError] with a code of generation.
func (a *Attestor) Statement(ctx context.Context, facts Facts, claims TenantClaims, job Job) ([]byte, error) {
	run, err := a.prepare(ctx, facts, claims, job, nil, Services{})
	if err != nil {
		return nil, err
	}
	return run.statement(ctx)
}
