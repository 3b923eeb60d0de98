//! Strict JSON (RFC 8259, RFC 7493): the whole text is checked once, without recursion and without building a tree;
//! what is handed out are views into the checked text.
//!
//! Refused at every depth, also inside members that nobody reads: duplicate member names (after unescaping), lone
//! surrogates, a byte-order mark, trailing bytes, depth, member and string limits (P01, P02).
//!
//! Memory while checking: 8 bytes for each level up to the depth limit, and 4 bytes for each member name of the objects
//! that are open; with the growth of that list this is below 3 times the input. Views allocate only to unescape a text.
use core::fmt;

mod check;
mod name;
pub(crate) mod scan;
mod tree;
mod value;
pub(crate) mod write;

pub(crate) use name::{compare_names, name_is};
pub use tree::Tree;
pub use value::{Elements, Kind, Members, Value};

/// Bounds while reading.
#[derive(Debug, Clone, Copy)]
pub struct JsonLimits {
    /// Greatest nesting; a scalar has depth 0, `[]` depth 1.
    pub max_depth: usize,
    /// Members of one object.
    pub max_members: usize,
    /// Bytes of one string or name, as written, without its quotes.
    pub max_string_bytes: usize,
}

/// Why a text is not acceptable JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonError {
    /// What was found.
    pub kind: JsonErrorKind,
    /// Byte offset.
    pub offset: usize,
}

/// Kinds of [`JsonError`].
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonErrorKind {
    /// Nested deeper than the limit.
    Depth,
    /// Two members of one object have the same name; the offset is that of a later one.
    DuplicateMember,
    /// Longer than 2³²−1 bytes.
    InputBytes,
    /// Half of a surrogate pair.
    LoneSurrogate,
    /// More members than the limit.
    Members,
    /// A string longer than the limit.
    StringBytes,
    /// Not JSON.
    Syntax,
    /// Something other than white space follows the value.
    TrailingBytes,
    /// Not UTF-8, or a byte-order mark.
    Utf8,
}

impl fmt::Display for JsonError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at byte {}", self.kind, self.offset)
    }
}

impl fmt::Display for JsonErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Depth => "nested too deeply",
            Self::DuplicateMember => "duplicate member name",
            Self::InputBytes => "longer than 32 bits can count",
            Self::LoneSurrogate => "lone surrogate",
            Self::Members => "too many members",
            Self::StringBytes => "string too long",
            Self::Syntax => "not JSON",
            Self::TrailingBytes => "trailing bytes",
            Self::Utf8 => "not UTF-8 without byte-order mark",
        })
    }
}

impl core::error::Error for JsonError {}

/// Checks the whole text: one value of any kind, white space around it.
///
/// Duplicate names are reported when their object ends, everything else where it stands.
///
/// # Errors
/// The first violation.
pub fn parse<'a>(text: &'a [u8], limits: &JsonLimits) -> Result<Value<'a>, JsonError> {
    let utf8_error = |offset| JsonError { kind: JsonErrorKind::Utf8, offset };
    if text.starts_with(b"\xef\xbb\xbf") {
        return Err(utf8_error(0));
    }
    let text = core::str::from_utf8(text).map_err(|error| utf8_error(error.valid_up_to()))?;
    check::check(text, limits)?;
    let start = scan::skip_space(text.as_bytes(), 0);
    Ok(Value::at(text, start, 0))
}
