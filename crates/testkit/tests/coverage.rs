//! Nothing is left without a case: checks, codes, limits.

use std::collections::{BTreeMap, BTreeSet};

use cretula_encoding::limits::ROWS;
use cretula_testkit::{Case, Expected, cases, cases::limits_cases};
use cretula_verify::tables::{CHECKS, CODES};

/// Codes that no call of the verifier gives: they belong to containers, documents of hosts, and remarks.
fn is_elsewhere(code: &str) -> bool {
    code.starts_with("input/") || code == "host/sandbox"
}

fn all() -> Vec<Case> {
    [cases(), limits_cases()].concat()
}

#[test]
fn names_are_unique_and_twins_are_good() {
    let cases = all();
    let names: BTreeMap<&str, &Case> = cases.iter().map(|case| (case.name.as_str(), case)).collect();
    assert_eq!(names.len(), cases.len());
    for case in &cases {
        match (&case.twin, case.expected) {
            (None, expected) => assert_eq!(expected, Expected::Verified, "{} has no twin", case.name),
            (Some(twin), _) => {
                let twin = names.get(twin.as_str()).unwrap_or_else(|| panic!("{} has no {twin}", case.name));
                assert_eq!(twin.expected, Expected::Verified, "{}", twin.name);
                assert_ne!(twin.inputs, case.inputs, "{} changes nothing", case.name);
            }
        }
    }
}

#[test]
fn every_check_has_a_case_that_fails_and_one_that_does_not() {
    let cases = all();
    let failing: BTreeSet<&str> =
        cases.iter().filter(|case| case.expected != Expected::Verified).map(|case| case.check).collect();
    let missing: Vec<&str> = CHECKS.iter().map(|check| check.id).filter(|id| !failing.contains(id)).collect();
    assert!(missing.is_empty(), "no case that fails for {missing:?}");
}

#[test]
fn every_code_is_given_by_a_case() {
    let mut given = BTreeSet::new();
    for case in all() {
        match case.expected {
            Expected::Refused { code, .. } | Expected::Failed { code } => {
                given.insert(code);
            }
            Expected::Verified => {}
        }
        given.extend(case.noted.map(|(_, code)| code));
    }
    let missing: Vec<&str> = CODES
        .iter()
        .map(|row| row.code)
        .filter(|code| !is_elsewhere(code) && !given.contains(code))
        .collect();
    assert!(missing.is_empty(), "no case gives {missing:?}");
    let unknown: Vec<&&str> =
        given.iter().filter(|code| !CODES.iter().any(|row| row.code == **code)).collect();
    assert!(unknown.is_empty(), "cases expect codes that do not exist: {unknown:?}");
}

#[test]
fn every_limit_has_a_case() {
    let names: Vec<String> = limits_cases().into_iter().map(|case| case.name).collect();
    // Of containers, which are read elsewhere.
    let elsewhere = ["container-items", "container-signature-total"];
    let missing: Vec<&str> = ROWS
        .iter()
        .map(|row| row.name)
        .filter(|name| {
            !elsewhere.contains(name) && !names.iter().any(|case| case.contains(&format!("limit-{name}")))
        })
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}
