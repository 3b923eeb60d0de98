//! Which algorithms a key may sign with, and what each means for a backend.

use std::fmt;

use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// An algorithm that Cretula signs with; names are those of Sigstore's `PublicKeyDetails`.
///
/// RSA with 2048 bits, P-384 and P-521 with SHA-256 are verified, never signed (algorithm registry of Sigstore), so
/// they have no variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyAlgorithm {
    /// `PKIX_ECDSA_P256_SHA_256`
    EcdsaP256,
    /// `PKIX_ECDSA_P384_SHA_384`
    EcdsaP384,
    /// `PKIX_ECDSA_P521_SHA_512`
    EcdsaP521,
    /// `PKIX_ED25519`: signs the message itself.
    Ed25519,
    /// `PKIX_ED25519_PH`: signs its SHA-512.
    Ed25519Ph,
    /// `PKIX_RSA_PKCS1V15_3072_SHA256`
    RsaPkcs1v15With3072,
    /// `PKIX_RSA_PKCS1V15_4096_SHA256`
    RsaPkcs1v15With4096,
    /// `PKIX_RSA_PSS_3072_SHA256`, salt of 32 octets
    RsaPssWith3072,
    /// `PKIX_RSA_PSS_4096_SHA256`, salt of 32 octets
    RsaPssWith4096,
}

impl KeyAlgorithm {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::EcdsaP256,
        Self::EcdsaP384,
        Self::EcdsaP521,
        Self::Ed25519,
        Self::Ed25519Ph,
        Self::RsaPkcs1v15With3072,
        Self::RsaPkcs1v15With4096,
        Self::RsaPssWith3072,
        Self::RsaPssWith4096,
    ];

    /// Name in the registry.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "PKIX_ECDSA_P256_SHA_256",
            Self::EcdsaP384 => "PKIX_ECDSA_P384_SHA_384",
            Self::EcdsaP521 => "PKIX_ECDSA_P521_SHA_512",
            Self::Ed25519 => "PKIX_ED25519",
            Self::Ed25519Ph => "PKIX_ED25519_PH",
            Self::RsaPkcs1v15With3072 => "PKIX_RSA_PKCS1V15_3072_SHA256",
            Self::RsaPkcs1v15With4096 => "PKIX_RSA_PKCS1V15_4096_SHA256",
            Self::RsaPssWith3072 => "PKIX_RSA_PSS_3072_SHA256",
            Self::RsaPssWith4096 => "PKIX_RSA_PSS_4096_SHA256",
        }
    }

    /// From its name; `None` for everything that is never signed.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|algorithm| algorithm.name() == name)
    }

    /// How its signatures are encoded by the backends of this library: `der` for ECDSA, else `raw`.
    #[must_use]
    pub const fn encoding(self) -> &'static str {
        match self {
            Self::EcdsaP256 | Self::EcdsaP384 | Self::EcdsaP521 => "der",
            Self::Ed25519
            | Self::Ed25519Ph
            | Self::RsaPkcs1v15With3072
            | Self::RsaPkcs1v15With4096
            | Self::RsaPssWith3072
            | Self::RsaPssWith4096 => "raw",
        }
    }

    /// The digest that a backend for digests signs; `None` for pure Ed25519, which takes the message.
    #[must_use]
    pub fn digest(self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::EcdsaP384 => Some(Sha384::digest(message).to_vec()),
            Self::EcdsaP521 | Self::Ed25519Ph => Some(Sha512::digest(message).to_vec()),
            Self::Ed25519 => None,
            Self::EcdsaP256
            | Self::RsaPkcs1v15With3072
            | Self::RsaPkcs1v15With4096
            | Self::RsaPssWith3072
            | Self::RsaPssWith4096 => Some(Sha256::digest(message).to_vec()),
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_registry() {
        for algorithm in KeyAlgorithm::ALL.iter().copied() {
            assert_eq!(KeyAlgorithm::from_name(algorithm.name()), Some(algorithm));
            assert!(cretula_crypto::KeyDetails::from_name(algorithm.name()).is_some(), "{algorithm}");
        }
        for never_signed in ["PKIX_RSA_PKCS1V15_2048_SHA256", "PKIX_ECDSA_P384_SHA_256", "ML_DSA_65", ""] {
            assert_eq!(KeyAlgorithm::from_name(never_signed), None, "{never_signed}");
        }
    }

    #[test]
    fn digests_have_the_length_of_the_hash() {
        let length = |algorithm: KeyAlgorithm| algorithm.digest(b"m").map(|digest| digest.len());
        let lengths: Vec<_> = KeyAlgorithm::ALL.iter().copied().map(length).collect();
        let (short, long) = (Some(32), Some(64));
        assert_eq!(lengths, [short, Some(48), long, None, long, short, short, short, short]);
    }
}
