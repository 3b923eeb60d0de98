//! Policies: every member takes effect, and an unknown one is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Write as _, stderr};
use std::sync::OnceLock;

use cretula_encoding::base64;
use cretula_fuzz::mutation::Document;
use cretula_properties::{Given, cases, judge, verify};
use cretula_verify::policy::POLICY;
use cretula_verify::report::Signer;
use cretula_verify::shape::{ObjectShape, Shape};
use cretula_verify::{Request, RootMemo};

const WORKFLOW: &str = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const TOKENS: &str = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps";

/// Members that cannot be contradicted, each with its reason.
const EXCEPTIONS: &[(&str, &str)] = &[(
    "dangerous.noCrossCheck",
    "it concerns provenance, which this version refuses as unsupported; true without it is a conflict",
)];

/// A member, a case, where the member stands in its policy, and two values: accepted, not accepted.
struct Row {
    member: &'static str,
    base: &'static str,
    pointer: &'static str,
    with: String,
    against: String,
}

fn row(
    member: &'static str,
    base: &'static str,
    pointer: &'static str,
    with: impl Into<String>,
    against: impl Into<String>,
) -> Row {
    Row { member, base, pointer, with: with.into(), against: against.into() }
}

fn text(text: &str) -> String {
    format!("\"{text}\"")
}

