//! Every case through the verifier: verdict, code, stage, check.

use cretula_crypto::RustCrypto;
use cretula_testkit::{Case, Expected, cases, cases::limits_cases};
use cretula_verify::{RootMemo, Verifier};

/// How what a call came to differs from what was expected.
fn run(case: &Case, roots: &mut RootMemo) -> Result<(), String> {
    let request = case.inputs.to_request();
    let outcome = request.and_then(|request| Verifier::new(&RustCrypto, roots).verify(&request));
    let (found, why) = match &outcome {
        Ok(outcome) => match &outcome.verdict {
            Ok(_) => (Expected::Verified, String::new()),
            Err(refusal) => {
                (Expected::Refused { code: refusal.code, check: refusal.check }, refusal.to_string())
            }
        },
        Err(failure) => (Expected::Failed { code: failure.code }, failure.to_string()),
    };
    if found != case.expected {
        return Err(format!("{}: expected {:?}, found {found:?} {why}", case.name, case.expected));
    }
    if let (Some((check, code)), Ok(outcome)) = (case.noted, &outcome) {
        let rows = outcome.report.checks.rows();
        let in_row = rows.iter().any(|row| row.id == check && row.code == Some(code));
        if !in_row && !outcome.report.warnings.iter().any(|warning| warning.code == code) {
            return Err(format!("{}: no row of {check} and no warning with {code}", case.name));
        }
    }
    Ok(())
}

fn run_all(cases: &[Case], least: usize) {
    let mut roots = RootMemo::default();
    let wrong: Vec<String> = cases.iter().filter_map(|case| run(case, &mut roots).err()).collect();
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() >= least, "only {} cases", cases.len());
}

#[test]
fn every_case_comes_to_what_it_must() {
    run_all(&cases(), 800);
}

#[test]
fn every_limit_holds_at_its_value_and_not_above() {
    run_all(&limits_cases(), 60);
}
