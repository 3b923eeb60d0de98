//! The typed result says what the report says, and nothing that was not verified.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "an independent reader for the project's own files and replies"
)]

use cretula_cases::Expected;
use cretula_crypto::{Digest, HashAlgorithm, RustCrypto};
use cretula_encoding::{base64, hex};
use cretula_verify::{
    Failure, Outcome, Refusal, RootMemo, VerifiedBundle, VerifiedContent, VerifiedSigner, Verifier,
    documents::{encode_report, parse_request},
    request::Artifact,
};
use serde_json::{Value, json};

#[test]
fn the_typed_result_is_the_reported_one() {
    let mut roots = RootMemo::default();
    let (mut looked, mut verified, mut kinds) = (0, 0, [0; 3]);
    for case in cretula_cases::checks().unwrap() {
        if matches!(case.expected, Expected::Failed { .. }) {
            continue;
        }
        let (request, _) = parse_request(&case.request).unwrap();
        let outcome = Verifier::new(&RustCrypto, &mut roots).verify(&request).unwrap();
        let report = serde_json::from_slice(&encode_report(&outcome.report)).unwrap();
        same_verdict(&case.name, &outcome, &report);
        looked += 1;
        if let Ok(proof) = &outcome.verdict {
            let bundle: Value = serde_json::from_slice(&request.bundle).unwrap();
            same_signer(&case.name, proof, &report);
            kinds[same_content(&case.name, proof, &report, &bundle)] += 1;
            same_evidence(&case.name, proof, &report);
            verified += 1;
        }
    }
    assert!(looked > 700 && verified > 200, "only {verified} of {looked} cases");
    assert!(kinds.iter().all(|count| *count > 0), "messages, envelopes, statements: {kinds:?}");
}

fn same_verdict(name: &str, outcome: &Outcome, report: &Value) {
    assert_eq!(outcome.report.is_verified(), outcome.verdict.is_ok(), "{name}");
    match &outcome.verdict {
        Ok(_) => assert_eq!(report["verdict"], "verified", "{name}"),
        Err(refusal) => {
            assert_eq!(report["verdict"], "refused", "{name}");
            assert_eq!(report["code"], refusal.code, "{name}");
            assert_eq!(report["checkId"], refusal.check, "{name}");
            assert_eq!(report["stage"], refusal.stage().area(), "{name}");
        }
    }
}

fn same_signer(name: &str, proof: &VerifiedBundle, report: &Value) {
    match proof.signer() {
        VerifiedSigner::Identity(identity) => {
            let shown = &report["signer"]["certificate"];
            assert_eq!(identity.subject_alt_name(), shown["san"]["value"], "{name}");
            assert_eq!(identity.issuer(), shown["issuer"], "{name}");
            assert_eq!(json!(identity.claims()), shown["claims"], "{name}");
            assert_eq!(hex::encode(identity.certificate().sha256.as_bytes()), shown["sha256"], "{name}");
        }
        VerifiedSigner::Key(key) => {
            let shown = &report["signer"]["key"];
            assert_eq!(key.id(), shown["id"], "{name}");
            assert_eq!(key.sha256().to_hex(), shown["sha256"], "{name}");
        }
    }
}

/// The statement is parsed from exactly the bytes that were signed. Returns the kind of content.
fn same_content(name: &str, proof: &VerifiedBundle, report: &Value, bundle: &Value) -> usize {
    let signed = bundle["dsseEnvelope"]["payload"].as_str().map(|text| base64::decode(text).unwrap());
    let envelope = match proof.content() {
        VerifiedContent::Message => {
            assert!(report.get("statement").is_none() && signed.is_none(), "{name}");
            return 0;
        }
        VerifiedContent::Envelope(envelope) => envelope,
        VerifiedContent::Statement(statement) => statement.envelope(),
    };
    let signed = signed.unwrap();
    assert_eq!(envelope.payload(), signed, "{name}");
    assert_eq!(envelope.payload_type(), bundle["dsseEnvelope"]["payloadType"], "{name}");
    let VerifiedContent::Statement(statement) = proof.content() else {
        assert!(report.get("statement").is_none(), "{name}");
        return 1;
    };
    let shown = &report["statement"];
    let meant: Value = serde_json::from_slice(&signed).unwrap();
    assert_eq!(shown["payload"], base64::encode(&signed), "{name}");
    assert_eq!(statement.statement_type(), meant["_type"], "{name}");
    assert_eq!(statement.predicate_type(), meant["predicateType"], "{name}");
    assert_eq!(shown["predicateType"], meant["predicateType"], "{name}");
    2
}

