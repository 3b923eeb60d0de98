//! The steps of the test command, in their order.

use anyhow::{Result, bail};

use super::{Arguments, count::Count};
use crate::{build, generate, process, root::Root, say, vectors};

/// One step with its headline.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) run: fn(&Root, &Arguments) -> Result<Count>,
}

/// Packages that end up in the module, and the tools around them: all that builds without a WebAssembly engine.
const CORE: &[&str] = &[
    "xtask",
    "cretula-encoding",
    "cretula-crypto",
    "cretula-pki",
    "cretula-tlog",
    "cretula-attestation",
    "cretula-bundle",
    "cretula-verify",
    "cretula-component",
    "cretula-testkit",
];

/// Packages that embed the module.
const HOSTS: &[&str] = &[
    "cretula",
    "cretula-sandbox-tests",
    "cretula-vectors",
    "cretula-vector-formats",
    "cretula-vector-judge",
];

/// The steps of a run.
pub(super) fn of(arguments: &Arguments) -> Vec<Step> {
    let mut steps = vec![
        Step { name: "format", run: format },
        Step { name: "generated files", run: generated },
        Step { name: "module", run: module },
        Step { name: "lints", run: lints },
        Step { name: "tests of the core", run: core_tests },
        Step { name: "tests of the wasmtime host and the sandbox", run: host_tests },
        Step { name: "vectors", run: vector_tests },
    ];
    if arguments.hosts {
        steps.push(Step { name: "Node", run: node_tests });
    }
    steps
}

fn format(root: &Root, _: &Arguments) -> Result<Count> {
    process::run(process::cargo(root).args(["fmt", "--all", "--check"]))?;
    Ok(Count::default())
}

fn generated(root: &Root, _: &Arguments) -> Result<Count> {
    generate::run(root, &generate::Arguments { check: true })?;
    Ok(Count::default())
}

fn module(root: &Root, arguments: &Arguments) -> Result<Count> {
    build::run(root, &build::Arguments { check_reproducible: arguments.require_all, sizes: false })?;
    Ok(Count::default())
}

fn lints(root: &Root, _: &Arguments) -> Result<Count> {
    process::run(process::cargo(root).args([
        "clippy",
        "--quiet",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]))?;
    Ok(Count::default())
}

fn core_tests(root: &Root, _: &Arguments) -> Result<Count> {
    cargo_test(root, CORE)
}

fn host_tests(root: &Root, _: &Arguments) -> Result<Count> {
    cargo_test(root, HOSTS)
}

/// Runs `cargo test` on some packages at once.
fn cargo_test(root: &Root, packages: &[&str]) -> Result<Count> {
    let mut cargo = process::cargo(root);
    cargo.args(["test", "--locked", "--no-fail-fast"]);
    for package in packages {
        cargo.args(["--package", package]);
    }
    counted(&mut cargo)
}

fn vector_tests(_: &Root, arguments: &Arguments) -> Result<Count> {
    let outcome = vectors::run(&vectors::Arguments::default())?;
    let count = Count { passed: outcome.passed, failed: outcome.failed, skipped: outcome.skipped };
    if arguments.require_all && count.passed == 0 {
        bail!("no vector was run");
    }
    Ok(count)
}

fn node_tests(root: &Root, arguments: &Arguments) -> Result<Count> {
    if !process::exists("node") {
        if arguments.require_all {
            bail!("node is not installed");
        }
        say::line("SKIPPED: node is not installed; 1 runner not run");
        return Ok(Count { skipped: 1, ..Count::default() });
    }
    let mut node = process::program(root, "node");
    counted(node.args(["tests/sandbox/node/sandbox.test.mjs"]))
}

/// Runs a test program and adds up the closing lines that it prints.
fn counted(command: &mut std::process::Command) -> Result<Count> {
    let mut count = Count::default();
    let success = process::watch(command, |line| {
        if let Some(part) = Count::of_line(line) {
            count.add(part);
        }
    })?;
    if !success && count.failed == 0 {
        bail!("the test program failed without a failed test");
    }
    Ok(count)
}
