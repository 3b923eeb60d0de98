//! The same module in several engines: natively, as a component and as a core module under wasmtime, and in Node.
//!
//! Each engine answers `portable.verify`; the tests compare the answers byte for byte.

mod core_module;
mod metered;
mod process;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use cretula::{InstanceMode, Runtime, RuntimeOptions, Verifier};
use cretula_verify::{RootMemo, portable};

pub use core_module::CoreEngine;
pub use metered::{Allowance, Denial, Measured, Metered, PAGE, Session};
pub use process::ProcessEngine;

/// Something that runs the module.
pub trait Engine {
    /// Name in messages.
    fn name(&self) -> &'static str;

    /// The reply to a `cretula/verify-request/v1` document.
    ///
    /// # Errors
    /// The engine ended the call.
    fn verify(&mut self, request: &[u8]) -> Result<Vec<u8>>;
}

/// The crates, linked into this process.
#[derive(Debug, Default)]
pub struct Native {
    roots: RootMemo,
}

impl Engine for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn verify(&mut self, request: &[u8]) -> Result<Vec<u8>> {
        Ok(portable::verify(request, &mut self.roots))
    }
}

/// The component, by the host library.
#[derive(Debug)]
pub struct ComponentEngine {
    verifier: Verifier,
}

impl ComponentEngine {
    /// Starts the runtime.
    ///
    /// # Errors
    /// The machine cannot run the sandbox.
    pub fn new(mode: InstanceMode) -> Result<Self> {
        Ok(Self { verifier: Verifier::new(&runtime(64 << 20)?, mode) })
    }
}

impl Engine for ComponentEngine {
    fn name(&self) -> &'static str {
        "component in wasmtime"
    }

    fn verify(&mut self, request: &[u8]) -> Result<Vec<u8>> {
        Ok(self.verifier.verify_json(request)?.into_json())
    }
}

/// The host's runtime with this much memory for an instance, and a deadline that a busy machine does not miss: where
/// replies are compared, time is not what is tested.
///
/// # Errors
/// The machine cannot run the sandbox, or the memory is less than an instance begins with.
pub fn runtime(max_memory_bytes: usize) -> Result<Runtime> {
    let deadline = Duration::from_secs(60);
    Ok(Runtime::new(RuntimeOptions { max_memory_bytes, deadline, ..RuntimeOptions::default() })?)
}

/// The root of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file that `cargo xtask build` writes.
///
/// # Errors
/// It is not there.
pub fn built(name: &str) -> Result<Vec<u8>> {
    let path = repository().join("target/cretula").join(name);
    std::fs::read(&path).with_context(|| format!("target/cretula/{name} is missing: run `cargo xtask build`"))
}

/// The shared vectors, or `None` with a loud line.
///
/// # Errors
/// The folder is there and cannot be read.
pub fn shared_vectors() -> Result<Option<cretula_vectors::Folder>> {
    let place = repository().join("../shared/vectors");
    if cretula_vectors::Folder::exists(&place) {
        return cretula_vectors::Folder::open(&place).map(Some);
    }
    announce("SKIPPED: ../shared/vectors is not there; its bundles were not run");
    Ok(None)
}

/// A line that the person who runs the tests sees.
#[expect(clippy::print_stderr, reason = "tests say what they skip")]
pub fn announce(line: &str) {
    eprintln!("{line}");
}

/// The demo's request: a real public-good bundle that verifies.
///
/// # Errors
/// The project's data is not readable.
pub fn demo_request() -> Result<Vec<u8>> {
    let data = repository().join("host/wasmtime/data");
    let read =
        |name: &str| std::fs::read(data.join(name)).with_context(|| format!("host/wasmtime/data/{name}"));
    let artifact = read("signed-package-2.1.0-hb0f4dca_0.conda")?;
    let bundle = read("signed-package-2.1.0-hb0f4dca_0.conda.sigstore.json")?;
    let policy = br#"{"schema":"cretula/policy/v1","signers":{"certificate":{"issuer":"https://token.actions.githubusercontent.com","san":"https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main"}}}"#;
    Ok(request(&bundle, &read("trusted_root.json")?, policy, Some(&artifact)))
}

/// A request for one bundle under one trusted root; the artifact as bytes.
#[must_use]
pub fn request(bundle: &[u8], root: &[u8], policy: &[u8], artifact: Option<&[u8]>) -> Vec<u8> {
    use cretula_encoding::base64::encode;
    let artifacts = artifact
        .map_or_else(String::new, |bytes| format!(r#","artifacts":[{{"bytes":"{}"}}]"#, encode(bytes)));
    format!(
        r#"{{"schema":"cretula/verify-request/v1","bundle":"{}","trust":{{"roots":["{}"]}},"policy":"{}"{artifacts}}}"#,
        encode(bundle),
        encode(root),
        encode(policy)
    )
    .into_bytes()
}
