//! The project's own cases, natively: verdict, code, stage and check of each.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "an independent reader for the project's own files and replies"
)]

use std::{fs, path::Path};

use cretula_cases::{Case, Expected};
use cretula_crypto::RustCrypto;
use cretula_verify::{Outcome, RootMemo, Verifier, documents::parse_request, portable};
use serde_json::Value;

/// How what a call came to differs from what was expected.
fn run(case: &Case, roots: &mut RootMemo) -> Result<(), String> {
    let outcome = parse_request(&case.request)
        .and_then(|(request, _)| Verifier::new(&RustCrypto, roots).verify(&request));
    let found = match &outcome {
        Ok(outcome) => found(outcome),
        Err(failure) => Expected::Failed { code: failure.code.into() },
    };
    if found != case.expected {
        return Err(format!("{}: expected {:?}, found {found:?}", case.name, case.expected));
    }
    match (&case.noted, &outcome) {
        (Some(noted), Ok(outcome)) if !notes(outcome, &noted.check, &noted.code) => {
            Err(format!("{}: no row of {} and no warning with {}", case.name, noted.check, noted.code))
        }
        _ => Ok(()),
    }
}

fn found(outcome: &Outcome) -> Expected {
    outcome.verdict.as_ref().map_or_else(
        |refusal| Expected::Refused {
            code: refusal.code.into(),
            stage: refusal.stage().area().into(),
            check: refusal.check.into(),
        },
        |_| Expected::Verified,
    )
}

fn notes(outcome: &Outcome, check: &str, code: &str) -> bool {
    let rows = outcome.report.checks.rows();
    rows.iter().any(|row| row.id == check && row.code == Some(code))
        || outcome.report.warnings.iter().any(|warning| warning.code == code)
}

#[test]
fn every_case_comes_to_what_it_must() {
    let cases = cretula_cases::checks().unwrap();
    let mut roots = RootMemo::default();
    let wrong: Vec<String> = cases.iter().filter_map(|case| run(case, &mut roots).err()).collect();
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() > 800, "only {} cases", cases.len());
}

/// Replies that a person has read: to every good bundle, and to one failing case of each check.
#[test]
fn replies_are_the_recorded_ones() {
    let mut roots = RootMemo::default();
    let mut compared = [0; 3];
    for case in cretula_cases::checks().unwrap() {
        if let Some(recorded) = recorded("full", &case) {
            assert_eq!(text(portable::verify(&case.request, &mut roots)), recorded, "{}", case.name);
            compared[0] += 1;
        }
        if let Some(recorded) = recorded("short", &case) {
            let mut request: Value = serde_json::from_slice(&case.request).unwrap();
            request["options"]["report"] = "short".into();
            let reply = portable::verify(&serde_json::to_vec(&request).unwrap(), &mut roots);
            assert_eq!(text(reply), recorded, "{}", case.name);
            compared[1] += 1;
        }
        if let Some(recorded) = recorded("inspected", &case) {
            let (request, _) = parse_request(&case.request).unwrap();
            assert_eq!(text(portable::inspect(&request.bundle)), recorded, "{}", case.name);
            compared[2] += 1;
        }
    }
    assert!(compared.iter().all(|count| *count > 40), "only {compared:?} replies");
}

fn recorded(folder: &str, case: &Case) -> Option<String> {
    let replies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/replies");
    let reply = fs::read_to_string(replies.join(folder).join(format!("{}.json", case.name))).ok()?;
    reply.strip_suffix('\n').map(str::to_owned)
}

fn text(reply: Vec<u8>) -> String {
    String::from_utf8_lossy(&reply).into_owned()
}
