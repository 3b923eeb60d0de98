//! cosign as a signer: it reads the same trusted root and signing configuration.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use cretula_crypto::HashAlgorithm;
use cretula_peers::Tools;
use serde_json::json;

use crate::request::{ARTIFACT, Order};
use crate::stack::Stack;

/// A bundle over a statement with a predicate of no meaning.
pub(crate) fn sign(stack: &Stack, order: &Order, tools: &Tools, folder: &Path) -> Result<Vec<u8>> {
    let program = cretula_peers::cosign_program(tools).map_err(anyhow::Error::msg)?;
    let folder = folder.join("cosign");
    fs::create_dir_all(&folder)?;
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{
            "name": "artifact", "digest": {"sha256": HashAlgorithm::Sha256.digest(&[ARTIFACT]).to_hex()}
        }],
        "predicateType": "https://cretula.example/interoperability/v1",
        "predicate": {}
    });
    for (name, content) in [
        ("signing_config.json", stack.signing_config.to_string()),
        ("trusted_root.json", stack.trusted_root.to_string()),
        ("statement.json", statement.to_string()),
        ("token", order.token.encode()),
    ] {
        fs::write(folder.join(name), content)?;
    }
    let output = Command::new(program)
        .args(["attest-blob", "--yes", "--statement", "statement.json", "--bundle", "bundle.json"])
        .args(["--signing-config", "signing_config.json", "--trusted-root", "trusted_root.json"])
        .args(["--identity-token", "token"])
        .current_dir(&folder)
        .env("HOME", &folder)
        .env("TUF_ROOT", folder.join("tuf"))
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        bail!("cosign does not sign: {}", String::from_utf8_lossy(&output.stderr));
    }
    fs::read(folder.join("bundle.json")).context("cosign wrote no bundle")
}
