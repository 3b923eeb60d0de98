//! RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 8017 §8).

use alloc::boxed::Box;

use ::rsa::{BoxedUint, Pkcs1v15Sign, pss::Pss, traits::SignatureScheme};
use cretula_encoding::der::{self, Tag};
use sha2::{Sha256, Sha384, Sha512};

use crate::{Digest, HashAlgorithm, KeyError};

/// Sizes of the modulus in bits (limit `rsa-bits`).
const MODULUS_BITS: core::ops::RangeInclusive<u32> = 2048..=8192;

/// A key within the limits: odd modulus of 2048 to 8192 bits, odd exponent 3 ≤ e < 2^32.
#[derive(Clone)]
pub(crate) struct RsaKey {
    key: Box<::rsa::PublicKey>,
    bits: u32,
}

impl RsaKey {
    /// From RSAPublicKey (RFC 8017 appendix A.1.1), strict DER.
    pub(crate) fn parse(pkcs1: &[u8]) -> Result<Self, KeyError> {
        let (modulus, exponent) = components(pkcs1).map_err(|_| KeyError::Der)?;
        Self::from_components(modulus, exponent).ok_or(KeyError::Rsa)
    }

    /// Even numbers are refused by the key itself.
    fn from_components(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let bits = bit_len(modulus)?;
        let exponent_bits = bit_len(exponent)?;
        if !MODULUS_BITS.contains(&bits) || !(2..=32).contains(&exponent_bits) {
            return None;
        }
        let n = BoxedUint::from_be_slice(modulus, bits.next_multiple_of(64)).ok()?;
        let e = BoxedUint::from_be_slice(exponent, 64).ok()?;
        let key = ::rsa::PublicKey::new(n, e).ok()?;
        Some(Self { key: Box::new(key), bits })
    }

    /// Size of the modulus in bits.
    pub(crate) const fn bits(&self) -> u32 {
        self.bits
    }

    /// Whether a PKCS#1 v1.5 signature verifies: as long as the modulus, exact DigestInfo with NULL parameters
    /// (RFC 8017 §8.2.2).
    pub(crate) fn verify_pkcs1(&self, digest: &Digest, signature: &[u8]) -> bool {
        let scheme = match digest.algorithm() {
            HashAlgorithm::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
            HashAlgorithm::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
            HashAlgorithm::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
        };
        self.verify(scheme, digest, signature)
    }

    /// Whether a PSS signature verifies: MGF1 with the same hash, salt as long as the hash (RFC 8017 §8.1.2).
    pub(crate) fn verify_pss(&self, digest: &Digest, signature: &[u8]) -> bool {
        let salt_len = digest.algorithm().len();
        match digest.algorithm() {
            HashAlgorithm::Sha256 => self.verify(Pss::<Sha256>::new_with_salt(salt_len), digest, signature),
            HashAlgorithm::Sha384 => self.verify(Pss::<Sha384>::new_with_salt(salt_len), digest, signature),
            HashAlgorithm::Sha512 => self.verify(Pss::<Sha512>::new_with_salt(salt_len), digest, signature),
        }
    }

    fn verify(&self, scheme: impl SignatureScheme, digest: &Digest, signature: &[u8]) -> bool {
        self.key.verify(scheme, digest.as_bytes(), signature).is_ok()
    }
}

/// Modulus and exponent, big-endian without leading zeros.
fn components(pkcs1: &[u8]) -> Result<(&[u8], &[u8]), cretula_encoding::Error> {
    let mut reader = der::single(pkcs1, Tag::SEQUENCE)?.reader();
    let modulus = reader.expect(Tag::INTEGER)?.unsigned()?;
    let exponent = reader.expect(Tag::INTEGER)?.unsigned()?;
    reader.finish()?;
    Ok((modulus, exponent))
}

/// Number of bits of a big-endian number without leading zero octets.
fn bit_len(number: &[u8]) -> Option<u32> {
    let octets = u32::try_from(number.len()).ok()?;
    octets.checked_mul(8)?.checked_sub(number.first()?.leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};

    /// The odd number of that many ones.
    fn modulus(bits: u32) -> Vec<u8> {
        let length = usize::try_from(bits.div_ceil(8)).unwrap();
        let mut number = vec![0xff; length];
        number[0] >>= bits.next_multiple_of(8).abs_diff(bits);
        number
    }

    fn encode(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
        let integer = |number: &[u8]| {
            let sign: &[u8] = if number[0] & 0x80 == 0 { &[] } else { &[0] };
            der::encode(Tag::INTEGER, &[sign, number])
        };
        der::encode(Tag::SEQUENCE, &[&integer(modulus), &integer(exponent)])
    }

    fn refusal(modulus: &[u8], exponent: &[u8]) -> Option<KeyError> {
        RsaKey::parse(&encode(modulus, exponent)).err()
    }

    #[test]
    fn sizes_at_the_limits() {
        for bits in [2048, 2049, 2055, 4096, 8191, 8192] {
            let key = RsaKey::parse(&encode(&modulus(bits), &[3])).unwrap();
            assert_eq!(key.bits(), bits);
        }
        for bits in [1, 1024, 2047, 8193, 16384] {
            assert_eq!(refusal(&modulus(bits), &[3]), Some(KeyError::Rsa), "{bits}");
        }
    }

    #[test]
    fn exponents_at_the_limits() {
        let modulus = modulus(2048);
        for exponent in [&[3][..], &[1, 0, 1], &[0xff; 4]] {
            assert_eq!(refusal(&modulus, exponent), None, "{exponent:?}");
        }
        for exponent in [&[0][..], &[1], &[2], &[4], &[1, 0, 0], &[1, 0, 0, 0, 1], &[0xff; 256]] {
            assert_eq!(refusal(&modulus, exponent), Some(KeyError::Rsa), "{exponent:?}");
        }
    }

    #[test]
    fn even_modulus() {
        let mut even = modulus(2048);
        even[255] = 0xfe;
        assert_eq!(refusal(&even, &[3]), Some(KeyError::Rsa));
    }

    #[test]
    fn other_der_is_refused() {
        let good = encode(&modulus(2048), &[3]);
        let trailing = [&good[..], &[0]].concat();
        let third = der::encode(Tag::SEQUENCE, &[&good[4..], &[2, 1, 1]]);
        let negative = der::encode(Tag::SEQUENCE, &[&der::encode(Tag::INTEGER, &[&[0xff; 256]]), &[2, 1, 3]]);
        for bytes in [&trailing[..], &third, &negative, &good[..100], &[]] {
            assert_eq!(RsaKey::parse(bytes).err(), Some(KeyError::Der));
        }
    }

    #[test]
    fn signature_is_as_long_as_the_modulus_and_below_it() {
        let key = RsaKey::parse(&encode(&modulus(2048), &[3])).unwrap();
        let digest = HashAlgorithm::Sha512.digest(&[b""]);
        for signature in [&[0xff; 256][..], &[1; 255], &[1; 257], &[0; 256], &[0xff; 512], &[]] {
            assert!(!key.verify_pkcs1(&digest, signature));
            assert!(!key.verify_pss(&digest, signature));
        }
    }
}
