//! Ed25519 and Ed25519ph (RFC 8032 §5.1).

use alloc::vec::Vec;

use ed25519_dalek::{Signature, VerifyingKey};
use sha2::digest::{FixedOutput, HashMarker, Output, OutputSizeUser, Update, consts::U64};

use crate::{Digest, KeyError};

/// Reads a key: canonical encoding of a point that has not small order.
///
/// Stricter: RFC 8032 allows small-order points, with which one signature fits many messages.
pub(crate) fn parse(bytes: &[u8]) -> Result<VerifyingKey, KeyError> {
    let encoded: &[u8; 32] = bytes.try_into().map_err(|_| KeyError::Point)?;
    let key = VerifyingKey::from_bytes(encoded).map_err(|_| KeyError::Point)?;
    let canonical = key.to_edwards().compress().as_bytes() == encoded;
    if canonical && !key.is_weak() { Ok(key) } else { Err(KeyError::Point) }
}

/// Whether a pure signature verifies. s and R must be canonical, and R must not have small order.
pub(crate) fn verify(key: &VerifyingKey, message: &[&[u8]], signature: &[u8]) -> bool {
    let Ok(signature) = Signature::from_slice(signature) else { return false };
    match message {
        [whole] => key.verify_strict(whole, &signature).is_ok(),
        parts => key.verify_strict(&parts.concat(), &signature).is_ok(),
    }
}

/// Whether an Ed25519ph signature with empty context verifies; `digest` is the SHA-512 of the message.
pub(crate) fn verify_prehashed(key: &VerifyingKey, digest: &Digest, signature: &[u8]) -> bool {
    let Ok(signature) = Signature::from_slice(signature) else { return false };
    let message = Prehashed(digest.as_bytes().to_vec());
    key.verify_prehashed_strict(message, None, &signature).is_ok()
}

/// A hash function whose result is known already: 64 bytes.
#[derive(Default)]
struct Prehashed(Vec<u8>);

impl HashMarker for Prehashed {}

impl OutputSizeUser for Prehashed {
    type OutputSize = U64;
}

impl Update for Prehashed {
    fn update(&mut self, _: &[u8]) {}
}

impl FixedOutput for Prehashed {
    fn finalize_into(self, out: &mut Output<Self>) {
        for (to, from) in out.iter_mut().zip(self.0) {
            *to = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HashAlgorithm;
    use hex_literal::hex;

    /// RFC 8032 §7.1, TEST 3.
    const KEY: [u8; 32] = hex!("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
    const SIGNATURE: [u8; 64] = hex!(
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    );
    /// The order of the group, little-endian.
    const ORDER: [u8; 32] = hex!("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

    #[test]
    fn pure_signature_over_parts() {
        let key = parse(&KEY).unwrap();
        assert!(verify(&key, &[&hex!("af82")], &SIGNATURE));
        assert!(verify(&key, &[&[0xaf], &[], &[0x82]], &SIGNATURE));
        assert!(!verify(&key, &[&[0xaf]], &SIGNATURE));
        assert!(!verify(&key, &[], &SIGNATURE));
        assert!(!verify(&key, &[&hex!("af82")], &SIGNATURE[..63]));
    }

    #[test]
    fn prehashed_signature() {
        // RFC 8032 §7.3
        let key = parse(&hex!("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf")).unwrap();
        let signature = hex!(
            "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
            "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
        );
        let digest = HashAlgorithm::Sha512.digest(&[b"abc"]);
        assert!(verify_prehashed(&key, &digest, &signature));
        assert!(!verify(&key, &[b"abc"], &signature));
        assert!(!verify_prehashed(&key, &HashAlgorithm::Sha512.digest(&[b"abd"]), &signature));
    }

    #[test]
    fn scalar_above_the_order_is_refused() {
        let mut signature = SIGNATURE;
        let mut carry = 0;
        for (to, from) in signature[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*to) + u16::from(from) + carry;
            *to = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert!(!verify(&parse(&KEY).unwrap(), &[&hex!("af82")], &signature));
    }

    #[test]
    fn small_order_points_are_refused() {
        let encodings = [
            hex!("0100000000000000000000000000000000000000000000000000000000000000"),
            hex!("0100000000000000000000000000000000000000000000000000000000000080"),
            hex!("0000000000000000000000000000000000000000000000000000000000000000"),
            hex!("0000000000000000000000000000000000000000000000000000000000000080"),
            hex!("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
            hex!("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
            hex!("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
            hex!("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
            hex!("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        ];
        let key = parse(&KEY).unwrap();
        for encoding in encodings {
            assert_eq!(parse(&encoding).err(), Some(KeyError::Point), "{encoding:x?}");
            // R of small order and s = 0
            assert!(!verify(&key, &[b""], &[encoding, [0; 32]].concat()));
        }
    }

    /// y = 3 + p is a point of large order in a second encoding; y = 2 is not on the curve.
    #[test]
    fn other_encodings_of_keys_are_refused() {
        let y_3 = hex!("0300000000000000000000000000000000000000000000000000000000000000");
        let y_3_plus_p = hex!("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
        let y_2 = hex!("0200000000000000000000000000000000000000000000000000000000000000");
        assert!(parse(&y_3).is_ok());
        assert!(VerifyingKey::from_bytes(&y_3_plus_p).is_ok());
        assert_eq!(parse(&y_3_plus_p).err(), Some(KeyError::Point));
        assert_eq!(parse(&y_2).err(), Some(KeyError::Point));
        assert_eq!(parse(&y_3[..31]).err(), Some(KeyError::Point));
    }
}
