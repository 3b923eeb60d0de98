package cretula

import (
	"bytes"
	json "encoding/json/v2"
)

// Verdict of a report. Everything but [Verified] is a denial; so is the zero value.
type Verdict string

const (
	// Verified: every required check passed.
	Verified Verdict = "verified"
	// Refused: at least one check failed.
	Refused Verdict = "refused"
)

// Report is what a verification established, a cretula/report/v1 document. Only a [Verifier] makes one that
// is verified; the zero value is not.
type Report struct {
	head     reportHead
	document []byte
}

type reportHead struct {
	Schema  string  `json:"schema"`
	Verdict Verdict `json:"verdict"`
	Code    string  `json:"code"`
	Stage   string  `json:"stage"`
	CheckID string  `json:"checkId"`
}

// Verified says whether every required check passed. It is the only success.
func (r Report) Verified() bool { return r.head.Verdict == Verified }

// Verdict returns the verdict; "" for the zero value.
func (r Report) Verdict() Verdict { return r.head.Verdict }

// Code returns the stable code of the first failed check in stage order, such as "signature/invalid"; "" if
// verified.
func (r Report) Code() string { return r.head.Code }

// Stage returns the stage of that check, such as "signature"; "" if verified.
func (r Report) Stage() string { return r.head.Stage }

// CheckID returns the identifier of that check as docs/checks.md lists it; "" if verified.
func (r Report) CheckID() string { return r.head.CheckID }

// JSON returns the document, byte for byte as the module wrote it (RFC 8785): the same on every engine.
func (r Report) JSON() []byte { return bytes.Clone(r.document) }

// MarshalJSON returns the document; null for the zero value.
func (r Report) MarshalJSON() ([]byte, error) {
	if r.document == nil {
		return []byte("null"), nil
	}
	return r.JSON(), nil
}

// readReply reads what `verify` answered. Anything that is neither a report nor an error is a denial by the
// sandbox.
func readReply(document []byte) (Report, error) {
	unreadable := &SandboxError{Cause: CauseReply, Detail: "neither a report nor an error"}
	if !bytes.HasPrefix(document, []byte("{")) {
		return Report{}, unreadable
	}
	var head reportHead
	if json.Unmarshal(document, &head) != nil {
		return Report{}, unreadable
	}
	switch {
	case head.Schema == "cretula/report/v1" && (head.Verdict == Verified || head.Verdict == Refused):
		return Report{head: head, document: document}, nil
	case head.Schema == "cretula/error/v1" && head.Verdict == "":
		return Report{}, readFailure(document)
	}
	return Report{}, unreadable
}

// readFailure reads a cretula/error/v1 document; another document is a denial by the sandbox.
func readFailure(document []byte) error {
	var failed struct {
		Schema string `json:"schema"`
		Error  struct {
			Code   string `json:"code"`
			Path   string `json:"path"`
			Detail string `json:"detail"`
		} `json:"error"`
	}
	err := json.Unmarshal(document, &failed)
	if err != nil || failed.Schema != "cretula/error/v1" || failed.Error.Code == "" {
		return &SandboxError{Cause: CauseReply, Detail: "not an error of the contract"}
	}
	found := failed.Error
	return &Failure{code: found.Code, path: found.Path, detail: found.Detail, document: document}
}
