//! Each promise against what ran.

use anyhow::{Result, bail};

use super::{
    name::{Name, matches},
    table::{Lane, Named, Row, Specification},
};
use crate::test::{Ending, Record, Test};

/// How a named test stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It ran and counted this many.
    Passed(u64),
    /// It ran, but said that it skipped a part, or only its counted zero.
    Skipped(String),
    /// It failed.
    Failed(String),
    /// It is not among what ran.
    Missing(String),
    /// Its lane was not run.
    NotInThisLane,
}

/// How a promise stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// Every test of it that ran passed.
    Met,
    /// It is marked so.
    Pending,
    /// It is marked as pending, and yet all of its tests passed.
    PendingButPassed,
    /// A test of it was skipped, in part or whole.
    Skipped,
    /// No lane of its tests was run.
    NotInThisLane,
    /// A test of it is missing or failed.
    Broken,
}

/// A promise and its tests.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) row: Row,
    pub(super) status: Status,
    pub(super) tests: Vec<(Named, Standing)>,
}

/// All promises, in the order of the file.
#[derive(Debug)]
pub(super) struct Verdicts(pub(super) Vec<Verdict>);

impl Verdicts {
    pub(super) fn of(specification: &Specification, record: &Record) -> Self {
        Self(specification.rows.iter().map(|row| Verdict::of(row, record)).collect())
    }

    pub(super) fn count(&self, status: Status) -> usize {
        self.0.iter().filter(|verdict| verdict.status == status).count()
    }

    /// An error if a promise is broken.
    pub(super) fn into_result(self, require_all: bool) -> Result<()> {
        let broken = |verdict: &&Verdict| {
            verdict.status == Status::Broken || (require_all && verdict.status == Status::Skipped)
        };
        let ids: Vec<&str> = self.0.iter().filter(broken).map(|verdict| verdict.row.id.as_str()).collect();
        if !ids.is_empty() {
            bail!("promises not met and not marked *pending* in SPECIFICATION.md: {}", ids.join(", "));
        }
        Ok(())
    }
}

impl Verdict {
    fn of(row: &Row, record: &Record) -> Self {
        let tests: Vec<(Named, Standing)> =
            row.tests.iter().map(|test| (test.clone(), standing(test, record))).collect();
        let all_passed = tests.iter().all(|(_, standing)| matches!(standing, Standing::Passed(_)));
        let status = match row.pending {
            Some(_) if all_passed && !tests.is_empty() => Status::PendingButPassed,
            Some(_) => Status::Pending,
            None => overall(&tests),
        };
        Self { row: row.clone(), status, tests }
    }
}

fn overall(tests: &[(Named, Standing)]) -> Status {
    let any = |is: fn(&Standing) -> bool| tests.iter().any(|(_, standing)| is(standing));
    if any(|standing| matches!(standing, Standing::Failed(_) | Standing::Missing(_))) {
        Status::Broken
    } else if any(|standing| matches!(standing, Standing::Skipped(_))) {
        Status::Skipped
    } else if any(|standing| matches!(standing, Standing::Passed(_))) {
        Status::Met
    } else {
        Status::NotInThisLane
    }
}

fn standing(test: &Named, record: &Record) -> Standing {
    let standing = match &test.name {
        Name::Step(step) => of_step(step, record),
        Name::Tests(pattern) => of_tests(pattern, record),
    };
    // What failed, failed in whatever lane; what passed may have run with a part of its cases.
    let is_run = test.lane == Lane::Fast || record.lanes.contains(&test.lane);
    if is_run || matches!(standing, Standing::Failed(_)) { standing } else { Standing::NotInThisLane }
}

fn of_step(name: &str, record: &Record) -> Standing {
    let Some(step) = record.steps.iter().find(|step| step.name == name) else {
        return Standing::Missing(format!("there is no step `{name}` in this run"));
    };
    match (&step.problem, step.count) {
        (Some(problem), _) => Standing::Failed(problem.clone()),
        (None, None) => Standing::Passed(1),
        (None, Some(count)) if count.failed > 0 => Standing::Failed(format!("{} failed", count.failed)),
        (None, Some(count)) if count.passed > 0 => Standing::Passed(count.passed),
        (None, Some(count)) if count.skipped > 0 => Standing::Skipped(format!("{} skipped", count.skipped)),
        (None, Some(_)) => Standing::Missing("it counted zero cases".to_owned()),
    }
}

fn of_tests(pattern: &str, record: &Record) -> Standing {
    let found: Vec<&Test> = record.tests().filter(|test| matches(pattern, &test.full_name())).collect();
    if found.is_empty() {
        let not_run = record.tests().find(|test| test.full_name() == Name::program(pattern));
        if let Some(said) = not_run.and_then(|test| test.skips.first()) {
            return Standing::Skipped(said.clone());
        }
        return Standing::Missing(why_missing(pattern, record));
    }
    if let Some(failed) = found.iter().find(|test| test.ending == Ending::Failed) {
        return Standing::Failed(format!("{} failed", failed.full_name()));
    }
    if let Some(said) = found.iter().find_map(|test| test.skips.first()) {
        return Standing::Skipped(said.clone());
    }
    match found.iter().filter(|test| test.ending == Ending::Ok).count() {
        0 => Standing::Skipped("ignored".to_owned()),
        passed => Standing::Passed(u64::try_from(passed).unwrap_or(u64::MAX)),
    }
}

