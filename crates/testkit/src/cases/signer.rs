//! Who signed (I01, I02, I04).

use crate::asn1::utf8;
use crate::bundle_builder::BundleBuilder;
use crate::ca::{ISSUER, WORKFLOW};
use crate::certificate::{SUBJECT_ALT_NAME, alt_names, dns, fulcio, uri, user_name};
use crate::json::Json;

use super::defect::{Defect, accepts, refuses};
use super::good::{KEYLESS_V2, MANAGED, PERSON};

pub(super) fn rows() -> Vec<Defect> {
    [names(), sans(), claims()].concat()
}

pub(super) const LEAF: &str = "/signers/certificate";

fn set_san(builder: &mut BundleBuilder, names: Vec<Vec<u8>>) {
    builder.edit_leaf(move |leaf| leaf.extension(SUBJECT_ALT_NAME).value = alt_names(&names));
}

pub(super) fn demand_san(builder: &mut BundleBuilder, san: Json) {
    builder.demand(&format!("{LEAF}/san"), san);
}

/// Sets a Fulcio extension of the leaf.
pub(super) fn set_claim(builder: &mut BundleBuilder, number: u8, value: Vec<u8>) {
    builder.edit_leaf(move |leaf| {
        leaf.set(&fulcio(number), false, value);
    });
}

pub(super) fn remove_claim(builder: &mut BundleBuilder, number: u8) {
    builder.edit_leaf(move |leaf| {
        leaf.remove(&fulcio(number));
    });
}

fn names() -> Vec<Defect> {
    vec![
        refuses(
            "I01",
            "two-names",
            "identity/san-count",
            &KEYLESS_V2,
            "two names, one of them the demanded one",
            |b| {
                set_san(b, vec![uri(WORKFLOW), uri("https://example.com")]);
            },
        ),
        refuses("I01", "dns", "identity/san-type", &KEYLESS_V2, "a host name", |b| {
            set_san(b, vec![dns("github.com")])
        }),
        refuses(
            "I01",
            "type-demanded",
            "identity/san-type",
            &KEYLESS_V2,
            "a URI where an address is demanded",
            |b| {
                demand_san(b, Json::object([("type", Json::text("email")), ("match", Json::text(WORKFLOW))]));
            },
        )
        .arranged(|b| {
            demand_san(b, Json::object([("type", Json::text("uri")), ("match", Json::text(WORKFLOW))]))
        }),
        accepts("I01", "user-name", &PERSON, "a user name in Fulcio's form", |b| {
            set_san(b, vec![user_name("dev")]);
            demand_san(b, Json::object([("type", Json::text("other")), ("match", Json::text("dev"))]));
        }),
    ]
}

fn sans() -> Vec<Defect> {
    let other = |id, sentence, bend| refuses("I02", id, "identity/san", &KEYLESS_V2, sentence, bend);
    vec![
        other("exact", "another identity", |b| {
            demand_san(
                b,
                Json::text("https://github.com/acme/app/.github/workflows/other.yml@refs/tags/v1.2.3"),
            )
        }),
        other("prefix", "an identity that only begins so", |b| {
            demand_san(b, Json::text("https://github.com/acme/app"))
        }),
        other("case", "an identity in other case", |b| {
            demand_san(b, Json::text(WORKFLOW.to_ascii_uppercase()))
        }),
        other("glob", "a glob that stops before a slash", |b| {
            demand_san(b, Json::object([("glob", Json::text("https://github.com/acme/*"))]))
        })
        .arranged(|b| demand_san(b, Json::object([("glob", Json::text("https://github.com/acme/**"))]))),
        other("regex-prefix", "an expression that fits the beginning only", |b| {
            demand_san(b, Json::object([("regex", Json::text("https://github\\.com/acme/app"))]));
        })
        .arranged(|b| {
            demand_san(b, Json::object([("regex", Json::text("https://github\\.com/acme/app/.+"))]))
        }),
        other("regex-alternative", "an expression of which no alternative fits the whole", |b| {
            demand_san(
                b,
                Json::object([("regex", Json::text("https://github\\.com/acme|.+@refs/tags/v9\\..*"))]),
            );
        }),
        refuses(
            "I02",
            "evil-prefix",
            "identity/san",
            &KEYLESS_V2,
            "an identity with something before the demanded one",
            |b| {
                set_san(b, vec![uri(&format!("evil-{WORKFLOW}"))]);
            },
        ),
        refuses(
            "I02",
            "evil-suffix",
            "identity/san",
            &KEYLESS_V2,
            "an identity with something after the demanded one",
            |b| {
                set_san(b, vec![uri(&format!("{WORKFLOW}-evil"))]);
            },
        ),
        accepts(
            "I02",
            "ignore-case",
            &KEYLESS_V2,
            "an identity in other case, where the policy ignores it",
            |b| {
                demand_san(
                    b,
                    Json::object([
                        ("exact", Json::text(WORKFLOW.to_ascii_uppercase())),
                        ("ignoreCase", Json::bool(true)),
                    ]),
                );
            },
        ),
        accepts("I02", "any-of", &KEYLESS_V2, "one of two identities", |b| {
            let list = vec![Json::text("https://example.com"), Json::text(WORKFLOW)];
            demand_san(b, Json::object([("anyOf", Json::List(list))]));
        }),
        refuses("I02", "no-match", "identity/no-match", &KEYLESS_V2, "none of two signers", |b| {
            let nodes = vec![leaf("https://example.com/a"), leaf("https://example.com/b")];
            b.demand("/signers", Json::object([("any", Json::List(nodes))]));
        })
        .arranged(|b| {
            let nodes = vec![leaf("https://example.com/a"), leaf(WORKFLOW)];
            b.demand("/signers", Json::object([("any", Json::List(nodes))]));
        }),
        refuses(
            "I02",
            "key-of-another",
            "identity/key",
            &MANAGED,
            "another key than the demanded one",
            |b| {
                b.demand("/signers/key/ids", Json::List(vec![Json::text("other")]));
            },
        ),
        refuses("I02", "key-usage", "identity/key", &MANAGED, "a key for another use", |b| {
            b.keys[0].usage = Some("other".into())
        })
        .arranged(|b| {
            b.keys[0].usage = Some("release".into());
            b.demand("/signers/key/usage", Json::text("release"));
        }),
        refuses(
            "I02",
            "certificate-for-key",
            "identity/key",
            &KEYLESS_V2,
            "a certificate where a key is demanded",
            |b| {
                let ids = Json::object([("ids", Json::List(vec![Json::text("release")]))]);
                b.demand("/signers", Json::object([("key", ids)]));
            },
        ),
    ]
}

