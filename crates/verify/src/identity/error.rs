//! Why a signer is not accepted.

use alloc::{format, string::String};

use cretula_encoding::text::{clip, quote};
use cretula_pki::SanError;

/// A refusal of stage `identity`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityError {
    /// Check that failed, such as `I02`.
    pub check: &'static str,
    /// What is wrong.
    pub(crate) kind: IdentityErrorKind,
    /// What was expected and what was found, for people; at most 256 bytes.
    pub detail: String,
}

/// Kinds of [`IdentityError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdentityErrorKind {
    /// A claim or extension has another value.
    Claim,
    /// Current and deprecated form of a claim disagree.
    ClaimConflict,
    /// A value that is not of its form, or that cannot be compared and stands below `not` or in `deny`.
    ClaimMalformed,
    /// A claim or extension is not there.
    ClaimMissing,
    /// The signer is denied.
    Denied,
    /// Another CA instance.
    Instance,
    /// Another issuer.
    Issuer,
    /// Current and deprecated form of the issuer disagree.
    IssuerConflict,
    /// The issuer is not of its form.
    IssuerMalformed,
    /// There is no issuer.
    IssuerMissing,
    /// Another key, or no key.
    Key,
    /// None of several leaves holds.
    NoMatch,
    /// Another subject alternative name.
    San,
    /// Not exactly one subject alternative name.
    SanCount,
    /// A subject alternative name of another type.
    SanType,
}

impl IdentityErrorKind {
    /// Stable code.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Claim => "identity/claim",
            Self::ClaimConflict => "identity/claim-conflict",
            Self::ClaimMalformed => "identity/claim-malformed",
            Self::ClaimMissing => "identity/claim-missing",
            Self::Denied => "identity/denied",
            Self::Instance => "identity/instance",
            Self::Issuer => "identity/issuer",
            Self::IssuerConflict => "identity/issuer-conflict",
            Self::IssuerMalformed => "identity/issuer-malformed",
            Self::IssuerMissing => "identity/issuer-missing",
            Self::Key => "identity/key",
            Self::NoMatch => "identity/no-match",
            Self::San => "identity/san",
            Self::SanCount => "identity/san-count",
            Self::SanType => "identity/san-type",
        }
    }

    /// Check to which the kind belongs.
    const fn check(self) -> &'static str {
        match self {
            Self::SanCount | Self::SanType => "I01",
            Self::Denied | Self::Key | Self::NoMatch | Self::San => "I02",
            Self::Issuer | Self::IssuerConflict | Self::IssuerMalformed | Self::IssuerMissing => "I03",
            Self::Claim | Self::ClaimConflict | Self::ClaimMalformed | Self::ClaimMissing => "I04",
            Self::Instance => "I08",
        }
    }
}

impl IdentityError {
    /// An error; the detail is cut to 256 bytes.
    pub(super) fn new(kind: IdentityErrorKind, detail: impl Into<String>) -> Self {
        Self { check: kind.check(), kind, detail: clip(detail.into()) }
    }

    /// Stable code `area/name`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }

    pub(super) fn from_san(error: &SanError) -> Self {
        match error {
            SanError::Count { present } => {
                let detail = format!("expected one subject alternative name, found {present}");
                Self::new(IdentityErrorKind::SanCount, detail)
            }
            SanError::Type => {
                let detail = "expected an e-mail, URI or Fulcio otherName, found a name of another type";
                Self::new(IdentityErrorKind::SanType, detail)
            }
        }
    }

    pub(super) fn claim_conflict(name: &str, current: &str, deprecated: &str) -> Self {
        let detail = format!(
            "expected one {name}, found {} and, in the deprecated form, {}",
            quote(current),
            quote(deprecated)
        );
        Self::new(IdentityErrorKind::ClaimConflict, detail)
    }

    /// A value that has another form, or that no pattern can be compared with.
    pub(super) fn malformed(name: &str) -> Self {
        let detail = format!("expected {name} in its form, within the limit and without control characters");
        Self::new(IdentityErrorKind::ClaimMalformed, detail)
    }
}

impl core::fmt::Display for IdentityError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} ({}): {}", self.code(), self.check, self.detail)
    }
}

impl core::error::Error for IdentityError {}
