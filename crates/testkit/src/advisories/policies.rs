//! Demands of a caller that took no effect, or another effect than the one that was written.

use cretula_crypto::HashAlgorithm;
use cretula_encoding::base64;

use crate::asn1::utf8;
use crate::bundle_builder::BundleBuilder;
use crate::ca::{COMMIT, ISSUER, WORKFLOW};
use crate::cases::defect::{Change, Defect, fails, refuses};
use crate::cases::good::{Good, MANAGED, MANAGED_ENVELOPE, TSA_ENVELOPE, TSA_ONLY, TWO_OF_EACH, WITNESSED};
use crate::json::Json;

use super::row::{Row, row};

const CERTIFICATE: &str = "/signers/certificate";

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "CVE-2026-48815",
            "policy option silently ignored",
            "An option that the caller had written was not enforced, and nothing said so.",
            "policy",
            &[
                // Members that are contradicted, each with its accepted twin.
                "p04-not-admitted",
                "p07-admitted-in-version-0-3",
                "p07-in-version-0-3",
                "p07-root-refused",
                "p02-unknown",
                "p02-unknown-ignored",
                "p10-key-id-demanded",
                "c09-not-admitted",
                "l21-one-of-two",
                "p12-proof-demanded",
                "l01-dsse-0-0-2",
                "i08-other-log",
                "s06-one-of-two",
                "s07-not-admitted",
                "m04-*",
                "m01-one-of-two",
                "t14-one-of-two",
                "t03-ignored",
                "t03-two-signers",
                "t13-beside-a-good-one",
                "t13-dropped",
                "t05-other-hash-strict",
                "t12-policy-list",
                "t12-no-name",
                "i08-other-tsa",
                "l20-one-of-two",
                "l20-other-logs",
                "l20-as-time",
                "l20-not-as-time",
                "r02-log-window-demanded",
                "a01-not-allowed",
                "a01-compat-refused",
                "c02-lifetime",
                "c03-no-authority-key-id",
                "c03-key-ids-not-demanded",
                "i01-type-demanded",
                "i02-exact",
                "i02-no-match",
                "i02-key-of-another",
                "i02-key-usage",
                "i03-other",
                "i04-extension",
                "i08-authority-url",
                "i08-other-authority",
                "i02-denied-run",
                "i02-denied-commit",
                "i02-denied-key",
                "a06-all-demanded",
                "a06-too-many",
                "a06-name",
                "a06-vendor-digest-unlisted",
                "i06-predicate-type",
                "i06-statement-type",
                "a08-none",
                "a08-not-demanded",
                "i05-any-signer",
                "i05-no-signers",
                // Members that nobody knows or that cannot take effect.
                "i07-*",
                "l20-without-log",
                "i03-absent-not-pinned",
            ],
        )
        .also(&["GHSA-52v5-jr5w-gjxr"])
        .adding(|| [claims(), nodes(), members(), unknown(), without_effect()].concat()),
    ]
}

pub(super) fn demand_san(builder: &mut BundleBuilder, san: Json) {
    builder.demand(&format!("{CERTIFICATE}/san"), san);
}

pub(super) fn glob(text: &str) -> Json {
    Json::object([("glob", Json::text(text))])
}

pub(super) fn regex(text: &str) -> Json {
    Json::object([("regex", Json::text(text))])
}

const BUILD: &str = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3";

/// Each claim by its name: the right value in the twin, another one in the case.
macro_rules! claims {
    ($($name:literal => $right:expr;)*) => {
        /// Every claim is demanded as it is.
        static CLAIMED: Good = Good {
            name: "every-claim-demanded",
            check: "I04",
            sentence: "every claim of the certificate is demanded as it is",
            make: |instance| {
                let mut builder = (TSA_ONLY.make)(instance);
                $(builder.demand(concat!("/signers/certificate/claims/", $name), Json::text($right));)*
                builder
            },
        };

        fn claims() -> Vec<Defect> {
            vec![$(
                refuses("I04", concat!("claim-", $name), "identity/claim", &CLAIMED, concat!("another value of ", $name), |b| {
                    b.demand(concat!("/signers/certificate/claims/", $name), Json::text("another"));
                })
            ),*]
        }
    };
}

