//! Why an envelope or a statement was refused.
use alloc::string::String;
use core::fmt;

use cretula_encoding::fields::{FieldError, FieldErrorKind};
use cretula_encoding::json::{JsonError, JsonErrorKind};
use cretula_encoding::text;

/// Why an envelope or a statement was refused.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Provenance names more dependencies than the limit `resolved-dependencies`.
    Dependencies {
        /// How many there are.
        present: u64,
        /// The limit.
        limit: u64,
    },
    /// A subject or dependency has more digests than the limit `digests-per-subject`.
    DigestsPerSubject {
        /// RFC 6901 pointer to the digests.
        pointer: String,
        /// The limit.
        limit: u64,
    },
    /// A member of an envelope that must not be empty is.
    EmptyMember {
        /// RFC 6901 pointer to the member.
        pointer: String,
    },
    /// The envelope is not JSON of the demanded shape.
    Envelope(DocumentError),
    /// An object outside of the predicate has more members than the limit `json-members`.
    Members {
        /// RFC 6901 pointer to the object.
        pointer: String,
        /// The limit.
        limit: u64,
    },
    /// There is no subject, or one without a digest.
    NoSubject {
        /// RFC 6901 pointer to the place.
        pointer: String,
    },
    /// `predicateType` is empty.
    PredicateType,
    /// Provenance is not JSON of the demanded shape.
    Provenance(DocumentError),
    /// An envelope without a signature.
    SignatureCount,
    /// An envelope has more signatures than may be checked (limit `signature-total`).
    SignatureTotal {
        /// The limit.
        limit: u64,
    },
    /// The statement is not JSON of the demanded shape.
    Statement(DocumentError),
    /// `_type` is absent or names no supported version.
    StatementType {
        /// What stands there.
        found: Option<String>,
    },
    /// More subjects than the limit `subjects`.
    Subjects {
        /// How many there are.
        present: u64,
        /// The limit.
        limit: u64,
    },
}

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentError {
    /// A member is missing or of another type.
    Field(FieldError),
    /// Not acceptable as JSON.
    Json(JsonError),
}

impl Error {
    /// The stable code of the refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Dependencies { .. } => "limits/resolved-dependencies",
            Self::DigestsPerSubject { .. } => "limits/digests-per-subject",
            Self::EmptyMember { .. } => "bundle-shape/envelope-member",
            Self::Envelope(error) => error.envelope_code(),
            Self::Members { .. } => "limits/json-members",
            Self::NoSubject { .. } => "artifact/no-subject",
            Self::PredicateType => "artifact/statement",
            Self::Provenance(error) => error.provenance_code(),
            Self::SignatureCount => "bundle-shape/signature-count",
            Self::SignatureTotal { .. } => "limits/signature-total",
            Self::Statement(error) => error.statement_code(),
            Self::StatementType { .. } => "artifact/statement-type",
            Self::Subjects { .. } => "limits/subjects",
        }
    }
}

impl DocumentError {
    const fn envelope_code(&self) -> &'static str {
        match self {
            Self::Field(error) => match error.kind {
                FieldErrorKind::Base64 => "bundle-shape/base64",
                FieldErrorKind::Missing => "bundle-shape/envelope-member",
                FieldErrorKind::UnknownMember => "bundle-shape/unknown-member",
                FieldErrorKind::Type(_) | _ => "bundle-shape/type",
            },
            Self::Json(error) => match error.kind {
                JsonErrorKind::Depth => "limits/json-depth",
                JsonErrorKind::DuplicateMember => "bundle-shape/duplicate-member",
                JsonErrorKind::Members => "limits/json-members",
                JsonErrorKind::StringBytes => "limits/json-string-bytes",
                JsonErrorKind::LoneSurrogate | JsonErrorKind::Syntax | JsonErrorKind::Utf8 | _ => {
                    "bundle-shape/json"
                }
            },
        }
    }

    const fn provenance_code(&self) -> &'static str {
        match self {
            Self::Json(error) if matches!(error.kind, JsonErrorKind::Depth) => "limits/predicate-depth",
            Self::Field(_) | Self::Json(_) => "predicate/malformed",
        }
    }

    const fn statement_code(&self) -> &'static str {
        match self {
            Self::Field(_) => "artifact/statement",
            Self::Json(error) => match error.kind {
                JsonErrorKind::Depth => "limits/predicate-depth",
                JsonErrorKind::Members => "limits/json-members",
                JsonErrorKind::StringBytes => "limits/json-string-bytes",
                JsonErrorKind::DuplicateMember | JsonErrorKind::Syntax | JsonErrorKind::Utf8 | _ => {
                    "artifact/statement"
                }
            },
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dependencies { present, limit } => {
                write!(f, "expected at most {limit} dependencies, found {present}")
            }
            Self::DigestsPerSubject { pointer, limit } => {
                write!(f, "expected at most {limit} digests at {}, found more", text::quote(pointer))
            }
            Self::EmptyMember { pointer } => write!(f, "empty member at {}", text::quote(pointer)),
            Self::Envelope(error) => write!(f, "envelope: {error}"),
            Self::Members { pointer, limit } => {
                write!(f, "expected at most {limit} members at {}, found more", text::quote(pointer))
            }
            Self::NoSubject { pointer } => write!(f, "no subject or digest at {}", text::quote(pointer)),
            Self::PredicateType => f.write_str("predicateType is empty"),
            Self::Provenance(error) => write!(f, "provenance: {error}"),
            Self::SignatureCount => f.write_str("envelope has no signature"),
            Self::SignatureTotal { limit } => write!(f, "expected at most {limit} signatures, found more"),
            Self::Statement(error) => write!(f, "statement: {error}"),
            Self::StatementType { found: Some(found) } => {
                write!(f, "statement type is not supported: {}", text::quote(found))
            }
            Self::StatementType { found: None } => f.write_str("statement has no type"),
            Self::Subjects { present, limit } => {
                write!(f, "expected at most {limit} subjects, found {present}")
            }
        }
    }
}

impl core::error::Error for Error {}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(error) => error.fmt(f),
            Self::Json(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for DocumentError {}

impl From<FieldError> for DocumentError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

impl From<JsonError> for DocumentError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}