/// The largest part of the name that is not among what ran.
fn why_missing(pattern: &str, record: &Record) -> String {
    let program = Name::program(pattern);
    let package = program.split("::").next().unwrap_or_default();
    let has = |prefix: &str| record.tests().any(|test| test.full_name().starts_with(prefix));
    if has(program) {
        "no such test ran".to_owned()
    } else if has(&format!("{package}::")) {
        format!("no test of the program `{}` ran", program.trim_end_matches(':'))
    } else {
        format!("no test of the package `{package}` ran")
    }
}

#[cfg(test)]
mod tests {
    use super::{Ending, Lane, Record, Specification, Status, Test, Verdicts};
    use crate::test::{Count, StepRecord, Tree};

    fn step(name: &str, count: Option<(u64, u64, u64)>, tests: &[(&str, Ending, &[&str])]) -> StepRecord {
        let count = count.map(|(passed, failed, skipped)| Count { passed, failed, skipped });
        let tests = tests.iter().map(|(name, ending, skips)| Test {
            package: "p".into(),
            binary: "lib".into(),
            name: (*name).into(),
            ending: *ending,
            skips: skips.iter().map(|said| (*said).into()).collect(),
        });
        let ok = count.is_none_or(|count| count.failed == 0);
        StepRecord { name: name.into(), ok, problem: None, millis: 0, count, tests: tests.collect() }
    }

    fn record() -> Record {
        let mut record = Record::begin(Tree::default(), vec![Lane::Fast]);
        record.steps.push(step("module", None, &[]));
        record.steps.push(step("vectors", Some((5, 0, 0)), &[]));
        record.steps.push(step("empty", Some((0, 0, 0)), &[]));
        let mut node = step("Node", Some((0, 0, 1)), &[]);
        node.tests.push(Test::program_not_run("node", "t", "SKIPPED: no node"));
        record.steps.push(node);
        let tests: &[(&str, Ending, &[&str])] = &[
            ("a::one", Ending::Ok, &[]),
            ("a::two", Ending::Ok, &[]),
            ("b::bad", Ending::Failed, &[]),
            ("b::good", Ending::Ok, &[]),
            ("c::part", Ending::Ok, &["SKIPPED: no node"]),
            ("d::later", Ending::Ignored, &[]),
        ];
        record.steps.push(step("tests", Some((4, 1, 1)), tests));
        record
    }

    fn status(tests: &str, lane: &str) -> Status {
        let text = format!("| A1 | x | 0 | {tests} | {lane} |\n");
        Verdicts::of(&Specification::parse(&text).unwrap(), &record()).0[0].status
    }

    #[test]
    fn what_ran_and_passed_is_met() {
        for tests in
            ["`p::lib::a::one`", "`p::lib::a::*`", "`step: module`, `step: vectors`", "`p::lib::*good`"]
        {
            assert_eq!(status(tests, "F"), Status::Met, "{tests}");
        }
    }

    #[test]
    fn what_is_missing_empty_or_failed_is_broken() {
        for tests in [
            "`p::lib::a::three`",
            "`p::doc::a::one`",
            "`q::lib::a::one`",
            "`p::lib::b::*`",
            "`step: empty`",
            "`step: none`",
            "`p::lib::a::one`, `p::lib::a::three`",
        ] {
            assert_eq!(status(tests, "F"), Status::Broken, "{tests}");
        }
    }

    #[test]
    fn skipped_parts_are_no_success() {
        for tests in ["`p::lib::c::part`", "`p::lib::d::later`", "`step: Node`", "`node::t::x`"] {
            assert_eq!(status(tests, "F"), Status::Skipped, "{tests}");
        }
    }

    #[test]
    fn other_lanes_are_told_apart() {
        assert_eq!(status("`p::lib::a::three`", "S"), Status::NotInThisLane);
        assert_eq!(status("`p::lib::a::one`", "S / R"), Status::NotInThisLane);
        assert_eq!(status("`p::lib::b::bad`", "S"), Status::Broken);
        assert_eq!(status("`p::lib::a::one`, `node::t::x` (hosts)", "F"), Status::Met);
    }

    #[test]
    fn pending_rows_are_reported_when_they_pass() {
        assert_eq!(status("*pending*: soon; `p::lib::a::one`", "F"), Status::PendingButPassed);
        assert_eq!(status("*pending*: soon; `p::lib::a::three`", "F"), Status::Pending);
        assert_eq!(status("*pending*: soon; `p::lib::b::bad`", "F"), Status::Pending);
        assert_eq!(status("*pending*: soon; `p::lib::a::one`", "S"), Status::Pending);
        assert_eq!(status("*pending*: soon; `p::lib::a::one`, `p::lib::a::two` (S)", "F"), Status::Pending);
        assert_eq!(status("*pending*: soon", "F"), Status::Pending);
    }

    #[test]
    fn only_broken_promises_are_errors() {
        let result = |tests: &str, require_all| {
            let text = format!("| A1 | x | 0 | {tests} | F |\n");
            Verdicts::of(&Specification::parse(&text).unwrap(), &record()).into_result(require_all).is_ok()
        };
        assert!(result("`p::lib::a::one`", true));
        assert!(result("*pending*: soon; `p::lib::b::bad`", true));
        assert!(result("`step: Node`", false) && !result("`step: Node`", true));
        assert!(!result("`p::lib::b::bad`", false));
    }
}
