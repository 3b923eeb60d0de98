//! Refusals of this crate.
use alloc::string::String;
use core::fmt;

use cretula_crypto::SignatureError;
use cretula_encoding::fields::{FieldError, FieldErrorKind};
use cretula_encoding::json::{JsonError, JsonErrorKind};

/// Why log evidence was not accepted.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A member of the entry body is no digest of a supported algorithm; RFC 6901 pointer.
    BodyDigest(String),
    /// The entry body lacks a member, or a member has the wrong form.
    BodyField(FieldError),
    /// The entry body is not strict JSON.
    BodyJson(JsonError),
    /// The entry body names unsupported `keyDetails`; RFC 6901 pointer.
    BodyKeyDetails(String),
    /// A member of the entry body is not one PEM block with an admitted label; RFC 6901 pointer.
    BodyPem(String),
    /// The verifier in the entry body is not exactly one of certificate and public key; RFC 6901 pointer.
    BodyVerifier(String),
    /// The signed note is longer than `checkpoint-bytes`.
    CheckpointBytes {
        /// Limit in bytes.
        limit: u64,
        /// Length in bytes.
        present: u64,
    },
    /// The note has more signature lines than `checkpoint-lines`.
    CheckpointLines {
        /// Limit in lines.
        limit: u64,
    },
    /// The checkpoint is signed by a known log, but not by the log instance of the entry.
    CheckpointLog,
    /// The line of a known key does not verify over the text of the note.
    CheckpointSignature {
        /// Index of the line among the signature lines.
        line: u32,
    },
    /// No signature line is of the log.
    CheckpointUnsigned,
    /// Of these tree sizes neither is a prefix of the other in a way that a proof can show.
    ConsistencySizes {
        /// Size of the older tree.
        size1: u64,
        /// Size of the newer tree.
        size2: u64,
    },
    /// A cosignature of a known witness is malformed or does not verify.
    Cosignature {
        /// Index of the line among the signature lines.
        line: u32,
    },
    /// The origin of the checkpoint has the form of the other generation of Rekor.
    Generation,
    /// `kind` or `apiVersion` of the body differ from those of the entry.
    KindMismatch,
    /// No body format is known for this pair of kind and version.
    KindUnsupported,
    /// The leaf index is not below the tree size.
    LeafIndexRange {
        /// Index of the leaf.
        leaf_index: u64,
        /// Number of leaves.
        tree_size: u64,
    },
    /// Bytes are not a signed note or not a checkpoint.
    Note(NoteDefect),
    /// The origin of the checkpoint does not belong to the name on the log's line.
    Origin,
    /// The proof has another number of hashes than index and size require.
    ProofLength {
        /// Required number.
        required: u32,
        /// Number present; `u32::MAX` stands for that many or more.
        present: u32,
    },
    /// The proof leads to another root than the expected one.
    RootMismatch,
    /// The signed entry timestamp does not verify, or its time is outside the years 1970..=9999.
    Set,
    /// The budget of signature checks is spent.
    SignatureTotal,
    /// A text is not a C2SP verifier key.
    VerifierKey,
}

/// What is wrong in a signed note, checkpoint included.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteDefect {
    /// A control character other than newline.
    Control,
    /// An extension line is empty.
    Extension,
    /// The last line does not end with a newline.
    FinalNewline,
    /// The origin line is empty or not there.
    Origin,
    /// The root line is not there or not canonical base64.
    Root,
    /// The root hash is not 32 bytes long.
    RootLength,
    /// No empty line separates the text from the signature lines.
    Separator,
    /// A signature line is not an em dash, a name and base64 of more than 4 bytes.
    SignatureLine,
    /// The size line is not there or not a decimal number without sign and leading zero in 0..=2^63−1.
    Size,
    /// No signature line.
    Unsigned,
    /// Not UTF-8.
    Utf8,
}

impl Error {
    /// The stable code; programs match nothing else.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BodyJson(error) => json_code(error.kind),
            Self::BodyField(_)
            | Self::BodyDigest(_)
            | Self::BodyPem(_)
            | Self::BodyKeyDetails(_)
            | Self::BodyVerifier(_) => "log-binding/body",
            Self::CheckpointBytes { .. } => "limits/checkpoint-bytes",
            Self::CheckpointLines { .. } => "limits/checkpoint-lines",
            Self::CheckpointLog => "log-inclusion/checkpoint-log",
            Self::CheckpointSignature { .. } => "log-inclusion/checkpoint-signature",
            Self::CheckpointUnsigned => "log-inclusion/checkpoint-unsigned",
            Self::Cosignature { .. } => "log-inclusion/cosignature",
            Self::Generation => "log-inclusion/generation",
            Self::KindMismatch => "log-binding/kind-mismatch",
            Self::KindUnsupported => "log-binding/kind-unsupported",
            Self::LeafIndexRange { .. } => "log-inclusion/index",
            Self::Note(_) => "log-inclusion/checkpoint",
            Self::Origin => "log-inclusion/origin",
            Self::ConsistencySizes { .. } | Self::ProofLength { .. } | Self::RootMismatch => {
                "log-inclusion/proof"
            }
            Self::Set => "time/set",
            Self::SignatureTotal => "limits/signature-total",
            Self::VerifierKey => "policy/malformed",
        }
    }
}

