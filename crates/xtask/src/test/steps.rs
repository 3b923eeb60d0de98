//! The steps of the test command, in their order.

use anyhow::{Result, bail};

use super::{Arguments, Outcome, Test, browsers, count::Count, go, npm, opa, portable, runner};
use crate::{build, generate, process, root::Root, say, vectors};

/// One step with its headline.
pub(super) struct Step {
    pub(super) name: &'static str,
    /// Whether it counts tests; otherwise it is one check.
    pub(super) counts: bool,
    pub(super) run: fn(&Root, &Arguments, &mut Outcome) -> Result<()>,
}

/// Packages that end up in the module, and the tools around them: all that builds without a WebAssembly engine.
pub(super) const CORE: &[&str] = &[
    "xtask",
    "cretula-encoding",
    "cretula-crypto",
    "cretula-pki",
    "cretula-tlog",
    "cretula-attestation",
    "cretula-bundle",
    "cretula-verify",
    "cretula-attest",
    "cretula-component",
    "cretula-signer",
    "cretula-testkit",
    "cretula-cases",
    "cretula-fuzz",
    "cretula-properties",
    "cretula-peers",
    "cretula-interoperability",
    "cretula-workflows",
];

/// Features that only tests of the core use.
pub(super) const CORE_FEATURES: &[&str] = &["--features", "cretula-testkit/serve"];

/// Packages that embed the module.
const HOSTS: &[&str] = &[
    "cretula",
    "cretula-sandbox-tests",
    "cretula-vectors",
    "cretula-vector-formats",
    "cretula-vector-judge",
];

/// The workspace of the second opinions.
const DIFFERENTIAL: &str = "tests/differential";

/// Tests in Node's WebAssembly.
const NODE: &str = "tests/sandbox/node";

/// The steps of a run.
pub(super) fn of(arguments: &Arguments) -> Vec<Step> {
    let mut steps = vec![
        Step { name: "format", counts: false, run: format },
        Step { name: "generated files", counts: false, run: generated },
        Step { name: "module", counts: false, run: module },
        Step { name: "lints", counts: false, run: lints },
        Step { name: "tests of the core", counts: true, run: core_tests },
    ];
    if arguments.hosts {
        // Before the tests of the host, which use what it installs.
        steps.push(Step { name: "keys of OpenBao", counts: true, run: openbao });
        steps.push(Step { name: "Go", counts: true, run: go::tests });
        steps.push(Step { name: "npm package", counts: true, run: npm::tests });
        // After the package, which it uses as it was built there.
        steps.push(Step { name: "browsers", counts: true, run: browsers::tests });
    }
    steps.push(Step { name: "tests of the wasmtime host and the sandbox", counts: true, run: host_tests });
    steps.push(Step { name: "vectors", counts: true, run: vector_tests });
    if arguments.hosts {
        steps.push(Step { name: "Node", counts: true, run: node_tests });
        steps.push(Step { name: "OPA", counts: true, run: opa::tests });
        steps.push(Step { name: "Python core client", counts: true, run: portable::tests });
    }
    if arguments.slow || arguments.require_all {
        steps.push(Step { name: "reproducible module", counts: false, run: reproducible });
    }
    if arguments.slow {
        steps.push(Step { name: "real services and other clients", counts: true, run: real_services });
        steps.push(Step { name: "second opinions", counts: true, run: second_opinions });
    }
    steps
}

fn format(root: &Root, _: &Arguments, _: &mut Outcome) -> Result<()> {
    process::run(process::cargo(root).args(["fmt", "--all", "--check"]))
}

fn generated(root: &Root, _: &Arguments, _: &mut Outcome) -> Result<()> {
    generate::run(root, &generate::Arguments { check: true })
}

fn module(root: &Root, _: &Arguments, _: &mut Outcome) -> Result<()> {
    build::run(root, &build::Arguments { check_reproducible: false, sizes: false, pack: false })
}

fn reproducible(root: &Root, _: &Arguments, _: &mut Outcome) -> Result<()> {
    build::run(root, &build::Arguments { check_reproducible: true, sizes: false, pack: false })
}