/// A signer by name and the usual issuer.
fn leaf(san: &str) -> String {
    format!(r#"{{"certificate":{{"san":"{san}","issuer":"{ISSUER}"}}}}"#)
}

fn rows() -> Vec<Row> {
    [documents(), bundles(), evidence(), times(), witnesses(), signers(), matches(), denials(), statements()]
        .into_iter()
        .flatten()
        .collect()
}

fn documents() -> Vec<Row> {
    vec![
        row(
            "policy.schema",
            "good-keyless-v2",
            "/schema",
            text("cretula/policy/v1"),
            text("cretula/policy/v2"),
        ),
        row("policy.preset", "good-keyless-v2", "/preset", text("public-good"), text("managed-key")),
        row("dangerous.anySigner", "i05-any-signer", "/dangerous/anySigner", "true", "false"),
        row("dangerous.noArtifact", "a04-characters-twin", "/dangerous/noArtifact", "true", "false"),
    ]
}

fn bundles() -> Vec<Row> {
    let rule = |member, base, pointer, with: &str, against: &str| row(member, base, pointer, with, against);
    vec![
        rule("bundleRules.versions", "good-keyless-v2", "/bundle/versions", r#"["0.3"]"#, r#"["0.1","0.2"]"#),
        rule(
            "bundleRules.allowChainInV03",
            "p07-admitted-in-version-0-3",
            "/bundle/allowChainInV03",
            "true",
            "false",
        ),
        rule(
            "bundleRules.useIntermediates",
            "c09-not-admitted-twin",
            "/bundle/useIntermediates",
            "true",
            "false",
        ),
        rule(
            "bundleRules.refuseRootInChain",
            "good-version-0-2-root",
            "/bundle/refuseRootInChain",
            "false",
            "true",
        ),
        rule(
            "bundleRules.requireKeyid",
            "good-managed-p256-envelope",
            "/bundle/requireKeyid",
            "false",
            "true",
        ),
        rule(
            "bundleRules.unknownMembers",
            "p02-unknown-ignored",
            "/bundle/unknownMembers",
            r#""ignore""#,
            r#""refuse""#,
        ),
    ]
}

fn evidence() -> Vec<Row> {
    let rule = |member, base, pointer, with: &str, against: &str| row(member, base, pointer, with, against);
    vec![
        rule("logRules.threshold", "good-keyless-v2", "/evidence/log/threshold", "1", "2"),
        rule(
            "logRules.requireProof",
            "good-version-0-1-promise",
            "/evidence/log/requireProof",
            "false",
            "true",
        ),
        rule("logRules.legacyDsseV2", "good-legacy-dsse-v2", "/evidence/log/legacyDsseV2", "true", "false"),
        rule(
            "logRules.only",
            "i08-other-log-twin",
            "/evidence/log/only",
            r#"["Mq3eDUrVsZA08xMQMx7RDzbIKoEOZ8YL2HYiCZgOQh8="]"#,
            r#"["AAAA"]"#,
        ),
        rule("sctRules.threshold", "good-keyless-v2", "/evidence/sct/threshold", "1", "2"),
        rule("sctRules.detached", "s07-not-admitted-twin", "/evidence/sct/detached", "true", "false"),
        rule(
            "trustRules.requireWindows",
            "r02-ca-window-demanded",
            "/evidence/trust/requireWindows",
            "false",
            "true",
        ),
        rule(
            "algorithmRules.allow",
            "a01-not-allowed-twin",
            "/evidence/algorithms/allow",
            r#"["PKIX_ECDSA_P256_SHA_256"]"#,
            r#"["PKIX_ED25519"]"#,
        ),
        rule(
            "algorithmRules.compat",
            "good-managed-p384-sha256",
            "/evidence/algorithms/compat",
            r#""warn""#,
            r#""refuse""#,
        ),
        rule(
            "certificateRules.maxLifetimeSeconds",
            "good-keyless-v2",
            "/evidence/certificate/maxLifetimeSeconds",
            "600",
            "599",
        ),
        rule(
            "certificateRules.allowMissingKeyIds",
            "c03-key-ids-not-demanded",
            "/evidence/certificate/allowMissingKeyIds",
            "true",
            "false",
        ),
    ]
}

fn times() -> Vec<Row> {
    let rule = |member, base, pointer, with: &str, against: &str| row(member, base, pointer, with, against);
    vec![
        rule("timeRules.mode", "good-keyless-v2", "/evidence/time/mode", r#""tsa""#, r#""log""#),
        rule("timeRules.threshold", "good-keyless-v2", "/evidence/time/threshold", "1", "2"),
        rule("timeRules.signedThreshold", "good-keyless-v2", "/evidence/time/signedThreshold", "1", "2"),
        rule(
            "timeRules.onInvalidToken",
            "foreign-token",
            "/evidence/time/onInvalidToken",
            r#""ignore""#,
            r#""refuse""#,
        ),
        rule(
            "timeRules.outsideCertificate",
            "t13-dropped",
            "/evidence/time/outsideCertificate",
            r#""skip""#,
            r#""fail""#,
        ),
        rule(
            "timeRules.certId",
            "t05-other-hash-pinned",
            "/evidence/time/certId",
            r#""pinned""#,
            r#""strict""#,
        ),
        rule(
            "timeRules.policyOids",
            "good-keyless-v2",
            "/evidence/time/policyOids",
            r#"["1.3.6.1.4.1.57264.2"]"#,
            r#"["1.2.3"]"#,
        ),
        rule(
            "timeRules.names",
            "good-tsa-named",
            "/evidence/time/names",
            r#"["tsa.example"]"#,
            r#"["other.example"]"#,
        ),
        rule(
            "timeRules.only",
            "i08-other-tsa-twin",
            "/evidence/time/only",
            r#"["north.example"]"#,
            r#"["south.example"]"#,
        ),
    ]
}

/// Two of three witnesses have signed: ada and bob.
fn witnesses() -> Vec<Row> {
    let known = cases().into_iter().find(|case| case.name == "good-witnessed").expect("a case");
    let policy = Document::parse(&known.request.policy).expect("a policy");
    let listed = |index: usize| {
        let witness = policy.at(&format!("/evidence/witness/witnesses/{index}")).expect("a witness");
        String::from_utf8(witness.encode()).expect("UTF-8")
    };
    let list = |indices: &[usize]| {
        format!("[{}]", indices.iter().map(|index| listed(*index)).collect::<Vec<_>>().join(","))
    };
    let vkey = |index: usize| {
        let vkey = policy.at(&format!("/evidence/witness/witnesses/{index}/vkey")).expect("a key");
        String::from_utf8(vkey.encode()).expect("UTF-8")
    };
    let bundle = &known.bundle;
    let log = bundle.at("/verificationMaterial/tlogEntries/0/logId/keyId").expect("a log").encode();
    let log = String::from_utf8(log).expect("UTF-8");
    let exchanged = format!(r#"[{{"vkey":{},"operator":"ada.example"}},{}]"#, vkey(2), listed(1));
    let rule = |member, pointer, with: String, against: String| {
        row(member, "good-witnessed", pointer, with, against)
    };
    vec![
        rule("witnessRules.threshold", "/evidence/witness/threshold", "2".into(), "3".into()),
        rule("witnessRules.witnesses", "/evidence/witness/witnesses", list(&[0, 1]), list(&[0, 2])),
        rule("witnessRules.logs", "/evidence/witness/logs", format!("[{log}]"), r#"["AAAA"]"#.into()),
        row("witnessRules.asTime", "l20-as-time", "/evidence/witness/asTime", "true", "false"),
        rule("witness.vkey", "/evidence/witness/witnesses", list(&[0, 1]), exchanged),
        rule(
            "witness.operator",
            "/evidence/witness/witnesses/0/operator",
            text("ada.example"),
            text("bob.example"),
        ),
    ]
}

fn signers() -> Vec<Row> {
    let certificate = "/signers/certificate";
    let (own, other) = (leaf(WORKFLOW), leaf("https://example.com/other"));
    let rule = |member, pointer, with: String, against: String| {
        row(member, "good-keyless-v2", pointer, with, against)
    };
    let extension =
        |form: &str, value: &str| format!(r#"{{"1.3.6.1.4.1.57264.1.15":{{"{form}":"{value}"}}}}"#);
    let der = |text: &str| base64::encode(&[&[0x0c, 4], text.as_bytes()].concat());
    let anchor = "f8e00ba1cde094b7563d874570d87365c3003ffb6055ce914d6ff895593fca51";
    let sha256 = |value: &str| format!(r#"{{"sha256":"{value}"}}"#);
    vec![
        rule("policy.signers", "/signers", own.clone(), other.clone()),
        rule(
            "any.any",
            "/signers",
            format!(r#"{{"any":[{other},{own}]}}"#),
            format!(r#"{{"any":[{other}]}}"#),
        ),
        rule("all.all", "/signers", format!(r#"{{"all":[{own}]}}"#), format!(r#"{{"all":[{own},{other}]}}"#)),
        rule(
            "not.not",
            "/signers",
            format!(r#"{{"all":[{own},{{"not":{other}}}]}}"#),
            format!(r#"{{"all":[{own},{{"not":{own}}}]}}"#),
        ),
        rule("certificateRule.san", "/signers/certificate/san", text(WORKFLOW), text("https://example.com")),
        rule(
            "certificateRule.issuer",
            "/signers/certificate/issuer",
            text(ISSUER),
            text("https://example.com"),
        ),
        rule(
            "certificateRule.extensions",
            "/signers/certificate/extensions",
            extension("utf8", "1001"),
            extension("utf8", "1002"),
        ),
        rule(
            "utf8.utf8",
            "/signers/certificate/extensions",
            extension("utf8", "1001"),
            extension("utf8", "100"),
        ),
        rule(
            "raw.raw",
            "/signers/certificate/extensions",
            extension("raw", &der("1001")),
            extension("raw", &der("1002")),
        ),
        rule(
            "der.der",
            "/signers/certificate/extensions",
            extension("der", &der("1001")),
            extension("der", &der("1003")),
        ),
        rule(
            "ca.uri",
            "/signers/certificate/ca/uri",
            text("https://fulcio.north.example"),
            text("https://fulcio.south.example"),
        ),
        row(
            "ca.sha256",
            "good-mode-current",
            "/signers/certificate/ca",
            sha256(anchor),
            sha256(&"0".repeat(64)),
        ),
        row(
            "keyRule.ids",
            "good-managed-p256-v2",
            "/signers/key/ids",
            r#"["other","release"]"#,
            r#"["other"]"#,
        ),
        row("keyRule.usage", "used-key", "/signers/key/usage", text("releases"), text("tests")),
        rule(
            "sanOfType.type",
            "/signers/certificate/san",
            san_of("uri", WORKFLOW),
            san_of("email", WORKFLOW),
        ),
        rule("sanOfType.match", "/signers/certificate/san", san_of("uri", WORKFLOW), san_of("uri", ISSUER)),
        rule(
            "present.present",
            "/signers/certificate/claims/sourceRepositoryId",
            r#"{"present":true}"#.into(),
            r#"{"absent":true}"#.into(),
        ),
        row(
            "absent.absent",
            "good-keyless-email",
            "/signers/certificate/claims/sourceRepositoryId",
            r#"{"absent":true}"#,
            r#"{"present":true}"#,
        ),
    ]
    .into_iter()
    .inspect(|row| assert!(row.pointer.starts_with(certificate) || row.pointer.starts_with("/signers")))
    .collect()
}

fn san_of(kind: &str, san: &str) -> String {
    format!(r#"{{"type":"{kind}","match":"{san}"}}"#)
}

fn matches() -> Vec<Row> {
    let san = "/signers/certificate/san";
    let rule = |member, with: String, against: String| row(member, "good-keyless-v2", san, with, against);
    let cased =
        |form: &str, value: &str, ignore: bool| format!(r#"{{"{form}":{value},"ignoreCase":{ignore}}}"#);
    let upper = text(&WORKFLOW.to_ascii_uppercase());
    let pattern = |form: &str, text: &str| format!(r#"{{"{form}":"{text}"}}"#);
    vec![
        rule("exact.exact", pattern("exact", WORKFLOW), pattern("exact", &WORKFLOW[..WORKFLOW.len() - 1])),
        rule("exact.ignoreCase", cased("exact", &upper, true), cased("exact", &upper, false)),
        rule("anyOf.anyOf", format!(r#"{{"anyOf":["x","{WORKFLOW}"]}}"#), r#"{"anyOf":["x","y"]}"#.into()),
        rule(
            "anyOf.ignoreCase",
            cased("anyOf", &format!("[{upper}]"), true),
            cased("anyOf", &format!("[{upper}]"), false),
        ),
        rule(
            "glob.glob",
            pattern("glob", "https://github.com/acme/app/**"),
            pattern("glob", "https://github.com/acme/*"),
        ),
        rule(
            "glob.ignoreCase",
            cased("glob", r#""HTTPS://github.com/ACME/app/**""#, true),
            cased("glob", r#""HTTPS://github.com/ACME/app/**""#, false),
        ),
        rule(
            "regex.regex",
            pattern("regex", r"https://github\\.com/acme/app/.*@refs/tags/v[0-9.]+"),
            pattern("regex", r"https://github\\.com/acme/app/.*@refs/tags/v[0-9]"),
        ),
    ]
}

fn denials() -> Vec<Row> {
    let digest = |case: &str| {
        let given = all().get(case).expect("a case");
        let outcome = verify(&given.request, &mut RootMemo::default()).expect("a call that is right");
        match outcome.report.signer {
            Some(Signer::Certificate(certificate)) => certificate.sha256.to_hex(),
            _ => panic!("{case} has no certificate"),
        }
    };
    let denied = |member: &str, value: &str| format!(r#"[{{"{member}":"{value}"}}]"#);
    let rule = |member, with, against| row(member, "good-keyless-v2", "/deny", with, against);
    vec![
        rule("policy.deny", format!("[{}]", leaf("https://example.com")), format!("[{}]", leaf(WORKFLOW))),
        rule(
            "deniedCertificate.certificateSha256",
            denied("certificateSha256", &"0".repeat(64)),
            denied("certificateSha256", &digest("good-keyless-v2")),
        ),
        rule(
            "deniedCommit.sourceCommit",
            denied("sourceCommit", &"0".repeat(40)),
            denied("sourceCommit", COMMIT),
        ),
        row(
            "deniedKey.keyId",
            "good-managed-p256-v2",
            "/deny",
            denied("keyId", "other"),
            denied("keyId", "release"),
        ),
    ]
}

fn statements() -> Vec<Row> {
    let base = "i06-predicate-type-twin";
    let rule = |member, base, pointer, with: &str, against: &str| row(member, base, pointer, with, against);
    vec![
        rule(
            "subjectRules.algorithms",
            "a06-vendor-digest",
            "/subject/algorithms",
            r#"["gitCommit"]"#,
            r#"["other"]"#,
        ),
        rule("subjectRules.match", "a06-all-demanded", "/subject/match", r#""any""#, r#""all""#),
        rule("subjectRules.name", "a06-name-twin", "/subject/name", r#""artifact.txt""#, r#""other.txt""#),
        rule("subjectRules.max", "a06-too-many", "/subject/max", "2", "1"),
        rule(
            "statementRules.predicateTypes",
            base,
            "/statement/predicateTypes",
            r#"["x","https://example.com/reviewed/v1"]"#,
            r#"["x"]"#,
        ),
        rule(
            "statementRules.types",
            base,
            "/statement/types",
            r#"["https://in-toto.io/Statement/v1"]"#,
            r#"["https://in-toto.io/Statement/v0.1"]"#,
        ),
        rule(
            "statementRules.payloadTypes",
            base,
            "/statement/payloadTypes",
            r#"["application/vnd.in-toto+json"]"#,
            r#"["application/json"]"#,
        ),
    ]
}

/// Cases by name, and some that only a policy makes interesting.
fn all() -> &'static BTreeMap<String, Given> {
    static ALL: OnceLock<BTreeMap<String, Given>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: BTreeMap<String, Given> =
            cases().into_iter().map(|case| (case.name.clone(), case)).collect();
        // A token over another signature, beside a promise.
        let mut foreign = all["good-keyless-v1"].clone();
        let token = all["good-keyless-v2-envelope"].bundle.at(&format!("{TOKENS}/0")).expect("a token");
        foreign.request.bundle = foreign.bundle.insert(TOKENS, 0, &token).encode();
        all.insert("foreign-token".into(), foreign);
        let mut used = all["good-managed-p256-v2"].clone();
        used.request.keys[0].usage = Some("releases".into());
        all.insert("used-key".into(), used);
        all.insert("good-tsa-named".into(), named());
        all
    })
}

/// A token that names its authority.
fn named() -> Given {
    use cretula_encoding::der::{Tag, encode};
    use cretula_testkit::{BundleBuilder, Instance, TimestampSpec, cases::NOW, cases::SEED};
    let instance = Instance::new(SEED, NOW);
    let mut builder = BundleBuilder::keyless(&instance);
    builder.policy.set("/preset", cretula_testkit::Json::text("private-tsa"));
    let mut timestamp = TimestampSpec::new(0, builder.signed_at + 1);
    timestamp.edit_token(|token| {
        let name = encode(Tag::context(2), &[b"tsa.example"]);
        token.tst_info.push(encode(Tag::context_constructed(0), &[&name]));
    });
    builder.timestamps.push(timestamp);
    let request = builder.build().to_request().expect("a request");
    let bundle = Document::parse(&request.bundle).expect("a bundle");
    Given { name: "good-tsa-named".into(), is_good: true, request, bundle }
}

/// The call under the policy with some places set.
fn under(given: &Given, edits: &[(&str, &str)]) -> Request {
    let mut policy = Document::parse(&given.request.policy).expect("a policy");
    for (pointer, json) in edits {
        policy.set(pointer, json);
    }
    Request { policy: policy.encode(), ..given.request.clone() }
}

#[test]
fn each_field() {
    let mut done = BTreeSet::new();
    for row in rows() {
        let given = all().get(row.base).unwrap_or_else(|| panic!("{}: no case {}", row.member, row.base));
        let with = under(given, &[(row.pointer, &row.with)]);
        assert_eq!(judge(&with), Ok(()), "{} = {} with {}", row.pointer, row.with, row.base);
        let against = under(given, &[(row.pointer, &row.against)]);
        let code =
            judge(&against).expect_err(&format!("{} = {} with {}", row.pointer, row.against, row.base));
        let is_readable = !code.starts_with("policy/malformed") && !code.starts_with("policy/unknown-member");
        assert!(is_readable || row.member == "policy.schema", "{}: {code}", row.member);
        let parent = row.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        let unknown = format!("{parent}/unknown");
        let unknown = under(given, &[(row.pointer, &row.with), (&unknown, "1")]);
        let code = judge(&unknown).expect_err("an unknown member");
        assert!(
            code.starts_with("policy/unknown-member") || code.starts_with("policy/malformed"),
            "{}: {code}",
            row.member
        );
        done.insert(row.member.to_owned());
    }
    done.extend(each_claim());
    let excepted = EXCEPTIONS.iter().map(|(member, _)| (*member).to_owned());
    done.extend(excepted);
    let missing: Vec<String> = members().difference(&done).cloned().collect();
    assert!(missing.is_empty(), "members without a case: {missing:?}");
    let gone: Vec<String> = done.difference(&members()).cloned().collect();
    assert!(gone.is_empty(), "cases without a member: {gone:?}");
    writeln!(stderr(), "{} members of the policy, {} excepted", done.len(), EXCEPTIONS.len()).unwrap();
}

/// Every claim of the certificate: its value is accepted, another one is not.
fn each_claim() -> Vec<String> {
    let given = &all()["good-keyless-v2"];
    let outcome = verify(&given.request, &mut RootMemo::default()).expect("a call that is right");
    let Some(Signer::Certificate(certificate)) = outcome.report.signer else { panic!("no certificate") };
    let claims: Vec<String> = members().into_iter().filter(|member| member.starts_with("claims.")).collect();
    for claim in &claims {
        let name = claim.trim_start_matches("claims.");
        let value = certificate.claims.get(name).unwrap_or_else(|| panic!("no claim {name}"));
        let pointer = format!("/signers/certificate/claims/{name}");
        assert_eq!(judge(&under(given, &[(&pointer, &text(value))])), Ok(()), "{name}");
        assert!(judge(&under(given, &[(&pointer, &text(&format!("{value}x")))])).is_err(), "{name}");
        assert!(judge(&under(given, &[(&pointer, r#"{"absent":true}"#)])).is_err(), "{name}");
    }
    claims
}

/// `object.member` of every member of the tables that is no object itself.
fn members() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<&'static ObjectShape> = vec![&POLICY];
    while let Some(object) = open.pop() {
        if !seen.insert(object.name) {
            continue;
        }
        for member in object.members {
            let below = objects(member.shape);
            let is_leaf = matches!(object.name, "certificateLeaf" | "keyLeaf");
            if !matches!(member.shape, Shape::Object(_)) && !is_leaf {
                found.insert(format!("{}.{}", object.name, member.name));
            }
            open.extend(below);
        }
    }
    found
}

fn objects(shape: Shape) -> Vec<&'static ObjectShape> {
    match shape {
        Shape::Choice(choice) | Shape::Union(choice) => {
            choice.of.iter().flat_map(|shape| objects(*shape)).collect()
        }
        Shape::List { of, .. } | Shape::Map { of, .. } => objects(*of),
        Shape::Object(object) => vec![object],
        Shape::Scalar(_) => Vec::new(),
    }
}
