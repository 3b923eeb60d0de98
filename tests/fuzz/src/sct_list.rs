//! Signed certificate timestamps.

use std::sync::OnceLock;

use cretula_encoding::der::{self, Tag};
use cretula_encoding::limits::Limits;
use cretula_pki::{Certificate, SignedCertificateTimestamp, parse_sct, parse_sct_list, precertificate_tbs};
use cretula_testkit::{Algorithm, CertificateSpec, Seed, SigningKey, algorithm_identifier};

use cretula_crypto::SignatureScheme;

const SCT_LIST: &str = "1.3.6.1.4.1.11129.2.4.2";

/// A timestamp that is accepted has one encoding, and so has a list in a certificate. The precertificate is the same
/// whatever the list says. The first byte of the input decides how far the list is wrapped for it.
pub fn sct_list(input: &[u8]) {
    if let Ok(sct) = parse_sct(input) {
        assert_eq!(encode(&sct), input, "a timestamp has one encoding");
    }
    let Some((form, input)) = input.split_first() else { return };
    let value = match form % 3 {
        0 => der::encode(Tag::OCTET_STRING, &[&opaque(&opaque(input))]),
        1 => der::encode(Tag::OCTET_STRING, &[&opaque(input)]),
        _ => input.to_vec(),
    };
    let limits = Limits::default();
    let Ok(certificate) = Certificate::parse(&carrier(&value), &limits) else { return };
    assert_eq!(precertificate_tbs(&certificate), plain().tbs(scheme()), "only the list goes");
    let Ok(list) = parse_sct_list(&certificate, &limits) else { return };
    assert!(!list.is_empty() && list.len() <= limits.scts);
    let items: Vec<u8> = list.iter().flat_map(|sct| opaque(&encode(sct))).collect();
    assert_eq!(der::encode(Tag::OCTET_STRING, &[&opaque(&items)]), value, "a list has one encoding");
}

/// RFC 6962 §3.2.
fn encode(sct: &SignedCertificateTimestamp) -> Vec<u8> {
    let signature_algorithm = match sct.scheme {
        SignatureScheme::Ecdsa(_) => 3,
        _ => 1,
    };
    [
        &[0][..],
        &sct.log_id,
        &sct.timestamp_millis.to_be_bytes(),
        &opaque(&sct.extensions),
        &[4, signature_algorithm],
        &opaque(&sct.signature),
    ]
    .concat()
}

/// With a two-byte length in front; what does not fit is cut.
fn opaque(bytes: &[u8]) -> Vec<u8> {
    let bytes = &bytes[..bytes.len().min(usize::from(u16::MAX))];
    let length = u16::try_from(bytes.len()).expect("cut");
    [&length.to_be_bytes()[..], bytes].concat()
}

const fn scheme() -> SignatureScheme {
    SignatureScheme::Ecdsa(cretula_crypto::HashAlgorithm::Sha256)
}

/// A certificate without timestamps.
fn plain() -> &'static CertificateSpec {
    static PLAIN: OnceLock<CertificateSpec> = OnceLock::new();
    PLAIN.get_or_init(|| {
        let key = SigningKey::derive(&Seed::new([7; 32]), "carrier", Algorithm::P256);
        let mut plain = CertificateSpec::new("carrier", "carrier", &key, (1_700_000_000, 1_800_000_000));
        plain.set("2.5.29.15", true, vec![3, 2, 7, 0x80]);
        plain
    })
}

/// The same with a list. Its signature is none: nothing here looks at it.
fn carrier(list: &[u8]) -> Vec<u8> {
    let mut carrier = plain().clone();
    carrier.set(SCT_LIST, false, list.to_vec());
    let signature = der::encode(Tag::BIT_STRING, &[&[0, 0x30, 6, 2, 1, 1, 2, 1, 1]]);
    der::encode(Tag::SEQUENCE, &[&carrier.tbs(scheme()), &algorithm_identifier(scheme()), &signature])
}
