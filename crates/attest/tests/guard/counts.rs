//! How much is signed for one request (G9).

use serde_json::{Value, json};

use crate::messages::request_info;
use crate::requests::github;
use crate::support::{PROVENANCE, authorisation, code, key, key_sha256, message, reviewed, run, sha256};
use cretula_encoding::base64;

const REFUSED: &str = "guard/count";

fn entry(kind: &str, message: &[u8], key: &str) -> Value {
    json!({"kind": kind, "sha256": sha256(message), "key": key})
}

#[test]
fn an_ephemeral_key_signs_one_request_and_one_statement() {
    let request = github();
    let mut granted = authorisation(&request, PROVENANCE);
    let (statement, spki) = (message(&request), key("signer").spki());
    let csr = request_info(&spki);
    for (kind, bytes, other) in [("csr", &csr, &statement), ("attestation", &statement, &csr)] {
        let verdict = run(&granted, bytes).unwrap();
        let signed = verdict.signed();
        assert_eq!((signed.kind.name(), signed.sha256.as_str()), (kind, sha256(bytes).as_str()));
        granted["signed"] = json!([{"kind": signed.kind.name(), "sha256": signed.sha256, "key": signed.key}]);
        assert_eq!((code(&granted, bytes), code(&granted, other)), (REFUSED, ""), "{kind}");
        granted["signed"] = json!([]);
    }
}

#[test]
fn a_request_has_at_most_four_ephemeral_keys() {
    let request = github();
    let statement = message(&request);
    let mut granted = authorisation(&request, PROVENANCE);
    let mut signed = vec![];
    for round in 0..5 {
        let next = key(&format!("ephemeral {round}"));
        granted["spki"] = json!(base64::encode(&next.spki()));
        granted["signed"] = json!(signed);
        let csr = request_info(&next.spki());
        let expected = if round < 4 { "" } else { REFUSED };
        assert_eq!((code(&granted, &csr), code(&granted, &statement)), (expected, expected), "{round}");
        signed.push(entry("csr", &csr, &key_sha256(&next)));
        signed.push(entry("attestation", &statement, &key_sha256(&next)));
    }
}

#[test]
fn a_managed_key_signs_two_times_the_same() {
    let (request, mut granted) = reviewed();
    let statement = message(&request);
    let own = entry("attestation", &statement, &key_sha256(&key("signer")));
    let rotated = entry("attestation", &statement, &key_sha256(&key("rotated")));
    let other = entry("attestation", b"another", &key_sha256(&key("signer")));
    for (signed, expected) in [
        (json!([]), ""),
        (json!([own]), ""),
        (json!([rotated]), ""),
        (json!([own, own]), REFUSED),
        (json!([own, rotated]), REFUSED),
        (json!([other]), REFUSED),
        (json!([own, other]), REFUSED),
        (json!([entry("csr", b"x", &key_sha256(&key("signer")))]), ""),
    ] {
        granted["signed"] = signed.clone();
        assert_eq!(code(&granted, &statement), expected, "{signed}");
    }
}

#[test]
fn a_new_key_signs_the_same_statement() {
    let request = github();
    let mut granted = authorisation(&request, PROVENANCE);
    granted["signed"] = json!([entry("attestation", b"another", &key_sha256(&key("before")))]);
    assert_eq!(code(&granted, &message(&request)), REFUSED);
    granted["signed"] = json!([entry("attestation", &message(&request), &key_sha256(&key("before")))]);
    assert_eq!(code(&granted, &message(&request)), "");
}
