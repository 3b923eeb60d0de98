//! Stages, codes and refusals: how a verdict names what it found.

use alloc::string::String;

/// How far verification came; the order decides which of several failures is reported as the primary one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// A bound of the input was exceeded.
    Limits,
    /// The bundle is not a bundle of a known version.
    BundleShape,
    /// The trusted root cannot be used, or lacks what the policy needs.
    TrustedRoot,
    /// Signed entry timestamps, RFC 3161 tokens, and their place in time.
    Time,
    /// Certificate path.
    Chain,
    /// Signed certificate timestamps.
    Sct,
    /// Inclusion proofs and checkpoints.
    LogInclusion,
    /// The log entry is about this signature, key and digest.
    LogBinding,
    /// The signature itself.
    Signature,
    /// The artifact is what was signed.
    Artifact,
    /// Who signed.
    Identity,
    /// What the statement says.
    Predicate,
}

impl Stage {
    /// All stages in order.
    pub const ALL: [Self; 12] = [
        Self::Limits,
        Self::BundleShape,
        Self::TrustedRoot,
        Self::Time,
        Self::Chain,
        Self::Sct,
        Self::LogInclusion,
        Self::LogBinding,
        Self::Signature,
        Self::Artifact,
        Self::Identity,
        Self::Predicate,
    ];

    /// The area of the codes of this stage.
    #[must_use]
    pub const fn area(self) -> &'static str {
        match self {
            Self::Limits => "limits",
            Self::BundleShape => "bundle-shape",
            Self::TrustedRoot => "trusted-root",
            Self::Time => "time",
            Self::Chain => "chain",
            Self::Sct => "sct",
            Self::LogInclusion => "log-inclusion",
            Self::LogBinding => "log-binding",
            Self::Signature => "signature",
            Self::Artifact => "artifact",
            Self::Identity => "identity",
            Self::Predicate => "predicate",
        }
    }

    /// The stage of a code `area/name`. Unknown areas count as the first stage, which refuses earliest.
    #[must_use]
    pub fn of_code(code: &str) -> Self {
        let area = code.split('/').next().unwrap_or_default();
        Self::ALL.into_iter().find(|stage| stage.area() == area).unwrap_or(Self::Limits)
    }
}

/// Why a bundle was not verified: the first failed check in stage order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Check that failed, such as `L14`.
    pub check: &'static str,
    /// Stable code `area/name`; programs match this and nothing else.
    pub code: &'static str,
    /// Which of several items (log entry, timestamp, SCT, artifact) it was about.
    pub index: Option<u32>,
    /// What was expected and what was found, for people; at most 256 bytes.
    pub detail: String,
}

impl Refusal {
    /// Stage of the code.
    #[must_use]
    pub fn stage(&self) -> Stage {
        Stage::of_code(self.code)
    }
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} ({})", self.code, self.check)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

impl core::error::Error for Refusal {}

/// The call itself was wrong: nothing was verified and nothing is known about the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Stable code: `input/…`, `policy/…`, or `limits/…` for a bound of the request.
    pub code: &'static str,
    /// RFC 6901 pointer into the document at fault.
    pub path: Option<String>,
    /// What was expected, for people; at most 256 bytes.
    pub detail: Option<String>,
}

impl Failure {
    /// A failure with a detail and without a place.
    #[must_use]
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, path: None, detail: Some(cretula_encoding::text::clip(detail.into())) }
    }

    /// Adds the place.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }
}

impl From<crate::policy::PolicyError> for Failure {
    fn from(error: crate::policy::PolicyError) -> Self {
        let path = Some(error.pointer.clone()).filter(|pointer| !pointer.is_empty());
        Self { code: error.code(), path, detail: Some(error.detail).filter(|detail| !detail.is_empty()) }
    }
}

impl core::fmt::Display for Failure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(path) = &self.path {
            write!(f, " at {path}")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        Ok(())
    }
}

impl core::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage_follows_from_the_area_of_the_code() {
        assert_eq!(Stage::of_code("log-inclusion/proof"), Stage::LogInclusion);
        assert_eq!(Stage::of_code("limits/log-entries"), Stage::Limits);
        assert_eq!(Stage::of_code("nonsense"), Stage::Limits);
        assert!(Stage::Chain < Stage::Sct && Stage::Signature < Stage::Artifact);
    }
}
