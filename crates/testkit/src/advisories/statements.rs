//! What an envelope says: payloads that were not read, types that were not compared, bytes that were changed.

use cretula_encoding::base64;

use crate::bundle_builder::ContentSpec;
use crate::cases::defect::{Defect, refuses};
use crate::cases::good::{KEYLESS_V2_ENVELOPE, TSA_ENVELOPE};
use crate::json::Json;

use super::row::{Row, row};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "CVE-2026-39395",
            "parse failure became success",
            "A payload that could not be parsed ended with success in place of a failure.",
            "artifact",
            &[
                "a05-not-json", "a05-type", "a05-no-type", "a05-no-predicate-type", "a05-predicate-type-empty",
                "a05-empty", "a05-list", "a07-duplicate", "i06-predicate-type",
            ],
        )
        .also(&["GHSA-w6c6-c85g-mmv6"]),
        row(
            "CVE-2022-35929",
            "attestation type not enforced",
            "A caller who asked for one type of attestation got success from an attestation of any other type.",
            "predicate",
            &["i06-*", "a05-message", "a05-no-predicate-type", "a05-payload-type"],
        )
        .also(&["GHSA-vjxv-45g9-9296", "CVE-2022-35930", "GHSA-739f-hw6h-7wq8"])
        .adding(other_types),
        row(
            "CVE-2026-44309",
            "normalised bytes verified instead of the original",
            "The payload was parsed and written again before its signature was checked, so that other bytes were \
             verified than those that were signed.",
            "signature",
            &["a04-unusual-white-space", "a04-payload-changed", "a04-bare-payload", "a07-duplicate"],
        )
        .adding(normalised)
        .in_test("the report of the accepted case holds the payload exactly as it was signed"),
        row(
            "lesson-no-attestation",
            "absence as success",
            "Where nothing of the demanded type was found, nothing failed and the call ended with success.",
            "predicate",
            &[
                "a05-message", "a02-two-artifacts", "a06-one-of-two", "a08-none", "a08-none-for-message",
                "l21-none", "m01-none", "s06-none", "p05-none", "p09-no-signature",
            ],
        ),
        row(
            "lesson-pae",
            "byte lengths",
            "The lengths of the pre-authentication encoding counted characters in place of bytes.",
            "signature",
            &["a04-characters", "a04-bare-payload", "a04-encoded-payload", "a04-payload-type-changed"],
        ),
        row(
            "lesson-number-of-signatures",
            "zero, two, first valid, second valid",
            "Of several signatures of an envelope one that verified was enough, or none was needed.",
            "bundle-shape",
            &["p09-*"],
        ),
        row(
            "lesson-message-digest",
            "value and algorithm of the message digest lie",
            "The digest that a bundle states was taken for that of the artifact.",
            "artifact",
            &["a03-*"],
        ),
        row(
            "lesson-subject",
            "only the first subject read; only SHA-256",
            "Subjects beyond the first, or digests other than SHA-256, were not compared, or any equal digest was \
             enough beside a different one.",
            "artifact",
            &["a06-*"],
        )
        .adding(subjects),
    ]
}

fn other_types() -> Vec<Defect> {
    vec![
        refuses(
            "I06",
            "other-type-v2",
            "predicate/type",
            &KEYLESS_V2_ENVELOPE,
            "a predicate of another type than the demanded one, signed, dated and logged",
            |b| {
                b.payload().set("/predicateType", Json::text("https://example.com/tested/v1"));
            },
        )
        .arranged(|b| {
            let types = Json::List(vec![Json::text("https://example.com/reviewed/v1")]);
            b.demand("/statement/predicateTypes", types);
        }),
        refuses(
            "I06",
            "type-in-predicate",
            "predicate/type",
            &TSA_ENVELOPE,
            "the demanded type stands inside of the predicate only",
            |b| {
                b.payload().set("/predicateType", Json::text("https://example.com/tested/v1"));
            },
        )
        .arranged(|b| {
            let wanted = "https://example.com/reviewed/v1";
            b.payload().set("/predicate/predicateType", Json::text(wanted));
            b.demand("/statement/predicateTypes", Json::List(vec![Json::text(wanted)]));
        }),
    ]
}

/// A statement with white space and escapes.
fn unusual(statement: &Json) -> String {
    let text = String::from_utf8(statement.encode()).expect("UTF-8");
    format!("\r\n\t{} \n", text.replacen("\"_type\":", "\"\\u005ftype\" :\t", 1).replace(',', " ,\n"))
}

fn normalised() -> Vec<Defect> {
    let changed = |id, sentence, bend| refuses("A04", id, "signature/invalid", &TSA_ENVELOPE, sentence, bend);
    vec![
        changed("normalised", "a signed payload with white space that was taken away", |b| {
            let canonical = b.statement().encode();
            b.edit_bundle(move |bundle| {
                bundle.set("/dsseEnvelope/payload", Json::bytes(&canonical));
            });
        })
        .arranged(|b| *b.payload() = Json::Raw(unusual(&b.statement()))),
        changed("white-space-added", "a signed payload to which white space was added", |b| {
            let text = unusual(&b.statement());
            b.edit_bundle(move |bundle| {
                bundle.set("/dsseEnvelope/payload", Json::bytes(text.as_bytes()));
            });
        }),
        changed("escape-added", "a signed payload of which a letter became an escape", |b| {
            b.edit_bundle(|bundle| {
                let payload = base64::decode(bundle.text_at("/dsseEnvelope/payload")).expect("base64");
                let text = String::from_utf8(payload).expect("UTF-8").replacen("_type", "\\u005ftype", 1);
                bundle.set("/dsseEnvelope/payload", Json::bytes(text.as_bytes()));
            });
        }),
        changed("signed-canonical", "a signature over the payload without its white space", |b| {
            let canonical = b.statement().encode();
            let ContentSpec::Envelope { payload_type, .. } = &b.content else { panic!("an envelope") };
            let encoding = cretula_attestation::pae(payload_type, &canonical);
            b.edits.message.push(Box::new(|message| *message = encoding));
        })
        .arranged(|b| *b.payload() = Json::Raw(unusual(&b.statement()))),
    ]
}

fn subjects() -> Vec<Defect> {
    let mismatch =
        |id, sentence, bend| refuses("A06", id, "artifact/mismatch", &TSA_ENVELOPE, sentence, bend);
    vec![
        mismatch("sha512-of-another", "a subject with the SHA-512 of another artifact only", |b| {
            let digest = cretula_crypto::HashAlgorithm::Sha512.digest(&[b"another artifact"]).to_hex();
            b.payload().set("/subject/0/digest", Json::object([("sha512", Json::text(digest))]));
        }),
        mismatch("none-of-three", "three subjects of other artifacts", |b| {
            let other = |name: &str| {
                let digest = cretula_crypto::HashAlgorithm::Sha256.digest(&[name.as_bytes()]).to_hex();
                let digest = Json::object([("sha256", Json::text(digest))]);
                Json::object([("name", Json::text(name)), ("digest", digest)])
            };
            b.payload().set("/subject", Json::List(vec![other("a"), other("b"), other("artifact.txt")]));
        }),
    ]
}