claims! {
    "buildTrigger" => "push";
    "githubWorkflowTrigger" => "push";
    "sourceRepositoryDigest" => COMMIT;
    "githubWorkflowSha" => COMMIT;
    "githubWorkflowName" => "release";
    "sourceRepositoryUri" => "https://github.com/acme/app";
    "githubWorkflowRepository" => "acme/app";
    "sourceRepositoryRef" => "refs/tags/v1.2.3";
    "githubWorkflowRef" => "refs/tags/v1.2.3";
    "buildSignerUri" => BUILD;
    "buildSignerDigest" => COMMIT;
    "runnerEnvironment" => "github-hosted";
    "sourceRepositoryId" => "1001";
    "sourceRepositoryOwnerUri" => "https://github.com/acme";
    "sourceRepositoryOwnerId" => "77";
    "buildConfigUri" => BUILD;
    "buildConfigDigest" => COMMIT;
    "runInvocationUri" => "https://github.com/acme/app/actions/runs/9001/attempts/1";
    "sourceRepositoryVisibility" => "public";
    "deploymentEnvironment" => "release";
    "tokenSubject" => "repo:acme/app:environment:release";
}

pub(super) fn leaf(san: &str) -> Json {
    Json::object([("certificate", Json::object([("san", Json::text(san)), ("issuer", Json::text(ISSUER))]))])
}

pub(super) fn node(kind: &str, nodes: Vec<Json>) -> Json {
    Json::object([(kind, Json::List(nodes))])
}

fn nodes() -> Vec<Defect> {
    let signers = |id, sentence, arrange: Change, bend: Change| {
        refuses("I02", id, "identity/no-match", &TSA_ONLY, sentence, bend).arranged(arrange)
    };
    vec![
        signers(
            "one-of-all",
            "one of two demands that must all hold does not",
            |b| b.demand("/signers", node("all", vec![leaf(WORKFLOW), leaf(WORKFLOW)])),
            |b| b.demand("/signers", node("all", vec![leaf(WORKFLOW), leaf("https://example.com/a")])),
        ),
        signers(
            "not",
            "a demand that must not hold does",
            |b| {
                let not = Json::object([("not", leaf("https://example.com/a"))]);
                b.demand("/signers", node("all", vec![leaf(WORKFLOW), not]));
            },
            |b| {
                let not = Json::object([("not", leaf(WORKFLOW))]);
                b.demand("/signers", node("all", vec![leaf(WORKFLOW), not]));
            },
        ),
        refuses(
            "I04",
            "claim-absent",
            "identity/claim",
            &TSA_ONLY,
            "a claim that must be absent is there",
            |b| {
                b.demand(
                    "/signers/certificate/claims/deploymentEnvironment",
                    Json::object([("absent", Json::bool(true))]),
                );
            },
        )
        .arranged(|b| {
            b.demand(
                "/signers/certificate/claims/deploymentEnvironment",
                Json::object([("present", Json::bool(true))]),
            );
        }),
        refuses("I04", "extension-raw", "identity/claim", &TSA_ONLY, "an extension of other bytes", |b| {
            b.demand("/signers/certificate/extensions", extension(2, "raw", b"pull"));
        })
        .arranged(|b| b.demand("/signers/certificate/extensions", extension(2, "raw", b"push"))),
        refuses("I04", "extension-der", "identity/claim", &TSA_ONLY, "an extension of other DER", |b| {
            b.demand("/signers/certificate/extensions", extension(15, "der", &utf8("1002")));
        })
        .arranged(|b| b.demand("/signers/certificate/extensions", extension(15, "der", &utf8("1001")))),
        refuses(
            "I02",
            "denied-certificate",
            "identity/denied",
            &TSA_ONLY,
            "a certificate that is denied by its digest",
            |b| {
                b.edits.inputs.push(Box::new(|inputs| {
                    let bundle = String::from_utf8(inputs.bundle.clone()).expect("UTF-8");
                    let (_, rest) = bundle.split_once("\"rawBytes\":\"").expect("a certificate");
                    let der = base64::decode(rest.split('"').next().unwrap_or_default()).expect("base64");
                    let digest = HashAlgorithm::Sha256.digest(&[&der]).to_hex();
                    let policy = String::from_utf8(inputs.policy.clone()).expect("UTF-8");
                    inputs.policy = policy.replace(&"0".repeat(64), &digest).into_bytes();
                }));
            },
        )
        .arranged(|b| {
            let denied = Json::object([("certificateSha256", Json::text("0".repeat(64)))]);
            b.demand("/deny", Json::List(vec![denied]));
        }),
    ]
}

