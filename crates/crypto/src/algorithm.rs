//! Signature schemes and their AlgorithmIdentifiers.

use cretula_encoding::der::{Element, Oid, Tag};

use crate::{HashAlgorithm, oid, pss};

/// How a signature is made; the curve or modulus comes from the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignatureScheme {
    /// ECDSA over a digest.
    Ecdsa(HashAlgorithm),
    /// Ed25519 over the message.
    Ed25519,
    /// Ed25519ph, SHA-512, empty context.
    Ed25519Ph,
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(HashAlgorithm),
    /// RSASSA-PSS, MGF1 with the same hash, salt as long as the hash.
    RsaPss(HashAlgorithm),
}

impl SignatureScheme {
    /// The hash of the message that the scheme signs; `None` for schemes that need the message itself.
    #[must_use]
    pub const fn prehash(self) -> Option<HashAlgorithm> {
        match self {
            Self::Ecdsa(hash) | Self::RsaPkcs1(hash) | Self::RsaPss(hash) => Some(hash),
            Self::Ed25519 => None,
            Self::Ed25519Ph => Some(HashAlgorithm::Sha512),
        }
    }

    /// From an X.509 or CMS AlgorithmIdentifier (SEQUENCE element).
    ///
    /// Parameters are checked: absent for ECDSA and Ed25519 (RFC 5758 §3.2, RFC 8410 §3), NULL or absent for
    /// PKCS#1 v1.5 (RFC 4055 §5), exact RSASSA-PSS-params (RFC 4055 §3.1). Anything else, SHA-1 and MD5 included,
    /// is `None`. Bare `rsaEncryption` gives [`Self::RsaPkcs1`] with `hash_if_bare` when that is `Some`
    /// (RFC 5754 §3.2: CMS takes the hash from the digest algorithm), else `None`.
    #[must_use]
    pub fn from_algorithm_identifier(
        algorithm: &Element<'_>,
        hash_if_bare: Option<HashAlgorithm>,
    ) -> Option<Self> {
        let (identifier, parameters) = split(algorithm)?;
        if identifier == oid::RSASSA_PSS {
            return pss::parse_parameters(&parameters?).map(Self::RsaPss);
        }
        if identifier == oid::RSA_ENCRYPTION {
            return null_or_absent(parameters).then_some(Self::RsaPkcs1(hash_if_bare?));
        }
        let (_, scheme) = IDENTIFIERS.iter().find(|(known, _)| *known == identifier)?;
        let exact = match scheme {
            Self::RsaPkcs1(_) => null_or_absent(parameters),
            Self::Ecdsa(_) | Self::Ed25519 | Self::Ed25519Ph | Self::RsaPss(_) => parameters.is_none(),
        };
        exact.then_some(*scheme)
    }
}

/// Identifiers that name the whole scheme.
const IDENTIFIERS: &[(Oid<'static>, SignatureScheme)] = &[
    (oid::ECDSA_WITH_SHA256, SignatureScheme::Ecdsa(HashAlgorithm::Sha256)),
    (oid::ECDSA_WITH_SHA384, SignatureScheme::Ecdsa(HashAlgorithm::Sha384)),
    (oid::ECDSA_WITH_SHA512, SignatureScheme::Ecdsa(HashAlgorithm::Sha512)),
    (oid::ED25519, SignatureScheme::Ed25519),
    (oid::SHA256_WITH_RSA, SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256)),
    (oid::SHA384_WITH_RSA, SignatureScheme::RsaPkcs1(HashAlgorithm::Sha384)),
    (oid::SHA512_WITH_RSA, SignatureScheme::RsaPkcs1(HashAlgorithm::Sha512)),
];

/// AlgorithmIdentifier (RFC 5280 §4.1.1.2): identifier and parameters.
pub(crate) fn split<'a>(algorithm: &Element<'a>) -> Option<(Oid<'a>, Option<Element<'a>>)> {
    let mut reader = (algorithm.tag() == Tag::SEQUENCE).then(|| algorithm.reader())?;
    let identifier = reader.expect(Tag::OID).ok()?.oid().ok()?;
    let parameters = if reader.is_empty() { None } else { Some(reader.any().ok()?) };
    reader.finish().ok()?;
    Some((identifier, parameters))
}

