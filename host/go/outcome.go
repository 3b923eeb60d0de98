package cretula

import (
	"context"
	"errors"
)

// Sealed is a bundle that passed the verifier.
type Sealed struct {
	// Bundle is a Sigstore bundle v0.3, one line of JSON.
	Bundle []byte
	// Report of its verification.
	Report Report
	// Evidence of what exists outside besides what is in the bundle, as JSON: certificates and log entries of
	// attempts that were given up. nil is nothing.
	Evidence []byte
}

// AttestError says why there is no bundle. It holds no token, no key and no whole text of an attacker.
type AttestError struct {
	code, path, detail string
	resumable          bool
	evidence           []byte
	record             *Record
	wrapped            error
}

// Code returns the stable code.
func (e *AttestError) Code() string { return e.code }

// Path returns the RFC 6901 pointer into the request, if a member is at fault, or "".
func (e *AttestError) Path() string { return e.path }

// Detail returns at most 256 bytes for people, or "".
func (e *AttestError) Detail() string { return e.detail }

// Resumable says whether the run can be taken up again with [Attestor.Resume].
func (e *AttestError) Resumable() bool { return e.resumable }

// Record returns the record of a run that can be taken up again.
func (e *AttestError) Record() (Record, bool) {
	if !e.resumable || e.record == nil {
		return Record{}, false
	}
	return *e.record, true
}

// Evidence returns what exists outside already, as JSON; nil for nothing.
func (e *AttestError) Evidence() []byte { return e.evidence }

// Unwrap returns the error of the sandbox, the context or the caller's own hook, if there is one.
func (e *AttestError) Unwrap() error { return e.wrapped }

func (e *AttestError) Error() string { return describeError(e.code, e.path, e.detail) }

// hostError is a failure of the host itself.
func hostError(code, detail string) *AttestError {
	return &AttestError{code: code, detail: clip(detail)}
}

// asAttestError gives any error of this package the type that a run ends with.
func asAttestError(err error) *AttestError {
	var known *AttestError
	var failed *Failure
	var sandbox *SandboxError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &failed):
		return &AttestError{code: failed.code, path: failed.path, detail: failed.detail, wrapped: err}
	case errors.As(err, &sandbox) && sandbox.Cause == CauseCancelled:
		return &AttestError{code: CodeCancelled, detail: sandbox.Detail, wrapped: err}
	case errors.As(err, &sandbox):
		return &AttestError{code: CodeSandbox, detail: clip(sandbox.Error()), wrapped: err}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &AttestError{code: CodeCancelled, detail: err.Error(), wrapped: err}
	}
	return &AttestError{code: CodeSandbox, detail: clip(err.Error()), wrapped: err}
}
