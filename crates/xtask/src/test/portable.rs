//! The step "Python core client": the vectors of `docs/portable.md` in a client of wasmtime's core API.

use anyhow::{Result, bail};
use cretula_peers::Tools;

use super::{Arguments, Outcome, Test, runner};
use crate::{process, root::Root, say};

const FOLDER: &str = "tests/portable";

/// Installs what the client needs from PyPI, once, and runs the vectors.
///
/// # Errors
/// If it cannot be installed under `--require-all`, or if the program fails without a failed test.
pub(super) fn tests(root: &Root, arguments: &Arguments, outcome: &mut Outcome) -> Result<()> {
    let environment = match Tools::new(root.join("target/tools")).python("portable", &root.join(FOLDER)) {
        Ok(environment) => environment,
        Err(missing) if arguments.require_all => bail!("{missing}"),
        Err(missing) => {
            let said = format!("SKIPPED: {missing}; the client of the core API was not run");
            say::line(&said);
            outcome.count.skipped = 1;
            outcome.tests.push(Test::program_not_run("python", "portable", &said));
            return Ok(());
        }
    };
    let python = environment.join("bin/python");
    let mut command = process::program(root, &python.to_string_lossy());
    // No compiled files beside the sources.
    command.args(["-B", "tests/portable/run.py"]);
    runner::named_tests(&mut command, arguments, ("python", "portable"), outcome)
}