fn extension(number: u8, form: &'static str, value: &[u8]) -> Json {
    let rule = Json::object([(form, Json::bytes(value))]);
    Json::Object(vec![(crate::certificate::fulcio(number), rule)])
}

/// Members that no other case contradicts.
fn members() -> Vec<Defect> {
    vec![
        refuses(
            "A05",
            "payload-type-not-listed",
            "artifact/payload-type",
            &TSA_ENVELOPE,
            "a payload type that the policy does not list",
            |b| {
                b.demand("/statement/payloadTypes", Json::List(vec![Json::text("application/json")]));
            },
        )
        .arranged(|b| {
            b.demand(
                "/statement/predicateTypes",
                Json::List(vec![Json::text("https://example.com/reviewed/v1")]),
            );
            b.demand("/statement/payloadTypes", Json::List(vec![Json::text("application/vnd.in-toto+json")]));
        }),
        refuses(
            "T12",
            "name-list",
            "time/token-request",
            &TSA_ONLY,
            "a token without name where the policy lists names",
            |b| {
                b.demand("/evidence/time/names", Json::List(vec![Json::text("tsa.north.example")]));
            },
        )
        .arranged(|b| b.demand("/evidence/time/onInvalidToken", Json::text("refuse"))),
        refuses(
            "L20",
            "witness-not-listed",
            "log-inclusion/witness-threshold",
            &WITNESSED,
            "a witness of the list that did not sign",
            |b| {
                b.demand("/evidence/witness/threshold", Json::number(3));
            },
        ),
        refuses(
            "T13",
            "outside-certificate",
            "time/outside-certificate",
            &TWO_OF_EACH,
            "a token from after the certificate, where that fails",
            |b| {
                b.demand("/evidence/time/outsideCertificate", Json::text("fail"));
            },
        )
        .arranged(|b| {
            b.demand("/evidence/time/outsideCertificate", Json::text("skip"));
            b.demand("/evidence/time/signedThreshold", Json::number(1));
            let time = b.signed_at + 596;
            b.timestamp(1).at(time);
        }),
        refuses(
            "A08",
            "no-artifact",
            "artifact/required",
            &MANAGED_ENVELOPE,
            "no artifact where the policy demands one",
            |b| {
                b.demand("/dangerous/noArtifact", Json::bool(false));
            },
        )
        .arranged(|b| {
            b.artifacts = Some(Vec::new());
            b.demand("/dangerous/noArtifact", Json::bool(true));
        }),
        refuses(
            "P04",
            "version-not-listed",
            "bundle-shape/media-type",
            &TSA_ONLY,
            "a version that is not in the list",
            |b| {
                b.demand("/bundle/versions", Json::List(vec![Json::text("0.1"), Json::text("0.2")]));
            },
        )
        .arranged(|b| b.demand("/bundle/versions", Json::List(vec![Json::text("0.3")]))),
    ]
}

