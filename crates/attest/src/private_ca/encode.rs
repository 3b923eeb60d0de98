//! Parts of certificates, in DER.
use alloc::vec::Vec;

use cretula_crypto::{HashAlgorithm, SignatureScheme};
use cretula_encoding::der::{Oid, Tag, encode};
use cretula_encoding::time::Time;

/// 2050-01-01T00:00:00Z (RFC 5280 §4.1.2.5).
const YEAR_2050_SECS: u64 = 2_524_608_000;
/// ecdsa-with-SHA2, 1.2.840.10045.4.3, to be followed by one octet (RFC 5758 §3.2).
const ECDSA: [u8; 7] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];
/// pkcs-1, 1.2.840.113549.1.1, to be followed by one octet (RFC 8017 appendix A).
const PKCS_1: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
/// id-Ed25519, 1.3.101.112 (RFC 8410 §3).
const ED25519: [u8; 3] = [0x2b, 0x65, 0x70];
/// hashAlgs, 2.16.840.1.101.3.4.2, to be followed by one octet (RFC 5754 §2).
const HASHES: [u8; 8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];

pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    encode(Tag::SEQUENCE, parts)
}

fn oid(content: &[&[u8]]) -> Vec<u8> {
    encode(Tag::OID, content)
}

/// Extension (RFC 5280 §4.1); `critical` is written only when true (X.690 §11.5).
pub(super) fn extension(identifier: &[&[u8]], critical: bool, value: &[u8]) -> Vec<u8> {
    let flag = if critical { encode(Tag::BOOLEAN, &[&[0xff]]) } else { Vec::new() };
    sequence(&[&oid(identifier), &flag, &encode(Tag::OCTET_STRING, &[value])])
}

/// SEQUENCE of one OBJECT IDENTIFIER.
pub(super) fn purposes(purpose: Oid<'_>) -> Vec<u8> {
    sequence(&[&oid(&[purpose.content()])])
}

/// UTCTime through 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5), whole seconds.
pub(super) fn validity_time(time: Time) -> Vec<u8> {
    let mut digits: Vec<u8> = time.to_rfc3339().bytes().filter(u8::is_ascii_digit).take(14).collect();
    digits.push(b'Z');
    if time.secs() >= YEAR_2050_SECS {
        return encode(Tag::GENERALIZED_TIME, &[&digits]);
    }
    encode(Tag::UTC_TIME, &[digits.get(2..).unwrap_or_default()])
}

/// AlgorithmIdentifier; `None` for Ed25519ph, which has none.
///
/// Parameters are absent for ECDSA and Ed25519 (RFC 5758 §3.2, RFC 8410 §3) and NULL for PKCS#1 v1.5 (RFC 4055 §5).
pub(super) fn algorithm_identifier(scheme: SignatureScheme) -> Option<Vec<u8>> {
    let null = encode(Tag::NULL, &[]);
    match scheme {
        SignatureScheme::Ecdsa(hash) => Some(sequence(&[&oid(&[&ECDSA, &[number(hash, 2)]])])),
        SignatureScheme::Ed25519 => Some(sequence(&[&oid(&[&ED25519])])),
        SignatureScheme::Ed25519Ph => None,
        SignatureScheme::RsaPkcs1(hash) => Some(sequence(&[&oid(&[&PKCS_1, &[number(hash, 11)]]), &null])),
        SignatureScheme::RsaPss(hash) => Some(sequence(&[&oid(&[&PKCS_1, &[10]]), &pss_parameters(hash)])),
    }
}

/// RSASSA-PSS-params (RFC 4055 §3.1): MGF1 with the same hash, a salt as long as the hash.
fn pss_parameters(hash: HashAlgorithm) -> Vec<u8> {
    let digest = sequence(&[&oid(&[&HASHES, &[number(hash, 1)]]), &encode(Tag::NULL, &[])]);
    let mask = sequence(&[&oid(&[&PKCS_1, &[8]]), &digest]);
    let salt = encode(Tag::INTEGER, &[&[u8::try_from(hash.len()).unwrap_or(0)]]);
    let explicit = |number: u8, part: &[u8]| encode(Tag::context_constructed(number), &[part]);
    sequence(&[&explicit(0, &digest), &explicit(1, &mask), &explicit(2, &salt)])
}

/// Arcs of the three hashes follow each other everywhere.
const fn number(hash: HashAlgorithm, sha256: u8) -> u8 {
    match hash {
        HashAlgorithm::Sha256 => sha256,
        HashAlgorithm::Sha384 => sha256.saturating_add(1),
        HashAlgorithm::Sha512 => sha256.saturating_add(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cretula_encoding::der::Reader;

    #[test]
    fn algorithms_are_read_again() {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        for hash in [Sha256, Sha384, Sha512] {
            for scheme in
                [SignatureScheme::Ecdsa(hash), SignatureScheme::RsaPkcs1(hash), SignatureScheme::RsaPss(hash)]
            {
                let encoded = algorithm_identifier(scheme).unwrap();
                let element = Reader::new(&encoded).any().unwrap();
                assert_eq!(SignatureScheme::from_algorithm_identifier(&element, None), Some(scheme));
                assert_eq!(encoded, cretula_testkit::algorithm_identifier(scheme));
            }
        }
        let encoded = algorithm_identifier(SignatureScheme::Ed25519).unwrap();
        assert_eq!(encoded, cretula_testkit::algorithm_identifier(SignatureScheme::Ed25519));
        assert_eq!(algorithm_identifier(SignatureScheme::Ed25519Ph), None);
    }

    #[test]
    fn times_before_and_from_2050() {
        let text = |secs| {
            let encoded = validity_time(Time::from_secs(secs).unwrap());
            (encoded[0], alloc::string::String::from_utf8(encoded[2..].to_vec()).unwrap())
        };
        assert_eq!(text(YEAR_2050_SECS - 1), (0x17, "491231235959Z".into()));
        assert_eq!(text(YEAR_2050_SECS), (0x18, "20500101000000Z".into()));
    }
}
