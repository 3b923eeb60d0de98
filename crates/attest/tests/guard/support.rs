//! Authorisations and messages that belong together.

use cretula_attest::guard::{Authorisation, Verdict, check};
use cretula_attest::{AttestError, PAYLOAD_TYPE};
use cretula_encoding::base64;
use cretula_testkit::{Algorithm, Seed, SigningKey};
use serde_json::{Value, json};

#[cfg(feature = "schema")]
use crate::requests::assert_fits;
use crate::requests::{SHA256, build, other};

pub(crate) const PROVENANCE: &str = "https://slsa.dev/provenance/v1";
pub(crate) const VSA: &str = "https://slsa.dev/verification_summary/v1";

pub(crate) fn key(name: &str) -> SigningKey {
    SigningKey::derive(&Seed::new([9; 32]), name, Algorithm::P256)
}

/// SHA-256 of a key, as an entry of `signed` names it.
pub(crate) fn key_sha256(key: &SigningKey) -> String {
    sha256(&key.spki())
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    cretula_crypto::HashAlgorithm::Sha256.digest(&[bytes]).to_hex()
}

/// What the host would write for a request: its own configuration and facts, and the digests of the subjects.
pub(crate) fn authorisation(request: &Value, predicate_type: &str) -> Value {
    let subjects = request["tenant"]["subjects"].as_array().unwrap();
    let subjects: Vec<_> = subjects.iter().map(|subject| subject["digest"].clone()).collect();
    let mode = &request["config"]["modes"]["m"];
    let purpose = if mode["key"] == "ephemeral" { "ephemeral" } else { "attestation" };
    json!({
        "schema": "cretula/authorisation/v1", "mode": "m", "config": request["config"], "facts": request["facts"],
        "subjects": subjects, "predicateTypes": [predicate_type], "purpose": purpose, "key": mode["key"],
        "spki": base64::encode(&key("signer").spki()), "signed": []
    })
}

/// A request for a statement of another kind, with its authorisation.
pub(crate) fn reviewed() -> (Value, Value) {
    let predicate = json!({
        "kind": "raw", "type": "https://example.com/reviewed/v1", "content": base64::encode(b"{\"b\": 1.50, \"a\": []}")
    });
    let request = other("raw", predicate);
    let authorisation = authorisation(&request, "https://example.com/reviewed/v1");
    (request, authorisation)
}

/// What the machine would ask the host to sign.
pub(crate) fn message(request: &Value) -> Vec<u8> {
    build(request).unwrap_or_else(|error| panic!("{error}")).pre_auth_encoding()
}

/// The statement of a message.
pub(crate) fn statement(message: &[u8]) -> Value {
    let start = message.iter().position(|byte| *byte == b'{').unwrap();
    serde_json::from_slice(&message[start..]).unwrap()
}

/// The encoding of a statement, as a signing instance could write any.
pub(crate) fn encode(statement: &Value) -> Vec<u8> {
    pae(PAYLOAD_TYPE, &serde_json::to_vec(statement).unwrap())
}

pub(crate) fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// Reads an authorisation. One that is read fits its published table.
pub(crate) fn parse(authorisation: &Value) -> Result<Authorisation, AttestError> {
    let parsed = Authorisation::parse(&serde_json::to_vec(authorisation).unwrap())?;
    #[cfg(feature = "schema")]
    assert_fits(authorisation, cretula_attest::schema::AUTHORISATION);
    Ok(parsed)
}

/// Asks the guard. Its answer fits the published table.
pub(crate) fn run(authorisation: &Value, message: &[u8]) -> Result<Verdict, AttestError> {
    let verdict = check(&parse(authorisation)?, message)?;
    #[cfg(feature = "schema")]
    assert_fits(&serde_json::from_slice(&verdict.to_document()).unwrap(), cretula_attest::schema::GUARD);
    Ok(verdict)
}

/// The code of a refusal; empty: it may be signed.
pub(crate) fn code(authorisation: &Value, message: &[u8]) -> &'static str {
    match run(authorisation, message) {
        Ok(_) => "",
        Err(error) => {
            assert!(error.detail.as_ref().is_none_or(|detail| detail.len() <= 256), "{error}");
            error.code()
        }
    }
}

/// Another value of the same JSON type.
pub(crate) fn bent(value: &Value) -> Value {
    match value {
        Value::String(text) if text.len() == 64 && text != SHA256 => json!("0".repeat(64)),
        Value::String(text) => json!(format!("{text}x")),
        Value::Number(number) => json!(number.as_u64().unwrap() + 1),
        Value::Bool(flag) => json!(!flag),
        Value::Null => json!(0),
        Value::Array(_) => json!([{}]),
        Value::Object(_) => json!({"x": "y"}),
    }
}

/// Pointers to every value of a document but the root.
pub(crate) fn pointers(document: &Value) -> Vec<String> {
    let mut found = vec![];
    let mut open = vec![(String::new(), document)];
    while let Some((pointer, value)) = open.pop() {
        let child = |name: &str| format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        match value {
            Value::Object(members) => open.extend(members.iter().map(|(name, value)| (child(name), value))),
            Value::Array(list) => {
                open.extend(list.iter().enumerate().map(|(at, value)| (child(&at.to_string()), value)));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        if !pointer.is_empty() {
            found.push(pointer);
        }
    }
    found
}
