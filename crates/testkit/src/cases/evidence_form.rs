//! How evidence and bytes stand in a bundle (P11–P16).

use crate::bundle_builder::{BundleBuilder, Version};
use crate::json::Json;

use super::defect::{Defect, accepts, refuses};
use super::good::{KEYLESS_V1, KEYLESS_V2, KEYLESS_V2_NO_BODY, TWO_OF_EACH, V01, V02_CHAIN};

pub(super) fn rows() -> Vec<Defect> {
    [evidence(), bytes()].concat()
}

const ENTRY: &str = "/verificationMaterial/tlogEntries/0";
const LEAF: &str = "/verificationMaterial/certificate/rawBytes";
const STATED: &str = "/messageSignature/messageDigest/digest";

fn evidence() -> Vec<Defect> {
    let member =
        |id, sentence, bend| refuses("P13", id, "bundle-shape/entry-member", &KEYLESS_V1, sentence, bend);
    vec![
        refuses(
            "P11",
            "log-entries",
            "limits/log-entries",
            &TWO_OF_EACH,
            "more entries than the limit",
            |b| b.options.limits[0].1 = 1,
        )
        .arranged(|b| {
            b.options.limits.push(("log-entries".into(), 2));
            b.demand("/evidence/log/threshold", Json::number(1));
        }),
        refuses(
            "P11",
            "timestamps",
            "limits/timestamps",
            &TWO_OF_EACH,
            "more timestamps than the limit",
            |b| b.options.limits[0].1 = 1,
        )
        .arranged(|b| {
            b.options.limits.push(("timestamps".into(), 2));
            b.demand("/evidence/time/signedThreshold", Json::number(1));
        }),
        refuses(
            "P12",
            "promise-missing",
            "bundle-shape/promise-missing",
            &V01,
            "version 0.1 without promise",
            |b| b.entry(0).promise = false,
        ),
        refuses(
            "P12",
            "promise-empty",
            "bundle-shape/promise-missing",
            &KEYLESS_V1,
            "a promise without signature",
            |b| {
                b.entry(0).edit_entry(|entry| {
                    entry.set("/inclusionPromise", Json::object([]));
                });
            },
        ),
        refuses(
            "P12",
            "proof-missing",
            "bundle-shape/proof-missing",
            &KEYLESS_V1,
            "version 0.3 without proof",
            |b| b.entry(0).proof = false,
        ),
        refuses(
            "P12",
            "proof-missing-in-version-0-2",
            "bundle-shape/proof-missing",
            &V02_CHAIN,
            "version 0.2 without proof",
            |b| b.entry(0).proof = false,
        ),
        refuses(
            "P12",
            "proof-demanded",
            "bundle-shape/proof-missing",
            &V01,
            "a promise only, where the policy demands a proof",
            |b| b.entry(0).proof = false,
        )
        .arranged(|b| b.demand("/evidence/log/requireProof", Json::bool(true))),
        refuses(
            "P12",
            "checkpoint-missing",
            "bundle-shape/checkpoint-missing",
            &KEYLESS_V1,
            "a proof without checkpoint",
            |b| {
                b.entry(0).edit_entry(|entry| {
                    entry.remove("/inclusionProof/checkpoint");
                });
            },
        ),
        refuses(
            "P12",
            "checkpoint-empty",
            "bundle-shape/checkpoint-missing",
            &V01,
            "version 0.1 with an empty checkpoint",
            |b| {
                b.entry(0).edit_entry(|entry| {
                    entry.set("/inclusionProof/checkpoint/envelope", Json::text(""));
                });
            },
        ),
        member("log-id", "no log id", |b| remove(b, "/logId")),
        member("kind", "no kind", |b| remove(b, "/kindVersion/kind")),
        member("kind-version", "no kind version", |b| remove(b, "/kindVersion")),
        member("body", "no body", |b| b.entry(0).body = false),
        accepts("P13", "body-of-v2", &KEYLESS_V2_NO_BODY, "no body of hashedrekord 0.0.2", |_| {}),
        member("root-hash", "a root hash of 31 bytes", |b| cut(b, "/inclusionProof/rootHash")),
        member("hash", "a sibling hash of 31 bytes", |b| cut(b, "/inclusionProof/hashes/0")),
        member("tree-size", "an empty tree", |b| {
            b.entry(0).edit_entry(|entry| {
                entry.set("/inclusionProof/treeSize", Json::text("0"));
            });
        }),
        refuses("P13", "log-index", "bundle-shape/type", &KEYLESS_V1, "a log index of 64 bits", |b| {
            b.entry(0).edit_entry(|entry| {
                entry.set("/logIndex", Json::text("9223372036854775808"));
            });
        })
        .reported_by("P03"),
        refuses("P13", "integrated-time", "bundle-shape/type", &KEYLESS_V1, "a negative time", |b| {
            b.entry(0).edit_entry(|entry| {
                entry.set("/integratedTime", Json::text("-1"));
            });
        })
        .reported_by("P03"),
        refuses("P14", "entry", "bundle-shape/duplicate-evidence", &KEYLESS_V1, "an entry twice", |b| {
            b.edit_bundle(|bundle| {
                let entry = bundle.at(ENTRY).clone();
                bundle.list("/verificationMaterial/tlogEntries").push(entry);
            });
        }),
        refuses(
            "P14",
            "timestamp",
            "bundle-shape/duplicate-evidence",
            &KEYLESS_V2,
            "a timestamp twice",
            |b| {
                b.edit_bundle(|bundle| {
                    let timestamps =
                        bundle.list("/verificationMaterial/timestampVerificationData/rfc3161Timestamps");
                    timestamps.push(timestamps[0].clone());
                });
            },
        ),
    ]
}

