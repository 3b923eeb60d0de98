//! The request as a document: conventions, members, and limits at the value and one above.

use crate::support::{SHA256, build, github, gitlab, now, parse, run, set};
use cretula_attest::{ControlPlaneFacts, Job, Limits, Request, TenantClaims, build_statement, parse_request};
use serde_json::{Value, json};

fn code(text: &[u8]) -> &'static str {
    parse_request(text).map_or_else(|error| error.code(), |_| "")
}

#[test]
fn documents() {
    let good = serde_json::to_string(&github()).unwrap();
    assert_eq!(code(good.as_bytes()), "");
    assert_eq!(code(format!("{good}x").as_bytes()), "input/syntax");
    assert_eq!(code(&good.as_bytes()[..good.len() - 1]), "input/syntax");
    assert_eq!(code(b""), "input/syntax");
    assert_eq!(code(good.replacen('{', r#"{"schema":"x","#, 1).as_bytes()), "input/duplicate-key");
    assert_eq!(code(good.replace("prod", r"\ud800").as_bytes()), "input/utf8");
    let mut bytes = good.clone().into_bytes();
    let position = good.find("prod").unwrap();
    bytes[position] = 0xff;
    assert_eq!(code(&bytes), "input/utf8");
    assert_eq!(code(b"[]"), "input/type");
    // `facts`, `event`, `inputs` and `flavor` are levels of their own.
    let nested = |depth: usize| {
        let list = "[".repeat(depth - 4) + &"]".repeat(depth - 4);
        code(good.replace("\"prod\"", &list).as_bytes())
    };
    assert_eq!(nested(32), "");
    assert_eq!(nested(33), "input/depth");
}

#[test]
fn members() {
    run(&[
        ("input/unknown-member", github, &[("/x", "1")]),
        ("input/unknown-member", github, &[("/facts/x", "1")]),
        ("input/unknown-member", github, &[("/facts/event/x", "1")]),
        ("input/unknown-member", github, &[("/facts/moduleDigest/sha512", r#""00""#)]),
        ("input/unknown-member", github, &[("/predicate/content", "{}")]),
        ("input/missing", github, &[("/schema", "")]),
        ("input/missing", github, &[("/entropy", "")]),
        ("input/missing", github, &[("/trust", "")]),
        ("input/missing", github, &[("/facts", "")]),
        ("input/missing", github, &[("/facts/claims", "")]),
        ("input/missing", github, &[("/facts/record", "")]),
        ("input/missing", github, &[("/facts/event", "")]),
        ("input/missing", github, &[("/facts/moduleDigest", "")]),
        ("input/missing", github, &[("/tenant/declared", "")]),
        ("input/missing", github, &[("/predicate/kind", "")]),
        ("input/type", github, &[("/schema", r#""cretula/attest-request/v2""#)]),
        ("input/type", github, &[("/entropy", r#""AAAA""#)]),
        ("input/base64", github, &[("/entropy", r#""AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA""#)]),
        ("input/base64", github, &[("/entropy", r#""AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=""#)]),
        ("input/type", github, &[("/facts/origin", r#""token""#)]),
        ("input/type", github, &[("/facts/moduleDigest/sha256", r#""00""#)]),
        ("input/type", github, &[("/facts/record/maskedValueDigests", r#"["00"]"#)]),
        ("input/type", github, &[("/facts/record/subjectsVerified", "1")]),
        ("", github, &[("/facts/record/subjectsVerified", "true")]),
        ("input/type", github, &[("/predicate/kind", r#""provenance2""#)]),
        ("input/number", github, &[("/deadline", "1.5")]),
        ("input/number", github, &[("/deadline", "-1")]),
        ("input/number", github, &[("/deadline", "9007199254740992")]),
        ("", github, &[("/deadline", "9007199254740991")]),
        ("input/type", github, &[("/config/issuers/0/server", r#""https://github.com/""#)]),
        (
            "input/number",
            gitlab,
            &[("/facts/record/variables/A", "1.5"), ("/facts/event/inputs", r#"{"a":1.5}"#)],
        ),
    ]);
}

#[test]
fn limits_and_one_above() {
    let limit = |code: &str, make: &dyn Fn(usize) -> Value, at: usize| {
        let found = |count| build(&make(count)).map_or_else(|error| error.code(), |_| "").to_owned();
        assert_eq!((found(at), found(at + 1)), (String::new(), code.to_owned()));
    };
    let with = |pointer: &'static str, value: Value| {
        let mut request = github();
        set(&mut request, pointer, &value.to_string());
        request
    };
    let subjects = |count: usize| -> Value {
        (0..count).map(|index| json!({"name": index.to_string(), "digest": {"sha256": SHA256}})).collect()
    };
    limit("limits/subjects", &|count| with("/tenant/subjects", subjects(count)), 1024);
    limit(
        "limits/subject-name-bytes",
        &|count| with("/tenant/subjects/0/name", json!("n".repeat(count))),
        1024,
    );
    let dependencies =
        |count: usize| -> Value { (0..count).map(|index| json!({"uri": format!("u:{index}")})).collect() };
    // One entry is the source.
    limit(
        "limits/resolved-dependencies",
        &|count| with("/tenant/resolvedDependencies", dependencies(count)),
        4095,
    );
    limit("limits/resolved-dependencies", &|count| with("/tenant/byproducts", dependencies(count)), 4096);
    let vars = |count: usize| -> Value {
        (0..count).map(|index| (format!("V{index}"), json!("x"))).collect::<serde_json::Map<_, _>>().into()
    };
    // Workflow with three names, inputs with one, vars; and internally github with four.
    limit("limits/parameters", &|count| with("/facts/event/vars", vars(count)), 1024 - 12);
    limit(
        "limits/parameter-name-bytes",
        &|count| with("/facts/event/vars", json!({"V".repeat(count): "x"})),
        256,
    );
    limit(
        "limits/parameter-value-bytes",
        &|count| with("/facts/event/vars", json!({"V": "x".repeat(count)})),
        65_536,
    );
    let trust = |count: usize| json!({"x": "y".repeat(count - 8)});
    limit("limits/config-bytes", &|count| with("/trust", trust(count)), 1 << 20);
    let claims = |count: usize| {
        let mut request = github();
        let length = request["facts"]["claims"].to_string().len();
        request["facts"]["claims"]["groups_direct"] =
            json!("x".repeat(count - length - r#","groups_direct":"""#.len()));
        request
    };
    limit("limits/claims-bytes", &claims, 65_536);
}

#[test]
fn digests_per_subject() {
    let mut request = github();
    let limits = Limits { digests_per_subject: 2, ..Limits::default() };
    let found = |request: &Value| {
        let text = serde_json::to_vec(request).unwrap();
        cretula_attest::parse_request_within(&text, &limits).map_or_else(|error| error.code(), |_| "")
    };
    set(&mut request, "/tenant/subjects/0/digest/sha384", &json!("0".repeat(96)).to_string());
    assert_eq!(found(&request), "");
    set(&mut request, "/tenant/subjects/0/digest/sha512", &json!("0".repeat(128)).to_string());
    assert_eq!(found(&request), "limits/digests-per-subject");
    let digests: Value =
        (0..17).map(|index| (index.to_string(), json!("00"))).collect::<serde_json::Map<_, _>>().into();
    set(&mut request, "/tenant/subjects/0/digest", &digests.to_string());
    assert_eq!(code(&serde_json::to_vec(&request).unwrap()), "limits/digests-per-subject");
}

#[test]
fn a_request_from_its_parts_is_the_same() {
    let mut whole = gitlab();
    let limits = Limits::default();
    let expected = build(&whole).unwrap();
    let facts = ControlPlaneFacts::parse(whole["facts"].to_string().as_bytes(), &limits).unwrap();
    let tenant = TenantClaims::parse(whole["tenant"].to_string().as_bytes(), &limits).unwrap();
    for member in ["/schema", "/facts", "/tenant"] {
        set(&mut whole, member, "");
    }
    let job = Job::parse(whole.to_string().as_bytes(), &limits).unwrap();
    assert_eq!((job.mode(), job.deadline(), job.entropy().as_bytes()), ("m", None, &[0; 32]));
    assert!(job.trust().starts_with(b"{"));
    assert_eq!(build_statement(&Request::new(facts, tenant, job), now()), Ok(expected));
    set(&mut whole, "/x", "1");
    assert_eq!(
        Job::parse(whole.to_string().as_bytes(), &limits).map_err(|error| error.code()).err(),
        Some("input/unknown-member")
    );
}

#[test]
fn who_computed_the_digests() {
    let mut request = github();
    assert!(!parse(&request).unwrap().facts().subjects_verified());
    set(&mut request, "/facts/record/subjectsVerified", "true");
    assert!(parse(&request).unwrap().facts().subjects_verified());
}

#[test]
fn requests_are_shown_without_what_they_hold() {
    let mut request = gitlab();
    set(&mut request, "/facts/record/variables/FLAVOR", r#""canary""#);
    assert!(!format!("{:?}", parse(&request).unwrap()).contains("canary"));
}