fn same_evidence(name: &str, proof: &VerifiedBundle, report: &Value) {
    let artifacts = proof
        .artifacts()
        .iter()
        .map(|artifact| json!({"digests": artifact.digests(), "subject": artifact.subject()}));
    let shown = members(report, "artifacts")
        .map(|artifact| json!({"digests": artifact["digests"], "subject": artifact.get("subject")}));
    assert!(artifacts.eq(shown), "{name}");
    let entries =
        proof.log_entries().iter().map(|entry| json!([entry.log_id(), entry.log_index().to_string()]));
    let shown = members(report, "logs")
        .filter(|log| log["outcome"] == "pass")
        .map(|log| json!([log["instance"], log["index"]]));
    assert!(entries.eq(shown), "{name}");
    let times = proof.timestamps().iter().map(|time| json!([time.time().to_rfc3339(), time.source().name()]));
    let shown = members(report, "times")
        .filter(|time| time["source"] != "now")
        .map(|time| json!([time["time"], time["source"]]));
    assert!(times.eq(shown), "{name}");
}

fn members<'a>(report: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    report[name].as_array().into_iter().flatten()
}

#[test]
fn refusals_and_failures_are_written_for_people() {
    let refusal =
        Refusal { check: "L14", code: "log-inclusion/proof", index: None, detail: "another root".into() };
    assert_eq!(refusal.to_string(), "log-inclusion/proof (L14): another root");
    let bare = Refusal { detail: String::new(), ..refusal };
    assert_eq!(bare.to_string(), "log-inclusion/proof (L14)");
    assert_eq!(Failure { code: "input/json", path: None, detail: None }.to_string(), "input/json");
    let failure = Failure::new("policy/conflict", "of no effect").at("/statement");
    assert_eq!(failure.to_string(), "policy/conflict at /statement: of no effect");
}

#[test]
fn artifacts_hold_one_digest_per_algorithm() {
    let digest = |text: &[u8]| HashAlgorithm::Sha256.digest(&[text]);
    let artifact = Artifact::from_digests([digest(b"a"), digest(b"b")]);
    assert_eq!(artifact.digest(HashAlgorithm::Sha256), Some(&digest(b"a")));
    assert_eq!(artifact.digest(HashAlgorithm::Sha512), None);
    assert_eq!(artifact.entries().len(), 1);
    assert!(artifact.bytes().is_none());
    assert!(!artifact.is_empty());
    assert!(Artifact::from_digests(None::<Digest>).is_empty());
    assert!(!Artifact::default().with_named("gitCommit", "0").is_empty());

    let bytes = Artifact::from_bytes(b"a".to_vec());
    assert_eq!(bytes.bytes(), Some(b"a".as_slice()));
    assert_eq!(bytes.entries().keys().collect::<Vec<_>>(), ["sha256", "sha384", "sha512"]);

    let code = |entries: &[(&'static str, &'static str)]| {
        Artifact::from_entries(entries.iter().copied()).map(|_| ()).map_err(|failure| failure.code)
    };
    assert_eq!(code(&[]), Err("input/digest"));
    assert_eq!(code(&[("gitCommit", "1"), ("gitCommit", "1")]), Err("input/digest"));
    assert_eq!(code(&[("sha256", "00")]), Err("input/digest"));
    assert_eq!(code(&[("gitCommit", "1"), ("vendor", "2")]), Ok(()));
}
