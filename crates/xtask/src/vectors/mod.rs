//! Runs a folder of vectors with a manifest: builds what the runner needs, then starts it.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::{build, process, root::Root};

/// Runs a folder of vectors with a manifest.
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// Folder with a manifest.json [default: ../shared/vectors beside the repository].
    dir: Option<PathBuf>,
    /// Run only entries of this kind.
    #[arg(long)]
    kind: Option<String>,
    /// Print a cretula/vectors/v1 document instead of a table.
    #[arg(long)]
    json: bool,
    /// Also list how often each check failed, and the checks that never did.
    #[arg(long, conflicts_with = "json")]
    checks: bool,
}

/// What a run of vectors counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Cases as expected.
    pub(crate) passed: u64,
    /// Cases that differ.
    pub(crate) failed: u64,
    /// Cases that were not run.
    pub(crate) skipped: u64,
}

impl Outcome {
    /// An error if a case differs.
    pub(crate) fn into_result(self) -> Result<()> {
        if self.failed > 0 {
            bail!("{} vectors differ", self.failed);
        }
        Ok(())
    }

    /// Reads the closing line of the runner, `N passed, N failed` and perhaps `, N skipped`.
    fn of_line(line: &str) -> Option<Self> {
        let mut outcome = Self::default();
        for part in line.split(", ") {
            let (number, what) = part.split_once(' ')?;
            let number = number.parse().ok()?;
            match what {
                "passed" => outcome.passed = number,
                "failed" => outcome.failed = number,
                "skipped" => outcome.skipped = number,
                _ => return None,
            }
        }
        Some(outcome)
    }
}

/// Builds the module, the judge of formats for 32 bits and the runner, and runs the vectors.
///
/// # Errors
/// If a build fails or the runner ends without a result.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let root = Root::of_this_build();
    build::build(&root).context("the module does not build")?;
    let judge = build_judge(&root).context("the judge of formats does not build")?;
    let mut runner = process::cargo(&root);
    runner.args(["run", "--quiet", "--locked", "--package", "cretula-vectors", "--", "--judge"]).arg(judge);
    if let Some(dir) = &arguments.dir {
        runner.arg(std::path::absolute(dir)?);
    }
    if let Some(kind) = &arguments.kind {
        runner.args(["--kind", kind]);
    }
    for (flag, is_set) in [("--json", arguments.json), ("--checks", arguments.checks)] {
        if is_set {
            runner.arg(flag);
        }
    }
    watch(&mut runner)
}

/// `cretula-vector-judge` as a core WebAssembly module.
fn build_judge(root: &Root) -> Result<PathBuf> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let mut cargo = process::cargo(root);
    cargo.args(["build", "--quiet", "--locked", "--release", "--target", TARGET]);
    cargo.args(["--package", "cretula-vector-judge"]);
    cargo.env("CARGO_TARGET_DIR", root.join("target"));
    process::run(&mut cargo)?;
    Ok(root.join("target").join(TARGET).join("release/cretula_vector_judge.wasm"))
}

fn watch(runner: &mut std::process::Command) -> Result<Outcome> {
    let mut closing = None;
    let success = process::watch(runner, |line| closing = Outcome::of_line(line))?;
    match (closing, success) {
        (Some(outcome), true) => Ok(outcome),
        (Some(outcome), false) => Ok(Outcome { failed: outcome.failed.max(1), ..outcome }),
        // A document instead of a table.
        (None, true) => Ok(Outcome::default()),
        (None, false) => bail!("vectors differ or could not be run, see above"),
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    #[test]
    fn only_the_closing_line_counts() {
        let outcome = Outcome { passed: 521, failed: 2, skipped: 0 };
        assert_eq!(Outcome::of_line("521 passed, 2 failed"), Some(outcome));
        let outcome = Outcome { passed: 0, failed: 0, skipped: 1295 };
        assert_eq!(Outcome::of_line("0 passed, 0 failed, 1295 skipped"), Some(outcome));
        for other in ["not covered: 745", "vkey-parse 6", "{\"ran\":1}", ""] {
            assert_eq!(Outcome::of_line(other), None, "{other}");
        }
    }
}