pub(super) fn leaf(san: &str) -> Json {
    Json::object([("certificate", Json::object([("san", Json::text(san)), ("issuer", Json::text(ISSUER))]))])
}

pub(super) fn demand_claim(builder: &mut BundleBuilder, name: &str, value: Json) {
    builder.demand(&format!("{LEAF}/claims/{name}"), value);
}

fn claims() -> Vec<Defect> {
    vec![
        refuses("I04", "other", "identity/claim", &KEYLESS_V2, "a claim of another value", |b| {
            demand_claim(b, "sourceRepositoryId", Json::text("1002"))
        })
        .arranged(|b| demand_claim(b, "sourceRepositoryId", Json::text("1001"))),
        refuses("I04", "missing", "identity/claim-missing", &KEYLESS_V2, "a claim that is not there", |b| {
            remove_claim(b, 23)
        })
        .arranged(|b| demand_claim(b, "deploymentEnvironment", Json::text("release"))),
        refuses(
            "I04",
            "empty-is-not-absent",
            "identity/claim",
            &KEYLESS_V2,
            "a claim that is empty where it must be absent",
            |b| set_claim(b, 23, utf8("")),
        )
        .arranged(|b| {
            remove_claim(b, 23);
            demand_claim(b, "deploymentEnvironment", Json::object([("absent", Json::bool(true))]));
        }),
        refuses(
            "I04",
            "malformed",
            "identity/claim-malformed",
            &KEYLESS_V2,
            "a demanded claim that is no UTF8String",
            |b| set_claim(b, 24, b"repo:acme/app:environment:release".to_vec()),
        )
        .arranged(|b| demand_claim(b, "tokenSubject", Json::text("repo:acme/app:environment:release"))),
        refuses(
            "I04",
            "conflict-trigger",
            "identity/claim-conflict",
            &KEYLESS_V2,
            "two triggers that differ",
            |b| set_claim(b, 2, b"workflow_dispatch".to_vec()),
        ),
        refuses(
            "I04",
            "conflict-commit",
            "identity/claim-conflict",
            &KEYLESS_V2,
            "two commits that differ",
            |b| set_claim(b, 3, "f".repeat(40).into_bytes()),
        ),
        refuses(
            "I04",
            "conflict-repository",
            "identity/claim-conflict",
            &KEYLESS_V2,
            "two repositories that differ",
            |b| set_claim(b, 5, b"acme/other".to_vec()),
        ),
        refuses("I04", "conflict-ref", "identity/claim-conflict", &KEYLESS_V2, "two refs that differ", |b| {
            set_claim(b, 6, b"refs/heads/main".to_vec())
        }),
        accepts("I04", "twin", &KEYLESS_V2, "a current claim that is read from its deprecated form", |b| {
            remove_claim(b, 12);
            demand_claim(b, "sourceRepositoryUri", Json::text("https://github.com/acme/app"));
        }),
        refuses("I04", "extension", "identity/claim", &KEYLESS_V2, "an extension of another value", |b| {
            demand_extension(b, "1003");
        })
        .arranged(|b| demand_extension(b, "1001")),
    ]
}

fn demand_extension(builder: &mut BundleBuilder, value: &str) {
    let rule = Json::object([("1.3.6.1.4.1.57264.1.15", Json::object([("utf8", Json::text(value))]))]);
    builder.demand(&format!("{LEAF}/extensions"), rule);
}
