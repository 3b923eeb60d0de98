//! Every case of the virtual Sigstore in every engine: expected verdict, code and check, and the same bytes.

use cretula::InstanceMode;
use cretula_cases::{Expected, checks};
use cretula_sandbox_tests::{ComponentEngine, CoreEngine, Engine, Native, ProcessEngine, announce, built};
use cretula_testkit::cases::limits_cases;

use super::Reply;

/// A request, and what it must come to: outcome, stage and check.
struct Case {
    name: String,
    request: Vec<u8>,
    expected: (String, Option<String>, Option<String>),
}

fn of_files() -> Vec<Case> {
    let cases = checks().unwrap().into_iter();
    let expected = |expected: Expected| match expected {
        Expected::Verified => ("verified".to_owned(), None, None),
        Expected::Refused { code, stage, check } => (code, Some(stage), Some(check)),
        Expected::Failed { code } => (code, None, None),
    };
    cases
        .map(|case| Case { name: case.name, request: case.request, expected: expected(case.expected) })
        .collect()
}

fn of_limits() -> Vec<Case> {
    let expected = |case: &cretula_testkit::Case| match case.expected {
        cretula_testkit::Expected::Verified => ("verified".to_owned(), None, None),
        cretula_testkit::Expected::Refused { code, check } => {
            (code.to_owned(), case.stage().map(|stage| stage.area().to_owned()), Some(check.to_owned()))
        }
        cretula_testkit::Expected::Failed { code } => (code.to_owned(), None, None),
    };
    let cases = limits_cases().into_iter();
    cases
        .map(|case| Case {
            expected: expected(&case),
            request: case.inputs.to_document(),
            name: case.name.clone(),
        })
        .collect()
}

/// The engines of this machine, the native one first.
fn engines() -> Vec<Box<dyn Engine>> {
    let mut engines: Vec<Box<dyn Engine>> = vec![
        Box::new(Native::default()),
        Box::new(ComponentEngine::new(InstanceMode::Fresh).unwrap()),
        Box::new(CoreEngine::new(&built("cretula.core.wasm").unwrap()).unwrap()),
    ];
    match ProcessEngine::node().unwrap() {
        Some(node) => engines.push(Box::new(node)),
        None => announce("SKIPPED: node is not installed; its replies were not compared"),
    }
    engines
}

/// Runs the cases in all engines; gives what is wrong.
fn compare(cases: &[Case], engines: &mut [Box<dyn Engine>]) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in cases {
        let mut first: Option<Vec<u8>> = None;
        for engine in engines.iter_mut() {
            let name = engine.name();
            let reply = match engine.verify(&case.request) {
                Ok(reply) => reply,
                Err(error) => {
                    wrong.push(format!("{} in {name}: {error:#}", case.name));
                    continue;
                }
            };
            match &first {
                Some(first) if *first == reply => {}
                Some(_) => wrong.push(format!("{} in {name}: another reply than natively", case.name)),
                None => {
                    let read = Reply::read(&reply);
                    let found = (read.outcome(), read.stage, read.check_id);
                    if found != case.expected {
                        wrong.push(format!("{}: expected {:?}, found {found:?}", case.name, case.expected));
                    }
                    first = Some(reply);
                }
            }
        }
    }
    wrong
}

/// On two threads, each with engines of its own.
fn compare_all(cases: &[Case], least: usize, of: &str) {
    let (left, right) = cases.split_at(cases.len() / 2);
    let (wrong, count) = std::thread::scope(|scope| {
        let run = |cases| {
            let mut engines = engines();
            (compare(cases, &mut engines), engines.len())
        };
        let other = scope.spawn(move || run(right));
        let (mut wrong, count) = run(left);
        wrong.extend(other.join().unwrap().0);
        (wrong, count)
    });
    announce(&format!("{} {of} had the expected outcome and equal replies in {count} engines", cases.len()));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases.len() >= least, "only {} cases", cases.len());
}

#[test]
fn every_case_of_every_check() {
    compare_all(&of_files(), 800, "cases of checks");
}

#[test]
fn every_limit_at_its_value_and_above() {
    compare_all(&of_limits(), 60, "cases of limits");
}
