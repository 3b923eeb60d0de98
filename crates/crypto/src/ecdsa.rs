//! ECDSA over P-256, P-384 and P-521 with any SHA-2 digest (FIPS 186-5 §6.4.2).

use alloc::vec::Vec;

use cretula_encoding::der::{self, Oid, Tag};
use p256::ecdsa::signature::hazmat::PrehashVerifier;

use crate::{Digest, KeyError, KeyKind, SignatureEncoding, oid};

/// A point on one of the three curves, never the point at infinity.
#[derive(Clone)]
pub(crate) enum EcdsaKey {
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
}

impl EcdsaKey {
    /// From the curve and an uncompressed point (SEC 1 §2.3.4).
    ///
    /// Stricter: RFC 5480 §2.2 also knows compressed points; no Sigstore key uses them.
    pub(crate) fn parse(curve: Oid<'_>, point: &[u8]) -> Result<Self, KeyError> {
        let uncompressed = point.first() == Some(&0x04);
        let key = if curve == oid::SECP256R1 {
            p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map(Self::P256)
        } else if curve == oid::SECP384R1 {
            p384::ecdsa::VerifyingKey::from_sec1_bytes(point).map(Self::P384)
        } else if curve == oid::SECP521R1 {
            p521::ecdsa::VerifyingKey::from_sec1_bytes(point).map(Self::P521)
        } else {
            return Err(KeyError::Unsupported);
        };
        key.ok().filter(|_| uncompressed).ok_or(KeyError::Point)
    }

    pub(crate) const fn kind(&self) -> KeyKind {
        match self {
            Self::P256(_) => KeyKind::P256,
            Self::P384(_) => KeyKind::P384,
            Self::P521(_) => KeyKind::P521,
        }
    }

    /// Octets of a field element, which is also the length of r and of s.
    const fn field_len(&self) -> usize {
        match self {
            Self::P256(_) => 32,
            Self::P384(_) => 48,
            Self::P521(_) => 66,
        }
    }

    /// Whether the signature verifies: r and s in 1..n, high s allowed. A digest longer than n is cut on the right.
    pub(crate) fn verify(&self, digest: &Digest, encoding: SignatureEncoding, signature: &[u8]) -> bool {
        let digest = digest.as_bytes();
        fixed_width(encoding, signature, self.field_len()).is_some_and(|fixed| match self {
            Self::P256(key) => p256::ecdsa::Signature::from_slice(&fixed)
                .is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok()),
            Self::P384(key) => p384::ecdsa::Signature::from_slice(&fixed)
                .is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok()),
            Self::P521(key) => p521::ecdsa::Signature::from_slice(&fixed)
                .is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok()),
        })
    }
}

/// r‖s, each of `width` octets.
fn fixed_width(encoding: SignatureEncoding, signature: &[u8], width: usize) -> Option<Vec<u8>> {
    match encoding {
        SignatureEncoding::Der => from_der(signature, width),
        SignatureEncoding::P1363 => (signature.len() == width.checked_mul(2)?).then(|| signature.to_vec()),
    }
}

