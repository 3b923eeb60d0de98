package cretula

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"time"
)

// SigningKey is a [crypto.Signer] for keys that live elsewhere: it knows its algorithm and version, and its
// calls end with their context. Any other crypto.Signer is used as it is, with the algorithm of its type.
//
// Every signature is verified by the module before it is used, so a key that lies costs a run and nothing
// else.
type SigningKey interface {
	crypto.Signer
	// Describe reads the key as it is. It is called again when another version signed. Errors are [KeyError];
	// any other error is final.
	Describe(ctx context.Context) (KeyDescription, error)
	// SignGuarded signs the whole message; a backend for digests hashes it with the hash of its algorithm.
	SignGuarded(ctx context.Context, message GuardedMessage) (KeySignature, error)
}

// KeyDescription is what a key tells of itself.
type KeyDescription struct {
	// PublicKey is a SubjectPublicKeyInfo, DER.
	PublicKey []byte
	// Algorithm is its name in Sigstore's registry, such as "PKIX_ECDSA_P256_SHA_256" (generation.md §5.3).
	Algorithm string
	// ID of the key at the host, for audit lines; "" is the name in the configuration.
	ID string
	// Version at the backend; "" if it has none.
	Version string
	// Chain of certificates, DER, leaf first; empty if there are none.
	Chain [][]byte
}

// KeySignature is a signature over a whole message.
type KeySignature struct {
	// Bytes of the signature.
	Bytes []byte
	// Encoding: "der" or "p1363" for ECDSA, "raw" for EdDSA and RSA.
	Encoding string
	// Version that signed; "" if the backend has none.
	Version string
}

// GuardedMessage is a message that the guard has let pass for this request and whose audit line is written.
// Only this package makes one that is not empty, so that no program signs around the guard with keys that
// take it.
type GuardedMessage struct{ bytes []byte }

// Bytes returns the complete message, never a digest: a DSSE pre-authentication encoding, a
// CertificationRequestInfo or a TBSCertificate. It is not changed by anybody.
func (m GuardedMessage) Bytes() []byte { return m.bytes }

// KeyErrorKind is a kind of [KeyError].
type KeyErrorKind string

const (
	// KeyDenied: no such key, or not for this request.
	KeyDenied KeyErrorKind = "denied"
	// KeyExpired: the key, its lease or its certificate is no longer usable.
	KeyExpired KeyErrorKind = "expired"
	// KeyTooLarge: the backend does not take so long a message.
	KeyTooLarge KeyErrorKind = "too-large"
	// KeyWrongVersion: another version of the key is current than the one that was read.
	KeyWrongVersion KeyErrorKind = "wrong-version"
	// KeyThrottled: the backend asks to come back later; retried.
	KeyThrottled KeyErrorKind = "throttled"
	// KeyTimedOut: no answer in time; retried.
	KeyTimedOut KeyErrorKind = "timed-out"
	// KeyUnavailable: not reached, or broken off; retried.
	KeyUnavailable KeyErrorKind = "unavailable"
	// KeyOther: anything else; final.
	KeyOther KeyErrorKind = "other"
)

// KeyError says why a key did not do what it was asked. It holds no key material and no token.
type KeyError struct {
	// Kind decides whether it is tried again.
	Kind KeyErrorKind
	// RetryAfter is when the backend wants to be asked again, for [KeyThrottled]; zero if it did not say.
	RetryAfter time.Duration
	// Detail is for people.
	Detail string
}

func (e *KeyError) Error() string { return fmt.Sprintf("key %s: %s", e.Kind, e.Detail) }

// opts is how crypto.Signer is asked for each algorithm.
var algorithmOptions = map[string]crypto.SignerOpts{
	"PKIX_ECDSA_P256_SHA_256":       crypto.SHA256,
	"PKIX_ECDSA_P384_SHA_384":       crypto.SHA384,
	"PKIX_ECDSA_P521_SHA_512":       crypto.SHA512,
	"PKIX_ED25519":                  crypto.Hash(0),
	"PKIX_RSA_PKCS1V15_3072_SHA256": crypto.SHA256,
	"PKIX_RSA_PKCS1V15_4096_SHA256": crypto.SHA256,
}

// algorithmOf names the algorithm that a key of this type signs with.
func algorithmOf(public crypto.PublicKey) (name, encoding string, err error) {
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		switch key.Curve {
		case elliptic.P256():
			return "PKIX_ECDSA_P256_SHA_256", "der", nil
		case elliptic.P384():
			return "PKIX_ECDSA_P384_SHA_384", "der", nil
		case elliptic.P521():
			return "PKIX_ECDSA_P521_SHA_512", "der", nil
		}
	case ed25519.PublicKey:
		return "PKIX_ED25519", "raw", nil
	case *rsa.PublicKey:
		switch key.N.BitLen() {
		case 3072:
			return "PKIX_RSA_PKCS1V15_3072_SHA256", "raw", nil
		case 4096:
			return "PKIX_RSA_PKCS1V15_4096_SHA256", "raw", nil
		}
	}
	return "", "", &KeyError{Kind: KeyOther, Detail: fmt.Sprintf("keys of type %T or of this size do not sign", public)}
}

// describe reads any signer.
func describe(ctx context.Context, signer crypto.Signer) (KeyDescription, error) {
	if key, ok := signer.(SigningKey); ok {
		return key.Describe(ctx)
	}
	name, _, err := algorithmOf(signer.Public())
	if err != nil {
		return KeyDescription{}, err
	}
	spki, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return KeyDescription{}, &KeyError{Kind: KeyOther, Detail: "the public key cannot be encoded"}
	}
	return KeyDescription{PublicKey: spki, Algorithm: name}, nil
}
