//! Documents that were read more loosely than they are written.

use crate::bundle_builder::BundleBuilder;
use crate::cases::defect::{Change, Defect, accepts, fails, refuses};
use crate::cases::good::{KEYLESS_V1, KEYLESS_V2, MANAGED_V2, TSA_ENVELOPE, TSA_ONLY};
use crate::json::Json;

use super::row::{Row, row};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "lesson-json",
            "duplicate names, two oneof members, null, huge exponents, lone surrogates, snake_case, URL-safe base64",
            "Two readers of one document saw different members, or a reader repaired what it was given.",
            "bundle-shape",
            &["p02-*", "p03-*", "p05-*", "p06-*", "p15-*"],
        )
        .adding(json),
        row(
            "lesson-media-types",
            "near misses of versions",
            "A document of another or of no version was read as the nearest known one.",
            "bundle-shape",
            &["p04-*", "r01-*", "good-root-version-0-1", "good-root-version-0-1-short", "good-version-0-3-long"],
        )
        .adding(media_types),
        row(
            "lesson-empty-trust",
            "no authority, log, CT log or timestamp authority configured",
            "Where nothing was trusted, the evidence that would have needed it was not demanded.",
            "trusted-root",
            &["r09-*", "a01-no-key", "t15-*", "t06-listed-signer-not-in-root"],
        )
        .adding(empty_trust),
    ]
}

fn json() -> Vec<Defect> {
    let value =
        |id, sentence, bend: Change| refuses("P03", id, "bundle-shape/type", &MANAGED_V2, sentence, bend);
    let text =
        |id, sentence, bend: Change| refuses("P02", id, "bundle-shape/json", &MANAGED_V2, sentence, bend);
    vec![
        value("exponent", "an index with an exponent", |b| index(b, "\"1e1\"")),
        value("huge-exponent", "a number with a huge exponent", |b| index(b, "1e999999999")),
        value("huge-exponent-text", "text with a huge exponent", |b| index(b, "\"6e999999999\"")),
        value("fraction", "an index with a fraction", |b| index(b, "\"6.0\"")),
        value("white-space", "an index with a space", |b| index(b, "\" 6\"")),
        value("negative-zero", "an index of minus zero", |b| index(b, "\"-0\"")),
        value("beyond", "an index beyond 64 bits", |b| index(b, "\"18446744073709551622\"")),
        text("not-a-number", "NaN in place of a number", |b| index(b, "NaN")),
        text("single-quotes", "single quotes", |b| index(b, "'6'")),
        text("comment", "a comment", |b| b.edit_bundle_text(|text| text.replacen('{', "{/**/", 1))),
        text("control-character", "a tab in a string", |b| {
            b.edit_bundle_text(|text| text.replacen("application", "\tapplication", 1))
        }),
        text("lone-surrogate-in-name", "half a surrogate pair in a name", |b| {
            b.edit_bundle_text(|text| text.replacen("\"mediaType\"", "\"\\ud800\":1,\"mediaType\"", 1));
        }),
        refuses(
            "P02",
            "huge-exponent-in-skipped",
            "bundle-shape/json",
            &MANAGED_V2,
            "a number with a lone point inside of a member that is skipped",
            |b| {
                b.edit_bundle(|bundle| {
                    bundle.set("/more", Json::Raw("[1.]".into()));
                });
            },
        )
        .arranged(|b| {
            b.demand("/bundle/unknownMembers", Json::text("ignore"));
            b.edit_bundle(|bundle| {
                bundle.set("/more", Json::Raw("[1e999999999,-0.0e-999999999]".into()));
            });
        }),
        refuses(
            "P02",
            "duplicate-oneof",
            "bundle-shape/duplicate-member",
            &TSA_ONLY,
            "the certificate twice",
            |b| {
                b.edit_bundle(|bundle| {
                    let again = bundle.at("/verificationMaterial/certificate").clone();
                    bundle.members("/verificationMaterial").push(("certificate".into(), again));
                });
            },
        ),
        refuses(
            "P02",
            "duplicate-with-null",
            "bundle-shape/duplicate-member",
            &MANAGED_V2,
            "a member twice, the second time null",
            |b| {
                b.edit_bundle(|bundle| bundle.members("").push(("messageSignature".into(), Json::null())));
            },
        ),
        refuses(
            "P02",
            "snake-case-beside",
            "bundle-shape/unknown-member",
            &MANAGED_V2,
            "a member in snake case beside the right one",
            |b| {
                b.edit_bundle(|bundle| {
                    bundle.set("/media_type", Json::text("application/vnd.dev.sigstore.bundle.v0.3+json"));
                });
            },
        ),
        refuses(
            "P15",
            "url-safe-payload",
            "bundle-shape/base64",
            &TSA_ENVELOPE,
            "a payload in the URL-safe alphabet",
            |b| {
                b.edit_bundle(|bundle| {
                    let payload = bundle.text_at("/dsseEnvelope/payload");
                    *payload = payload.replace('+', "-").replace('/', "_");
                });
            },
        )
        .arranged(|b| {
            // Three bytes of 0xff-like letters make a slash in base64.
            b.payload().set("/predicate/reviewer", Json::text("???>>>~~~"));
        }),
        refuses(
            "A07",
            "duplicate-type",
            "artifact/statement",
            &TSA_ENVELOPE,
            "a signed statement with two predicate types",
            |b| {
                b.payload()
                    .members("")
                    .push(("predicateType".into(), Json::text("https://example.com/tested/v1")));
            },
        )
        .reported_by("A05"),
    ]
}

