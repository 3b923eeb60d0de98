//! Why a document was refused, and where.
use alloc::string::String;
use core::fmt;

use cretula_encoding::fields::{FieldError, FieldErrorKind};
use cretula_encoding::json::{JsonError, JsonErrorKind};

use crate::Limit;

/// Where in a document something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Byte offset in the document.
    Offset(usize),
    /// RFC 6901 pointer. A document of JSON lines counts as a list of its documents.
    Pointer(String),
}

/// Which document was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Document {
    Bundle,
    SigningConfig,
    TrustedRoot,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    document: Document,
    kind: ErrorKind,
    place: Place,
}

/// What was found.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A bytes member is not canonical standard base64.
    Base64,
    /// A certificate chain without certificates.
    ChainEmpty,
    /// A chain in a 0.3 bundle.
    ChainNotAllowed,
    /// An inclusion proof without checkpoint.
    CheckpointMissing,
    /// Not exactly one of `messageSignature` and `dsseEnvelope`.
    ContentChoice,
    /// A certificate is not one strict DER SEQUENCE.
    Der(cretula_encoding::ErrorKind),
    /// The same log entry or the same timestamp twice.
    DuplicateEvidence,
    /// Two members of one object have the same name.
    DuplicateMember,
    /// This member of a log entry is missing, empty or out of range.
    EntryMember(&'static str),
    /// This member of the envelope is missing or empty.
    EnvelopeMember(&'static str),
    /// Not strict JSON.
    Json(JsonErrorKind),
    /// The hint of the key and the key id of the envelope differ, or a demanded key id is missing.
    KeyHint,
    /// Larger than a limit allows.
    Limit(Limit),
    /// Not exactly one of `publicKey`, `x509CertificateChain` and `certificate`.
    MaterialChoice,
    /// No media type, an unknown one, or a version that the rules exclude.
    MediaType,
    /// A log entry of a 0.1 bundle without promise, or a promise without signature.
    PromiseMissing,
    /// A log entry of a bundle from 0.2 on without inclusion proof.
    ProofMissing,
    /// A URL of a service is none to which anything may be sent.
    ServiceUrl,
    /// Not exactly one signature.
    SignatureCount {
        /// Number found; at most one more than the reader looks at.
        present: u32,
    },
    /// Another JSON type, or a text outside the allowed set; says what was expected.
    Type(&'static str),
    /// A member that the format does not know.
    UnknownMember,
    /// A validity window without start where one is needed, with an end before its start, or with a text that is
    /// no RFC 3339 time.
    Window,
}

impl Error {
    pub(crate) fn at(kind: ErrorKind, pointer: impl Into<String>) -> Self {
        Self { document: Document::Bundle, kind, place: Place::Pointer(pointer.into()) }
    }

    pub(crate) const fn at_offset(kind: ErrorKind, offset: usize) -> Self {
        Self { document: Document::Bundle, kind, place: Place::Offset(offset) }
    }

    /// The same refusal, of a trusted root instead of a bundle.
    pub(crate) fn in_trusted_root(mut self) -> Self {
        self.document = Document::TrustedRoot;
        self
    }

    /// The same refusal, of a signing configuration instead of a bundle.
    pub(crate) fn in_signing_config(mut self) -> Self {
        self.document = Document::SigningConfig;
        self
    }

    /// The same refusal inside element `index` of a document of lines whose line begins at `offset`.
    pub(crate) fn in_line(mut self, index: usize, offset: usize) -> Self {
        self.place = match self.place {
            Place::Offset(inner) => Place::Offset(offset.saturating_add(inner)),
            Place::Pointer(inner) => Place::Pointer(alloc::format!("/{index}{inner}")),
        };
        self
    }

    /// What was found.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where it was found.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// The stable code, `area/name`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.document {
            Document::Bundle => self.kind.bundle_row().1,
            Document::SigningConfig => self.kind.signing_config_row().1,
            Document::TrustedRoot => self.kind.trusted_root_row().1,
        }
    }

    /// The check that failed: `P01` to `P16` for a bundle, `R01` to `R03` for a trusted root; for a signing
    /// configuration `S1` (window), `S8` (URL), or `S0` for the document itself.
    #[must_use]
    pub const fn check_id(&self) -> &'static str {
        match self.document {
            Document::Bundle => self.kind.bundle_row().0,
            Document::SigningConfig => self.kind.signing_config_row().0,
            Document::TrustedRoot => self.kind.trusted_root_row().0,
        }
    }
}

