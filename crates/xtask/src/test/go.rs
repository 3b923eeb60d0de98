//! The step "Go": the tests of `host/go`, without cgo and under the race detector; and how tests of any Go module are run.

use std::{env::consts::EXE_SUFFIX, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{Arguments, Ending, Outcome, Test, runner, steps};
use crate::{process, root::Root, say};

/// The program that answers requests for the comparison of engines.
pub(super) const BATCH: &str = "target/go/batch";

const PACKAGE: Module = Module { runner: "go", folder: "host/go", path: "cretula.example/go" };
/// The toolchain that the modules are pinned to; an installed `go` fetches it.
const TOOLCHAIN: &str = "go1.27.3";

/// A Go module of ours.
pub(super) struct Module {
    /// First part of the names of its tests.
    pub(super) runner: &'static str,
    pub(super) folder: &'static str,
    /// Its import path.
    pub(super) path: &'static str,
}

/// A run of tests of a module.
pub(super) struct Lane {
    /// Second part of the names of its tests.
    pub(super) name: &'static str,
    pub(super) cgo: &'static str,
    pub(super) arguments: &'static [&'static str],
}

const LANES: &[Lane] = &[
    Lane { name: "cretula", cgo: "0", arguments: &["./..."] },
    // The race detector is a C library; the package itself needs none.
    Lane { name: "race", cgo: "1", arguments: &["-race", "./..."] },
];

/// Builds what the tests use and runs them.
///
/// # Errors
/// If `go` is missing under `--require-all`, or a build or test program fails without a failed test.
pub(super) fn tests(root: &Root, arguments: &Arguments, outcome: &mut Outcome) -> Result<()> {
    if !is_installed(&PACKAGE, LANES, arguments, outcome)? {
        return Ok(());
    }
    let sigstore = sigstore(root)?;
    process::run(
        go(root, &PACKAGE, "0").args(["build", "-o"]).arg(root.join(BATCH)).arg("./internal/batch"),
    )?;
    let mut environment = vec![("CRETULA_TEST_SIGSTORE", sigstore)];
    environment.extend(runner::openbao(root).map(|program| ("CRETULA_TEST_BAO", program)));
    run_lanes(root, arguments, &PACKAGE, LANES, &environment, outcome)
}

/// Whether there is a `go`; without one every lane counts as skipped.
///
/// # Errors
/// If there is none under `--require-all`.
pub(super) fn is_installed(
    module: &Module,
    lanes: &[Lane],
    arguments: &Arguments,
    outcome: &mut Outcome,
) -> Result<bool> {
    if process::exists("go") {
        return Ok(true);
    }
    if arguments.require_all {
        bail!("go is not installed");
    }
    let said = format!("SKIPPED: go is not installed; {} was not tested", module.folder);
    say::line(&said);
    outcome.count.skipped = u64::try_from(lanes.len())?;
    outcome.tests.extend(lanes.iter().map(|lane| Test::program_not_run(module.runner, lane.name, &said)));
    Ok(false)
}

/// Runs the tests of a module in each lane.
///
/// # Errors
/// If a test program fails without a failed test, or if a test is skipped under `--require-all`.
pub(super) fn run_lanes(
    root: &Root,
    arguments: &Arguments,
    module: &Module,
    lanes: &[Lane],
    environment: &[(&str, PathBuf)],
    outcome: &mut Outcome,
) -> Result<()> {
    for lane in lanes {
        say::line(&format!("go test {} with CGO_ENABLED={}", lane.arguments.join(" "), lane.cgo));
        let mut command = go(root, module, lane.cgo);
        command.args(["test", "-json"]).args(lane.arguments);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        run(&mut command, arguments, (module, lane), outcome)?;
    }
    if arguments.require_all && outcome.count.skipped > 0 {
        bail!("{} tests of {} were skipped", outcome.count.skipped, module.folder);
    }
    Ok(())
}

/// `go` in the folder of a module.
pub(super) fn go(root: &Root, module: &Module, cgo: &str) -> Command {
    let mut command = Command::new("go");
    command
        .current_dir(root.join(module.folder))
        .env("GOTOOLCHAIN", TOOLCHAIN)
        .env("CGO_ENABLED", cgo)
        .env("GOFLAGS", "-mod=readonly");
    command
}

/// Builds the virtual Sigstore with the packages and features of the tests of the core, so that nothing is built twice.
fn sigstore(root: &Root) -> Result<PathBuf> {
    let mut cargo = process::cargo(root);
    cargo.args(["build", "--quiet", "--locked", "--example", "sigstore"]).args(steps::CORE_FEATURES);
    for package in steps::CORE {
        cargo.args(["--package", package]);
    }
    process::run(&mut cargo)?;
    Ok(root.join("target/debug/examples").join(format!("sigstore{EXE_SUFFIX}")))
}

/// One line of `go test -json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    action: String,
    #[serde(default)]
    package: String,
    test: Option<String>,
    output: Option<String>,
}

/// Reads events: counts tests, shows what failed, and keeps what tests say that they skip.
#[derive(Default)]
struct Reader {
    said: Vec<(String, String)>,
}

