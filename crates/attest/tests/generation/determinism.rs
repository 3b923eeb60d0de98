//! The same request gives the same bytes, in whatever order its members and sets stand.

use crate::support::{github, gitlab, now, set};
use cretula_attest::{build_statement, parse_request};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use serde_json::Value;

/// Writes a document with the members of every object in an order that follows from a seed, and with white space.
fn shuffled(value: &Value, seed: &mut u64) -> String {
    match value {
        Value::Object(members) => {
            let mut written: Vec<_> = members
                .iter()
                .map(|(name, value)| {
                    (next(seed), format!("{} : {}", Value::from(name.as_str()), shuffled(value, seed)))
                })
                .collect();
            written.sort();
            let texts: Vec<_> = written.into_iter().map(|(_, text)| text).collect();
            format!("{{ {} }}", texts.join(" ,\n"))
        }
        Value::Array(elements) => {
            let texts: Vec<_> = elements.iter().map(|element| shuffled(element, seed)).collect();
            format!("[ {} ]", texts.join(" , "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// xorshift64.
fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

fn payload(text: &str) -> Vec<u8> {
    build_statement(&parse_request(text.as_bytes()).unwrap(), now()).unwrap().payload().to_vec()
}

fn full() -> Value {
    let mut request = gitlab();
    set(
        &mut request,
        "/tenant/resolvedDependencies",
        r#"[{"uri":"u:b","annotations":{"y":1,"x":{"b":[],"a":2}}},{"uri":"u:a"},{"name":"n","content":"AA=="}]"#,
    );
    set(&mut request, "/facts/record/variables", r#"{"B":"1","A":"2","é":"3","😀":"4","ﬁ":"5"}"#);
    request
}

proptest! {
    #![proptest_config(Config { cases: 64, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() })]

    #[test]
    fn order_of_members_changes_nothing(seed in 1_u64..) {
        for request in [full(), github()] {
            let expected = payload(&request.to_string());
            prop_assert_eq!(payload(&shuffled(&request, &mut { seed })), expected);
        }
    }
}

#[test]
fn order_of_sets_changes_nothing() {
    let mut request = full();
    let digest = |digit: &str| format!(r#"{{"sha256":"{}"}}"#, digit.repeat(64));
    let entries = [
        format!(r#"{{"name":"b","digest":{}}}"#, digest("0")),
        format!(r#"{{"name":"a","digest":{}}}"#, digest("1")),
        format!(r#"{{"digest":{}}}"#, digest("3")),
        format!(r#"{{"digest":{}}}"#, digest("2")),
        format!(r#"{{"name":"c","digest":{}}}"#, digest("0")),
    ];
    set(&mut request, "/tenant/subjects", &format!("[{}]", entries.join(",")));
    let expected = payload(&request.to_string());
    let statement: Value = serde_json::from_slice(&expected).unwrap();
    let names: Vec<_> =
        statement["subject"].as_array().unwrap().iter().map(|subject| subject["name"].as_str()).collect();
    assert_eq!(names, [None, None, Some("a"), Some("b"), Some("c")]);
    assert!(statement["subject"][0]["digest"]["sha256"].as_str().unwrap().starts_with('2'));
    let mut seed = 7;
    for _ in 0..1000 {
        for pointer in ["/tenant/subjects", "/tenant/resolvedDependencies"] {
            let list = request.pointer_mut(pointer).unwrap().as_array_mut().unwrap();
            for index in (1..list.len()).rev() {
                let other = usize::try_from(next(&mut seed) % 1_000_000).unwrap() % (index + 1);
                list.swap(index, other);
            }
        }
        assert_eq!(payload(&request.to_string()), expected);
    }
}

#[test]
fn only_a_summary_knows_the_time() {
    let request = parse_request(github().to_string().as_bytes()).unwrap();
    let later = cretula_encoding::time::Time::from_secs(2_000_000_000).unwrap();
    assert_eq!(build_statement(&request, now()), build_statement(&request, later));
}
