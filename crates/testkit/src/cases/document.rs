//! The bundle as a document, and its choices (P01–P06).

use crate::bundle_builder::BundleBuilder;
use crate::json::Json;

use super::defect::{Defect, accepts, refuses};
use super::good::{KEYLESS_V2, V02_CHAIN};

pub(super) fn rows() -> Vec<Defect> {
    [document(), types(), choices()].concat()
}
pub(super) const CHAIN: &str = "/verificationMaterial/x509CertificateChain/certificates";

fn ignore_unknown(builder: &mut BundleBuilder) {
    builder.demand("/bundle/unknownMembers", Json::text("ignore"));
}

fn document() -> Vec<Defect> {
    vec![
        refuses("P01", "too-long", "limits/bundle-bytes", &KEYLESS_V2, "one byte more than the limit", |b| {
            b.edit_bundle_text(|text| text + " ");
        })
        .arranged(|b| {
            b.options.limits.push(("bundle-bytes".into(), 16_384));
            b.edits.bundle_bytes.push(Box::new(|bytes| bytes.resize(16_384, b' ')));
        }),
        refuses("P01", "too-deep", "limits/json-depth", &KEYLESS_V2, "one level more than the limit", |b| {
            b.edit_bundle(|bundle| {
                bundle.set("/more", Json::Raw("[".repeat(32) + &"]".repeat(32)));
            });
        })
        .arranged(|b| {
            ignore_unknown(b);
            b.edit_bundle(|bundle| {
                bundle.set("/more", Json::Raw("[".repeat(31) + &"]".repeat(31)));
            });
        }),
        refuses("P02", "trailing-value", "bundle-shape/json", &KEYLESS_V2, "a second JSON value", |b| {
            b.edit_bundle_text(|text| text + "{}");
        }),
        refuses("P02", "trailing-comma", "bundle-shape/json", &KEYLESS_V2, "a comma before the end", |b| {
            b.edit_bundle_text(|text| text.trim_end_matches('}').to_string() + "},}");
        }),
        refuses("P02", "empty", "bundle-shape/json", &KEYLESS_V2, "no bytes at all", |b| {
            b.edit_bundle_text(|_| String::new());
        }),
        refuses("P02", "byte-order-mark", "bundle-shape/json", &KEYLESS_V2, "a byte order mark", |b| {
            b.edit_bundle_text(|text| format!("\u{feff}{text}"));
        }),
        refuses("P02", "not-utf8", "bundle-shape/json", &KEYLESS_V2, "a byte that is not UTF-8", |b| {
            b.edits.bundle_bytes.push(Box::new(|bytes| bytes[2] = 0xff));
        }),
        refuses("P02", "lone-surrogate", "bundle-shape/json", &KEYLESS_V2, "half a surrogate pair", |b| {
            b.edit_bundle_text(|text| {
                text.replacen("\"mediaType\"", "\"more\":\"\\ud800\",\"mediaType\"", 1)
            });
        })
        .arranged(ignore_unknown),
        refuses("P02", "duplicate", "bundle-shape/duplicate-member", &KEYLESS_V2, "a member twice", |b| {
            b.edit_bundle(|bundle| {
                let again = bundle.at("/mediaType").clone();
                bundle.members("").push(("mediaType".into(), again));
            });
        }),
        refuses(
            "P02",
            "duplicate-escaped",
            "bundle-shape/duplicate-member",
            &KEYLESS_V2,
            "a member twice, once with an escape in its name",
            |b| b.edit_bundle_text(|text| text.replacen('{', "{\"media\\u0054ype\":\"\",", 1)),
        ),
        refuses(
            "P02",
            "duplicate-in-skipped",
            "bundle-shape/duplicate-member",
            &KEYLESS_V2,
            "a member twice inside of a member that is skipped",
            |b| b.edit_bundle_text(|text| text.replacen('{', "{\"more\":{\"a\":1,\"a\":1},", 1)),
        )
        .arranged(ignore_unknown),
        refuses("P02", "unknown", "bundle-shape/unknown-member", &KEYLESS_V2, "an unknown member", |b| {
            b.edit_bundle(|bundle| {
                bundle.set("/more", Json::null());
            });
        }),
        refuses(
            "P02",
            "unknown-inside",
            "bundle-shape/unknown-member",
            &KEYLESS_V2,
            "an unknown member of an entry",
            |b| {
                b.entry(0).edit_entry(|entry| {
                    entry.set("/more", Json::number(1));
                });
            },
        ),
        accepts(
            "P02",
            "unknown-ignored",
            &KEYLESS_V2,
            "an unknown member where the policy ignores them",
            |b| {
                ignore_unknown(b);
                b.edit_bundle(|bundle| {
                    bundle.set("/more", Json::List(vec![]));
                });
            },
        ),
        accepts(
            "P02",
            "null-is-absent",
            &KEYLESS_V2,
            "null in place of absent members, oneof members too",
            |b| {
                b.edit_bundle(|bundle| {
                    bundle.set("/dsseEnvelope", Json::null());
                    bundle.set("/verificationMaterial/publicKey", Json::null());
                });
            },
        ),
        accepts("P02", "white-space", &KEYLESS_V2, "white space around the value", |b| {
            b.edit_bundle_text(|text| format!(" \r\n\t{text}\n"));
        }),
    ]
}

