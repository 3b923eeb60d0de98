package cretula

import (
	"errors"
	"fmt"
)

// Codes of the host itself; those of the module are listed in docs/codes.md of the repository. Codes are
// stable: programs compare them and nothing else.
const (
	// CodeSandbox: the sandbox ended the call.
	CodeSandbox = "host/sandbox"
	// CodeModule: the embedded module is missing, imports something, or cannot be compiled.
	CodeModule = "host/module"
	// CodeOptions: an option that a constructor or call needs is missing or wrong.
	CodeOptions = "host/options"
	// CodeCancelled: the caller's context ended while a run waited for a key or a service.
	CodeCancelled = "host/cancelled"
	// CodeJournal: the record of a run cannot be kept or read, so the next action is not performed.
	CodeJournal = "host/journal"
	// CodeToken: the caller's source of ID tokens has none.
	CodeToken = "host/token"
	// CodeAudit: the audit hook did not take the line, so nothing was signed.
	CodeAudit = "audit/unavailable"
)

// Code returns the stable code of an error of this package, and "" for any other error.
func Code(err error) string {
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return ""
}

// Cause says which of the five ways ended a call in the sandbox.
type Cause string

const (
	// CauseCancelled: the caller's context was cancelled or its deadline passed.
	CauseCancelled Cause = "cancelled"
	// CauseDeadline: the deadline of [RuntimeOptions] passed.
	CauseDeadline Cause = "deadline"
	// CauseMemory: more memory was asked for than the limit.
	CauseMemory Cause = "memory"
	// CauseReply: the reply is not a document of the contract.
	CauseReply Cause = "reply"
	// CauseTrap: the module trapped, or could not be instantiated.
	CauseTrap Cause = "trap"
)

// SandboxError says why the sandbox ended a call. It is always a denial; the instance has been thrown away.
type SandboxError struct {
	// Cause of the end.
	Cause Cause
	// Detail is for people; never input text.
	Detail string

	wrapped error
}

// Code returns [CodeSandbox].
func (e *SandboxError) Code() string { return CodeSandbox }

// Unwrap returns the error of the caller's context for [CauseCancelled].
func (e *SandboxError) Unwrap() error { return e.wrapped }

func (e *SandboxError) Error() string {
	return fmt.Sprintf("%s: %s: %s", CodeSandbox, causeTexts[e.Cause], e.Detail)
}

var causeTexts = map[Cause]string{
	CauseCancelled: "the caller gave up",
	CauseDeadline:  "the deadline passed",
	CauseMemory:    "the memory limit was reached",
	CauseReply:     "the reply cannot be read",
	CauseTrap:      "the module trapped",
}

// Failure is a call that was wrong, a cretula/error/v1 document: a policy, a trusted root or another input
// that cannot be read. It is always a denial. A bundle that cannot be read is no Failure but a [Report] that
// is refused.
type Failure struct {
	code, path, detail string
	document           []byte
}

// Code returns the stable code: input/…, policy/…, limits/… or one of the host.
func (f *Failure) Code() string { return f.code }

// Path returns the RFC 6901 pointer to the place, or "".
func (f *Failure) Path() string { return f.path }

// Detail returns what was found, for people, or "".
func (f *Failure) Detail() string { return f.detail }

// JSON returns the cretula/error/v1 document as the module wrote it; nil for a failure of the host.
func (f *Failure) JSON() []byte { return f.document }

func (f *Failure) Error() string { return describeError(f.code, f.path, f.detail) }

func failure(code, detail string) *Failure { return &Failure{code: code, detail: detail} }

func describeError(code, path, detail string) string {
	text := code
	if path != "" {
		text += " at " + path
	}
	if detail != "" {
		text += ": " + detail
	}
	return text
}