impl Error {
    /// The check that failed, such as `L11`; a limit counts as the check that reached it.
    #[must_use]
    pub const fn check_id(&self) -> &'static str {
        match self {
            Self::BodyDigest(_)
            | Self::BodyField(_)
            | Self::BodyJson(_)
            | Self::BodyKeyDetails(_)
            | Self::BodyPem(_)
            | Self::BodyVerifier(_)
            | Self::KindMismatch
            | Self::KindUnsupported => "L01",
            Self::Generation => "L03",
            Self::Set => "L05",
            Self::CheckpointBytes { .. } | Self::CheckpointLines { .. } | Self::Note(_) => "L08",
            Self::CheckpointSignature { .. } | Self::CheckpointUnsigned | Self::SignatureTotal => "L09",
            Self::CheckpointLog => "L10",
            Self::Origin => "L11",
            Self::LeafIndexRange { .. } => "L12",
            Self::ConsistencySizes { .. } | Self::ProofLength { .. } | Self::RootMismatch => "L14",
            Self::Cosignature { .. } | Self::VerifierKey => "L20",
        }
    }
}

/// Limits of the JSON reader have codes of their own; all else is a wrong body.
const fn json_code(kind: JsonErrorKind) -> &'static str {
    match kind {
        JsonErrorKind::Depth => "limits/json-depth",
        JsonErrorKind::Members => "limits/json-members",
        JsonErrorKind::StringBytes => "limits/json-string-bytes",
        JsonErrorKind::DuplicateMember
        | JsonErrorKind::LoneSurrogate
        | JsonErrorKind::Syntax
        | JsonErrorKind::TrailingBytes
        | JsonErrorKind::Utf8
        | _ => "log-binding/body",
    }
}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        Self::BodyField(error)
    }
}

impl From<JsonError> for Error {
    fn from(error: JsonError) -> Self {
        Self::BodyJson(error)
    }
}

impl From<NoteDefect> for Error {
    fn from(defect: NoteDefect) -> Self {
        Self::Note(defect)
    }
}

/// The budget is never a verdict on the evidence; every other failure of a check is `refusal`.
pub(crate) fn signature_refusal(error: SignatureError, refusal: Error) -> Error {
    if error == SignatureError::Budget { Error::SignatureTotal } else { refusal }
}

impl core::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BodyField(error) => write_field(f, error),
            Self::BodyJson(error) => write!(f, "entry body is not strict JSON at byte {}", error.offset),
            Self::BodyDigest(pointer) => {
                write!(f, "entry body has no digest of a supported algorithm at {pointer}")
            }
            Self::BodyPem(pointer) => {
                write!(f, "entry body has no single certificate or public key at {pointer}")
            }
            Self::BodyKeyDetails(pointer) => {
                write!(f, "entry body names unsupported key details at {pointer}")
            }
            Self::BodyVerifier(pointer) => {
                write!(f, "entry body needs exactly one of certificate and public key at {pointer}")
            }
            Self::CheckpointBytes { limit, present } => {
                write!(f, "checkpoint is too long, at most {limit} bytes, found {present}")
            }
            Self::CheckpointLines { limit } => write!(f, "checkpoint has more than {limit} signature lines"),
            Self::CheckpointLog => {
                f.write_str("checkpoint is signed by another known log than that of the entry")
            }
            Self::CheckpointSignature { line } => {
                write!(f, "checkpoint signature line {line} does not verify")
            }
            Self::CheckpointUnsigned => f.write_str("checkpoint has no signature line of the log"),
            Self::ConsistencySizes { size1, size2 } => {
                write!(f, "consistency of tree sizes {size1} and {size2} cannot be proved")
            }
            Self::Cosignature { line } => write!(f, "witness cosignature line {line} does not verify"),
            Self::Generation => f.write_str("checkpoint origin has the form of the other log generation"),
            Self::KindMismatch => f.write_str("kind and version of the body differ from those of the entry"),
            Self::KindUnsupported => f.write_str("entry kind and version are not supported"),
            Self::LeafIndexRange { leaf_index, tree_size } => {
                write!(f, "leaf index must be below the tree size {tree_size}, found {leaf_index}")
            }
            Self::Note(defect) => write!(f, "checkpoint is malformed: {}", defect.text()),
            Self::Origin => f.write_str("checkpoint origin does not belong to the name of the log"),
            Self::ProofLength { required, present } => {
                write!(f, "proof needs {required} hashes, found {present}")
            }
            Self::RootMismatch => f.write_str("proof leads to another root hash"),
            Self::Set => f.write_str("signed entry timestamp does not verify"),
            Self::SignatureTotal => f.write_str("budget of signature checks is spent"),
            Self::VerifierKey => f.write_str("text is not a supported verifier key"),
        }
    }
}

fn write_field(f: &mut fmt::Formatter<'_>, error: &FieldError) -> fmt::Result {
    let pointer = &error.pointer;
    match error.kind {
        FieldErrorKind::Base64 => write!(f, "entry body has no canonical base64 at {pointer}"),
        FieldErrorKind::Missing => write!(f, "entry body lacks {pointer}"),
        FieldErrorKind::Type(expected) => write!(f, "entry body must have {expected} at {pointer}"),
        FieldErrorKind::UnknownMember | _ => write!(f, "entry body is wrong at {pointer}"),
    }
}

impl NoteDefect {
    const fn text(self) -> &'static str {
        match self {
            Self::Control => "control character",
            Self::Extension => "empty extension line",
            Self::FinalNewline => "no newline at the end",
            Self::Origin => "no origin",
            Self::Root => "root hash is not base64",
            Self::RootLength => "root hash is not 32 bytes",
            Self::Separator => "no empty line before the signatures",
            Self::SignatureLine => "signature line of another form",
            Self::Size => "tree size is not a decimal number",
            Self::Unsigned => "no signature line",
            Self::Utf8 => "not UTF-8",
        }
    }
}
