//! Whom the policy denies (I02), and what it binds, demands and pins (I05–I08).

use crate::asn1::utf8;
use crate::bundle_builder::{BundleBuilder, SignerSpec};
use crate::ca::{COMMIT, ISSUER, Identity, WORKFLOW};
use crate::json::Json;

use super::defect::{Defect, accepts, fails, refuses};
use super::good::{CURRENT, KEYLESS_V1_DSSE, KEYLESS_V2, MANAGED, TSA_ONLY};
use super::signer::{LEAF, demand_claim, demand_san, leaf, set_claim};

pub(super) fn rows() -> Vec<Defect> {
    [denials(), bounds(), policies(), instances()].concat()
}

fn denials() -> Vec<Defect> {
    let denied = |id, base, sentence, bend| refuses("I02", id, "identity/denied", base, sentence, bend);
    vec![
        denied("denied-run", &KEYLESS_V2, "a run that is denied", |b| {
            deny_run(b, "https://github.com/acme/app/actions/runs/9001/**")
        })
        .arranged(|b| deny_run(b, "https://github.com/acme/app/actions/runs/9002/**")),
        denied("denied-commit", &KEYLESS_V2, "a commit that is denied", |b| {
            b.demand("/deny", Json::List(vec![Json::object([("sourceCommit", Json::text(COMMIT))])]));
        }),
        denied("denied-key", &MANAGED, "a key that is denied", |b| {
            b.demand("/deny", Json::List(vec![Json::object([("keyId", Json::text("release"))])]));
        }),
        denied("denied-under-another-id", &MANAGED, "a key that is denied under another of its ids", |b| {
            b.demand("/deny", Json::List(vec![Json::object([("keyId", Json::text("revoked"))])]));
        })
        .arranged(|b| {
            let mut again = b.keys[0].clone();
            again.id = "revoked".into();
            b.keys.push(again);
        }),
        refuses(
            "I04",
            "denied-unmatchable",
            "identity/claim-malformed",
            &KEYLESS_V2,
            "a claim that no pattern can be compared with, under deny",
            |b| {
                set_claim(b, 21, utf8("https://github.com/acme/app/actions/runs/1\n"));
            },
        )
        .arranged(|b| deny_run(b, "https://github.com/acme/app/actions/runs/9002/**")),
    ]
}

fn deny_run(builder: &mut BundleBuilder, glob: &str) {
    let claims = Json::object([("runInvocationUri", Json::object([("glob", Json::text(glob))]))]);
    let rule = Json::object([("certificate", Json::object([("claims", claims)]))]);
    builder.demand("/deny", Json::List(vec![rule]));
}

fn bounds() -> Vec<Defect> {
    let unbound = |id, sentence, bend| fails("I05", id, "policy/unbound", &KEYLESS_V2, sentence, bend);
    vec![
        unbound("no-signers", "a policy without signers", |b| {
            b.policy.remove("/signers");
        }),
        unbound("issuer-only", "an issuer alone admits each of its users", |b| {
            b.policy.remove("/signers/certificate/san");
        }),
        unbound("name-only", "a name without issuer", |b| {
            b.policy.remove("/signers/certificate/issuer");
        }),
        unbound("any-name", "a pattern without a literal character", |b| {
            demand_san(b, Json::object([("glob", Json::text("**"))]))
        }),
        unbound("any-expression", "an expression without a literal character", |b| {
            demand_san(b, Json::object([("regex", Json::text(".+"))]))
        }),
        unbound("negation", "a negation alone", |b| {
            b.demand("/signers", Json::object([("not", leaf("https://example.com"))]))
        }),
        unbound("one-of-any", "one alternative that names nobody", |b| {
            let open = Json::object([("certificate", Json::object([("issuer", Json::text(ISSUER))]))]);
            b.demand("/signers", Json::object([("any", Json::List(vec![leaf(WORKFLOW), open]))]));
        }),
        accepts("I05", "issuer-and-repository", &KEYLESS_V2, "an issuer and a repository", |b| {
            b.policy.remove("/signers/certificate/san");
            demand_claim(b, "sourceRepositoryId", Json::text("1001"));
        }),
        accepts("I05", "any-signer", &KEYLESS_V2, "a policy without signers that says so", |b| {
            b.policy.remove("/signers");
            b.demand("/dangerous/anySigner", Json::bool(true));
        }),
        refuses(
            "I06",
            "predicate-type",
            "predicate/type",
            &KEYLESS_V1_DSSE,
            "a predicate type that the policy does not list",
            |b| {
                demand_predicate(b, "https://slsa.dev/provenance/v1");
            },
        )
        .arranged(|b| demand_predicate(b, "https://example.com/reviewed/v1")),
        refuses(
            "I06",
            "predicate-type-prefix",
            "predicate/type",
            &KEYLESS_V1_DSSE,
            "a predicate type that only begins so",
            |b| {
                demand_predicate(b, "https://example.com/reviewed");
            },
        ),
        refuses(
            "I06",
            "statement-type",
            "artifact/statement-type",
            &KEYLESS_V1_DSSE,
            "a statement type that the policy does not list",
            |b| {
                b.demand(
                    "/statement/types",
                    Json::List(vec![Json::text("https://in-toto.io/Statement/v0.1")]),
                );
            },
        )
        .arranged(|b| demand_predicate(b, "https://example.com/reviewed/v1"))
        .reported_by("A05"),
    ]
}

fn demand_predicate(builder: &mut BundleBuilder, uri: &str) {
    builder.demand("/statement/predicateTypes", Json::List(vec![Json::text(uri)]));
}

