//! Bounds of a request, and the choice among several trusted roots.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "bends the project's own requests with an independent reader"
)]

use std::collections::BTreeMap;

use cretula_crypto::{HashAlgorithm, RustCrypto};
use cretula_encoding::base64;
use cretula_verify::{RootMemo, Verifier, documents::parse_request, portable};
use serde_json::{Value, json};

/// Requests of the cases by name.
fn requests() -> BTreeMap<String, Value> {
    let cases = cretula_cases::checks().unwrap();
    cases.iter().map(|case| (case.name.clone(), serde_json::from_slice(&case.request).unwrap())).collect()
}

fn reply(request: &Value) -> Value {
    let reply = portable::verify(&serde_json::to_vec(request).unwrap(), &mut RootMemo::default());
    serde_json::from_slice(&reply).unwrap()
}

#[test]
fn of_several_roots_the_one_that_verifies_or_came_furthest_is_reported() {
    let requests = requests();
    let root = |name: &str| requests[name]["trust"]["roots"][0].clone();
    // Code or verdict, and which of the roots the report is about.
    let outcome = |names: &[&'static str]| {
        let mut request = requests["good-keyless-v2"].clone();
        request["trust"]["roots"] = names.iter().map(|name| root(name)).collect();
        let report = reply(&request);
        let sha256 = |name: &&&str| {
            let bytes = base64::decode(root(name).as_str().unwrap()).unwrap();
            report["inputs"]["trustedRoot"] == HashAlgorithm::Sha256.digest(&[&bytes]).to_hex()
        };
        let found = names.iter().find(sha256).copied().unwrap();
        (report.get("code").unwrap_or(&report["verdict"]).as_str().unwrap().to_owned(), found)
    };
    let (early, late, as_late, good) = ("r09-no-ca", "r07-tree-hash", "r05-unknown", "good-keyless-v2");
    let refused = (String::from("log-inclusion/threshold"), late);
    assert_eq!(outcome(&[early]), ("trusted-root/no-ca".into(), early));
    assert_eq!(outcome(&[early, late]), refused);
    assert_eq!(outcome(&[late, early]), refused);
    assert_eq!(outcome(&[late, as_late]), refused, "the first of equals");
    assert_eq!(outcome(&[as_late, late]).1, as_late, "the first of equals");
    assert_eq!(outcome(&[early, late, good]), ("verified".into(), good));
    assert_eq!(outcome(&[good, early]), ("verified".into(), good));
}

#[test]
fn lists_are_bounded_where_they_stand() {
    let requests = requests();
    let failure = |edit: &dyn Fn(&mut Value)| {
        let mut request = requests["good-managed-p256-v2"].clone();
        edit(&mut request);
        let reply = reply(&request);
        let text = |pointer: &str| reply.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        (text("/error/code"), text("/error/path"))
    };
    let at = |code: &str, path: &str| (Some(code.to_owned()), Some(path.to_owned()));
    let repeat = |request: &mut Value, pointer: &str, count: usize| {
        let list = request.pointer_mut(pointer).unwrap();
        *list = Value::Array(vec![list[0].clone(); count]);
    };
    for (pointer, limit) in
        [("/trust/roots", "trusted-roots"), ("/trust/keys", "managed-keys"), ("/artifacts", "artifacts")]
    {
        let with = |count: usize, most: usize| {
            failure(&|request| {
                repeat(request, pointer, count);
                request["options"] = json!({"limits": {limit: most}});
            })
        };
        assert_eq!(with(3, 2), at(&format!("limits/{limit}"), pointer));
        assert_eq!(with(2, 2).1, None, "{pointer}");
        assert_eq!(failure(&|request| repeat(request, pointer, 0)), at("input/type", pointer));
    }
}

/// The typed interface has no reader of documents before it.
#[test]
fn typed_requests_are_bounded_as_well() {
    let document = serde_json::to_vec(&requests()["good-managed-p256-v2"]).unwrap();
    let (mut request, _) = parse_request(&document).unwrap();
    let mut roots = RootMemo::default();
    let mut code = |request: &_| {
        let outcome = Verifier::new(&RustCrypto, &mut roots).verify(request);
        outcome.map(|_| ()).map_err(|failure| failure.code)
    };
    request.options.limits.trusted_roots = 2;
    request.roots = vec![request.roots[0].clone(); 2];
    assert_eq!(code(&request), Ok(()));
    request.roots.push(request.roots[0].clone());
    assert_eq!(code(&request), Err("limits/trusted-roots"));
}

#[test]
fn a_document_of_48_mib_is_read() {
    let mut document = vec![b' '; 48 << 20];
    let code = |document: &[u8]| parse_request(document).map(|_| ()).unwrap_err().code;
    assert_ne!(code(&document), "input/too-large");
    document.push(b' ');
    assert_eq!(code(&document), "input/too-large");
}

#[test]
fn artifacts_are_bounded_by_their_bytes() {
    let requests = requests();
    let path = |texts: &[&str]| {
        let mut request = requests["good-managed-p256-v2"].clone();
        let bytes = texts.iter().map(|text| json!({"bytes": base64::encode(text.as_bytes())}));
        request["artifacts"] = bytes.collect();
        request["options"] = json!({"limits": {"artifact-bytes": 4}});
        let reply = reply(&request);
        assert!(reply.get("error").is_none_or(|error| error["code"] == "limits/artifact-bytes"));
        reply.pointer("/error/path").cloned()
    };
    assert_eq!(path(&["a"]), None);
    assert_eq!(path(&["abcd"]), None);
    assert_eq!(path(&["abcde"]), Some("/artifacts/0".into()));
    assert_eq!(path(&["ab", "cd"]), None);
    assert_eq!(path(&["ab", "cde"]), Some("/artifacts/1".into()));
}

#[test]
fn each_fault_of_a_document_has_its_code_and_place() {
    let requests = requests();
    let failure = |pointer: &str, name: &str, value: Option<Value>| {
        let mut request = requests["good-managed-p256-v2"].clone();
        let object = request.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => object.insert(name.into(), value),
            None => object.remove(name),
        };
        let error = reply(&request)["error"].clone();
        ["code", "path", "detail"].map(|name| error[name].as_str().unwrap_or_default().to_owned())
    };
    for (pointer, name, value, expected) in [
        ("", "bundle", None, ["input/missing", "/bundle", "this member is required"]),
        ("", "bundle", Some(json!(1)), ["input/type", "/bundle", "base64 string"]),
        (
            "",
            "bundle",
            Some(json!("e30")),
            ["input/base64", "/bundle", "expected canonical padded standard base64"],
        ),
        ("", "x", Some(json!(1)), ["input/unknown-member", "/x", "this document has no such member"]),
        (
            "/trust/keys/0",
            "x",
            Some(json!(1)),
            ["input/unknown-member", "/trust/keys/0/x", "this document has no such member"],
        ),
    ] {
        assert_eq!(failure(pointer, name, value), expected.map(String::from), "{pointer} {name}");
    }
}

#[test]
fn a_report_is_full_where_nothing_else_is_demanded() {
    let mut request = requests()["good-managed-p256-v2"].clone();
    let silent = reply(&request);
    request["options"] = json!({"report": "full"});
    assert_eq!(reply(&request), silent);
    request["options"] = json!({"report": "short"});
    assert_ne!(reply(&request), silent);
}