fn lints(root: &Root, _: &Arguments, _: &mut Outcome) -> Result<()> {
    process::run(process::cargo(root).args([
        "clippy",
        "--quiet",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]))
}

fn core_tests(root: &Root, arguments: &Arguments, outcome: &mut Outcome) -> Result<()> {
    runner::cargo_test(root, arguments, CORE_FEATURES, CORE, outcome)
}

fn host_tests(root: &Root, arguments: &Arguments, outcome: &mut Outcome) -> Result<()> {
    runner::cargo_test(root, arguments, &[], HOSTS, outcome)
}

fn vector_tests(_: &Root, arguments: &Arguments, outcome: &mut Outcome) -> Result<()> {
    let found = vectors::run(&vectors::Arguments::default())?;
    outcome.count = Count { passed: found.passed, failed: found.failed, skipped: found.skipped };
    if arguments.require_all && found.passed == 0 {
        bail!("no vector was run");
    }
    Ok(())
}

fn node_tests(root: &Root, arguments: &Arguments, outcome: &mut Outcome) -> Result<()> {
    const ENDING: &str = ".test.mjs";
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root.join(NODE))? {
        names
            .extend(entry?.file_name().to_str().and_then(|name| name.strip_suffix(ENDING)).map(String::from));
    }
    names.sort_unstable();
    if !process::exists("node") {
        if arguments.require_all {
            bail!("node is not installed");
        }
        let said = format!("SKIPPED: node is not installed; {} runners not run", names.len());
        say::line(&said);
        outcome.count.skipped = u64::try_from(names.len())?;
        outcome.tests.extend(names.iter().map(|name| Test::program_not_run("node", name, &said)));
        return Ok(());
    }
    for name in names {
        let mut node = process::program(root, "node");
        node.arg(format!("{NODE}/{name}{ENDING}"));
        runner::named_tests(&mut node, arguments, ("node", &name), outcome)?;
    }
    Ok(())
}

fn openbao(root: &Root, arguments: &Arguments, outcome: &mut Outcome) -> Result<()> {
    interoperability(root, arguments, "openbao", outcome)
}

fn real_services(root: &Root, arguments: &Arguments, outcome: &mut Outcome) -> Result<()> {
    interoperability(root, arguments, "services", outcome)
}

/// A test program of the interoperability tests, with the packages and features of the tests of the core: nothing is
/// built twice.
fn interoperability(root: &Root, arguments: &Arguments, test: &str, outcome: &mut Outcome) -> Result<()> {
    let mut cargo = process::cargo(root);
    cargo.args(["test", "--quiet", "--locked"]).args(CORE_FEATURES);
    for package in CORE {
        cargo.args(["--package", package]);
    }
    cargo.args(["--test", test, "--"]);
    if arguments.require_all {
        cargo.arg("--require-all");
    }
    runner::named_tests(&mut cargo, arguments, ("cretula-interoperability", test), outcome)
}

fn second_opinions(root: &Root, arguments: &Arguments, outcome: &mut Outcome) -> Result<()> {
    let place = root.join(DIFFERENTIAL);
    let mut cargo = process::cargo(root);
    cargo.current_dir(place).args(["run", "--release", "--locked", "--"]);
    if arguments.require_all {
        cargo.arg("--require-all");
    }
    runner::counted(&mut cargo, arguments, outcome)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Arguments, CORE, HOSTS, of, process};
    use crate::root::Root;

    #[test]
    fn every_package_of_the_workspace_is_tested_once() {
        let root = Root::of_this_build();
        let mut cargo = process::cargo(&root);
        cargo.args([
            "tree",
            "--workspace",
            "--offline",
            "--depth",
            "0",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ]);
        let text = process::capture(&mut cargo).unwrap();
        let names: BTreeSet<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
        let names: BTreeSet<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
        assert_eq!([CORE, HOSTS].concat().len(), names.len());
        assert_eq!([CORE, HOSTS].concat().into_iter().collect::<BTreeSet<_>>(), names);
    }

    #[test]
    fn names_of_steps_are_unique() {
        let steps = of(&Arguments { hosts: true, slow: true, require_all: true });
        let names: BTreeSet<&str> = steps.iter().map(|step| step.name).collect();
        assert_eq!(names.len(), steps.len());
    }
}