/// ECDSA-Sig-Value (RFC 3279 §2.2.3), strict DER: exactly two minimal INTEGERs that are not negative.
fn from_der(signature: &[u8], width: usize) -> Option<Vec<u8>> {
    let mut reader = der::single(signature, Tag::SEQUENCE).ok()?.reader();
    let mut fixed = Vec::new();
    for _ in 0..2 {
        let integer = reader.expect(Tag::INTEGER).ok()?.unsigned().ok()?;
        let padding = width.checked_sub(integer.len())?;
        fixed.extend(core::iter::repeat_n(0, padding));
        fixed.extend_from_slice(integer);
    }
    reader.finish().ok()?;
    Some(fixed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HashAlgorithm;
    use hex_literal::hex;
    use p256::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner};

    const R: [u8; 32] = [0x11; 32];
    const S: [u8; 32] = [0x22; 32];
    /// n of P-256.
    const ORDER: [u8; 32] = hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

    fn integer(content: &[u8]) -> Vec<u8> {
        der::encode(Tag::INTEGER, &[content])
    }

    fn sequence(parts: &[&[u8]]) -> Vec<u8> {
        der::encode(Tag::SEQUENCE, parts)
    }

    fn pair() -> (EcdsaKey, SigningKey) {
        let signer = SigningKey::from_slice(&[7; 32]).unwrap();
        let point = signer.verifying_key().to_sec1_point(false);
        (EcdsaKey::parse(oid::SECP256R1, point.as_bytes()).unwrap(), signer)
    }

    #[test]
    fn der_of_two_integers() {
        let fixed = [R, S].concat();
        assert_eq!(from_der(&sequence(&[&integer(&R), &integer(&S)]), 32), Some(fixed));
        let short = sequence(&[&integer(&[1]), &integer(&[0, 0x80])]);
        let mut padded = [0; 64];
        padded[31] = 1;
        padded[63] = 0x80;
        assert_eq!(from_der(&short, 32).as_deref(), Some(&padded[..]));
    }

    #[test]
    fn other_der_is_refused() {
        let (r, s) = (integer(&R), integer(&S));
        let padded = [&[0], &R[..]].concat();
        let too_long = [&[1], &R[..]].concat();
        let refused = [
            sequence(&[]),
            sequence(&[&r]),
            sequence(&[&r, &s, &s]),
            sequence(&[&integer(&padded), &s]),
            sequence(&[&integer(&too_long), &s]),
            sequence(&[&integer(&[0x91; 32]), &s]),
            sequence(&[&integer(&[]), &s]),
            sequence(&[&der::encode(Tag::OCTET_STRING, &[&R]), &s]),
            der::encode(Tag::SET, &[&r, &s]),
            [sequence(&[&r, &s]), Vec::from([0])].concat(),
        ];
        for (index, signature) in refused.iter().enumerate() {
            assert_eq!(from_der(signature, 32), None, "{index}");
        }
    }

    #[test]
    fn fixed_width_has_two_field_elements() {
        for width in [32, 48, 66] {
            let bytes = [1; 133];
            let length_of = |length| fixed_width(SignatureEncoding::P1363, &bytes[..length], width).is_some();
            assert!(length_of(2 * width));
            assert!(!length_of(2 * width - 1));
            assert!(!length_of(2 * width + 1));
        }
    }

    #[test]
    fn numbers_in_range() {
        let (key, signer) = pair();
        let digest = HashAlgorithm::Sha256.digest(&[b"message"]);
        let signature: Signature = signer.sign_prehash(digest.as_bytes()).unwrap();
        let (r, s) = signature.split_bytes();
        let check = |r: &[u8], s: &[u8]| key.verify(&digest, SignatureEncoding::P1363, &[r, s].concat());
        assert!(check(&r, &s));
        for refused in [[0; 32], ORDER, [0xff; 32]] {
            assert!(!check(&refused, &s));
            assert!(!check(&r, &refused));
        }
    }

    #[test]
    fn high_and_low_s_are_allowed() {
        let (key, signer) = pair();
        let digest = HashAlgorithm::Sha512.digest(&[b"message"]);
        let signature: Signature = signer.sign_prehash(digest.as_bytes()).unwrap();
        let (r, s) = signature.split_scalars();
        let other = Signature::from_scalars(*r, -*s).unwrap();
        for signature in [signature, other] {
            assert!(key.verify(&digest, SignatureEncoding::P1363, &signature.to_bytes()));
        }
    }

    #[test]
    fn points() {
        let (_, signer) = pair();
        let point = signer.verifying_key().to_sec1_point(false);
        let point = point.as_bytes();
        let refused = |bytes: &[u8]| EcdsaKey::parse(oid::SECP256R1, bytes).err() == Some(KeyError::Point);
        let mut off_curve = point.to_vec();
        off_curve[64] ^= 1;
        let mut hybrid = point.to_vec();
        hybrid[0] = 0x06 | (point[64] & 1);
        assert!(refused(&off_curve));
        assert!(refused(&hybrid));
        assert!(refused(signer.verifying_key().to_sec1_point(true).as_bytes()));
        assert!(refused(&point[..64]));
        assert!(refused(&[point, &[0]].concat()));
        assert!(refused(&[0]));
        assert!(refused(&[0; 65]));
        assert!(refused(&[]));
        assert!(refused(&[&point[..33], &[0xff; 32]].concat()), "a coordinate above p");
        assert_eq!(EcdsaKey::parse(oid::SECP384R1, point).err(), Some(KeyError::Point));
        assert_eq!(EcdsaKey::parse(oid::ED25519, point).err(), Some(KeyError::Unsupported));
    }
}
