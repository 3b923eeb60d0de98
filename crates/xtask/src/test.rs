//! Runs the tests of the fast lane.

mod count;
mod steps;

use anyhow::{Result, bail};

use crate::{process, root::Root, say};
use count::Count;

/// Runs the tests of the fast lane.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Also run the module in the other hosts.
    #[arg(long)]
    pub(crate) hosts: bool,
    /// Also run the slow lane.
    #[arg(long)]
    pub(crate) slow: bool,
    /// Treat a missing tool or folder of vectors as an error.
    #[arg(long)]
    pub(crate) require_all: bool,
}

/// Runs every step, even after a failure, and prints the sum of all counts last.
///
/// # Errors
/// If a step or a test failed.
pub(crate) fn run(root: &Root, arguments: &Arguments) -> Result<()> {
    let mut total = Count::default();
    let mut failed = Vec::new();
    let mut times = Vec::new();
    for step in steps::of(arguments) {
        say::headline(step.name);
        let (result, time) = process::timed(|| (step.run)(root, arguments));
        times.push(format!("{time:>8.1?}  {}", step.name));
        match result {
            Ok(count) => total.add(count),
            Err(error) => {
                say::problem(&format!("{}: {error:#}", step.name));
                total.failed = total.failed.saturating_add(1);
                failed.push(step.name);
            }
        }
    }
    say::headline("summary");
    for line in times {
        say::line(&line);
    }
    if total.passed == 0 {
        failed.push("no test ran");
    }
    say::line(&total.line());
    if total.failed > 0 || !failed.is_empty() {
        bail!("failed: {}", if failed.is_empty() { "tests".to_owned() } else { failed.join(", ") });
    }
    Ok(())
}