impl ErrorKind {
    /// Check and code in a bundle.
    const fn bundle_row(self) -> (&'static str, &'static str) {
        match self {
            Self::Limit(limit) if limit.bounds_text() => ("P01", limit.code()),
            Self::DuplicateMember => ("P02", "bundle-shape/duplicate-member"),
            Self::Json(_) => ("P02", "bundle-shape/json"),
            Self::UnknownMember => ("P02", "bundle-shape/unknown-member"),
            Self::ServiceUrl | Self::Type(_) | Self::Window => ("P03", "bundle-shape/type"),
            Self::MediaType => ("P04", "bundle-shape/media-type"),
            Self::ContentChoice => ("P05", "bundle-shape/content-choice"),
            Self::MaterialChoice => ("P06", "bundle-shape/material-choice"),
            Self::ChainEmpty => ("P07", "bundle-shape/chain-empty"),
            Self::ChainNotAllowed => ("P07", "bundle-shape/chain-not-allowed"),
            Self::EnvelopeMember(_) => ("P09", "bundle-shape/envelope-member"),
            Self::SignatureCount { .. } => ("P09", "bundle-shape/signature-count"),
            Self::KeyHint => ("P10", "bundle-shape/key-hint"),
            Self::Limit(limit) => ("P11", limit.code()),
            Self::CheckpointMissing => ("P12", "bundle-shape/checkpoint-missing"),
            Self::PromiseMissing => ("P12", "bundle-shape/promise-missing"),
            Self::ProofMissing => ("P12", "bundle-shape/proof-missing"),
            Self::EntryMember(_) => ("P13", "bundle-shape/entry-member"),
            Self::DuplicateEvidence => ("P14", "bundle-shape/duplicate-evidence"),
            Self::Base64 => ("P15", "bundle-shape/base64"),
            Self::Der(_) => ("P16", "bundle-shape/der"),
        }
    }

    /// Check and code in a trusted root. Kinds that cannot occur there count as faults of its shape.
    const fn trusted_root_row(self) -> (&'static str, &'static str) {
        match self {
            Self::Limit(limit) => ("R01", limit.code()),
            Self::MediaType => ("R01", "trusted-root/media-type"),
            Self::Window => ("R02", "trusted-root/window"),
            Self::ChainEmpty => ("R03", "trusted-root/chain-empty"),
            Self::Base64
            | Self::ChainNotAllowed
            | Self::CheckpointMissing
            | Self::ContentChoice
            | Self::Der(_)
            | Self::DuplicateEvidence
            | Self::DuplicateMember
            | Self::EntryMember(_)
            | Self::EnvelopeMember(_)
            | Self::Json(_)
            | Self::KeyHint
            | Self::MaterialChoice
            | Self::PromiseMissing
            | Self::ProofMissing
            | Self::ServiceUrl
            | Self::SignatureCount { .. }
            | Self::Type(_)
            | Self::UnknownMember => ("R01", "trusted-root/json"),
        }
    }

    /// Check and code in a signing configuration; what does not occur there counts as a fault of its shape.
    const fn signing_config_row(self) -> (&'static str, &'static str) {
        match self {
            Self::Limit(Limit::TrustedRootBytes) => ("S0", "limits/config-bytes"),
            Self::MediaType => ("S0", "config/media-type"),
            Self::Window => ("S1", "config/format"),
            Self::ServiceUrl => ("S8", "config/format"),
            Self::Base64
            | Self::ChainEmpty
            | Self::ChainNotAllowed
            | Self::CheckpointMissing
            | Self::ContentChoice
            | Self::Der(_)
            | Self::DuplicateEvidence
            | Self::DuplicateMember
            | Self::EntryMember(_)
            | Self::EnvelopeMember(_)
            | Self::Json(_)
            | Self::KeyHint
            | Self::Limit(_)
            | Self::MaterialChoice
            | Self::PromiseMissing
            | Self::ProofMissing
            | Self::SignatureCount { .. }
            | Self::Type(_)
            | Self::UnknownMember => ("S0", "config/format"),
        }
    }
}

impl From<JsonError> for Error {
    fn from(error: JsonError) -> Self {
        Self::at_offset(json_kind(error.kind), error.offset)
    }
}

/// Limits and duplicate names have codes of their own; everything else is not strict JSON.
fn json_kind(kind: JsonErrorKind) -> ErrorKind {
    if kind == JsonErrorKind::Depth {
        ErrorKind::Limit(Limit::JsonDepth)
    } else if kind == JsonErrorKind::Members {
        ErrorKind::Limit(Limit::JsonMembers)
    } else if kind == JsonErrorKind::StringBytes {
        ErrorKind::Limit(Limit::JsonStringBytes)
    } else if kind == JsonErrorKind::DuplicateMember {
        ErrorKind::DuplicateMember
    } else {
        ErrorKind::Json(kind)
    }
}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        Self::at(field_kind(error.kind), error.pointer)
    }
}

