//! Entries, messages and material with empty or missing parts.

use crate::asn1::{seq, set, utf8};
use crate::bundle_builder::BundleBuilder;
use crate::cases::defect::{Change, Defect, refuses};
use crate::cases::good::{KEYLESS_V1_INTOTO, MANAGED, MANAGED_ENVELOPE, MANAGED_V2, TSA_ONLY};
use crate::certificate::{SUBJECT_ALT_NAME, alt_names};
use crate::json::Json;

use super::row::{Row, row};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "CVE-2026-23831",
            "reachable panic on malformed entry or message",
            "A log entry or message with an empty or missing part stopped the process.",
            "log-binding",
            &["l01-null", "l01-list", "l01-empty-object", "l01-not-json", "l01-no-spec", "p13-*"],
        )
        .also(&[
            "CVE-2023-33199",
            "GHSA-273p-m2cw-6833",
            "GHSA-4c4x-jm2x-pf9j",
            "CVE-2026-23991",
            "RUSTSEC-2024-0399",
        ])
        .adding(malformed),
        row(
            "CVE-2026-44310",
            "panic or empty certificate list ended with success",
            "Material that is empty or missing stopped the process, or ended with success.",
            "bundle-shape",
            &[
                "p05-none",
                "p06-none",
                "p06-no-material",
                "p07-empty",
                "p16-empty",
                "r03-empty",
                "t01-empty",
                "s01-empty",
            ],
        )
        .adding(empty),
    ]
}

fn malformed() -> Vec<Defect> {
    let bad = |id, base, sentence, bend: Change| refuses("L01", id, "log-binding/body", base, sentence, bend);
    vec![
        bad("dsse-null", &MANAGED_ENVELOPE, "a body of dsse that is null", |b| replace(b, b"null")),
        bad("dsse-list", &MANAGED_ENVELOPE, "a body of dsse that is a list", |b| replace(b, b"[]")),
        bad("dsse-empty-object", &MANAGED_ENVELOPE, "a body of dsse without members", |b| replace(b, b"{}")),
        bad("dsse-spec-null", &MANAGED_ENVELOPE, "a spec of dsse that is null", |b| {
            member(b, "/spec", Json::null())
        }),
        bad("dsse-spec-list", &MANAGED_ENVELOPE, "a spec of dsse that is a list", |b| {
            member(b, "/spec", Json::List(vec![]))
        }),
        bad("dsse-signatures-null", &MANAGED_ENVELOPE, "signatures of dsse that are null", |b| {
            member(b, "/spec/signatures", Json::null())
        }),
        bad("dsse-signature-null", &MANAGED_ENVELOPE, "a signature of dsse that is null", |b| {
            member(b, "/spec/signatures/0", Json::null())
        }),
        bad("intoto-null", &KEYLESS_V1_INTOTO, "a body of intoto that is null", |b| replace(b, b"null")),
        bad("intoto-empty-object", &KEYLESS_V1_INTOTO, "a body of intoto without members", |b| {
            replace(b, b"{}")
        }),
        bad("intoto-spec-null", &KEYLESS_V1_INTOTO, "a spec of intoto that is null", |b| {
            member(b, "/spec", Json::null())
        }),
        bad("intoto-content-null", &KEYLESS_V1_INTOTO, "content of intoto that is null", |b| {
            member(b, "/spec/content", Json::null())
        }),
        bad("intoto-envelope-null", &KEYLESS_V1_INTOTO, "an envelope of intoto that is null", |b| {
            member(b, "/spec/content/envelope", Json::null())
        }),
        bad("spec-null", &MANAGED, "a spec that is null", |b| member(b, "/spec", Json::null())),
        bad("signature-null", &MANAGED, "a signature that is null", |b| {
            member(b, "/spec/signature", Json::null())
        }),
        bad("public-key-null", &MANAGED, "a public key that is null", |b| {
            member(b, "/spec/signature/publicKey", Json::null())
        }),
        bad("public-key-empty", &MANAGED, "a public key without content", |b| {
            member(b, "/spec/signature/publicKey", Json::object([("content", Json::text(""))]))
        }),
        bad("hash-null", &MANAGED, "a hash that is null", |b| member(b, "/spec/data/hash", Json::null())),
        bad("v2-null", &MANAGED_V2, "a body of v2 that is null", |b| replace(b, b"null")),
        bad("v2-list", &MANAGED_V2, "a body of v2 that is a list", |b| replace(b, b"[]")),
        bad("v2-empty-object", &MANAGED_V2, "a body of v2 without members", |b| replace(b, b"{}")),
        refuses(
            "P12",
            "promise-null",
            "bundle-shape/promise-missing",
            &MANAGED,
            "a promise without members",
            |b| {
                b.entry(0).edit_entry(|entry| {
                    entry.set("/inclusionPromise", Json::object([]));
                });
            },
        ),
        refuses(
            "P13",
            "entry-empty",
            "bundle-shape/proof-missing",
            &MANAGED,
            "an entry without members",
            |b| {
                b.edit_bundle(|bundle| {
                    bundle.set("/verificationMaterial/tlogEntries/0", Json::object([]));
                });
            },
        )
        .reported_by("P12"),
        refuses("P03", "entry-null", "bundle-shape/type", &MANAGED, "an entry that is null", |b| {
            b.edit_bundle(|bundle| {
                bundle.set("/verificationMaterial/tlogEntries/0", Json::null());
            });
        }),
    ]
}

fn replace(builder: &mut BundleBuilder, text: &'static [u8]) {
    builder.entry(0).edit_body_bytes(|body| *body = text.to_vec());
}

fn member(builder: &mut BundleBuilder, pointer: &'static str, value: Json) {
    builder.entry(0).edit_body(move |body| {
        body.set(pointer, value);
    });
}

fn empty() -> Vec<Defect> {
    let bad = |check, id, code, sentence, bend: Change| refuses(check, id, code, &TSA_ONLY, sentence, bend);
    vec![
        bad("P06", "certificate-without-bytes", "bundle-shape/der", "a certificate without members", |b| {
            b.edit_bundle(|bundle| {
                bundle.set("/verificationMaterial/certificate", Json::object([]));
            });
        })
        .reported_by("P16"),
        bad(
            "P06",
            "material-null",
            "bundle-shape/material-choice",
            "verification material that is null",
            |b| {
                b.edit_bundle(|bundle| {
                    bundle.set("/verificationMaterial", Json::null());
                });
            },
        ),
        bad("P05", "message-null", "bundle-shape/content-choice", "a message signature that is null", |b| {
            b.edit_bundle(|bundle| {
                bundle.set("/messageSignature", Json::null());
            });
        }),
        bad("C01", "empty-sequence", "chain/leaf", "a certificate that is an empty SEQUENCE", |b| {
            b.edits.leaf_der.push(Box::new(|der| *der = vec![0x30, 0]));
        }),
        bad("C01", "names-empty", "chain/leaf", "an empty list of names", |b| {
            b.edit_leaf(|leaf| leaf.extension(SUBJECT_ALT_NAME).value = alt_names(&[]));
        }),
        bad("C01", "subject-set-empty", "chain/leaf", "a subject with an empty SET", |b| {
            b.edit_leaf(|leaf| leaf.subject = seq(&[&set(&[])]));
        }),
        bad("I03", "issuer-empty", "identity/issuer", "an issuer that is empty, in both of its forms", |b| {
            b.edit_leaf(|leaf| {
                leaf.set(&crate::certificate::fulcio(1), false, Vec::new());
                leaf.set(&crate::certificate::fulcio(8), false, utf8(""));
            });
        }),
    ]
}