fn types() -> Vec<Defect> {
    let index = |id, sentence, bend| refuses("P03", id, "bundle-shape/type", &KEYLESS_V2, sentence, bend);
    let media =
        |id, sentence, bend| refuses("P04", id, "bundle-shape/media-type", &KEYLESS_V2, sentence, bend);
    vec![
        refuses(
            "P03",
            "snake-case",
            "bundle-shape/unknown-member",
            &KEYLESS_V2,
            "a name in snake case",
            |b| {
                b.edit_bundle(|bundle| bundle.rename("/verificationMaterial/tlogEntries", "tlog_entries"));
            },
        )
        .reported_by("P02"),
        index("numeric-enum", "an enum as a number", |b| {
            b.edit_bundle(|bundle| {
                bundle.set("/messageSignature/messageDigest/algorithm", Json::number(1));
            });
        }),
        index("number-for-int64", "a number in place of decimal text", |b| {
            b.entry(0).edit_entry(|entry| {
                entry.set("/logIndex", Json::number(6));
            });
        }),
        index("leading-zero", "a leading zero", |b| {
            b.entry(0).edit_entry(|entry| {
                entry.set("/logIndex", Json::text("06"));
            });
        }),
        index("sign", "a plus sign", |b| {
            b.entry(0).edit_entry(|entry| {
                entry.set("/logIndex", Json::text("+6"));
            });
        }),
        index("text-for-object", "text in place of an object", |b| {
            b.edit_bundle(|bundle| {
                bundle.set("/verificationMaterial", Json::text("material"));
            });
        }),
        accepts("P03", "default-absent", &KEYLESS_V2, "absent members that have default values", |b| {
            b.entry(0).edit_entry(|entry| {
                entry.remove("/integratedTime");
                entry.remove("/inclusionProof/logIndex");
            });
        }),
        media("missing", "no media type", |b| {
            b.edit_bundle(|bundle| {
                bundle.remove("/mediaType");
            });
        }),
        media("empty", "an empty media type", |b| set_media_type(b, "")),
        media("version-0-4", "version 0.4", |b| {
            set_media_type(b, "application/vnd.dev.sigstore.bundle.v0.4+json")
        }),
        media("version-9-9", "version 9.9", |b| {
            set_media_type(b, "application/vnd.dev.sigstore.bundle+json;version=9.9");
        }),
        media("suffix", "something after the version", |b| {
            set_media_type(b, "application/vnd.dev.sigstore.bundle.v0.3+json;charset=utf-8");
        }),
        media("space", "a space before the parameter", |b| {
            set_media_type(b, "application/vnd.dev.sigstore.bundle+json; version=0.3");
        }),
        media("not-admitted", "a version that the policy does not admit", |b| {
            b.demand("/bundle/versions", Json::List(vec![Json::text("0.1"), Json::text("0.2")]));
        }),
    ]
}

fn set_media_type(builder: &mut BundleBuilder, media_type: &'static str) {
    builder.edit_bundle(move |bundle| {
        bundle.set("/mediaType", Json::text(media_type));
    });
}

fn choices() -> Vec<Defect> {
    vec![
        refuses("P05", "both", "bundle-shape/content-choice", &KEYLESS_V2, "message and envelope", |b| {
            b.edit_bundle(|bundle| {
                bundle.set("/dsseEnvelope", Json::object([]));
            });
        }),
        refuses("P05", "none", "bundle-shape/content-choice", &KEYLESS_V2, "no content", |b| {
            b.edit_bundle(|bundle| {
                bundle.remove("/messageSignature");
            });
        }),
        refuses(
            "P06",
            "key-and-certificate",
            "bundle-shape/material-choice",
            &KEYLESS_V2,
            "key and certificate",
            |b| {
                b.edit_bundle(|bundle| {
                    bundle.set("/verificationMaterial/publicKey/hint", Json::text("release"));
                });
            },
        ),
        refuses(
            "P06",
            "certificate-and-chain",
            "bundle-shape/material-choice",
            &V02_CHAIN,
            "certificate and chain",
            |b| {
                b.edit_bundle(|bundle| {
                    let leaf = bundle.at(CHAIN).clone();
                    if let Json::List(mut certificates) = leaf {
                        bundle.set("/verificationMaterial/certificate", certificates.remove(0));
                    }
                });
            },
        ),
        refuses(
            "P06",
            "none",
            "bundle-shape/material-choice",
            &KEYLESS_V2,
            "neither key nor certificate",
            |b| {
                b.edit_bundle(|bundle| {
                    bundle.remove("/verificationMaterial/certificate");
                });
            },
        ),
        refuses(
            "P06",
            "no-material",
            "bundle-shape/material-choice",
            &KEYLESS_V2,
            "no verification material",
            |b| {
                b.edit_bundle(|bundle| {
                    bundle.remove("/verificationMaterial");
                });
            },
        ),
    ]
}
