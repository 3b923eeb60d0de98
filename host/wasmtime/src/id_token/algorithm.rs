//! Algorithms of ID tokens. The key has one; the header only repeats it.

use cretula_crypto::{HashAlgorithm, KeyKind, SignatureScheme};

/// One of the four (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// ECDSA, P-256, SHA-256.
    Es256,
    /// ECDSA, P-384, SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
    /// RSASSA-PKCS1-v1_5, SHA-256.
    Rs256,
}

impl Algorithm {
    const ALL: [Self; 4] = [Self::Es256, Self::Es384, Self::EdDsa, Self::Rs256];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The only algorithm of a kind of key.
    pub(super) const fn of_key(kind: KeyKind) -> Option<Self> {
        match kind {
            KeyKind::P256 => Some(Self::Es256),
            KeyKind::P384 => Some(Self::Es384),
            KeyKind::Ed25519 => Some(Self::EdDsa),
            KeyKind::Rsa { pss: false, .. } => Some(Self::Rs256),
            KeyKind::P521 | KeyKind::Rsa { pss: true, .. } => None,
        }
    }

    pub(super) const fn scheme(self) -> SignatureScheme {
        match self {
            Self::Es256 => SignatureScheme::Ecdsa(HashAlgorithm::Sha256),
            Self::Es384 => SignatureScheme::Ecdsa(HashAlgorithm::Sha384),
            Self::EdDsa => SignatureScheme::Ed25519,
            Self::Rs256 => SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256),
        }
    }
}
