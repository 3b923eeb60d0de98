//! What a run remembers between two steps. It holds no secret: no token, no private key, no passphrase.
use alloc::string::String;
use alloc::vec::Vec;

use super::key::NamedKey;
use super::step::Evidence;
use crate::config::{LogVersion, Profile};
use crate::expected::ExpectedIdentity;
use crate::selection::{SelectedService, Selection};

/// Version of the format; another one is `state/version`.
pub(super) const FORMAT: u64 = 1;
/// Names the schema of the members.
pub(super) const SCHEMA: &str = "cretula/state/v1";

/// How far a run has come. The name says what is there; what is asked for next follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The statement. Next: the key.
    Init,
    /// The ephemeral key, with a private authority. Next: the key of the authority.
    Authority,
    /// The key. Next: proof of possession, or the signature of the authority.
    Key,
    /// The proof. Next: the certificate.
    Certify,
    /// Key and certificate. Next: the signature.
    Certified,
    /// The signature. Next: timestamps.
    Signed,
    /// Timestamps. Next: log entries.
    Timestamped,
    /// A log that has the entry already. Next: what it has.
    Recover,
    /// A log that takes no more entries. Next: a fresh configuration.
    Frozen,
    /// Everything. Next: the bundle.
    Logged,
    /// A final failure. Next: nothing.
    Failed,
}

impl Phase {
    pub(super) const ALL: [Self; 11] = [
        Self::Init,
        Self::Authority,
        Self::Key,
        Self::Certify,
        Self::Certified,
        Self::Signed,
        Self::Timestamped,
        Self::Recover,
        Self::Frozen,
        Self::Logged,
        Self::Failed,
    ];
}

/// What was decided when the run began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) profile: Profile,
    pub(crate) authority: Option<SelectedService>,
    pub(crate) logs: Selection,
    pub(crate) timestamp_authorities: Selection,
    /// URLs of logs that are frozen.
    pub(crate) excluded: Vec<String>,
    pub(crate) max_rekor_version: Option<u64>,
    pub(crate) allow_chain: bool,
    pub(crate) key_id: Option<String>,
    /// Life of a leaf certificate of a private authority.
    pub(crate) leaf_secs: u64,
}

impl Plan {
    /// Version of the logs; they are never mixed.
    pub(crate) fn log_version(&self) -> Option<LogVersion> {
        super::plan::log_version(&self.logs)
    }
}

/// The certificate, and what led to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Certification {
    /// Certificate body for a private authority.
    pub(super) body: Option<Vec<u8>>,
    /// Signature of the certificate request.
    pub(super) proof: Option<Vec<u8>>,
    /// Leaf first; empty until it is there.
    pub(super) chain: Vec<Vec<u8>>,
}

/// r of an ECDSA signature, with SHA-256 of key and message (K8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SeenNonce {
    pub(super) key: [u8; 32],
    pub(super) r: Vec<u8>,
    pub(super) message: [u8; 32],
}

/// Reading an entry that a log has already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recovery {
    /// Which of the logs.
    pub(super) slot: usize,
    pub(super) place: RecoveryPlace,
}

/// Where the entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RecoveryPlace {
    /// Rekor v1 named its path.
    Path(String),
    /// Rekor v2 named its index.
    Index {
        index: u64,
        /// The checkpoint, once it was read.
        checkpoint: Option<Vec<u8>>,
    },
}

/// How often something happened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Counters {
    /// Failed attempts of the pending action.
    pub(super) attempts: u32,
    /// Wait before the pending action.
    pub(super) delay_ms: u32,
    /// Certificates that ended too early.
    pub(super) expired: u32,
    /// New keys or signatures because a log had the entry already.
    pub(super) conflicts: u32,
    /// Keys read again because their version changed.
    pub(super) key_reads: u32,
    /// Configurations read again.
    pub(super) refreshes: u32,
    /// Signatures of the statement; nonces and serial numbers depend on it.
    pub(super) rounds: u32,
}

/// A run between two steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// Whether it failed for a while.
    pub(super) halted: bool,
    /// Number of the pending action.
    pub(super) id: u64,
    /// SHA-256 of the pending action, delays apart.
    pub(super) pending: [u8; 32],
    /// SHA-256 of what the request came to.
    pub(super) request: [u8; 32],
    pub(super) payload: Vec<u8>,
    /// `ClientTrustConfig`.
    pub(super) trust: Vec<u8>,
    pub(super) plan: Plan,
    pub(super) identity: ExpectedIdentity,
    pub(super) key_name: String,
    pub(super) ca_key_name: Option<String>,
    pub(super) key: Option<NamedKey>,
    pub(super) ca_key: Option<NamedKey>,
    pub(super) certification: Certification,
    pub(super) signature: Option<Vec<u8>>,
    pub(super) nonces: Vec<SeenNonce>,
    /// One place for each timestamp authority: TimeStampResp, DER.
    pub(super) timestamps: Vec<Option<Vec<u8>>>,
    /// One place for each log: TransparencyLogEntry, JSON.
    pub(super) entries: Vec<Option<Vec<u8>>>,
    pub(super) recovery: Option<Recovery>,
    pub(super) evidence: Evidence,
    pub(super) counters: Counters,
    /// Unix seconds.
    pub(super) started: u64,
    pub(super) deadline: u64,
    pub(super) last_seen: u64,
    pub(super) entropy: [u8; 32],
}
