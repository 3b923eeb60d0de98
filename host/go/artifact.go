package cretula

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"io"
)

// Artifact is what the caller has, compared with what was signed: digests, or bytes.
type Artifact struct {
	// Digests by algorithm name ("sha256", "sha512", "gitCommit"), in lower-case hex.
	Digests map[string]string
	// Bytes of the artifact itself, at most 16 MiB, where a digest does not do: pure Ed25519 over an
	// artifact. Used only without Digests.
	Bytes []byte
}

// SHA256 is an artifact with this digest.
func SHA256(digest [sha256.Size]byte) Artifact {
	return Artifact{Digests: map[string]string{"sha256": hex.EncodeToString(digest[:])}}
}

// ReadArtifact hashes a stream of any length with SHA-256, SHA-384 and SHA-512.
//
// The error is that of the reader.
func ReadArtifact(content io.Reader) (Artifact, error) {
	short, middle, long := sha256.New(), sha512.New384(), sha512.New()
	if _, err := io.Copy(io.MultiWriter(short, middle, long), content); err != nil {
		return Artifact{}, err
	}
	return Artifact{Digests: map[string]string{
		"sha256": hex.EncodeToString(short.Sum(nil)),
		"sha384": hex.EncodeToString(middle.Sum(nil)),
		"sha512": hex.EncodeToString(long.Sum(nil)),
	}}, nil
}

// NoArtifact asks for no comparison; a policy accepts that only with dangerous.noArtifact.
func NoArtifact() Artifact { return Artifact{} }

func (a Artifact) isNone() bool { return len(a.Digests) == 0 && a.Bytes == nil }
