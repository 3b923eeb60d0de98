//! Where audit lines go.

use std::fmt;

use cretula_crypto::HashAlgorithm;
use cretula_encoding::hex;

use super::event::AuditEvent;

/// SHA-256 of a line without its line feed: proof that it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineDigest([u8; 32]);

impl LineDigest {
    /// What the first line names as the one before.
    pub const START: Self = Self([0; 32]);

    pub(super) fn of(line: &[u8]) -> Self {
        let digest = HashAlgorithm::Sha256.digest(&[line]);
        let mut bytes = [0; 32];
        for (slot, byte) in bytes.iter_mut().zip(digest.as_bytes()) {
            *slot = *byte;
        }
        Self(bytes)
    }

    /// Lower-case hex.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex::encode(&self.0)
    }
}

/// The event was not written: nothing may be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditError {
    detail: &'static str,
}

impl AuditError {
    /// Stable code.
    pub const CODE: &'static str = "audit/unavailable";

    pub(super) const fn new(detail: &'static str) -> Self {
        Self { detail }
    }

    /// An error of a caller's own sink.
    #[must_use]
    pub const fn unavailable() -> Self {
        Self::new("the audit log cannot be written")
    }

    /// For the operator.
    #[must_use]
    pub const fn detail(&self) -> &'static str {
        self.detail
    }
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Self::CODE, self.detail)
    }
}

impl std::error::Error for AuditError {}

/// Takes audit events. [`AuditSink::append`] returns only when the line survives a loss of power.
pub trait AuditSink: Send + Sync {
    /// Writes one event durably and returns the digest of its line.
    ///
    /// # Errors
    /// `audit/unavailable`: the caller gives out no signature.
    fn append(&self, event: &AuditEvent) -> Result<LineDigest, AuditError>;
}
