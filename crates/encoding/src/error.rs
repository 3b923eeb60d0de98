//! One error for all binary and text encodings (JSON documents: [`crate::json::JsonError`], [`crate::fields::FieldError`]).
use crate::der::Tag;
use core::fmt;

/// What was found, and where. `offset` counts bytes from the start of the input that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    /// What was found.
    pub kind: ErrorKind,
    /// Byte offset in the input.
    pub offset: usize,
}

/// What an encoding violated.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Base64 outside the demanded alphabet, without canonical padding or with trailing bits set.
    Base64,
    /// A BIT STRING without its first octet, with more than seven unused bits, or with unused bits set.
    BitString,
    /// A BOOLEAN that is neither 00 nor FF.
    Boolean,
    /// Nested deeper than the limit.
    Depth,
    /// Hexadecimal of odd length or with another character than `0-9a-f`.
    Hex,
    /// An INTEGER without content, padded, or negative where it may not be.
    Integer,
    /// An INTEGER above 64 bits where a small one is expected.
    IntegerRange,
    /// An indefinite length, a length in more octets than needed, or one above 32 bits.
    Length,
    /// A NULL with content.
    Null,
    /// An OBJECT IDENTIFIER without content, with a padded or cut arc, or not in dotted decimal form.
    Oid,
    /// No PEM block, or one that does not end.
    PemBlock,
    /// More PEM blocks than allowed.
    PemCount,
    /// A PEM block has the wrong label.
    PemLabel,
    /// Text before or after a PEM block that has to stand alone.
    PemText,
    /// Another DER tag than the expected one.
    Tag {
        /// Tag that has to stand here.
        expected: Tag,
        /// Tag that stands here.
        found: Tag,
    },
    /// A tag number above 30, tag 0, or a universal type in primitive form that must be constructed, or vice versa.
    TagForm,
    /// Not a point in time of the expected form, an impossible date, or a year outside 1970..=9999.
    Time,
    /// Something follows the last element.
    TrailingBytes,
    /// The input ends inside an element.
    Truncated,
    /// Not UTF-8.
    Utf8,
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at byte {}", self.kind, self.offset)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Base64 => "not canonical base64",
            Self::BitString => "malformed BIT STRING",
            Self::Boolean => "malformed BOOLEAN",
            Self::Depth => "nested too deeply",
            Self::Hex => "not lower-case hexadecimal",
            Self::Integer => "malformed or negative INTEGER",
            Self::IntegerRange => "INTEGER above 64 bits",
            Self::Length => "indefinite or not minimal length",
            Self::Null => "malformed NULL",
            Self::Oid => "malformed OBJECT IDENTIFIER",
            Self::PemBlock => "no complete PEM block",
            Self::PemCount => "too many PEM blocks",
            Self::PemLabel => "wrong PEM label",
            Self::PemText => "text outside of the PEM block",
            Self::Tag { expected, found } => {
                return write!(out, "expected tag {:02x}, found {:02x}", expected.0, found.0);
            }
            Self::TagForm => "tag not allowed in DER",
            Self::Time => "not a valid time",
            Self::TrailingBytes => "trailing bytes",
            Self::Truncated => "input ends inside an element",
            Self::Utf8 => "not UTF-8",
        };
        out.write_str(text)
    }
}

impl core::error::Error for Error {}
