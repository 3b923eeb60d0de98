//! Verification keys: parsed once, range- and curve-checked.

use alloc::vec::Vec;
use core::fmt;

use cretula_encoding::der::{self, Element, Oid, Tag};

use crate::{
    Digest, HashAlgorithm, SignatureScheme, algorithm, ecdsa::EcdsaKey, ed25519, oid, pss, rsa::RsaKey,
};

/// What kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA P-256
    P256,
    /// ECDSA P-384
    P384,
    /// ECDSA P-521
    P521,
    /// Ed25519
    Ed25519,
    /// RSA
    Rsa {
        /// size of the modulus in bits, 2048..=8192
        bits: u32,
        /// SPKI algorithm is id-RSASSA-PSS: such a key makes no PKCS#1 v1.5 signatures
        pss: bool,
    },
}

/// A public key whose point or numbers have been checked, with its SubjectPublicKeyInfo.
#[derive(Clone)]
pub struct VerificationKey {
    spki: Vec<u8>,
    material: KeyMaterial,
}

/// The numbers of a key, in the form in which they are used.
#[derive(Clone)]
pub(crate) enum KeyMaterial {
    Ecdsa(EcdsaKey),
    Ed25519(ed25519_dalek::VerifyingKey),
    Rsa(RsaKey, RsaUse),
}

/// What the algorithm of an RSA key's SPKI allows.
#[derive(Clone, Copy)]
pub(crate) enum RsaUse {
    /// rsaEncryption: PKCS#1 v1.5 and PSS.
    Any,
    /// id-RSASSA-PSS: PSS with this hash, or with any.
    Pss(Option<HashAlgorithm>),
}

impl RsaUse {
    pub(crate) const fn is_pss(self) -> bool {
        match self {
            Self::Any => false,
            Self::Pss(_) => true,
        }
    }

    /// Whether PSS with this hash is allowed.
    pub(crate) fn allows_pss(self, hash: HashAlgorithm) -> bool {
        match self {
            Self::Any | Self::Pss(None) => true,
            Self::Pss(Some(only)) => only == hash,
        }
    }
}

/// Why bytes are no acceptable key.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// Not strict DER, or not a SubjectPublicKeyInfo (for PKCS#1: not an RSAPublicKey).
    Der,
    /// Point not on the curve, small-order or non-canonical Ed25519 point, compressed or hybrid point encoding,
    /// another number of octets.
    Point,
    /// RSA size, exponent or even modulus (limits `rsa-bits`, `rsa-exponent`).
    Rsa,
    /// Algorithm, curve or explicit parameters that are not supported.
    Unsupported,
}

impl VerificationKey {
    /// From SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), strict DER.
    ///
    /// Algorithm parameters must be exact: a named curve for id-ecPublicKey (RFC 5480 §2.1.1), none for id-Ed25519
    /// (RFC 8410 §3), NULL for rsaEncryption (RFC 3279 §2.3.1), none or those of a SHA-2 hash with a salt as long
    /// as the hash for id-RSASSA-PSS (RFC 4055 §3.1).
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn parse_spki(der: &[u8]) -> Result<Self, KeyError> {
        let mut reader = der::single(der, Tag::SEQUENCE).map_err(malformed)?.reader();
        let algorithm = reader.expect(Tag::SEQUENCE).map_err(malformed)?;
        let bits = reader.expect(Tag::BIT_STRING).map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        let octets = bits.bit_string_octets().map_err(malformed)?;
        let material = parse_material(&algorithm, octets)?;
        Ok(Self { spki: der.to_vec(), material })
    }

    /// From PKCS#1 RSAPublicKey (RFC 8017 appendix A.1.1), strict DER; the SPKI (rsaEncryption) is built from it.
    ///
    /// # Errors
    /// [`KeyError::Der`], [`KeyError::Rsa`].
    pub fn parse_pkcs1(der: &[u8]) -> Result<Self, KeyError> {
        let key = RsaKey::parse(der)?;
        let null = der::encode(Tag::NULL, &[]);
        let spki = encode_spki(&[&der::encode(Tag::OID, &[oid::RSA_ENCRYPTION.content()]), &null], der);
        Ok(Self { spki, material: KeyMaterial::Rsa(key, RsaUse::Any) })
    }

    /// From 32 raw Ed25519 bytes (RFC 8032 §5.1.5); the SPKI is built from it.
    ///
    /// # Errors
    /// [`KeyError::Point`].
    pub fn parse_ed25519(bytes: &[u8]) -> Result<Self, KeyError> {
        let key = ed25519::parse(bytes)?;
        let spki = encode_spki(&[&der::encode(Tag::OID, &[oid::ED25519.content()])], bytes);
        Ok(Self { spki, material: KeyMaterial::Ed25519(key) })
    }

