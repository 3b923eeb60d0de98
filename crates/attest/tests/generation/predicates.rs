//! Typed, checked and raw predicates: the minimal one of each kind, and what each refuses.

use crate::support::{
    COMMIT, SHA256, build, generic, github, gitlab_compat, now, other, predicate, run, set,
};
use cretula_attest::{Kind, Limits, build_statement, parse_request_within};
use cretula_encoding::base64;
use serde_json::{Value, json};

/// Minimal predicates of typed kinds, in canonical form.
const TYPED: [(&str, &str); 7] = [
    (
        "vulns",
        r#"{"metadata":{"scanFinishedOn":"2026-08-22T10:05:00Z","scanStartedOn":"2026-08-22T10:00:00Z"},"scanner":{"db":{"lastUpdate":"2026-08-22T00:00:00Z"},"result":[],"uri":"pkg:generic/scanner@1"}}"#,
    ),
    (
        "test-result",
        r#"{"configuration":[{"digest":{"gitBlob":"0123456789abcdef0123456789abcdef01234567"},"name":"ci.yml"}],"passedTests":["unit"],"result":"PASSED"}"#,
    ),
    ("release", r#"{"packageId":"4711","purl":"pkg:npm/app@1.2.3"}"#),
    ("scai", r#"{"attributes":[{"attribute":"STACK_PROTECTION"}]}"#),
    (
        "svr",
        r#"{"properties":["ORG_REVIEWED"],"timeCreated":"2026-08-22T10:00:00Z","verifier":{"id":"https://ci.example/verifier/v1"}}"#,
    ),
    ("cosign-sign", "{}"),
    (
        "ai",
        r#"{"evidence":[{"digest":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},"uri":"https://ci.example/ai/9002"}],"models":[{"name":"model-x","version":"5"}],"scope":"assisted","tools":[{"name":"editor-agent","version":"1.4"}]}"#,
    ),
];

/// Minimal documents of formats whose bytes are kept.
const RAW: [(&str, &str); 3] = [
    (
        "spdx",
        r#"{"SPDXID":"SPDXRef-DOCUMENT","creationInfo":{"created":"2026-08-22T10:00:00Z","creators":["Tool: x"]},"dataLicense":"CC0-1.0","documentNamespace":"https://sbom.example/1","name":"app","spdxVersion":"SPDX-2.3"}"#,
    ),
    ("spdx3", r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]}"#),
    ("cyclonedx", r#"{"bomFormat":"CycloneDX","components":[],"specVersion":"1.6","version":1}"#),
];

fn typed(kind: &str, content: &str) -> Value {
    other(kind, json!({"kind": kind, "content": serde_json::from_str::<Value>(content).unwrap()}))
}

fn raw(kind: &str, content: &str) -> Value {
    other(kind, json!({"kind": kind, "content": base64::encode(content.as_bytes())}))
}

fn code(request: &Value) -> &'static str {
    build(request).map_or_else(|error| error.code(), |_| "")
}

fn payload(request: &Value) -> String {
    String::from_utf8(build(request).unwrap().payload().to_vec()).unwrap()
}

#[test]
fn minimal_predicates() {
    for (kind, content) in TYPED {
        let uri = Kind::from_name(kind).unwrap().predicate_type().unwrap();
        let expected = format!(r#""predicate":{content},"predicateType":"{uri}","subject":"#);
        assert!(payload(&typed(kind, content)).contains(&expected), "{kind}");
    }
    for (kind, content) in RAW {
        let uri = Kind::from_name(kind).unwrap().predicate_type().unwrap();
        let expected = format!(r#""predicate":{content},"predicateType":"{uri}","subject":"#);
        assert!(payload(&raw(kind, content)).contains(&expected), "{kind}");
    }
}

#[test]
fn typed_predicates_are_written_without_empty_members() {
    let content =
        r#"{"verifier":{"policies":[],"id":"u:v"},"timeCreated":"2026-08-22T10:00:00.250Z","properties":[]}"#;
    assert_eq!(
        predicate(&typed("svr", content)),
        json!({"properties": [], "timeCreated": "2026-08-22T10:00:00.25Z", "verifier": {"id": "u:v"}})
    );
}

#[test]
fn bytes_are_kept() {
    let content = " {\"bomFormat\" : \"CycloneDX\", \"specVersion\":\"1.5\",\"x\":1.50, \"\\u0061\":[1e3]}\n";
    let written = payload(&raw("cyclonedx", content));
    assert!(written.contains(&format!(r#""predicate":{},"predicateType""#, content.trim())));
    let mut request = raw("cyclonedx", content);
    set(&mut request, "/predicate/type", r#""https://cyclonedx.org/bom/v1.5""#);
    set(&mut request, "/config/modes/m/predicates", r#"["https://cyclonedx.org/bom/v1.5"]"#);
    assert!(payload(&request).contains(r#""predicateType":"https://cyclonedx.org/bom/v1.5""#));
    set(&mut request, "/predicate/type", r#""https://cyclonedx.org/bom/v1.6""#);
    set(&mut request, "/config/modes/m/predicates", r#"["cyclonedx"]"#);
    assert_eq!(code(&request), "predicate/field");
}

#[test]
fn fields_of_typed_predicates() {
    for (kind, edits, expected) in [
        ("vulns", ("/scanner/uri", ""), "predicate/field"),
        ("vulns", ("/scanner/db/lastUpdate", ""), "predicate/field"),
        ("vulns", ("/scanner/result", ""), "predicate/field"),
        ("vulns", ("/scanner/result/-", r#"{"id":"CVE-1","severity":[{"method":"cvss","score":"9"}]}"#), ""),
        (
            "vulns",
            ("/scanner/result/-", r#"{"id":"CVE-1","severity":[{"method":"cvss"}]}"#),
            "predicate/field",
        ),
        ("vulns", ("/scanner/result/-", r#"{"severity":[]}"#), "predicate/field"),
        ("vulns", ("/metadata/scanStartedOn", ""), "predicate/field"),
        ("vulns", ("/metadata/scanStartedOn", r#""2026-08-22T10:00:00+01:00""#), "time/format"),
        ("vulns", ("/scanner/db/lastUpdate", r#""yesterday""#), "time/format"),
        ("vulns", ("/metadata/scanFinishedOn", r#""2026-08-22T09:00:00Z""#), "time/order"),
        ("vulns", ("/x", "1"), "predicate/field"),
        ("test-result", ("/result", r#""OK""#), "predicate/field"),
        ("test-result", ("/configuration", ""), "predicate/field"),
        ("test-result", ("/configuration/0/digest", r#"{"gitBlob":"00"}"#), "predicate/field"),
        ("test-result", ("/failedTests", r#"["e2e"]"#), "predicate/field"),
        ("test-result", ("/failedTests", "[]"), ""),
        ("test-result", ("/warnedTests", r#"["e2e"]"#), ""),
        ("release", ("/purl", ""), "predicate/field"),
        ("release", ("/purl", r#""pkg:npm/app""#), "predicate/field"),
        ("release", ("/purl", r#""pkg:npm/%40scope/app@1?x=y@z""#), ""),
        ("release", ("/purl", r#""pkg:npm/@1""#), "predicate/field"),
        ("release", ("/purl", r#""PKG:npm/app@1""#), "predicate/field"),
        ("scai", ("/attributes", "[]"), "predicate/field"),
        ("scai", ("/attributes/0/attribute", ""), "predicate/field"),
        ("scai", ("/attributes/0/conditions", r#"{"flags":"-fstack-protector*"}"#), ""),
        ("scai", ("/attributes/0/evidence", r#"{"name":"x"}"#), "predicate/field"),
        ("scai", ("/producer", r#"{"uri":"u:p"}"#), ""),
        ("scai", ("/producer", r#"{"uri":1}"#), "input/type"),
        ("svr", ("/verifier/id", r#""x""#), "predicate/field"),
        ("svr", ("/timeCreated", r#""2026-08-22""#), "time/format"),
        ("svr", ("/properties", ""), "predicate/field"),
        ("svr", ("/verifier/policies", r#"[{"name":"x"}]"#), "predicate/field"),
        ("cosign-sign", ("/x", "1"), "predicate/field"),
        ("ai", ("/scope", r#""all""#), "predicate/field"),
        ("ai", ("/scope", ""), "predicate/field"),
        ("ai", ("/prompt", r#""x""#), "predicate/field"),
        ("ai", ("/tools/0/name", ""), "predicate/field"),
        ("ai", ("/tools/0/digest", r#"{"sha256":"00"}"#), "predicate/field"),
        ("ai", ("/evidence/0", r#"{"name":"x"}"#), "predicate/field"),
    ] {
        let content = TYPED.iter().find(|(name, _)| *name == kind).unwrap().1;
        let mut request = typed(kind, content);
        set(&mut request, &format!("/predicate/content{}", edits.0), edits.1);
        assert_eq!(code(&request), expected, "{kind} {edits:?}");
    }
}

#[test]
fn members_of_formats() {
    for (kind, wrong, expected) in [
        ("spdx", r#"{"SPDXID":"x","creationInfo":{},"spdxVersion":"SPDX-2.2"}"#, ""),
        ("spdx", r#"{"SPDXID":"x","creationInfo":{},"spdxVersion":"SPDX-3.0"}"#, "predicate/field"),
        ("spdx", r#"{"SPDXID":"x","creationInfo":[],"spdxVersion":"SPDX-2.2"}"#, "predicate/field"),
        ("spdx", r#"{"creationInfo":{},"spdxVersion":"SPDX-2.2"}"#, "predicate/field"),
        ("spdx3", r#"{"@graph":[]}"#, "predicate/field"),
        ("spdx3", r#"{"@context":"x","@graph":{}}"#, "predicate/field"),
        ("cyclonedx", r#"{"bomFormat":"cyclonedx","specVersion":"1.6"}"#, "predicate/field"),
        ("cyclonedx", r#"{"bomFormat":"CycloneDX"}"#, "predicate/field"),
        ("cyclonedx", r#"["bomFormat"]"#, "predicate/field"),
        (
            "cyclonedx",
            r#"{"bomFormat":"CycloneDX","specVersion":"1.6","specVersion":"1.6"}"#,
            "input/duplicate-key",
        ),
        ("cyclonedx", "{", "input/syntax"),
    ] {
        assert_eq!(code(&raw(kind, wrong)), expected, "{kind} {wrong}");
    }
}

#[test]
fn raw_predicates() {
    let good = || other("raw", json!({"kind": "raw", "type": "https://x.example/p/v1", "content": "e30="}));
    run(&[
        ("predicate/type", good, &[("/predicate/type", r#""x""#)]),
        ("predicate/type", good, &[("/predicate/type", r#""https://SLSA.dev/provenance/v1""#)]),
        ("predicate/reserved", good, &[("/predicate/type", r#""https://slsa.dev/provenance/v1""#)]),
        ("", good, &[("/predicate/type", r#""https://in-toto.io/attestation/link/v0.3""#)]),
        ("input/base64", good, &[("/predicate/content", r#""e30""#)]),
        ("predicate/field", good, &[("/predicate/content", r#""W10=""#)]),
        ("input/utf8", good, &[("/predicate/content", r#""/w==""#)]),
        ("input/missing", good, &[("/predicate/type", "")]),
    ]);
}

#[test]
fn depth_counts_from_the_statement() {
    let nested = |depth: usize| {
        let content = format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        code(&other(
            "raw",
            json!({"kind": "raw", "type": "u:x", "content": base64::encode(content.as_bytes())}),
        ))
    };
    assert_eq!(nested(63), "");
    assert_eq!(nested(64), "limits/predicate-depth");
}

#[test]
fn statement_bytes() {
    let request = other("raw", json!({"kind": "raw", "type": "u:x", "content": "e30="}));
    let length = build(&request).unwrap().payload().len();
    let text = serde_json::to_vec(&request).unwrap();
    let within = |statement_bytes| {
        let limits = Limits { statement_bytes, ..Limits::default() };
        build_statement(&parse_request_within(&text, &limits).unwrap(), now()).map_err(|error| error.code())
    };
    assert!(within(length).is_ok());
    assert_eq!(within(length - 1).err(), Some("limits/statement-bytes"));
    let request =
        parse_request_within(&text, &Limits { statement_bytes: usize::MAX, ..Limits::default() }).unwrap();
    assert_eq!(request.limits().statement_bytes, Limits::STATEMENT_BYTES_CAP);
}

#[test]
fn ai_as_a_parameter_or_as_a_statement() {
    let ai = TYPED.iter().find(|(kind, _)| *kind == "ai").unwrap().1;
    let mut request = github();
    set(&mut request, "/config/modes/m/ai", r#""parameter""#);
    set(&mut request, "/tenant/declared/cretula_ai", ai);
    let definition = predicate(&request)["buildDefinition"].clone();
    assert_eq!(definition["externalParameters"]["cretula_ai"], serde_json::from_str::<Value>(ai).unwrap());
    assert_eq!(
        definition["internalParameters"]["cretula_origins"]["/externalParameters/cretula_ai"],
        "tenant"
    );
    set(&mut request, "/tenant/declared/cretula_ai/scope", r#""all""#);
    assert_eq!(code(&request), "predicate/field");
    // The other form of the mode, and types that never have it.
    let both: [fn() -> Value; 2] = [github, generic];
    for good in both {
        let mut request = good();
        set(&mut request, "/tenant/declared/cretula_ai", ai);
        assert_eq!(code(&request), "tenant/forbidden-field");
        set(&mut request, "/config/modes/m/ai", r#""parameter""#);
        assert_eq!(code(&request), "");
    }
    let neither: [fn() -> Value; 2] = [crate::support::github_actions, gitlab_compat];
    for good in neither {
        let mut request = good();
        set(&mut request, "/config/modes/m/ai", r#""parameter""#);
        set(&mut request, "/tenant/declared/cretula_ai", ai);
        assert_eq!(code(&request), "tenant/forbidden-field");
    }
    let mut request = typed("ai", ai);
    set(&mut request, "/config/modes/m/ai", r#""parameter""#);
    assert_eq!(code(&request), "mode/predicate-not-allowed");
}

#[test]
fn ai_bytes_and_one_above() {
    let with = |bytes: usize| {
        let empty = r#"{"models":[{"name":""}],"scope":"none"}"#.len();
        let name = "n".repeat(bytes - empty);
        code(&typed("ai", &format!(r#"{{"models":[{{"name":"{name}"}}],"scope":"none"}}"#)))
    };
    assert_eq!(with(16 << 10), "");
    assert_eq!(with((16 << 10) + 1), "predicate/field");
}

#[test]
fn a_test_result_may_be_about_a_commit() {
    let content = TYPED.iter().find(|(kind, _)| *kind == "test-result").unwrap().1;
    let mut request = typed("test-result", content);
    set(&mut request, "/tenant/subjects/0/digest", &json!({"gitCommit": COMMIT}).to_string());
    assert_eq!(code(&request), "");
    let mut request = typed("release", r#"{"purl":"pkg:npm/a@1"}"#);
    set(
        &mut request,
        "/tenant/subjects/0/digest",
        &json!({"gitCommit": COMMIT, "sha256": SHA256}).to_string(),
    );
    assert_eq!(code(&request), "subject/digest-algorithm");
}