fn policies() -> Vec<Defect> {
    let member = |id, sentence, bend| fails("I07", id, "policy/unknown-member", &KEYLESS_V2, sentence, bend);
    let malformed = |id, sentence, bend| fails("I07", id, "policy/malformed", &KEYLESS_V2, sentence, bend);
    let conflict = |id, base, sentence, bend| fails("I07", id, "policy/conflict", base, sentence, bend);
    let pattern = |id, sentence, bend| fails("I07", id, "policy/pattern", &KEYLESS_V2, sentence, bend);
    vec![
        member("unknown", "an unknown member", |b| b.demand("/signer", Json::object([]))),
        member("unknown-evidence", "an unknown member of the evidence", |b| {
            b.demand("/evidence/log/treshold", Json::number(1))
        }),
        member("unknown-danger", "an unknown member of dangerous", |b| {
            b.demand("/dangerous/noSignature", Json::bool(true))
        }),
        malformed("schema", "another schema", |b| b.demand("/schema", Json::text("cretula/policy/v2"))),
        malformed("duplicate", "a member twice", |b| {
            let again = b.policy.at("/signers").clone();
            b.policy.members("").push(("signers".into(), again));
        }),
        malformed("empty-list", "an empty list of alternatives", |b| {
            b.demand("/signers", Json::object([("any", Json::List(vec![]))]))
        }),
        malformed("type", "text where a number is expected", |b| {
            b.demand("/evidence/log/threshold", Json::text("1"))
        }),
        malformed("negative", "a negative number", |b| {
            b.demand("/evidence/log/threshold", Json::Raw("-1".into()))
        }),
        malformed("preset", "an unknown preset", |b| b.demand("/preset", Json::text("private"))),
        pattern("does-not-compile", "an expression that does not compile", |b| {
            demand_san(b, Json::object([("regex", Json::text("https://(github"))]))
        }),
        pattern("matches-nothing", "an expression that matches the empty text", |b| {
            demand_san(b, Json::object([("regex", Json::text("(https://github.com/.*)?"))]))
        }),
        conflict(
            "certificate-rule-for-key",
            &MANAGED,
            "certificate transparency is demanded of a key",
            |b| b.demand("/evidence/sct/threshold", Json::number(1)),
        ),
        conflict("threshold-out-of-reach", &KEYLESS_V2, "more logs than a bundle can have entries", |b| {
            b.demand("/evidence/log/threshold", Json::number(9))
        }),
        accepts("I07", "all-defaults", &KEYLESS_V2, "the defaults written out", |b| {
            b.demand("/evidence/log/threshold", Json::number(1));
            b.demand("/evidence/sct/threshold", Json::number(1));
            b.demand("/evidence/time/mode", Json::text("observer"));
            b.demand("/evidence/time/onInvalidToken", Json::text("ignore"));
            b.demand("/bundle/unknownMembers", Json::text("refuse"));
        }),
    ]
}

/// URL under which the first authority is listed again.
const SECOND_URL: &str = "https://ca.north.example";

fn listed_twice(builder: &mut BundleBuilder) {
    let mut again = builder.instance.certificate_authorities[0].clone();
    again.uri = SECOND_URL.into();
    builder.instance.certificate_authorities.push(again);
}

fn instances() -> Vec<Defect> {
    vec![
        refuses(
            "I08",
            "other-authority",
            "identity/instance",
            &CURRENT,
            "a leaf of another authority with the same claims",
            |b| {
                b.signer = SignerSpec::Certificate { ca: 1, identity: Identity::workflow() };
            },
        ),
        refuses(
            "I08",
            "authority-url",
            "identity/instance",
            &KEYLESS_V2,
            "another authority than the one with that URL",
            |b| {
                b.demand(&format!("{LEAF}/ca/uri"), Json::text("https://fulcio.south.example"));
            },
        )
        .arranged(|b| b.demand(&format!("{LEAF}/ca/uri"), Json::text("https://fulcio.north.example"))),
        refuses(
            "I08",
            "neither-url",
            "identity/instance",
            &KEYLESS_V2,
            "one authority under two URLs, neither of which is the demanded one",
            |b| b.demand(&format!("{LEAF}/ca/uri"), Json::text("https://fulcio.south.example")),
        )
        .arranged(|b| {
            listed_twice(b);
            b.demand(&format!("{LEAF}/ca/uri"), Json::text(SECOND_URL));
        }),
        refuses(
            "I02",
            "denied-second-url",
            "identity/denied",
            &KEYLESS_V2,
            "one authority under two URLs, the second of which is denied",
            |b| {
                listed_twice(b);
                let ca = Json::object([("uri", Json::text(SECOND_URL))]);
                let leaf = Json::object([("certificate", Json::object([("ca", ca)]))]);
                b.demand("/deny", Json::List(vec![leaf]));
            },
        )
        .arranged(listed_twice),
        refuses(
            "I08",
            "other-log",
            "log-inclusion/threshold",
            &KEYLESS_V2,
            "another log than the listed one",
            |b| {
                let id = b.instance.rekor_v2[1].log.id.clone();
                b.demand("/evidence/log/only", Json::List(vec![Json::bytes(&id)]));
            },
        )
        .arranged(|b| {
            let id = b.instance.rekor_v2[0].log.id.clone();
            b.demand("/evidence/log/only", Json::List(vec![Json::bytes(&id)]));
        })
        .reported_by("L21"),
        refuses(
            "I08",
            "other-tsa",
            "time/missing",
            &TSA_ONLY,
            "another timestamp authority than the listed one",
            |b| {
                b.demand("/evidence/time/only", Json::List(vec![Json::text("south.example")]));
            },
        )
        .arranged(|b| b.demand("/evidence/time/only", Json::List(vec![Json::text("north.example")])))
        .reported_by("M01"),
    ]
}
