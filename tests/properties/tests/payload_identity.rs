//! The reported statement is parsed from exactly the bytes that were verified.

use cretula_attestation::Statement;
use cretula_bundle::{Bundle, BundleRules, Content, UnknownMembers};
use cretula_encoding::{base64, json, limits::Limits};
use cretula_properties::{good, repeatable, verify};
use cretula_testkit::{BundleBuilder, ContentSpec, EntryKind, EntryLog, Instance, Json, Seed};
use cretula_verify::documents::encode_report;
use cretula_verify::{Report, RootMemo, VerifiedContent};
use proptest::prelude::*;

/// The payload as signed equals what is reported, in the value and in the document, and the facts are those of it.
fn assert_identity(payload: &[u8], report: &Report) {
    let reported = report.statement.as_ref().expect("a statement");
    assert_eq!(reported.payload, payload);
    let document = encode_report(report);
    let limits = Limits::default().predicate_json();
    let document = json::parse(&document, &limits).expect("our own document");
    let shown =
        document.member("statement").and_then(|statement| statement.member("payload")).expect("a payload");
    assert_eq!(base64::decode(&shown.as_text().expect("text")).as_deref(), Ok(payload));
    let statement = Statement::parse(payload, &Limits::default()).expect("a statement");
    assert_eq!(reported.statement_type, statement.statement_type().uri());
    assert_eq!(reported.predicate_type, statement.predicate_type());
    assert_eq!(reported.subjects.len(), statement.subjects().len());
    for ((name, digests), subject) in reported.subjects.iter().zip(statement.subjects()) {
        assert_eq!(name.as_deref(), subject.name.as_deref());
        assert!(digests.iter().all(|(name, value)| subject.digests.value(name) == Some(value)));
    }
}

#[test]
fn payload_identity() {
    let mut statements = 0;
    for case in good() {
        let outcome = verify(&case.request, &mut RootMemo::default()).expect("a call that is right");
        let rules = BundleRules {
            allow_chain_in_v03: true,
            unknown_members: UnknownMembers::Ignore,
            ..BundleRules::default()
        };
        let bundle =
            Bundle::parse(&case.request.bundle, &rules, &case.request.options.limits).expect("a bundle");
        match (bundle.content(), &outcome.report.statement) {
            (Content::Envelope(envelope), Some(_)) => {
                statements += 1;
                assert_identity(&envelope.payload, &outcome.report);
            }
            (Content::Envelope(envelope), None) => {
                let verified = outcome.verdict.expect("verified");
                let VerifiedContent::Envelope(found) = verified.content() else { panic!("{}", case.name) };
                assert_eq!(
                    (found.payload(), found.payload_type()),
                    (&*envelope.payload, &*envelope.payload_type)
                );
            }
            (Content::MessageSignature(_), found) => assert!(found.is_none(), "{}", case.name),
        }
    }
    assert!(statements >= 20, "only {statements} statements");
}

proptest! {
    #![proptest_config(repeatable())]

    /// White space, escapes and members that a normalising reader would change.
    #[test]
    fn unusual_payloads(
        space in "[ \\n\\t\\r]{0,5}",
        name in "[a-z/\\u{e9}\\u{20ac}\\u{1f600}]{1,12}",
        number in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
        escaped: bool,
    ) {
        let instance = Instance::new(Seed::new([3; 32]), 1_767_225_600);
        let mut builder = BundleBuilder::keyless(&instance).envelope();
        let digest = cretula_crypto::HashAlgorithm::Sha256.digest(&[&builder.artifact]).to_hex();
        let shown = if escaped {
            name.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
        } else {
            name.clone()
        };
        let text = format!(
            "{space}{{\"predicate\":{{\"n\":{number},\"\\u0061\":[{space}]}},{space}\"_type\" :\"https:\\/\\/in-toto.io/Statement/v1\",\
             \"subject\":[{{\"name\":\"{shown}\",\"digest\":{{\"sha256\":\"{digest}\"}}}}],\"predicateType\":\"x{shown}\",\
             \"later\":null}}{space}"
        );
        if let ContentSpec::Envelope { payload, .. } = &mut builder.content {
            *payload = Json::Raw(text.clone());
        }
        let inputs = builder.logged(EntryLog::V1(0), EntryKind::DsseV001).build();
        let outcome = verify(&inputs.to_request().unwrap(), &mut RootMemo::default()).unwrap();
        prop_assert!(outcome.verdict.is_ok(), "{:?} {text}", outcome.verdict.err());
        assert_identity(text.as_bytes(), &outcome.report);
        let subjects = outcome.report.statement.unwrap().subjects;
        prop_assert_eq!(subjects[0].0.as_deref(), Some(&*name));
    }
}