pub(crate) fn null_or_absent(parameters: Option<Element<'_>>) -> bool {
    parameters.is_none_or(|element| element.null().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HashAlgorithm::{Sha256, Sha384, Sha512};
    use cretula_encoding::der;
    use hex_literal::hex;

    fn read(bytes: &[u8]) -> Option<SignatureScheme> {
        read_bare(bytes, None)
    }

    fn read_bare(bytes: &[u8], hash: Option<HashAlgorithm>) -> Option<SignatureScheme> {
        let element = der::Reader::new(bytes).any().unwrap();
        SignatureScheme::from_algorithm_identifier(&element, hash)
    }

    #[test]
    fn ecdsa_and_ed25519_have_no_parameters() {
        assert_eq!(read(&hex!("300a06082a8648ce3d040302")), Some(SignatureScheme::Ecdsa(Sha256)));
        assert_eq!(read(&hex!("300a06082a8648ce3d040303")), Some(SignatureScheme::Ecdsa(Sha384)));
        assert_eq!(read(&hex!("300a06082a8648ce3d040304")), Some(SignatureScheme::Ecdsa(Sha512)));
        assert_eq!(read(&hex!("300506032b6570")), Some(SignatureScheme::Ed25519));
        assert_eq!(read(&hex!("300c06082a8648ce3d0403020500")), None);
        assert_eq!(read(&hex!("300706032b65700500")), None);
    }

    #[test]
    fn rsa_has_null_or_no_parameters() {
        for (last, hash) in [(0x0b, Sha256), (0x0c, Sha384), (0x0d, Sha512)] {
            let mut with_null = hex!("300d06092a864886f70d01010b0500");
            with_null[12] = last;
            let mut without = hex!("300b06092a864886f70d01010b");
            without[12] = last;
            let mut other = hex!("300e06092a864886f70d01010b020101");
            other[12] = last;
            assert_eq!(read(&with_null), Some(SignatureScheme::RsaPkcs1(hash)));
            assert_eq!(read(&without), Some(SignatureScheme::RsaPkcs1(hash)));
            assert_eq!(read(&other), None);
        }
    }

    #[test]
    fn bare_rsa_takes_the_hash_given() {
        let bare = hex!("300d06092a864886f70d0101010500");
        assert_eq!(read(&bare), None);
        assert_eq!(read_bare(&bare, Some(Sha384)), Some(SignatureScheme::RsaPkcs1(Sha384)));
        let named = hex!("300d06092a864886f70d01010b0500");
        assert_eq!(read_bare(&named, Some(Sha384)), Some(SignatureScheme::RsaPkcs1(Sha256)));
    }

    #[test]
    fn others_are_unsupported() {
        // ecdsa-with-SHA1, ecdsa-with-SHA224, sha1WithRSAEncryption, md5WithRSAEncryption, id-sha256
        assert_eq!(read(&hex!("300906072a8648ce3d0401")), None);
        assert_eq!(read(&hex!("300a06082a8648ce3d040301")), None);
        assert_eq!(read(&hex!("300d06092a864886f70d0101050500")), None);
        assert_eq!(read(&hex!("300d06092a864886f70d0101040500")), None);
        assert_eq!(read(&hex!("300b0609608648016503040201")), None);
        // a SET, nothing inside, two parameters, parameters before the identifier
        assert_eq!(read(&hex!("310506032b6570")), None);
        assert_eq!(read(&hex!("3000")), None);
        assert_eq!(read(&hex!("300f06092a864886f70d01010b05000500")), None);
        assert_eq!(read(&hex!("3007050006032b6570")), None);
    }

    #[test]
    fn hash_of_the_message() {
        assert_eq!(SignatureScheme::Ecdsa(Sha384).prehash(), Some(Sha384));
        assert_eq!(SignatureScheme::RsaPss(Sha256).prehash(), Some(Sha256));
        assert_eq!(SignatureScheme::Ed25519Ph.prehash(), Some(Sha512));
        assert_eq!(SignatureScheme::Ed25519.prehash(), None);
    }
}
