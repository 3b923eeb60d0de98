//! Compares the promises of SPECIFICATION.md with the tests that ran.

mod judge;
mod name;
mod print;
mod table;

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result, bail};

use crate::{
    process,
    root::Root,
    say,
    test::{Record, Tree},
};
use judge::Verdicts;
pub(crate) use table::Lane;
use table::Specification;

const FILE: &str = "SPECIFICATION.md";

/// Compares the promises of SPECIFICATION.md with the tests that ran last.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Fail if the sources changed since the tests ran.
    #[arg(long)]
    require_current: bool,
    /// Treat a test that skipped a part as an error.
    #[arg(long)]
    require_all: bool,
    /// Print a cretula/promises/v1 document instead of a table.
    #[arg(long)]
    json: bool,
}

/// Reads the record of the last run of the tests and judges each promise by it.
///
/// # Errors
/// If there is no record, if the table is malformed or if a promise that is not pending is not met.
pub(crate) fn run(root: &Root, arguments: &Arguments) -> Result<()> {
    let record = Record::read(root)?;
    let is_current = record.tree.equals(&Tree::of(root));
    let verdicts = judged(root, &record)?;
    if arguments.json {
        say::line(&print::json(&verdicts, &record, is_current)?);
    } else {
        say::line(&print::ran(&record));
        print::text(&verdicts, true).iter().for_each(|line| say::line(line));
    }
    if is_current != Some(true) {
        let found = match is_current {
            None => "git does not say whether the sources changed since the tests ran",
            Some(_) => "the sources changed since the tests ran: run `cargo xtask test`",
        };
        if arguments.require_current {
            bail!("{found}");
        }
        say::problem(&format!("only a warning: {found}"));
    }
    verdicts.into_result(arguments.require_all)
}

/// Judges each promise by a run that has just ended.
///
/// # Errors
/// As [`run`].
pub(crate) fn after_tests(root: &Root, record: &Record, require_all: bool) -> Result<()> {
    let verdicts = judged(root, record)?;
    print::text(&verdicts, false).iter().for_each(|line| say::line(line));
    verdicts.into_result(require_all)
}

fn judged(root: &Root, record: &Record) -> Result<Verdicts> {
    let text = fs::read_to_string(root.join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
    let specification = Specification::parse(&text).with_context(|| FILE.to_owned())?;
    let lost: Vec<String> = committed_ids(root).difference(&specification.ids()).cloned().collect();
    if !lost.is_empty() {
        bail!("{FILE}: ids do not vanish, list them under `## Retired`: {}", lost.join(", "));
    }
    Ok(Verdicts::of(&specification, record))
}

/// Ids of the last commit; none without git.
fn committed_ids(root: &Root) -> BTreeSet<String> {
    let shown = process::program(root, "git").args(["show", &format!("HEAD:{FILE}")]).output();
    let text = shown.map(|output| output.stdout).unwrap_or_default();
    table::ids_of(&String::from_utf8_lossy(&text))
}

#[cfg(test)]
mod tests {
    use super::{FILE, Root, Specification};
    use std::fs;

    #[test]
    fn the_specification_can_be_read() {
        let text = fs::read_to_string(Root::of_this_build().join(FILE)).unwrap();
        let specification = Specification::parse(&text).unwrap();
        assert!(specification.rows.len() >= 40, "{} rows", specification.rows.len());
    }
}
