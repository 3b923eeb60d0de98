package cretula

import (
	"context"
	"time"
)

// The document cretula/verify-request/v1; []byte is written as padded standard base64.
type verifyRequest struct {
	Schema    string            `json:"schema"`
	Bundle    []byte            `json:"bundle"`
	Container string            `json:"container,omitzero"`
	Blobs     [][]byte          `json:"blobs,omitempty"`
	Trust     requestTrust      `json:"trust"`
	Policy    []byte            `json:"policy"`
	Artifacts []requestArtifact `json:"artifacts,omitempty"`
	Options   requestOptions    `json:"options,omitzero"`
}

type requestTrust struct {
	Roots [][]byte     `json:"roots,omitempty"`
	Keys  []requestKey `json:"keys,omitempty"`
}

type requestKey struct {
	ID         string      `json:"id"`
	Key        []byte      `json:"key"`
	KeyDetails string      `json:"keyDetails,omitzero"`
	Encoding   string      `json:"encoding,omitzero"`
	Usage      string      `json:"usage,omitzero"`
	ValidFor   requestTime `json:"validFor,omitzero"`
}

type requestTime struct {
	Start string `json:"start,omitzero"`
	End   string `json:"end,omitzero"`
}

type requestArtifact struct {
	Digests map[string]string `json:"digests,omitempty"`
	Bytes   *[]byte           `json:"bytes,omitzero"`
}

type requestOptions struct {
	Report string            `json:"report,omitzero"`
	Now    int64             `json:"now,omitzero"`
	Limits map[string]uint64 `json:"limits,omitempty"`
}

// IsZero leaves out options without a member.
func (o requestOptions) IsZero() bool { return o.Report == "" && o.Now == 0 && len(o.Limits) == 0 }

func trustOf(options VerifierOptions) requestTrust {
	trust := requestTrust{Roots: options.Roots}
	for _, key := range options.Keys {
		trust.Keys = append(trust.Keys, requestKey{
			ID: key.ID, Key: key.Key, KeyDetails: key.KeyDetails, Encoding: key.Encoding, Usage: key.Usage,
			ValidFor: requestTime{Start: instant(key.Start), End: instant(key.End)},
		})
	}
	return trust
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func artifactsOf(artifacts []Artifact) []requestArtifact {
	var written []requestArtifact
	for _, artifact := range artifacts {
		if len(artifact.Digests) > 0 {
			written = append(written, requestArtifact{Digests: artifact.Digests})
		} else {
			written = append(written, requestArtifact{Bytes: &artifact.Bytes})
		}
	}
	return written
}

// VerifyDocument answers a complete cretula/verify-request/v1 document, in an instance of its own.
//
// It is the interface of the module itself, for callers that have such a document; [NewVerifier] is for all
// others. The report and the errors are those of [Verifier.Verify]. A nil runtime is the one that the process
// shares.
func VerifyDocument(ctx context.Context, runtime *Runtime, request []byte) (Report, error) {
	reply, err := single(ctx, runtime, bytesCall("verify", request))
	if err != nil {
		return Report{}, err
	}
	return readReply(reply)
}

// Inspect shows what a bundle contains, as JSON. Nothing in the answer has been verified.
//
// The error is a [Failure] for what is no bundle, or a [SandboxError].
func Inspect(ctx context.Context, runtime *Runtime, bundle []byte) ([]byte, error) {
	reply, err := single(ctx, runtime, bytesCall("inspect", bundle))
	return orFailure(reply, err)
}

// CheckPolicy returns a cretula/policy/v1 document with its preset written out.
//
// The error is a [Failure] that says where the policy is wrong, or a [SandboxError].
func CheckPolicy(ctx context.Context, runtime *Runtime, policy []byte) ([]byte, error) {
	reply, err := single(ctx, runtime, bytesCall("check-policy", policy))
	return orFailure(reply, err)
}

// single runs one call with one reply in an instance of its own.
func single(ctx context.Context, runtime *Runtime, call call) ([]byte, error) {
	runtime, err := runtime.orDefault()
	if err != nil {
		return nil, err
	}
	replies, err := runtime.fresh(ctx, call)
	if err != nil {
		return nil, err
	}
	return replies[0], nil
}

// orFailure turns a cretula/error/v1 document into an error.
func orFailure(document []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	if schemaOf(document) == "cretula/error/v1" {
		return nil, readFailure(document)
	}
	return document, nil
}
