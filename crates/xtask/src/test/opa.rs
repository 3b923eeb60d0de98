//! The step "OPA": the builtin, the Rego library and the provider of `host/go/opa`, and the command itself.

use anyhow::Result;

use super::{
    Arguments, Outcome,
    go::{self, Lane, Module},
};
use crate::{process, root::Root};

const MODULE: Module = Module { runner: "opa", folder: "host/go/opa", path: "cretula.example/go/opa" };

/// Where the command is built.
const COMMAND: &str = "target/go/opa-cretula";

const LANES: &[Lane] = &[
    Lane { name: "cretula", cgo: "0", arguments: &["./..."] },
    // What serves callers at once. The rest calls it from OPA, which would be compiled a second time.
    Lane { name: "race", cgo: "1", arguments: &["-race", "./internal/...", "./provider/..."] },
];

/// Builds the command and runs the tests.
///
/// # Errors
/// If `go` is missing under `--require-all`, or a build or test program fails without a failed test.
pub(super) fn tests(root: &Root, arguments: &Arguments, outcome: &mut Outcome) -> Result<()> {
    if !go::is_installed(&MODULE, LANES, arguments, outcome)? {
        return Ok(());
    }
    let mut build = go::go(root, &MODULE, "0");
    process::run(build.args(["build", "-o"]).arg(root.join(COMMAND)).arg("./cmd/opa-cretula"))?;
    go::run_lanes(root, arguments, &MODULE, LANES, &[], outcome)
}
