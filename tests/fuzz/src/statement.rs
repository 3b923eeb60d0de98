//! In-toto statements and DSSE envelopes.

use std::collections::BTreeSet;

use cretula_attestation::{AcceptedAlgorithms, Envelope, Statement, StatementType, pae};
use cretula_encoding::limits::Limits;
use cretula_encoding::{base64, json};

use crate::{Dice, oracle};

/// What is accepted is read as serde_json reads it and is the same in canonical order; a subject matches itself; the
/// pre-authentication encoding can be taken apart again, so no two envelopes share one.
pub fn statement(input: &[u8]) {
    parsed_statement(input);
    envelope(input);
    let mut dice = Dice::new(input);
    let payload_type = String::from_utf8_lossy(dice.piece()).into_owned();
    encoding(&payload_type, dice.remainder());
}

fn parsed_statement(input: &[u8]) {
    let limits = Limits::default();
    let Ok(statement) = Statement::parse(input, &limits) else { return };
    let value = json::parse(input, &limits.predicate_json()).expect("a statement is JSON");
    oracle::assert_same_meaning(input, &value);
    assert_eq!(oracle::text_of(&value, "_type").as_deref(), Some(statement.statement_type().uri()));
    assert!(matches!(statement.statement_type(), StatementType::V0_1 | StatementType::V1));
    assert_eq!(oracle::text_of(&value, "predicateType").as_deref(), Some(statement.predicate_type()));
    assert!(!statement.predicate_type().is_empty());
    let subjects = value.member("subject").and_then(|list| list.elements()).expect("subjects");
    assert_eq!(subjects.clone().count(), statement.subjects().len());
    assert!((1..=limits.subjects).contains(&statement.subjects().len()));
    for (subject, value) in statement.subjects().iter().zip(subjects) {
        let digests = value.member("digest").and_then(|digests| digests.members()).expect("digests");
        let written: Vec<(String, String)> = digests
            .map(|(name, value)| (name.into_owned(), value.as_text().expect("a text").into_owned()))
            .collect();
        let read: Vec<(String, String)> =
            subject.digests.entries().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert!(!read.is_empty() && read.len() == written.len());
        assert!(read.iter().all(|entry| written.contains(entry)), "digests as written");
    }
    let accepted = AcceptedAlgorithms::with(&[]);
    for subject in statement.subjects() {
        let own: Vec<(&str, &str)> = subject.digests.entries().collect();
        if let Ok(matched) = statement.match_artifact(&own, &accepted) {
            assert!(!format!("{matched:?}").is_empty());
        }
    }
    if let Some(canonical) = oracle::canonical(input) {
        let reread = Statement::parse(&canonical, &limits).expect("in canonical order");
        assert_eq!(reread.predicate_type(), statement.predicate_type());
        assert_eq!(subjects_of(&reread), subjects_of(&statement), "the order of members changes subjects");
    }
}

/// Names and values.
type Digests<'a> = BTreeSet<(&'a str, &'a str)>;

/// Names and digests, in the order of the names of the digests.
fn subjects_of(statement: &Statement) -> Vec<(Option<&str>, Digests<'_>)> {
    let subjects = statement.subjects().iter();
    subjects.map(|subject| (subject.name.as_deref(), subject.digests.entries().collect())).collect()
}

fn envelope(input: &[u8]) {
    let limits = Limits::default();
    let Ok(envelope) = Envelope::parse(input, &limits) else { return };
    let value = json::parse(input, &limits.json()).expect("an envelope is JSON");
    oracle::assert_same_meaning(input, &value);
    let payload = oracle::text_of(&value, "payload").expect("a payload");
    assert_eq!(base64::decode_lenient(&payload).as_deref(), Ok(envelope.payload()));
    assert_eq!(oracle::text_of(&value, "payloadType").as_deref(), Some(envelope.payload_type()));
    assert!(!envelope.signatures().is_empty());
    assert!(envelope.signatures().iter().all(|signature| !signature.signature.is_empty()));
    encoding(envelope.payload_type(), envelope.payload());
    assert_eq!(
        envelope.pre_auth_encoding().parts().concat(),
        pae(envelope.payload_type(), envelope.payload())
    );
}

fn encoding(payload_type: &str, payload: &[u8]) {
    let encoded = pae(payload_type, payload);
    let rest = encoded.strip_prefix(b"DSSEv1 ").expect("the name of the encoding");
    let (found_type, rest) = counted(rest);
    let rest = rest.strip_prefix(b" ").expect("a space");
    let (found_payload, rest) = counted(rest);
    assert_eq!((found_type, found_payload, rest), (payload_type.as_bytes(), payload, &b""[..]));
}

/// A decimal length, a space, and that many bytes.
fn counted(bytes: &[u8]) -> (&[u8], &[u8]) {
    let space = bytes.iter().position(|byte| *byte == b' ').expect("a space");
    let digits = str::from_utf8(&bytes[..space]).expect("digits");
    let length: usize = digits.parse().expect("a length");
    assert_eq!(length.to_string(), digits, "no leading zero");
    bytes[space + 1..].split_at(length)
}
