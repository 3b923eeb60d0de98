//! Why a policy was not accepted.

use alloc::{format, string::String};

use crate::shape::{ShapeError, ShapeErrorKind};

/// A policy that is refused before anything is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// What is wrong.
    pub kind: PolicyErrorKind,
    /// RFC 6901 pointer to the member at fault.
    pub pointer: String,
    /// What was expected and what was found, for people; at most 256 bytes.
    pub detail: String,
}

/// Kinds of [`PolicyError`].
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyErrorKind {
    /// A member contradicts another, or cannot take effect beside it (I07).
    Conflict,
    /// Nested deeper than the limit, as JSON.
    JsonDepth,
    /// More members in one object than the limit.
    JsonMembers,
    /// A string longer than the limit.
    JsonStringBytes,
    /// Not JSON, another schema, a missing member, or a value of another form.
    Malformed,
    /// A pattern that does not compile, is too large, or matches the empty string.
    Pattern,
    /// Longer than the limit.
    PolicyBytes,
    /// Signer nodes are nested deeper than the limit.
    PolicyDepth,
    /// More signer nodes than the limit.
    PolicyNodes,
    /// No bound signer (I05).
    Unbound,
    /// A member that the format does not know (I07).
    UnknownMember,
    /// More witnesses than the limit.
    Witnesses,
}

impl PolicyErrorKind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::Conflict,
        Self::JsonDepth,
        Self::JsonMembers,
        Self::JsonStringBytes,
        Self::Malformed,
        Self::Pattern,
        Self::PolicyBytes,
        Self::PolicyDepth,
        Self::PolicyNodes,
        Self::Unbound,
        Self::UnknownMember,
        Self::Witnesses,
    ];

    /// Stable code `area/name`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Conflict => "policy/conflict",
            Self::JsonDepth => "limits/json-depth",
            Self::JsonMembers => "limits/json-members",
            Self::JsonStringBytes => "limits/json-string-bytes",
            Self::Malformed => "policy/malformed",
            Self::Pattern => "policy/pattern",
            Self::PolicyBytes => "limits/policy-bytes",
            Self::PolicyDepth => "limits/policy-depth",
            Self::PolicyNodes => "limits/policy-nodes",
            Self::Unbound => "policy/unbound",
            Self::UnknownMember => "policy/unknown-member",
            Self::Witnesses => "limits/witnesses",
        }
    }
}

impl PolicyError {
    /// An error at a place; the detail is cut to 256 bytes.
    pub(super) fn new(kind: PolicyErrorKind, pointer: &str, detail: impl Into<String>) -> Self {
        Self { kind, pointer: String::from(pointer), detail: cretula_encoding::text::clip(detail.into()) }
    }

    /// A contradiction at a place.
    pub(super) fn conflict(pointer: &str, detail: impl Into<String>) -> Self {
        Self::new(PolicyErrorKind::Conflict, pointer, detail)
    }

    /// A value of another form than the format has at that place.
    pub(super) fn malformed(pointer: &str, detail: impl Into<String>) -> Self {
        Self::new(PolicyErrorKind::Malformed, pointer, detail)
    }

    /// Stable code `area/name`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

impl From<ShapeError> for PolicyError {
    fn from(error: ShapeError) -> Self {
        let kind = match error.kind {
            ShapeErrorKind::UnknownMember => PolicyErrorKind::UnknownMember,
            ShapeErrorKind::Missing(_) | ShapeErrorKind::Wrong { .. } => PolicyErrorKind::Malformed,
        };
        Self::new(kind, &error.pointer, error.kind.detail())
    }
}

impl core::fmt::Display for PolicyError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let place = if self.pointer.is_empty() { String::new() } else { format!(" at {}", self.pointer) };
        write!(f, "{}{place}: {}", self.code(), self.detail)
    }
}

impl core::error::Error for PolicyError {}
