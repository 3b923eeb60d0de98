//! Bodies of log entries, and what a log signs about them.

use cretula_crypto::{HashAlgorithm, KeyDetails};
use cretula_encoding::{base64, json, limits::Limits};
use cretula_tlog::{
    EntryBody, EntryKind, SignedEntryTimestamp, VerifierRef, rebuild_hashedrekord_v002,
    signed_entry_timestamp_payload,
};

use crate::{Dice, oracle};

const KINDS: [(&str, &str); 6] = [
    ("dsse", "0.0.1"),
    ("dsse", "0.0.2"),
    ("hashedrekord", "0.0.1"),
    ("hashedrekord", "0.0.2"),
    ("intoto", "0.0.1"),
    ("intoto", "0.0.2"),
];

/// A body is accepted as one kind at most, is read as serde_json reads it, and is the same in canonical order. What a
/// log signs, and the body that is rebuilt, are canonical JSON that holds exactly what went in.
pub fn log_body(input: &[u8]) {
    let limits = Limits::default();
    let mut accepted = 0;
    for (kind, version) in KINDS {
        let kind = EntryKind::parse(kind, version).expect("a known kind");
        let Ok(body) = EntryBody::parse(input, kind, &limits) else { continue };
        accepted += 1;
        let value = json::parse(input, &oracle::WIDE).expect("a body is JSON");
        oracle::assert_same_meaning(input, &value);
        assert_eq!(oracle::text_of(&value, "kind").as_deref(), Some(kind.kind()));
        assert_eq!(oracle::text_of(&value, "apiVersion").as_deref(), Some(kind.version()));
        if let Some(canonical) = oracle::canonical(input) {
            assert_eq!(EntryBody::parse(&canonical, kind, &limits).as_ref(), Ok(&body));
        }
    }
    assert!(accepted <= 1, "a body of {accepted} kinds");
    promise(input);
    rebuilt(input, &limits);
}

fn promise(input: &[u8]) {
    let mut dice = Dice::new(input);
    let (integrated_time, log_index) = (dice.number() >> 11, dice.number() >> 11);
    let log_id = dice.piece();
    let canonicalized_body = dice.remainder();
    let entry = SignedEntryTimestamp { canonicalized_body, integrated_time, log_id, log_index };
    let payload = signed_entry_timestamp_payload(&entry);
    let document = oracle::assert_canonical(&payload);
    let body = oracle::text_of(&document, "body").expect("a body");
    assert_eq!(base64::decode(&body).as_deref(), Ok(canonicalized_body));
    let number = |name: &str| document.member(name).and_then(|value| value.as_number()?.parse().ok());
    assert_eq!((number("integratedTime"), number("logIndex")), (Some(integrated_time), Some(log_index)));
}

fn rebuilt(input: &[u8], limits: &Limits) {
    let mut dice = Dice::new(input);
    let details = KeyDetails::ALL[dice.below(KeyDetails::ALL.len())];
    let is_certificate = dice.byte() & 1 == 1;
    let (signature, verifier) = (dice.piece(), dice.piece());
    let hash = details.scheme().prehash().unwrap_or(HashAlgorithm::Sha256);
    let digest = hash.digest(&[dice.remainder()]);
    let verifier =
        if is_certificate { VerifierRef::Certificate(verifier) } else { VerifierRef::PublicKey(verifier) };
    let body = rebuild_hashedrekord_v002(&digest, details, signature, verifier);
    oracle::assert_canonical(&body);
    let kind = EntryKind::parse("hashedrekord", "0.0.2").expect("a known kind");
    if let Ok(EntryBody::HashedRekordV002(record)) = EntryBody::parse(&body, kind, limits) {
        assert_eq!(record.key_details, details);
    } else {
        panic!("a rebuilt body is not read");
    }
}