impl Reader {
    /// Takes one line; returns what is shown of it.
    fn line(
        &mut self,
        line: &str,
        (module, lane): (&Module, &Lane),
        outcome: &mut Outcome,
    ) -> Option<String> {
        let Some(event) = event(line) else { return Some(line.to_owned()) };
        let Event { action, package, test, output } = event;
        let name = full_name(module, &package, test.as_deref().unwrap_or_default());
        if let Some(output) = output {
            let text = output.trim_end().to_owned();
            let is_shown = text.contains("SKIPPED") || test.is_none() && !text.starts_with("ok");
            self.said.push((name, text.clone()));
            return is_shown.then_some(text);
        }
        let ending = match action.as_str() {
            "pass" => Ending::Ok,
            "fail" | "build-fail" => Ending::Failed,
            "skip" => Ending::Ignored,
            _ => return None,
        };
        let said: Vec<String> = self.take(&name);
        test?;
        match ending {
            Ending::Ok => outcome.count.passed = outcome.count.passed.saturating_add(1),
            Ending::Failed => outcome.count.failed = outcome.count.failed.saturating_add(1),
            Ending::Ignored => outcome.count.skipped = outcome.count.skipped.saturating_add(1),
        }
        let is_failed = ending == Ending::Failed;
        let skips = said.iter().filter_map(|line| line.find("SKIPPED:").and_then(|at| line.get(at..)));
        let skips = skips.map(str::to_owned).collect();
        outcome.tests.push(Test {
            package: module.runner.to_owned(),
            binary: lane.name.to_owned(),
            name,
            ending,
            skips,
        });
        is_failed.then(|| said.join("\n"))
    }

    /// What a test said.
    fn take(&mut self, name: &str) -> Vec<String> {
        let (said, rest) = std::mem::take(&mut self.said).into_iter().partition(|(of, _)| of == name);
        self.said = rest;
        let said: Vec<(String, String)> = said;
        said.into_iter().map(|(_, text)| text).collect()
    }
}

/// The test, after the folder of its package in the module; tests of the module's own package have no folder.
fn full_name(module: &Module, package: &str, test: &str) -> String {
    match package.strip_prefix(module.path).unwrap_or(package).trim_start_matches('/') {
        "" => test.to_owned(),
        folder => format!("{folder}::{test}"),
    }
}

#[expect(clippy::disallowed_methods, reason = "lines of a test runner, read in a developer command")]
fn event(line: &str) -> Option<Event> {
    serde_json::from_str(line).ok()
}

fn run(
    command: &mut Command,
    arguments: &Arguments,
    lane: (&Module, &Lane),
    outcome: &mut Outcome,
) -> Result<()> {
    let mut reader = Reader::default();
    let before = outcome.tests.len();
    let success = runner::watch(runner::lane(command, arguments), |line| reader.line(line, lane, outcome))
        .context("go test")?;
    if outcome.tests.len() == before {
        bail!("go test ran no test");
    }
    runner::judge(success, outcome)
}

#[cfg(test)]
mod tests {
    use super::{Ending, LANES, Outcome, PACKAGE, Reader};

    #[test]
    fn events_are_counted_by_their_tests() {
        let mut outcome = Outcome::default();
        let mut reader = Reader::default();
        let package = "cretula.example/go/internal/x";
        let mut shown = Vec::new();
        for line in [
            format!(r#"{{"Action":"start","Package":"{package}"}}"#),
            format!(r#"{{"Action":"output","Package":"{package}","Test":"TestA","Output":"fine\n"}}"#),
            format!(r#"{{"Action":"pass","Package":"{package}","Test":"TestA","Elapsed":0.1}}"#),
            format!(r#"{{"Action":"output","Package":"{package}","Test":"TestB/c","Output":"wrong\n"}}"#),
            format!(r#"{{"Action":"fail","Package":"{package}","Test":"TestB/c"}}"#),
            format!(
                r#"{{"Action":"output","Package":"{package}","Test":"TestD","Output":"x: SKIPPED: y\n"}}"#
            ),
            format!(r#"{{"Action":"skip","Package":"{package}","Test":"TestD"}}"#),
            format!(r#"{{"Action":"fail","Package":"{package}"}}"#),
            "not an event".to_owned(),
        ] {
            shown.extend(reader.line(&line, (&PACKAGE, &LANES[0]), &mut outcome));
        }
        assert_eq!((outcome.count.passed, outcome.count.failed, outcome.count.skipped), (1, 1, 1));
        let names: Vec<_> = outcome.tests.iter().map(|test| (test.full_name(), test.ending)).collect();
        let expected = [("TestA", Ending::Ok), ("TestB/c", Ending::Failed), ("TestD", Ending::Ignored)];
        assert_eq!(
            names,
            expected.map(|(name, ending)| (format!("go::cretula::internal/x::{name}"), ending))
        );
        assert_eq!(outcome.tests.last().map(|test| test.skips.clone()), Some(vec!["SKIPPED: y".to_owned()]));
        assert_eq!(shown, ["wrong", "x: SKIPPED: y", "not an event"]);
    }
}
