//! The other verifiers.
use cretula_peers::{COSIGN, PeerKind, SIGSTORE_GO, SIGSTORE_JS, SIGSTORE_PYTHON, Started, Tools};

#[cfg(feature = "sigstore-verify")]
mod native;

/// A peer, and how often it is asked.
pub struct Kind {
    /// Name, version and start.
    pub peer: PeerKind,
    /// Only one mutant in so many is asked: a process for each question is slow.
    pub every: usize,
}

/// All peers.
pub const KINDS: &[Kind] = &[
    Kind { peer: SIGSTORE_VERIFY, every: 1 },
    Kind { peer: SIGSTORE_JS, every: 1 },
    Kind { peer: SIGSTORE_PYTHON, every: 1 },
    Kind { peer: SIGSTORE_GO, every: 1 },
    Kind { peer: COSIGN, every: 50 },
];

const SIGSTORE_VERIFY: PeerKind =
    PeerKind { name: "sigstore-verify", version: "0.15.1", start: start_native };

#[cfg(feature = "sigstore-verify")]
fn start_native(_: &Tools) -> Started {
    Ok(Box::new(native::Native::default()))
}

#[cfg(not(feature = "sigstore-verify"))]
fn start_native(_: &Tools) -> Started {
    Err("built without feature sigstore-verify".into())
}
