//! The Sigstore registry of key details (`PublicKeyDetails` of protobuf-specs `sigstore_common`).

use crate::{
    HashAlgorithm::{Sha256, Sha384, Sha512},
    KeyKind, SignatureScheme, VerificationKey,
};

/// A registered combination of key and scheme: Sigstore `PublicKeyDetails`.
#[expect(non_camel_case_types, reason = "the registry's own spelling")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyDetails {
    /// 1: any allowed RSA size, SHA-256
    PKCS1_RSA_PKCS1V5,
    /// 3: any allowed RSA size, SHA-256
    PKIX_RSA_PKCS1V5,
    /// 5 (6 is read as 5)
    PKIX_ECDSA_P256_SHA_256,
    /// 7
    PKIX_ED25519,
    /// 8
    PKIX_ED25519_PH,
    /// 9
    PKIX_RSA_PKCS1V15_2048_SHA256,
    /// 10
    PKIX_RSA_PKCS1V15_3072_SHA256,
    /// 11
    PKIX_RSA_PKCS1V15_4096_SHA256,
    /// 12
    PKIX_ECDSA_P384_SHA_384,
    /// 13
    PKIX_ECDSA_P521_SHA_512,
    /// 16
    PKIX_RSA_PSS_2048_SHA256,
    /// 17
    PKIX_RSA_PSS_3072_SHA256,
    /// 18
    PKIX_RSA_PSS_4096_SHA256,
    /// 19: deprecated
    PKIX_ECDSA_P384_SHA_256,
    /// 20: deprecated
    PKIX_ECDSA_P521_SHA_256,
}

/// The key that an entry demands.
#[derive(Clone, Copy)]
enum Demand {
    Kind(KeyKind),
    RsaAnySize,
    RsaOf(u32),
}

impl Demand {
    fn accepts(self, kind: KeyKind) -> bool {
        match (self, kind) {
            (Self::Kind(demanded), present) => demanded == present,
            (Self::RsaAnySize, KeyKind::Rsa { .. }) => true,
            (Self::RsaOf(demanded), KeyKind::Rsa { bits, .. }) => demanded == bits,
            (
                Self::RsaAnySize | Self::RsaOf(_),
                KeyKind::P256 | KeyKind::P384 | KeyKind::P521 | KeyKind::Ed25519,
            ) => false,
        }
    }
}

