#![doc = include_str!("../README.md")]

mod cosign;
mod facts;
mod install;
mod question;
mod token_change;
mod worker;

use std::path::PathBuf;

pub use cosign::Cosign;
pub use facts::{Facts, differ_in_unread};
pub use install::{GoProgram, Tools};
pub use question::{ArtifactDigest, Key, Question};
pub use token_change::{Part, of as token_change};
pub use worker::Worker;

/// What a peer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opinion {
    /// Verified.
    Accept,
    /// Refused, with its reason.
    Refuse(String),
}

/// A verifier that can be asked.
pub trait Peer: Send {
    /// Its verdict.
    fn ask(&mut self, question: &Question) -> Opinion;
}

/// A peer that was started, or what is missing.
pub type Started = Result<Box<dyn Peer>, String>;

/// What is known of a peer before it is started.
#[derive(Debug, Clone, Copy)]
pub struct PeerKind {
    /// Name in rules, clauses and reports.
    pub name: &'static str,
    /// Pinned version.
    pub version: &'static str,
    /// Installs and starts it.
    pub start: fn(&Tools) -> Started,
}

/// `@sigstore/verify`.
pub const SIGSTORE_JS: PeerKind =
    PeerKind { name: "sigstore-js", version: "4.1.3", start: |tools| start_npm(tools) };
/// PyPI `sigstore`.
pub const SIGSTORE_PYTHON: PeerKind =
    PeerKind { name: "sigstore-python", version: "4.5.1", start: |tools| start_python(tools) };
/// sigstore-go.
pub const SIGSTORE_GO: PeerKind =
    PeerKind { name: "sigstore-go", version: "1.4.0", start: |tools| start_go(tools) };
/// cosign.
pub const COSIGN: PeerKind =
    PeerKind { name: "cosign", version: "3.1.3", start: |tools| start_cosign(tools) };

/// The folder of this package, with the lock files.
fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn start_npm(tools: &Tools) -> Started {
    let (source, folder) = (home().join("npm"), tools.npm("npm", &home().join("npm"))?);
    let mut command = std::process::Command::new("node");
    command.arg(source.join("worker.mjs")).arg(folder);
    Ok(Box::new(Worker::new(command)))
}

fn start_python(tools: &Tools) -> Started {
    let source = home().join("python");
    let environment = tools.python("python", &source)?;
    let mut command = std::process::Command::new(environment.join("bin/python"));
    command.arg("-B").arg(source.join("worker.py"));
    Ok(Box::new(Worker::new(command)))
}

/// sigstore-go in a program of ours.
fn start_go(tools: &Tools) -> Started {
    let program =
        tools.go(&GoProgram { name: "go", source: home().join("go"), package: ".", program: "worker" })?;
    Ok(Box::new(Worker::new(std::process::Command::new(program))))
}

fn start_cosign(tools: &Tools) -> Started {
    Ok(Box::new(Cosign::new(cosign_program(tools)?, tools.folder("cosign").join("scratch"))?))
}

/// The program cosign.
///
/// # Errors
/// What is missing, or what went wrong.
pub fn cosign_program(tools: &Tools) -> Result<PathBuf, String> {
    tools.go(&GoProgram {
        name: "cosign",
        source: home().join("cosign"),
        package: "github.com/sigstore/cosign/v3/cmd/cosign",
        program: "cosign",
    })
}