fn remove(builder: &mut BundleBuilder, pointer: &'static str) {
    builder.entry(0).edit_entry(|entry| {
        entry.remove(pointer);
    });
}

fn cut(builder: &mut BundleBuilder, pointer: &'static str) {
    builder.entry(0).edit_entry(|entry| {
        entry.edit_bytes(pointer, |bytes| {
            bytes.pop();
        });
    });
}

fn bytes() -> Vec<Defect> {
    let text = |id, sentence, bend| refuses("P15", id, "bundle-shape/base64", &KEYLESS_V2, sentence, bend);
    let der = |id, sentence, bend| refuses("P16", id, "bundle-shape/der", &KEYLESS_V2, sentence, bend);
    vec![
        text("url-safe", "the URL-safe alphabet", |b| {
            b.edit_bundle(|bundle| {
                let text = bundle.text_at(LEAF);
                *text = text.replace('+', "-").replace('/', "_");
            });
        }),
        text("no-padding", "no padding", |b| {
            b.edit_bundle(|bundle| {
                let text = bundle.text_at(STATED);
                *text = text.trim_end_matches('=').into();
            });
        }),
        text("trailing-bits", "bits after the last byte that are not zero", |b| {
            b.edit_bundle(|bundle| {
                let text = bundle.text_at(STATED);
                let last = text.as_bytes()[text.len() - 2] + 1;
                text.replace_range(text.len() - 2..text.len() - 1, &char::from(last).to_string());
            });
        }),
        text("line-break", "a line break", |b| b.edit_bundle(|bundle| bundle.text_at(LEAF).insert(64, '\n'))),
        der("trailing-byte", "a byte after the certificate", |b| {
            b.edits.leaf_der.push(Box::new(|der| der.push(0)))
        }),
        der("long-length", "a length that is longer than needed", |b| {
            b.edits.leaf_der.push(Box::new(|der| {
                der[1] = 0x83;
                der.insert(2, 0);
            }));
        }),
        der("indefinite-length", "an indefinite length", |b| {
            b.edits.leaf_der.push(Box::new(|der| {
                der.splice(1..4, [0x80]);
                der.extend([0, 0]);
            }));
        }),
        der("pem", "PEM in place of DER", |b| {
            b.edits.leaf_der.push(Box::new(|der| {
                *der = cretula_encoding::pem::encode("CERTIFICATE", der).into_bytes();
            }));
        }),
        der("empty", "an empty certificate", |b| {
            b.edit_bundle(|bundle| {
                bundle.set(LEAF, Json::text(""));
            });
        }),
        accepts(
            "P04",
            "version-0-3-chainless",
            &KEYLESS_V1,
            "version 0.3 in both spellings is one version",
            |b| {
                b.version = Version::V03Long;
                b.demand("/bundle/versions", Json::List(vec![Json::text("0.3")]));
            },
        ),
    ]
}