impl KeyDetails {
    /// All of them, in registry order.
    pub const ALL: &'static [Self] = &[
        Self::PKCS1_RSA_PKCS1V5,
        Self::PKIX_RSA_PKCS1V5,
        Self::PKIX_ECDSA_P256_SHA_256,
        Self::PKIX_ED25519,
        Self::PKIX_ED25519_PH,
        Self::PKIX_RSA_PKCS1V15_2048_SHA256,
        Self::PKIX_RSA_PKCS1V15_3072_SHA256,
        Self::PKIX_RSA_PKCS1V15_4096_SHA256,
        Self::PKIX_ECDSA_P384_SHA_384,
        Self::PKIX_ECDSA_P521_SHA_512,
        Self::PKIX_RSA_PSS_2048_SHA256,
        Self::PKIX_RSA_PSS_3072_SHA256,
        Self::PKIX_RSA_PSS_4096_SHA256,
        Self::PKIX_ECDSA_P384_SHA_256,
        Self::PKIX_ECDSA_P521_SHA_256,
    ];

    /// From the registry name. `PKIX_ECDSA_P256_HMAC_SHA_256` (6) reads as [`Self::PKIX_ECDSA_P256_SHA_256`].
    /// Unsupported names: `None`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "PKIX_ECDSA_P256_HMAC_SHA_256" {
            return Some(Self::PKIX_ECDSA_P256_SHA_256);
        }
        Self::ALL.iter().copied().find(|details| details.name() == name)
    }

    /// From the registry number; 6 reads as 5. Unsupported numbers: `None`.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        let number = if number == 6 { 5 } else { number };
        Self::ALL.iter().copied().find(|details| details.number() == number)
    }

    /// Registry number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.row().0
    }

    /// Registry name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().1
    }

    /// The scheme.
    #[must_use]
    pub const fn scheme(self) -> SignatureScheme {
        self.row().3
    }

    /// Whether the key has the type, curve or modulus size that this entry demands (1 and 3: any allowed RSA size).
    /// A key whose SPKI says id-RSASSA-PSS fits only PSS entries, and only with the hash that its SPKI allows.
    #[must_use]
    pub fn fits(self, key: &VerificationKey) -> bool {
        self.row().2.accepts(key.kind()) && key.allows(self.scheme())
    }

    /// The entry with this scheme for this key, such as (P-256, ECDSA SHA-256) → 5. RSA sizes outside the registry
    /// and combinations that are not registered: `None`.
    #[must_use]
    pub fn for_key(kind: KeyKind, scheme: SignatureScheme) -> Option<Self> {
        let restricted = matches!(kind, KeyKind::Rsa { pss: true, .. });
        if restricted && !matches!(scheme, SignatureScheme::RsaPss(_)) {
            return None;
        }
        let sized = |details: &Self| !matches!(details.row().2, Demand::RsaAnySize);
        let fitting = |details: &Self| details.row().2.accepts(kind) && details.scheme() == scheme;
        Self::ALL.iter().copied().find(|details| sized(details) && fitting(details))
    }

    /// Whether the key is written as PKCS#1 RSAPublicKey, without SubjectPublicKeyInfo: 1.
    #[must_use]
    pub const fn is_pkcs1(self) -> bool {
        matches!(self, Self::PKCS1_RSA_PKCS1V5)
    }

    /// Deprecated, verify only, flagged: 19 and 20.
    #[must_use]
    pub const fn is_compat(self) -> bool {
        matches!(self, Self::PKIX_ECDSA_P384_SHA_256 | Self::PKIX_ECDSA_P521_SHA_256)
    }

    /// The line of the registry: number, name, demanded key, scheme.
    #[rustfmt::skip]
    const fn row(self) -> (u64, &'static str, Demand, SignatureScheme) {
        use Demand::{Kind, RsaAnySize, RsaOf};
        use KeyKind::{Ed25519, P256, P384, P521};
        use SignatureScheme::{Ecdsa, Ed25519 as PureEd25519, Ed25519Ph, RsaPkcs1, RsaPss};
        match self {
            Self::PKCS1_RSA_PKCS1V5 => (1, "PKCS1_RSA_PKCS1V5", RsaAnySize, RsaPkcs1(Sha256)),
            Self::PKIX_RSA_PKCS1V5 => (3, "PKIX_RSA_PKCS1V5", RsaAnySize, RsaPkcs1(Sha256)),
            Self::PKIX_ECDSA_P256_SHA_256 => (5, "PKIX_ECDSA_P256_SHA_256", Kind(P256), Ecdsa(Sha256)),
            Self::PKIX_ED25519 => (7, "PKIX_ED25519", Kind(Ed25519), PureEd25519),
            Self::PKIX_ED25519_PH => (8, "PKIX_ED25519_PH", Kind(Ed25519), Ed25519Ph),
            Self::PKIX_RSA_PKCS1V15_2048_SHA256 => (9, "PKIX_RSA_PKCS1V15_2048_SHA256", RsaOf(2048), RsaPkcs1(Sha256)),
            Self::PKIX_RSA_PKCS1V15_3072_SHA256 => (10, "PKIX_RSA_PKCS1V15_3072_SHA256", RsaOf(3072), RsaPkcs1(Sha256)),
            Self::PKIX_RSA_PKCS1V15_4096_SHA256 => (11, "PKIX_RSA_PKCS1V15_4096_SHA256", RsaOf(4096), RsaPkcs1(Sha256)),
            Self::PKIX_ECDSA_P384_SHA_384 => (12, "PKIX_ECDSA_P384_SHA_384", Kind(P384), Ecdsa(Sha384)),
            Self::PKIX_ECDSA_P521_SHA_512 => (13, "PKIX_ECDSA_P521_SHA_512", Kind(P521), Ecdsa(Sha512)),
            Self::PKIX_RSA_PSS_2048_SHA256 => (16, "PKIX_RSA_PSS_2048_SHA256", RsaOf(2048), RsaPss(Sha256)),
            Self::PKIX_RSA_PSS_3072_SHA256 => (17, "PKIX_RSA_PSS_3072_SHA256", RsaOf(3072), RsaPss(Sha256)),
            Self::PKIX_RSA_PSS_4096_SHA256 => (18, "PKIX_RSA_PSS_4096_SHA256", RsaOf(4096), RsaPss(Sha256)),
            Self::PKIX_ECDSA_P384_SHA_256 => (19, "PKIX_ECDSA_P384_SHA_256", Kind(P384), Ecdsa(Sha256)),
            Self::PKIX_ECDSA_P521_SHA_256 => (20, "PKIX_ECDSA_P521_SHA_256", Kind(P521), Ecdsa(Sha256)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        for details in KeyDetails::ALL.iter().copied() {
            assert_eq!(KeyDetails::from_name(details.name()), Some(details));
            assert_eq!(KeyDetails::from_number(details.number()), Some(details));
            assert_eq!(alloc::format!("{details:?}"), details.name());
        }
        assert!(KeyDetails::ALL.is_sorted());
        assert!(KeyDetails::ALL.is_sorted_by_key(|details| details.number()));
        let p256 = Some(KeyDetails::PKIX_ECDSA_P256_SHA_256);
        assert_eq!(KeyDetails::from_number(6), p256);
        assert_eq!(KeyDetails::from_name("PKIX_ECDSA_P256_HMAC_SHA_256"), p256);
        for number in [0, 2, 4, 14, 15, 21, 22, 23, u64::MAX] {
            assert_eq!(KeyDetails::from_number(number), None);
        }
        let pkcs1: alloc::vec::Vec<_> = KeyDetails::ALL.iter().filter(|details| details.is_pkcs1()).collect();
        assert_eq!(pkcs1, [&KeyDetails::PKCS1_RSA_PKCS1V5]);
        assert_eq!(KeyDetails::from_name("PKIX_RSA_PSS"), None);
        assert_eq!(KeyDetails::from_name("pkix_ed25519"), None);
    }

    #[test]
    fn entry_of_a_key() {
        let rsa = |bits, pss| KeyKind::Rsa { bits, pss };
        let cases = [
            (KeyKind::P256, SignatureScheme::Ecdsa(Sha256), Some(5)),
            (KeyKind::P256, SignatureScheme::Ecdsa(Sha384), None),
            (KeyKind::P256, SignatureScheme::Ed25519, None),
            (KeyKind::P384, SignatureScheme::Ecdsa(Sha384), Some(12)),
            (KeyKind::P384, SignatureScheme::Ecdsa(Sha256), Some(19)),
            (KeyKind::P521, SignatureScheme::Ecdsa(Sha512), Some(13)),
            (KeyKind::P521, SignatureScheme::Ecdsa(Sha256), Some(20)),
            (KeyKind::Ed25519, SignatureScheme::Ed25519, Some(7)),
            (KeyKind::Ed25519, SignatureScheme::Ed25519Ph, Some(8)),
            (rsa(2048, false), SignatureScheme::RsaPkcs1(Sha256), Some(9)),
            (rsa(3072, false), SignatureScheme::RsaPkcs1(Sha256), Some(10)),
            (rsa(4096, false), SignatureScheme::RsaPkcs1(Sha256), Some(11)),
            (rsa(4096, false), SignatureScheme::RsaPkcs1(Sha512), None),
            (rsa(2049, false), SignatureScheme::RsaPkcs1(Sha256), None),
            (rsa(2048, false), SignatureScheme::RsaPss(Sha256), Some(16)),
            (rsa(3072, true), SignatureScheme::RsaPss(Sha256), Some(17)),
            (rsa(4096, true), SignatureScheme::RsaPss(Sha256), Some(18)),
            (rsa(4096, true), SignatureScheme::RsaPkcs1(Sha256), None),
            (rsa(8192, true), SignatureScheme::RsaPss(Sha256), None),
        ];
        for (kind, scheme, expected) in cases {
            assert_eq!(
                KeyDetails::for_key(kind, scheme).map(KeyDetails::number),
                expected,
                "{kind:?} {scheme:?}"
            );
        }
    }

    #[test]
    fn deprecated_entries() {
        let numbers: alloc::vec::Vec<_> = KeyDetails::ALL
            .iter()
            .filter(|details| details.is_compat())
            .map(|details| details.number())
            .collect();
        assert_eq!(numbers, [19, 20]);
    }
}
