//! Runs the tests of the fast lane.

mod browsers;
mod count;
mod go;
mod libtest;
mod npm;
mod opa;
mod portable;
mod record;
mod runner;
mod steps;
mod targets;
mod tree;

use anyhow::{Result, bail};

use crate::{
    process,
    promises::{self, Lane},
    root::Root,
    say,
};
pub(crate) use count::Count;
pub(crate) use record::{Ending, Record, StepRecord, Test};
use steps::Step;
pub(crate) use tree::Tree;

/// Runs the tests of the fast lane.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Also run the module in the other hosts.
    #[arg(long)]
    pub(crate) hosts: bool,
    /// Also run the slow lane: full counts, a second build of the module, second opinions.
    #[arg(long)]
    pub(crate) slow: bool,
    /// Treat a missing tool or folder of vectors as an error.
    #[arg(long)]
    pub(crate) require_all: bool,
}

impl Arguments {
    fn lanes(&self) -> Vec<Lane> {
        let chosen = [(Lane::Fast, true), (Lane::Hosts, self.hosts), (Lane::Slow, self.slow)];
        chosen.into_iter().filter_map(|(lane, is_run)| is_run.then_some(lane)).collect()
    }
}

/// What a step counted.
#[derive(Default)]
struct Outcome {
    count: Count,
    tests: Vec<Test>,
}

/// Runs every step, even after a failure, then compares the promises with what ran, and prints the sum of all counts
/// last.
///
/// # Errors
/// If a step or a test failed, or if a promise is broken.
pub(crate) fn run(root: &Root, arguments: &Arguments) -> Result<()> {
    let mut record = Record::begin(Tree::of(root), arguments.lanes());
    for step in steps::of(arguments) {
        record.steps.push(run_step(root, arguments, &step));
    }
    record.write(root)?;
    say::headline("promises");
    let promises = promises::after_tests(root, &record, arguments.require_all);
    if let Err(error) = &promises {
        say::problem(&format!("promises: {error:#}"));
    }
    summary(&record, promises.is_ok())
}

fn run_step(root: &Root, arguments: &Arguments, step: &Step) -> StepRecord {
    say::headline(step.name);
    let mut outcome = Outcome::default();
    let (result, time) = process::timed(|| (step.run)(root, arguments, &mut outcome));
    let problem = result.err().map(|error| format!("{error:#}"));
    if let Some(problem) = &problem {
        say::problem(&format!("{}: {problem}", step.name));
    }
    StepRecord {
        name: step.name.to_owned(),
        ok: problem.is_none() && outcome.count.failed == 0,
        problem,
        millis: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
        count: step.counts.then_some(outcome.count),
        tests: outcome.tests,
    }
}

/// Prints times and counts; a step that ended in an error is one more failure.
fn summary(record: &Record, promises_hold: bool) -> Result<()> {
    say::headline("summary");
    let mut total = Count::default();
    let mut failed = Vec::new();
    for step in &record.steps {
        say::line(&format!("{:>6}.{} s  {}", step.millis / 1000, step.millis % 1000 / 100, step.name));
        total.add(step.count.unwrap_or_default());
        if step.problem.is_some() {
            total.failed = total.failed.saturating_add(1);
        }
        if !step.ok {
            failed.push(step.name.as_str());
        }
    }
    if !promises_hold {
        total.failed = total.failed.saturating_add(1);
        failed.push("promises");
    }
    if total.passed == 0 {
        failed.push("no test ran");
    }
    say::line(&total.line());
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}