/// The index of the entry as it stands in the bundle.
fn index(builder: &mut BundleBuilder, raw: &'static str) {
    builder.entry(0).edit_entry(|entry| {
        entry.set("/logIndex", Json::Raw(raw.into()));
    });
}

fn media_types() -> Vec<Defect> {
    let bundle =
        |id, sentence, bend: Change| refuses("P04", id, "bundle-shape/media-type", &TSA_ONLY, sentence, bend);
    let root =
        |id, sentence, bend: Change| refuses("R01", id, "trusted-root/media-type", &TSA_ONLY, sentence, bend);
    vec![
        bundle("version-0-30", "version 0.30", |b| {
            set_bundle(b, "application/vnd.dev.sigstore.bundle.v0.30+json")
        }),
        bundle("version-0-3-1", "version 0.3.1", |b| {
            set_bundle(b, "application/vnd.dev.sigstore.bundle.v0.3.1+json")
        }),
        bundle("version-0-0", "version 0.0", |b| {
            set_bundle(b, "application/vnd.dev.sigstore.bundle+json;version=0.0")
        }),
        bundle("upper-case", "upper case", |b| {
            set_bundle(b, "Application/vnd.dev.sigstore.bundle.v0.3+json")
        }),
        bundle("no-version", "no version", |b| set_bundle(b, "application/vnd.dev.sigstore.bundle+json")),
        bundle("quoted", "a version in quotes", |b| {
            set_bundle(b, "application/vnd.dev.sigstore.bundle+json;version=\"0.3\"")
        }),
        bundle("two-versions", "two versions", |b| {
            set_bundle(b, "application/vnd.dev.sigstore.bundle+json;version=0.3;version=0.1")
        }),
        bundle("trusted-root", "the media type of a trusted root", |b| {
            set_bundle(b, "application/vnd.dev.sigstore.trustedroot.v0.2+json")
        }),
        bundle("line-break", "a line break at the end", |b| {
            set_bundle(b, "application/vnd.dev.sigstore.bundle.v0.3+json\n")
        }),
        root("version-9-9", "version 9.9", |b| {
            set_root(b, "application/vnd.dev.sigstore.trustedroot.v9.9+json")
        }),
        root("version-0-4", "version 0.4", |b| {
            set_root(b, "application/vnd.dev.sigstore.trustedroot+json;version=0.4")
        }),
        root("empty", "an empty media type", |b| set_root(b, "")),
        root("no-version", "no version", |b| set_root(b, "application/vnd.dev.sigstore.trustedroot+json")),
        root("space", "a space before the parameter", |b| {
            set_root(b, "application/vnd.dev.sigstore.trustedroot+json; version=0.1")
        }),
        root("after", "something after the media type", |b| {
            set_root(b, "application/vnd.dev.sigstore.trustedroot.v0.1+json-evil")
        }),
        accepts("P04", "escaped", &TSA_ONLY, "the media type with an escape", |b| {
            b.edit_bundle_text(|text| text.replacen("application/", "application\\/", 1));
        }),
    ]
}

fn set_bundle(builder: &mut BundleBuilder, media_type: &'static str) {
    builder.edit_bundle(move |bundle| {
        bundle.set("/mediaType", Json::text(media_type));
    });
}

fn set_root(builder: &mut BundleBuilder, media_type: &'static str) {
    builder.edit_root(move |root| {
        root.set("/mediaType", Json::text(media_type));
    });
}

fn empty_trust() -> Vec<Defect> {
    let none = |id, code, base, sentence, bend: Change| refuses("R09", id, code, base, sentence, bend);
    vec![
        none(
            "empty-ca-list",
            "trusted-root/no-ca",
            &KEYLESS_V2,
            "an empty list of certificate authorities",
            |b| clear(b, "/certificateAuthorities"),
        ),
        none("empty-ct-log-list", "trusted-root/no-ct-log", &KEYLESS_V2, "an empty list of CT logs", |b| {
            clear(b, "/ctlogs")
        }),
        none(
            "empty-tsa-list",
            "trusted-root/no-tsa",
            &TSA_ONLY,
            "an empty list of timestamp authorities",
            |b| clear(b, "/timestampAuthorities"),
        ),
        none("managed-no-log", "trusted-root/no-log", &MANAGED_V2, "no log, and a managed key", |b| {
            clear(b, "/tlogs")
        }),
        none("nothing", "trusted-root/no-ca", &KEYLESS_V1, "a trusted root that lists nothing", |b| {
            for list in ["/certificateAuthorities", "/ctlogs", "/tlogs", "/timestampAuthorities"] {
                clear(b, list);
            }
        }),
        fails("I05", "no-policy", "policy/malformed", &KEYLESS_V2, "an empty policy", |b| {
            b.policy = Json::object([]);
        }),
    ]
}

fn clear(builder: &mut BundleBuilder, list: &'static str) {
    builder.edit_root(move |root| {
        root.set(list, Json::List(Vec::new()));
    });
}