    /// SubjectPublicKeyInfo, DER.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// What kind of key it is.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        match &self.material {
            KeyMaterial::Ecdsa(key) => key.kind(),
            KeyMaterial::Ed25519(_) => KeyKind::Ed25519,
            KeyMaterial::Rsa(key, allowed) => KeyKind::Rsa { bits: key.bits(), pss: allowed.is_pss() },
        }
    }

    /// SHA-256 of the SPKI.
    #[must_use]
    pub fn spki_sha256(&self) -> Digest {
        HashAlgorithm::Sha256.digest(&[&self.spki])
    }

    /// The 32 bytes of an Ed25519 key.
    #[must_use]
    pub fn ed25519_bytes(&self) -> Option<&[u8]> {
        match &self.material {
            KeyMaterial::Ed25519(key) => Some(key.as_bytes()),
            KeyMaterial::Ecdsa(_) | KeyMaterial::Rsa(..) => None,
        }
    }

    /// Whether a key of this type, with what its SPKI says, can make signatures of this scheme.
    #[must_use]
    pub fn allows(&self, scheme: SignatureScheme) -> bool {
        match (&self.material, scheme) {
            (KeyMaterial::Ecdsa(_), SignatureScheme::Ecdsa(_))
            | (KeyMaterial::Ed25519(_), SignatureScheme::Ed25519 | SignatureScheme::Ed25519Ph) => true,
            (KeyMaterial::Rsa(_, allowed), SignatureScheme::RsaPkcs1(_)) => !allowed.is_pss(),
            (KeyMaterial::Rsa(_, allowed), SignatureScheme::RsaPss(hash)) => allowed.allows_pss(hash),
            (KeyMaterial::Ecdsa(_) | KeyMaterial::Ed25519(_) | KeyMaterial::Rsa(..), _) => false,
        }
    }

    pub(crate) const fn material(&self) -> &KeyMaterial {
        &self.material
    }
}

/// Shows the kind and the SHA-256 of the SPKI.
impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerificationKey")
            .field("kind", &self.kind())
            .field("spki_sha256", &self.spki_sha256())
            .finish()
    }
}

fn malformed(_: cretula_encoding::Error) -> KeyError {
    KeyError::Der
}

fn parse_material(algorithm: &Element<'_>, octets: &[u8]) -> Result<KeyMaterial, KeyError> {
    let (identifier, parameters) = algorithm::split(algorithm).ok_or(KeyError::Der)?;
    if identifier == oid::EC_PUBLIC_KEY {
        let curve = named_curve(parameters)?;
        EcdsaKey::parse(curve, octets).map(KeyMaterial::Ecdsa)
    } else if identifier == oid::ED25519 {
        absent(parameters)?;
        ed25519::parse(octets).map(KeyMaterial::Ed25519)
    } else if identifier == oid::RSA_ENCRYPTION {
        parameters.ok_or(KeyError::Der)?.null().map_err(malformed)?;
        Ok(KeyMaterial::Rsa(RsaKey::parse(octets)?, RsaUse::Any))
    } else if identifier == oid::RSASSA_PSS {
        let hash = parameters.map(|element| pss::parse_parameters(&element).ok_or(KeyError::Unsupported));
        Ok(KeyMaterial::Rsa(RsaKey::parse(octets)?, RsaUse::Pss(hash.transpose()?)))
    } else {
        Err(KeyError::Unsupported)
    }
}

