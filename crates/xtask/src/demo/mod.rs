//! Builds the command, verifies a real public-good bundle with it, and seals an artifact against a test instance.

mod seal;

use anyhow::Result;

use crate::{build, process, root::Root, say};

/// Builds the command, verifies a real public-good bundle, and seals an artifact against a test instance.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// The artifact; its bundle lies beside it.
const ARTIFACT: &str = "host/wasmtime/data/signed-package-2.1.0-hb0f4dca_0.conda";

/// The workflow that signed it.
const IDENTITY: &str =
    "https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main";

/// Who says so.
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// Runs the demo.
///
/// # Errors
/// If the build fails or the bundle is not verified.
pub(crate) fn run(root: &Root, _arguments: &Arguments) -> Result<()> {
    say::headline("build the module");
    build::run(root, &build::Arguments { check_reproducible: false, sizes: false, pack: false })?;
    say::headline("build the command (the first time takes some minutes)");
    process::run(process::cargo(root).args([
        "build",
        "--locked",
        "--package",
        "cretula",
        "--bin",
        "cretula",
    ]))?;
    say::headline("verify a conda package of prefix-dev/sigstore-example");
    let flags = ["--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER];
    say::line(&format!("$ cretula verify --explain {ARTIFACT} {}", flags.join(" ")));
    let mut command = process::cargo(root);
    command.args(["run", "--quiet", "--locked", "--package", "cretula", "--bin", "cretula", "--"]);
    process::run(command.args(["verify", "--explain", ARTIFACT]).args(flags))?;
    seal::run(root)
}
