//! How a run ends.

use std::fmt;

use cretula_attest::AttestError;
use cretula_encoding::text::clip;

/// A bundle that passed the verifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub(super) bundle: Vec<u8>,
    pub(super) report: Vec<u8>,
    pub(super) evidence: Option<Vec<u8>>,
}

impl Sealed {
    /// Sigstore bundle v0.3, one line of JSON.
    #[must_use]
    pub fn bundle(&self) -> &[u8] {
        &self.bundle
    }

    /// `cretula/report/v1` of its verification.
    #[must_use]
    pub fn report(&self) -> &[u8] {
        &self.report
    }

    /// What exists outside besides what is in the bundle, as JSON: certificates and log entries of attempts that were
    /// given up. `None`: nothing.
    #[must_use]
    pub fn evidence(&self) -> Option<&[u8]> {
        self.evidence.as_deref()
    }
}

/// Why there is no bundle. Holds no token, no key and no text of an attacker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestFailure {
    /// Stable code `area/name`.
    pub code: String,
    /// RFC 6901 pointer into the request, if a member is at fault.
    pub path: Option<String>,
    /// For people; at most 256 bytes.
    pub detail: Option<String>,
    /// Whether the run can be taken up again from its journal.
    pub resumable: bool,
    /// What exists outside already, as JSON.
    pub evidence: Option<Vec<u8>>,
}

impl AttestFailure {
    /// A failure of the host itself.
    pub(crate) fn host(code: &str, detail: impl fmt::Display) -> Self {
        let detail = Some(clip(detail.to_string()));
        Self { code: code.to_owned(), path: None, detail, resumable: false, evidence: None }
    }
}

impl From<AttestError> for AttestFailure {
    fn from(error: AttestError) -> Self {
        let code = error.code().to_owned();
        Self { code, path: error.path, detail: error.detail, resumable: false, evidence: None }
    }
}

impl From<crate::error::SandboxError> for AttestFailure {
    fn from(error: crate::error::SandboxError) -> Self {
        Self::host(crate::error::SandboxError::CODE, error)
    }
}

impl fmt::Display for AttestFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        if let Some(path) = &self.path {
            write!(f, " at {path}")?;
        }
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for AttestFailure {}
