//! Identities by type of key.
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]
mod signers;

use cretula_crypto::{HashAlgorithm, SignatureScheme, VerificationKey};
use cretula_encoding::der::{Tag, encode};
use cretula_tlog::{c2sp_id, note_scheme, spki_id, witness_id};
use signers::{ed25519, p256};

/// A key with a modulus of ones.
fn rsa() -> VerificationKey {
    let modulus = encode(Tag::INTEGER, &[&[0x00], &[0xff; 256]]);
    let exponent = encode(Tag::INTEGER, &[&[1, 0, 1]]);
    VerificationKey::parse_pkcs1(&encode(Tag::SEQUENCE, &[&modulus, &exponent])).unwrap()
}

fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    HashAlgorithm::Sha256.digest(parts).as_bytes().to_vec()
}

#[test]
fn ed25519_ids_contain_name_and_type() {
    let key = ed25519(1).key();
    let bytes = key.ed25519_bytes().unwrap();
    let id = c2sp_id("a", &key).unwrap();
    assert_eq!(id.full_id().to_vec(), sha256(&[b"a\n\x01", bytes]));
    assert!(id.full_id().starts_with(&id.key_id()));
    assert_eq!(witness_id("a", &key).unwrap().full_id().to_vec(), sha256(&[b"a\n\x04", bytes]));
    assert_eq!(spki_id(&key).full_id().to_vec(), sha256(&[key.spki()]));
    assert_eq!(note_scheme(&key), Some(SignatureScheme::Ed25519));
}

#[test]
fn ecdsa_ids_are_without_name() {
    let key = p256(1).key();
    assert_eq!(c2sp_id("a", &key), Some(spki_id(&key)));
    assert_eq!(witness_id("a", &key), None);
    assert_eq!(note_scheme(&key), Some(SignatureScheme::Ecdsa(HashAlgorithm::Sha256)));
}

#[test]
fn rsa_ids_contain_name_and_algorithm() {
    let key = rsa();
    let expected = sha256(&[b"a\n\xffPKIX-RSA-PKCS#1v1.5", key.spki()]);
    assert_eq!(c2sp_id("a", &key).unwrap().full_id().to_vec(), expected);
    assert_eq!(witness_id("a", &key), None);
    assert_eq!(note_scheme(&key), Some(SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256)));
}
