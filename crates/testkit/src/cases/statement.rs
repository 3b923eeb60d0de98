//! Statements, subjects and artifacts (A05–A08).

use cretula_crypto::HashAlgorithm;

use crate::bundle_builder::{BundleBuilder, ContentSpec};
use crate::inputs::GivenArtifact;
use crate::json::Json;

use super::defect::{Defect, accepts, refuses};
use super::good::{KEYLESS_V1_DSSE, KEYLESS_V2, MANAGED_ED25519, MANAGED_ENVELOPE, TSA_ONLY};

pub(super) fn rows() -> Vec<Defect> {
    [statements(), subjects(), artifacts()].concat()
}

fn statements() -> Vec<Defect> {
    let bad = |id, sentence, bend| refuses("A05", id, "artifact/statement", &KEYLESS_V1_DSSE, sentence, bend);
    vec![
        refuses(
            "A05",
            "payload-type",
            "artifact/payload-type",
            &KEYLESS_V1_DSSE,
            "another payload type",
            |b| {
                if let ContentSpec::Envelope { payload_type, .. } = &mut b.content {
                    *payload_type = "application/json".into();
                }
            },
        ),
        bad("not-json", "a payload that is no JSON", |b| *b.payload() = Json::Raw("statement".into())),
        bad("empty", "an empty payload", |b| *b.payload() = Json::Raw(String::new())),
        bad("list", "a payload that is a list", |b| *b.payload() = Json::List(Vec::new())),
        refuses(
            "A05",
            "type",
            "artifact/statement-type",
            &KEYLESS_V1_DSSE,
            "a statement of another type",
            |b| {
                b.payload().set("/_type", Json::text("https://in-toto.io/Statement/v2"));
            },
        ),
        refuses(
            "A05",
            "no-type",
            "artifact/statement-type",
            &KEYLESS_V1_DSSE,
            "a statement without type",
            |b| {
                b.payload().remove("/_type");
            },
        ),
        bad("no-predicate-type", "a statement without predicate type", |b| {
            b.payload().remove("/predicateType");
        }),
        bad("predicate-type-empty", "an empty predicate type", |b| {
            b.payload().set("/predicateType", Json::text(""));
        }),
        refuses(
            "A05",
            "no-subject",
            "artifact/no-subject",
            &KEYLESS_V1_DSSE,
            "a statement without subject",
            |b| b.payload().list("/subject").clear(),
        ),
        refuses(
            "A05",
            "subject-without-digest",
            "artifact/no-subject",
            &KEYLESS_V1_DSSE,
            "a second subject without digest",
            |b| {
                b.payload()
                    .list("/subject")
                    .push(Json::object([("name", Json::text("b")), ("digest", Json::object([]))]));
            },
        ),
        accepts("A05", "type-0-1", &KEYLESS_V1_DSSE, "a statement of version 0.1", |b| {
            b.payload().set("/_type", Json::text("https://in-toto.io/Statement/v0.1"));
        }),
        refuses(
            "A05",
            "message",
            "predicate/missing",
            &KEYLESS_V2,
            "a message signature where the policy demands a statement",
            |b| {
                b.demand(
                    "/statement/predicateTypes",
                    Json::List(vec![Json::text("https://example.com/reviewed/v1")]),
                );
            },
        ),
        refuses(
            "A07",
            "duplicate",
            "artifact/statement",
            &KEYLESS_V1_DSSE,
            "a member of the statement twice",
            |b| {
                let again = b.payload().at("/predicateType").clone();
                b.payload().members("").push(("predicateType".into(), again));
            },
        )
        .reported_by("A05"),
        refuses(
            "A07",
            "duplicate-in-predicate",
            "artifact/statement",
            &KEYLESS_V1_DSSE,
            "a member of the predicate twice",
            |b| {
                b.payload().set("/predicate", Json::Raw("{\"a\":1,\"a\":2}".into()));
            },
        )
        .reported_by("A05"),
        accepts("A07", "unknown-member", &KEYLESS_V1_DSSE, "an unknown member of the statement", |b| {
            b.payload().set("/more", Json::number(1));
        }),
    ]
}

fn other_subject(name: &str) -> Json {
    let digest = HashAlgorithm::Sha256.digest(&[name.as_bytes()]).to_hex();
    Json::object([("name", Json::text(name)), ("digest", Json::object([("sha256", Json::text(digest))]))])
}

fn set_digest(builder: &mut BundleBuilder, algorithm: &str, value: String) {
    builder.payload().set("/subject/0/digest", Json::object([]));
    builder.payload().set(&format!("/subject/0/digest/{algorithm}"), Json::text(value));
}

