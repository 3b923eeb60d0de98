//! What must prove time and publication: the `evidence` member of a policy, with its preset and defaults applied.

use alloc::{string::String, vec::Vec};

use cretula_crypto::KeyDetails;
use cretula_tlog::VerifierKey;

/// Evidence that the policy demands.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Transparency logs.
    pub log: LogRules,
    /// Signed certificate timestamps.
    pub sct: SctRules,
    /// Times.
    pub time: TimeRules,
    /// Witnesses of checkpoints; none are demanded without this member.
    pub witness: Option<WitnessRules>,
    /// Trust material.
    pub trust: TrustRules,
    /// Signature algorithms.
    pub algorithms: AlgorithmRules,
    /// Signing certificates.
    pub certificate: CertificateRules,
}

/// `evidence.log`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRules {
    /// Distinct log operators; 0: none required, entries of known logs are verified all the same.
    pub threshold: u32,
    /// Whether an entry with only a promise refuses (bundle 0.1).
    pub require_proof: bool,
    /// Whether the withdrawn `dsse` 0.0.2 body is accepted.
    pub legacy_dsse_v2: bool,
    /// Allow-list of log ids; other logs count as unknown.
    pub only: Option<Vec<Vec<u8>>>,
}

/// `evidence.sct`; concerns certificates only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SctRules {
    /// Distinct CT log operators.
    pub threshold: u32,
    /// Whether a detached SCT counts.
    pub detached: bool,
}

/// `evidence.time`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeRules {
    /// Which sources count.
    pub mode: TimeMode,
    /// Distinct sources; 0 in mode `none`.
    pub threshold: u32,
    /// Distinct operators of timestamp authorities.
    pub signed_threshold: u32,
    /// A token of a known authority that does not verify.
    pub on_invalid_token: OnInvalidToken,
    /// A verified time outside the validity of the leaf.
    pub outside_certificate: OutsideCertificate,
    /// Which signing certificate hashes of a token are enough (T05).
    pub cert_id: CertId,
    /// Allow-list of TSTInfo policies, dotted.
    pub policy_oids: Option<Vec<String>>,
    /// Allow-list of names in TSTInfo.
    pub names: Option<Vec<String>>,
    /// Allow-list of authorities, by SHA-256 of the signing certificate (hex) or operator; others count as unknown.
    pub only: Option<Vec<String>>,
    /// Whether mode or thresholds were written, by the document or by a preset other than `public-good`: then they
    /// bind managed keys too.
    pub written: bool,
}

/// `evidence.time.mode` (M04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeMode {
    /// At least one of a log and one of a timestamp authority.
    Both,
    /// The caller's `now` is a time and counts.
    Current,
    /// Log times only.
    Log,
    /// No time is needed; certificates are refused.
    None,
    /// Any verified time.
    Observer,
    /// RFC 3161 only.
    Tsa,
}

/// `evidence.time.onInvalidToken`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnInvalidToken {
    /// It counts for nothing.
    Ignore,
    /// It refuses.
    Refuse,
}

/// `evidence.time.outsideCertificate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutsideCertificate {
    /// It refuses.
    Fail,
    /// It is dropped and does not count.
    Skip,
}

/// `evidence.time.certId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertId {
    /// The certificate is the one of the trusted root.
    Pinned,
    /// The token must name it by hash as well.
    Strict,
}

/// `evidence.witness`.
#[derive(Debug, Clone)]
pub struct WitnessRules {
    /// Distinct witness operators per checkpoint; at least 1.
    pub threshold: u32,
    /// Known witnesses; keys are distinct.
    pub witnesses: Vec<Witness>,
    /// Logs whose checkpoints are witnessed, by id; every log without this member.
    pub logs: Option<Vec<Vec<u8>>>,
    /// Whether a cosignature time counts as a log time.
    pub as_time: bool,
}

/// A known witness.
#[derive(Debug, Clone)]
pub struct Witness {
    /// Name and key.
    pub vkey: VerifierKey,
    /// The vkey as written, for the report.
    pub text: String,
    /// Who runs it; the unit of counting.
    pub operator: String,
}

/// `evidence.trust`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustRules {
    /// Whether authorities without a window refuse the trusted root (R02).
    pub require_windows: bool,
}

/// `evidence.algorithms`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlgorithmRules {
    /// Allow-list; every supported algorithm without this member.
    pub allow: Option<Vec<KeyDetails>>,
    /// Deprecated pairs of curve and hash.
    pub compat: Compat,
}

/// `evidence.algorithms.compat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compat {
    /// They refuse.
    Refuse,
    /// They pass with a warning.
    Warn,
}

/// `evidence.certificate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificateRules {
    /// Longest validity of the leaf, in seconds.
    pub max_lifetime_seconds: Option<u64>,
    /// Whether key identifiers may be missing (C03).
    pub allow_missing_key_ids: bool,
}