/// ECParameters, of which only namedCurve may be used (RFC 5480 §2.1.1).
fn named_curve(parameters: Option<Element<'_>>) -> Result<Oid<'_>, KeyError> {
    let named = parameters.filter(|element| element.tag() == Tag::OID).ok_or(KeyError::Unsupported)?;
    named.oid().map_err(malformed)
}

fn absent(parameters: Option<Element<'_>>) -> Result<(), KeyError> {
    if parameters.is_none() { Ok(()) } else { Err(KeyError::Der) }
}

fn encode_spki(algorithm: &[&[u8]], octets: &[u8]) -> Vec<u8> {
    let algorithm = der::encode(Tag::SEQUENCE, algorithm);
    let key = der::encode(Tag::BIT_STRING, &[&[0], octets]);
    der::encode(Tag::SEQUENCE, &[&algorithm, &key])
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use hex_literal::hex;

    const ED25519: [u8; 32] = hex!("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
    const ED25519_SPKI: [u8; 44] =
        hex!("302a300506032b6570032100fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");

    fn spki(oid: Oid<'_>, parameters: &[u8], key: &[u8]) -> Vec<u8> {
        encode_spki(&[&der::encode(Tag::OID, &[oid.content()]), parameters], key)
    }

    fn refusal(spki: &[u8]) -> Option<KeyError> {
        VerificationKey::parse_spki(spki).err()
    }

    fn rsa_public_key() -> Vec<u8> {
        let modulus = der::encode(Tag::INTEGER, &[&[0], &[0xff; 256]]);
        der::encode(Tag::SEQUENCE, &[&modulus, &[2, 1, 3]])
    }

    #[test]
    fn ed25519_raw_and_spki() {
        let key = VerificationKey::parse_ed25519(&ED25519).unwrap();
        assert_eq!(key.spki(), ED25519_SPKI);
        assert_eq!(key.kind(), KeyKind::Ed25519);
        assert_eq!(key.ed25519_bytes(), Some(&ED25519[..]));
        let same = VerificationKey::parse_spki(&ED25519_SPKI).unwrap();
        assert_eq!(same.spki_sha256(), key.spki_sha256());
        assert_eq!(same.spki_sha256(), HashAlgorithm::Sha256.digest(&[&ED25519_SPKI]));
    }

    #[test]
    fn rsa_pkcs1_and_spki() {
        let pkcs1 = rsa_public_key();
        let key = VerificationKey::parse_pkcs1(&pkcs1).unwrap();
        assert_eq!(key.kind(), KeyKind::Rsa { bits: 2048, pss: false });
        assert_eq!(key.spki(), spki(oid::RSA_ENCRYPTION, &[5, 0], &pkcs1));
        assert_eq!(key.ed25519_bytes(), None);
        assert_eq!(refusal(key.spki()), None);
        assert_eq!(VerificationKey::parse_pkcs1(key.spki()).err(), Some(KeyError::Der));
    }

    #[test]
    fn parameters_are_exact() {
        let rsa = rsa_public_key();
        let null: &[u8] = &[5, 0];
        let named = der::encode(Tag::OID, &[oid::SECP256R1.content()]);
        assert_eq!(refusal(&spki(oid::RSA_ENCRYPTION, null, &rsa)), None);
        assert_eq!(refusal(&spki(oid::RSA_ENCRYPTION, &[], &rsa)), Some(KeyError::Der));
        assert_eq!(refusal(&spki(oid::RSA_ENCRYPTION, &named, &rsa)), Some(KeyError::Der));
        assert_eq!(refusal(&spki(oid::RSA_ENCRYPTION, &[5, 0, 5, 0], &rsa)), Some(KeyError::Der));
        assert_eq!(refusal(&spki(oid::RSASSA_PSS, &[], &rsa)), None);
        assert_eq!(refusal(&spki(oid::RSASSA_PSS, null, &rsa)), Some(KeyError::Unsupported));
        assert_eq!(refusal(&spki(oid::RSASSA_PSS, &[0x30, 0], &rsa)), Some(KeyError::Unsupported));
        assert_eq!(refusal(&spki(oid::ED25519, &[], &ED25519)), None);
        assert_eq!(refusal(&spki(oid::ED25519, null, &ED25519)), Some(KeyError::Der));
    }

    #[test]
    fn curves() {
        let named = |content: &[u8]| der::encode(Tag::OID, &[content]);
        let point = [4; 65];
        let of = |parameters: &[u8]| refusal(&spki(oid::EC_PUBLIC_KEY, parameters, &point));
        assert_eq!(of(&named(oid::SECP256R1.content())), Some(KeyError::Point));
        // secp192r1, secp256k1, explicit parameters, implicit curve, none
        assert_eq!(of(&named(&hex!("2a8648ce3d030101"))), Some(KeyError::Unsupported));
        assert_eq!(of(&named(&hex!("2b8104000a"))), Some(KeyError::Unsupported));
        assert_eq!(of(&[0x30, 3, 2, 1, 1]), Some(KeyError::Unsupported));
        assert_eq!(of(&[5, 0]), Some(KeyError::Unsupported));
        assert_eq!(of(&[]), Some(KeyError::Unsupported));
    }

    #[test]
    fn other_der_is_refused() {
        let trailing = [&ED25519_SPKI[..], &[0]].concat();
        let mut unused_bits = ED25519_SPKI;
        unused_bits[11] = 1;
        let algorithm = hex!("300506032b6570");
        let octets = der::encode(Tag::SEQUENCE, &[&algorithm, &der::encode(Tag::OCTET_STRING, &[&ED25519])]);
        let long_length = [&hex!("30812a")[..], &ED25519_SPKI[2..]].concat();
        for bytes in [&trailing[..], &unused_bits, &octets, &long_length, &ED25519_SPKI[..43], &[]] {
            assert_eq!(refusal(bytes), Some(KeyError::Der), "{bytes:x?}");
        }
        // id-X25519
        assert_eq!(
            refusal(&spki(Oid::from_content(&[0x2b, 0x65, 0x6e]), &[], &ED25519)),
            Some(KeyError::Unsupported)
        );
    }

    #[test]
    fn debug_shows_kind_and_hash_only() {
        let key = VerificationKey::parse_ed25519(&ED25519).unwrap();
        let expected = format!("VerificationKey {{ kind: Ed25519, spki_sha256: {:?} }}", key.spki_sha256());
        assert_eq!(format!("{key:?}"), expected);
    }

    #[test]
    fn keys_can_be_shared_between_threads() {
        fn shared<T: Send + Sync + Clone>() {}
        shared::<VerificationKey>();
    }
}