fn subjects() -> Vec<Defect> {
    let mismatch = |id, base, sentence, bend| refuses("A06", id, "artifact/mismatch", base, sentence, bend);
    vec![
        mismatch("other-artifact", &KEYLESS_V1_DSSE, "an artifact that is no subject", |b| {
            b.artifacts = Some(vec![GivenArtifact::Bytes(b"another artifact\n".to_vec())]);
        }),
        mismatch("same-name", &KEYLESS_V1_DSSE, "an artifact of which only the name is a subject", |b| {
            b.payload().list("/subject")[0] = other_subject("artifact.txt")
        }),
        mismatch("one-of-two", &KEYLESS_V1_DSSE, "two artifacts, one of them no subject", |b| {
            let artifact = GivenArtifact::Bytes(b.artifact.clone());
            b.artifacts = Some(vec![artifact, GivenArtifact::Bytes(b"another artifact\n".to_vec())]);
        }),
        refuses(
            "A06",
            "contradiction",
            "artifact/subject-digest",
            &KEYLESS_V1_DSSE,
            "an equal SHA-256 beside another SHA-512",
            |b| {
                b.payload().set("/subject/0/digest/sha512", Json::text("00".repeat(64)));
            },
        ),
        mismatch("sha1-only", &KEYLESS_V1_DSSE, "a subject with SHA-1 only", |b| {
            set_digest(b, "sha1", "00".repeat(20));
        }),
        mismatch("upper-case", &KEYLESS_V1_DSSE, "a digest in upper case", |b| {
            let digest = HashAlgorithm::Sha256.digest(&[&b.artifact]).to_hex().to_ascii_uppercase();
            set_digest(b, "sha256", digest);
        }),
        mismatch("digest-length", &KEYLESS_V1_DSSE, "forty digits under sha256", |b| {
            set_digest(b, "sha256", "0".repeat(40))
        }),
        accepts("A06", "last-subject", &KEYLESS_V1_DSSE, "the last of three subjects", |b| {
            b.payload().list("/subject").insert(0, other_subject("a"));
            b.payload().list("/subject").insert(0, other_subject("b"));
        }),
        accepts("A06", "sha512-only", &KEYLESS_V1_DSSE, "a subject with SHA-512 only", |b| {
            let digest = HashAlgorithm::Sha512.digest(&[&b.artifact]).to_hex();
            set_digest(b, "sha512", digest);
        }),
        accepts(
            "A06",
            "unknown-algorithm",
            &KEYLESS_V1_DSSE,
            "a digest of an unknown algorithm beside",
            |b| {
                b.payload().set("/subject/0/digest/blake3", Json::text("00"));
            },
        ),
        mismatch(
            "all-demanded",
            &KEYLESS_V1_DSSE,
            "a subject that the caller does not have, where all are demanded",
            |b| {
                b.payload().list("/subject").push(other_subject("b"));
            },
        )
        .arranged(|b| b.demand("/subject/match", Json::text("all"))),
        refuses(
            "A06",
            "too-many",
            "artifact/subject-count",
            &KEYLESS_V1_DSSE,
            "more subjects than the policy admits",
            |b| {
                b.payload().list("/subject").push(other_subject("b"));
            },
        )
        .arranged(|b| b.demand("/subject/max", Json::number(1))),
        mismatch("name", &KEYLESS_V1_DSSE, "a subject of another name than the demanded one", |b| {
            b.demand("/subject/name", Json::text("other.txt"))
        })
        .arranged(|b| b.demand("/subject/name", Json::text("artifact.txt"))),
        accepts(
            "A06",
            "vendor-digest",
            &KEYLESS_V1_DSSE,
            "a digest under a name that the policy lists",
            |b| {
                b.demand("/subject/algorithms", Json::List(vec![Json::text("gitCommit")]));
                set_digest(b, "gitCommit", "ab".repeat(20));
                b.artifacts = Some(vec![GivenArtifact::Digests(vec![("gitCommit".into(), "ab".repeat(20))])]);
            },
        ),
        mismatch(
            "vendor-digest-unlisted",
            &KEYLESS_V1_DSSE,
            "a digest under a name that the policy does not list",
            |b| {
                b.policy.remove("/subject/algorithms");
            },
        )
        .arranged(|b| {
            b.demand("/subject/algorithms", Json::List(vec![Json::text("gitCommit")]));
            set_digest(b, "gitCommit", "ab".repeat(20));
            b.artifacts = Some(vec![GivenArtifact::Digests(vec![("gitCommit".into(), "ab".repeat(20))])]);
        }),
    ]
}

fn artifacts() -> Vec<Defect> {
    let required = |id, base, sentence, bend| refuses("A08", id, "artifact/required", base, sentence, bend);
    let none: fn(&mut BundleBuilder) = |b| b.artifacts = Some(Vec::new());
    vec![
        required("none", &MANAGED_ENVELOPE, "no artifact", none),
        accepts("A08", "not-demanded", &MANAGED_ENVELOPE, "no artifact where the policy says so", |b| {
            b.artifacts = Some(Vec::new());
            b.demand("/dangerous/noArtifact", Json::bool(true));
        }),
        required(
            "none-for-message",
            &TSA_ONLY,
            "a message signature without its message proves nothing",
            none,
        )
        .arranged(|b| b.demand("/dangerous/noArtifact", Json::bool(true))),
        accepts(
            "A08",
            "no-statement",
            &MANAGED_ED25519,
            "a payload that is no statement, where nothing asks for one",
            |b| {
                *b.payload() = Json::Raw("any text".into());
                b.artifacts = Some(Vec::new());
                b.demand("/dangerous/noArtifact", Json::bool(true));
            },
        ),
    ]
}
