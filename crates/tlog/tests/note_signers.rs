//! Verifier keys, lines of known keys, cosignatures, entry timestamps.
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]
mod signers;

use cretula_crypto::{Checker, HashAlgorithm, RustCrypto, SignatureScheme};
use cretula_tlog::{
    Cosignature, Error, NoteSigner, SignatureType, SignedEntryTimestamp, VerifierKey, cosigned_message,
    signed_entry_timestamp_payload, verify_note, verify_signed_entry_timestamp,
};
use signers::{TestSigner, checker, ed25519, note, p256};

const TEXT: &str = "log.example\n1\nAAAA\n";

fn vkey(name: &str, signature_type: SignatureType, signer: &TestSigner) -> VerifierKey {
    VerifierKey::new(name, signature_type, signer.key()).unwrap()
}

#[test]
fn verifier_key_of_the_specification() {
    let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let key = VerifierKey::parse(text).unwrap();
    assert_eq!((key.name(), key.key_id()), ("PeterNeumann", [0xc7, 0x4f, 0x20, 0xa3]));
    assert_eq!(key.signature_type(), SignatureType::Ed25519);
    assert_eq!(key.encode(), text);
}

#[test]
fn verifier_keys_of_each_type() {
    let types = [SignatureType::CosignatureEd25519, SignatureType::Ecdsa, SignatureType::Ed25519];
    for signature_type in types {
        let signer = if signature_type == SignatureType::Ecdsa { p256(1) } else { ed25519(1) };
        let text = vkey("a.example/x", signature_type, &signer).encode();
        let parsed = VerifierKey::parse(&text).unwrap();
        assert_eq!((parsed.encode(), parsed.signature_type()), (text, signature_type));
        let other = if signature_type == SignatureType::Ecdsa { ed25519(1) } else { p256(1) };
        assert!(VerifierKey::new("a", signature_type, other.key()).is_err());
    }
}

#[test]
fn wrong_verifier_keys() {
    for text in [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a3+",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+BRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10QA",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW+",
    ] {
        assert_eq!(VerifierKey::parse(text).unwrap_err().code(), "policy/malformed", "{text}");
    }
    for name in ["", "a b", "a+b", "a\u{2003}b", "a\n"] {
        assert!(VerifierKey::new(name, SignatureType::Ed25519, ed25519(1).key()).is_err());
    }
}

#[test]
fn known_lines_verify_and_others_are_skipped() {
    let (log, witness, stranger) = (p256(1), ed25519(2), ed25519(3));
    let keys = [
        vkey("log", SignatureType::Ecdsa, &log),
        vkey("witness", SignatureType::CosignatureEd25519, &witness),
    ];
    let lines = [stranger.line("log", TEXT), witness.cosign("witness", TEXT, 77), log.line("log", TEXT)];
    let found = verify_note(&note(TEXT, &lines), &keys, &checker()).unwrap();
    let expected = [
        NoteSigner { line: 1, key: 1, time_secs: Some(77) },
        NoteSigner { line: 2, key: 0, time_secs: None },
    ];
    assert_eq!(found, expected);
    let renamed = [log.line("other", TEXT), witness.line("witness", TEXT)];
    assert_eq!(verify_note(&note(TEXT, &renamed), &keys, &checker()), Ok(vec![]));
}

#[test]
fn known_line_must_verify() {
    let (log, witness) = (ed25519(1), ed25519(2));
    let keys = [
        vkey("log", SignatureType::Ed25519, &log),
        vkey("witness", SignatureType::CosignatureEd25519, &witness),
    ];
    let other = "log.example\n2\nAAAA\n";
    let lines = [log.line("log", TEXT), log.line("log", other)];
    let refused = verify_note(&note(TEXT, &lines), &keys, &checker());
    assert_eq!(refused, Err(Error::CheckpointSignature { line: 1 }));
    let mut later = witness.cosign("witness", TEXT, 77);
    later.signature[7] = 78;
    for cosignature in [witness.cosign("witness", other, 77), later] {
        let refused = verify_note(&note(TEXT, &[cosignature]), &keys, &checker());
        assert_eq!(refused, Err(Error::Cosignature { line: 0 }));
    }
    let refused = verify_note(&note(TEXT, &lines), &keys, &Checker::new(&RustCrypto, 0));
    assert_eq!(refused, Err(Error::SignatureTotal));
}

#[test]
fn cosignature_form() {
    assert_eq!(
        cosigned_message(1_679_315_147, TEXT),
        format!("cosignature/v1\ntime 1679315147\n{TEXT}").as_bytes()
    );
    let mut blob = vec![0x7f; 72];
    let cosignature = Cosignature::parse(&blob).unwrap();
    assert_eq!(cosignature.time_secs(), 0x7f7f_7f7f_7f7f_7f7f);
    assert_eq!(cosignature.signature(), &[0x7f; 64]);
    assert_eq!(Cosignature::parse(&blob[..71]), None);
    blob.push(0);
    assert_eq!(Cosignature::parse(&blob), None);
    blob.pop();
    blob[0] = 0x80;
    assert_eq!(Cosignature::parse(&blob), None);
}

#[test]
fn signed_entry_timestamp() {
    let log = p256(9);
    let entry = SignedEntryTimestamp {
        canonicalized_body: b"{}",
        integrated_time: 12,
        log_id: &[0xab, 1],
        log_index: 34,
    };
    let payload = signed_entry_timestamp_payload(&entry);
    assert_eq!(payload, br#"{"body":"e30=","integratedTime":12,"logID":"ab01","logIndex":34}"#);
    let signature = log.sign(&payload);
    let scheme = SignatureScheme::Ecdsa(HashAlgorithm::Sha256);
    let verify = |entry: &SignedEntryTimestamp<'_>, checks: u32| {
        let checker = Checker::new(&RustCrypto, checks);
        verify_signed_entry_timestamp(entry, &signature, &log.key(), scheme, &checker)
    };
    assert_eq!(verify(&entry, 1).unwrap().secs(), 12);
    assert_eq!(verify(&entry, 0), Err(Error::SignatureTotal));
    for wrong in [
        SignedEntryTimestamp { canonicalized_body: b"[]", ..entry },
        SignedEntryTimestamp { integrated_time: 13, ..entry },
        SignedEntryTimestamp { integrated_time: u64::MAX, ..entry },
        SignedEntryTimestamp { log_id: &[0xab, 2], ..entry },
        SignedEntryTimestamp { log_index: 35, ..entry },
    ] {
        assert_eq!(verify(&wrong, 1), Err(Error::Set));
    }
}

#[test]
fn time_of_an_entry_ends_with_the_year_9999() {
    let log = ed25519(9);
    let entry = SignedEntryTimestamp {
        canonicalized_body: b"",
        integrated_time: 253_402_300_800,
        log_id: &[],
        log_index: 0,
    };
    let signature = log.sign(&signed_entry_timestamp_payload(&entry));
    let found =
        verify_signed_entry_timestamp(&entry, &signature, &log.key(), SignatureScheme::Ed25519, &checker());
    assert_eq!(found, Err(Error::Set));
}