fn field_kind(kind: FieldErrorKind) -> ErrorKind {
    if kind == FieldErrorKind::Base64 {
        ErrorKind::Base64
    } else if kind == FieldErrorKind::UnknownMember {
        ErrorKind::UnknownMember
    } else if let FieldErrorKind::Type(expected) = kind {
        ErrorKind::Type(expected)
    } else {
        ErrorKind::Type("a value that is not null")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Offset(offset) => write!(f, "{} at byte {offset}", self.kind),
            Place::Pointer(pointer) if pointer.is_empty() => write!(f, "{} in the document", self.kind),
            Place::Pointer(pointer) => {
                write!(f, "{} at {}", self.kind, cretula_encoding::text::quote(pointer))
            }
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64 => f.write_str("bytes are not canonical standard base64"),
            Self::ChainEmpty => f.write_str("certificate chain is empty"),
            Self::ChainNotAllowed => f.write_str("certificate chain in a bundle of version 0.3"),
            Self::CheckpointMissing => f.write_str("inclusion proof has no checkpoint"),
            Self::ContentChoice => f.write_str("not exactly one of messageSignature, dsseEnvelope"),
            Self::Der(_) => f.write_str("certificate is not one strict DER sequence"),
            Self::DuplicateEvidence => f.write_str("the same evidence stands there twice"),
            Self::DuplicateMember => f.write_str("member name occurs twice in one object"),
            Self::EntryMember(name) => write!(f, "{name} of a log entry is missing, empty or out of range"),
            Self::EnvelopeMember(name) => write!(f, "{name} of the envelope is missing or empty"),
            Self::Json(kind) => f.write_str(json_message(*kind)),
            Self::KeyHint => f.write_str("key id of the envelope is not the hint of the key"),
            Self::Limit(limit) => write!(f, "above the limit {}", limit.code()),
            Self::MaterialChoice => {
                f.write_str("not exactly one of publicKey, x509CertificateChain, certificate")
            }
            Self::MediaType => f.write_str("media type is not an accepted one"),
            Self::PromiseMissing => f.write_str("log entry has no inclusion promise"),
            Self::ProofMissing => f.write_str("log entry has no inclusion proof"),
            Self::ServiceUrl => f.write_str("URL is none of https, or of http on this machine"),
            Self::SignatureCount { present } => {
                write!(f, "envelope has {present} signatures, exactly one expected")
            }
            Self::Type(expected) => write!(f, "value has another type, expected {expected}"),
            Self::UnknownMember => f.write_str("member is not known to the format"),
            Self::Window => f.write_str("validity window is no closed interval of RFC 3339 times"),
        }
    }
}

fn json_message(kind: JsonErrorKind) -> &'static str {
    if kind == JsonErrorKind::LoneSurrogate {
        "half of a surrogate pair"
    } else if kind == JsonErrorKind::TrailingBytes {
        "bytes after the JSON value"
    } else if kind == JsonErrorKind::Utf8 {
        "text is not UTF-8 without byte-order mark"
    } else {
        "text is not JSON"
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn one_kind_has_the_codes_of_its_document() {
        let error = Error::at(ErrorKind::MediaType, "/mediaType");
        assert_eq!((error.check_id(), error.code()), ("P04", "bundle-shape/media-type"));
        let error = error.in_trusted_root();
        assert_eq!((error.check_id(), error.code()), ("R01", "trusted-root/media-type"));
    }

    #[test]
    fn limits_of_the_text_belong_to_p01() {
        let code = |limit| {
            let error = Error::at(ErrorKind::Limit(limit), "");
            (error.check_id(), error.code())
        };
        assert_eq!(code(Limit::JsonDepth), ("P01", "limits/json-depth"));
        assert_eq!(code(Limit::LogEntries), ("P11", "limits/log-entries"));
    }

    #[test]
    fn places_inside_lines_name_the_line() {
        let pointer = Error::at(ErrorKind::Window, "/tlogs/0").in_line(2, 40);
        assert_eq!(pointer.place(), &Place::Pointer("/2/tlogs/0".into()));
        let offset = Error::at_offset(ErrorKind::Json(JsonErrorKind::Syntax), 3).in_line(2, 40);
        assert_eq!(offset.place(), &Place::Offset(43));
    }

    #[test]
    fn messages_are_one_sentence_with_the_place() {
        let error = Error::at(ErrorKind::SignatureCount { present: 2 }, "/dsseEnvelope/signatures");
        assert_eq!(
            error.to_string(),
            "envelope has 2 signatures, exactly one expected at /dsseEnvelope/signatures"
        );
        let error = Error::at(ErrorKind::ContentChoice, "");
        assert_eq!(error.to_string(), "not exactly one of messageSignature, dsseEnvelope in the document");
        for (kind, expected) in [
            (JsonErrorKind::LoneSurrogate, "half of a surrogate pair at byte 3"),
            (JsonErrorKind::Syntax, "text is not JSON at byte 3"),
            (JsonErrorKind::TrailingBytes, "bytes after the JSON value at byte 3"),
            (JsonErrorKind::Utf8, "text is not UTF-8 without byte-order mark at byte 3"),
        ] {
            assert_eq!(Error::at_offset(ErrorKind::Json(kind), 3).to_string(), expected);
        }
    }
}
