//! The other verifiers.
use std::path::PathBuf;

use crate::question::Question;

mod cosign;
mod install;
#[cfg(feature = "sigstore-verify")]
mod native;
mod worker;

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

/// What is known of a peer before it is started.
pub struct Kind {
    /// Name in rules, clauses and reports.
    pub name: &'static str,
    /// Pinned version.
    pub version: &'static str,
    /// Only one mutant in so many is asked: a process for each question is slow.
    pub every: usize,
    /// Starts it, or says what is missing.
    pub start: fn(&Places) -> Result<Box<dyn Peer>, String>,
}

/// Where things are.
pub struct Places {
    /// This workspace.
    pub home: PathBuf,
    /// Where peers are installed.
    pub tools: PathBuf,
}

/// All peers.
pub const KINDS: &[Kind] = &[
    Kind { name: "sigstore-verify", version: "0.15.1", every: 1, start: start_native },
    Kind { name: "sigstore-js", version: "4.1.3", every: 1, start: install::npm },
    Kind { name: "sigstore-python", version: "4.5.1", every: 1, start: install::python },
    Kind { name: "sigstore-go", version: "1.4.0", every: 1, start: install::go },
    Kind { name: "cosign", version: "3.1.3", every: 50, start: install::cosign },
];

#[cfg(feature = "sigstore-verify")]
fn start_native(_: &Places) -> Result<Box<dyn Peer>, String> {
    Ok(Box::new(native::Native::default()))
}

#[cfg(not(feature = "sigstore-verify"))]
fn start_native(_: &Places) -> Result<Box<dyn Peer>, String> {
    Err("built without feature sigstore-verify".into())
}