/// One unknown member in each object of a policy.
macro_rules! unknown {
    ($($id:literal, $pointer:literal, $base:ident;)*) => {
        vec![$(
            fails("I07", concat!("unknown-", $id), "policy/unknown-member", &$base, concat!("an unknown member of ", $pointer), |b| {
                b.demand(concat!($pointer, "/demand"), Json::bool(true));
            })
        ),*]
    };
}

fn unknown() -> Vec<Defect> {
    unknown! {
        "bundle", "/bundle", MANAGED;
        "log", "/evidence/log", MANAGED;
        "sct", "/evidence/sct", MANAGED;
        "time", "/evidence/time", MANAGED;
        "witness", "/evidence/witness", WITNESSED;
        "one-witness", "/evidence/witness/witnesses/0", WITNESSED;
        "trust", "/evidence/trust", MANAGED;
        "algorithms", "/evidence/algorithms", MANAGED;
        "certificate", "/evidence/certificate", MANAGED;
        "signers", "/signers", TSA_ONLY;
        "leaf", "/signers/certificate", TSA_ONLY;
        "claim", "/signers/certificate/claims", TSA_ONLY;
        "ca", "/signers/certificate/ca", TSA_ONLY;
        "key", "/signers/key", MANAGED;
        "subject", "/subject", MANAGED;
        "provenance", "/provenance", MANAGED;
        "vsa", "/vsa", MANAGED;
        "package", "/package", MANAGED;
    }
}

/// Members that are known and cannot take effect.
fn without_effect() -> Vec<Defect> {
    let conflict =
        |id, base, sentence, bend: Change| fails("I07", id, "policy/conflict", base, sentence, bend);
    vec![
        fails(
            "I07",
            "unknown-statement",
            "policy/unknown-member",
            &TSA_ENVELOPE,
            "an unknown member of /statement",
            |b| {
                b.demand("/statement/demand", Json::bool(true));
            },
        )
        .arranged(|b| {
            b.demand(
                "/statement/predicateTypes",
                Json::List(vec![Json::text("https://example.com/reviewed/v1")]),
            )
        }),
        conflict("effect-key-id", &TSA_ONLY, "a key id is demanded of certificates", |b| {
            b.demand("/bundle/requireKeyid", Json::bool(true));
        }),
        conflict("effect-detached", &TSA_ONLY, "a detached promise is admitted and none is demanded", |b| {
            b.demand(
                "/evidence/sct",
                Json::object([("threshold", Json::number(0)), ("detached", Json::bool(true))]),
            );
        }),
        conflict("effect-lifetime", &MANAGED, "a lifetime of certificates is demanded of a key", |b| {
            b.demand("/evidence/certificate/maxLifetimeSeconds", Json::number(600));
        }),
        conflict("effect-root-in-chain", &TSA_ONLY, "a root is refused in versions that have none", |b| {
            b.demand(
                "/bundle",
                Json::object([
                    ("versions", Json::List(vec![Json::text("0.3")])),
                    ("refuseRootInChain", Json::bool(true)),
                ]),
            );
        }),
        conflict("effect-cross-check", &TSA_ONLY, "a check that does not take place is switched off", |b| {
            b.demand("/dangerous/noCrossCheck", Json::bool(true));
        }),
        conflict("effect-any-signer", &TSA_ONLY, "whoever signed is accepted, beside signers", |b| {
            b.demand("/dangerous/anySigner", Json::bool(true));
        }),
        conflict("effect-weak-digest", &TSA_ENVELOPE, "SHA-1 is admitted as the digest of a subject", |b| {
            b.demand("/subject/algorithms", Json::List(vec![Json::text("sha1")]));
        }),
        conflict("effect-time-of-none", &MANAGED, "times are counted in a mode that needs none", |b| {
            b.demand(
                "/evidence/time",
                Json::object([("mode", Json::text("none")), ("threshold", Json::number(1))]),
            );
        }),
    ]
}
