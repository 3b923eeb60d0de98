//! Checked JSON text, kept: a part of a request that is read when it is needed.
use alloc::string::String;
use core::fmt;

use cretula_encoding::fields::{Field, Object};
use cretula_encoding::json::{self, JsonErrorKind, JsonLimits, Kind, Value};

use crate::canonical::Canonical;
use crate::error::{AttestError, ErrorKind};

/// Greatest integer of every reader of JSON.
pub(crate) const MAX_INTEGER: u64 = 9_007_199_254_740_991;
/// Text that was checked before.
const UNLIMITED: JsonLimits =
    JsonLimits { max_depth: usize::MAX, max_members: usize::MAX, max_string_bytes: usize::MAX };
/// Nesting of every document but raw predicates.
const DOCUMENT: JsonLimits =
    JsonLimits { max_depth: 32, max_members: usize::MAX, max_string_bytes: usize::MAX };

/// Reads a whole document strictly; its length is bounded by whoever took it in.
///
/// # Errors
/// `input/…`; `input/number` for an integer outside ±(2^53−1) at any place.
pub(crate) fn parse(text: &[u8]) -> Result<Value<'_>, AttestError> {
    let value = json::parse(text, &DOCUMENT)?;
    match great_integer(value.source()) {
        Some(offset) => {
            let detail = alloc::format!("an integer is outside 2^53 - 1, at byte {offset} of the value");
            Err(AttestError::new(ErrorKind::InputNumber, detail))
        }
        None => Ok(value),
    }
}

/// Where a checked text holds an integer that not every reader keeps (RFC 7493 §2.2).
fn great_integer(text: &str) -> Option<usize> {
    let mut rest = text;
    loop {
        let start = rest.find(|character: char| character == '"' || character.is_ascii_digit())?;
        rest = rest.get(start..)?;
        if let Some(inside) = rest.strip_prefix('"') {
            rest = after_text(inside);
            continue;
        }
        let end = rest.find(|character: char| !matches!(character, '0'..='9' | '.' | 'e' | 'E' | '+' | '-'));
        let (number, after) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        let is_integer = number.bytes().all(|byte| byte.is_ascii_digit());
        if is_integer && !number.parse::<u64>().is_ok_and(|magnitude| magnitude <= MAX_INTEGER) {
            return text.len().checked_sub(rest.len());
        }
        rest = after;
    }
}

/// What follows a text, of which the first quote is cut off.
fn after_text(inside: &str) -> &str {
    let mut rest = inside;
    while let Some(at) = rest.find(['"', '\\']) {
        let Some((special, after)) = rest.get(at..).and_then(|found| found.split_at_checked(1)) else {
            break;
        };
        if special == "\"" {
            return after;
        }
        // What is escaped is one byte at least, and never one of several.
        rest = after.get(1..).unwrap_or_default();
    }
    ""
}

/// A part of a document with its place. It may hold secrets, so it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Document {
    text: String,
    pointer: String,
}

impl Document {
    pub(crate) fn of(field: &Field<'_>) -> Self {
        Self { text: String::from(field.value.source()), pointer: field.pointer.clone() }
    }

    /// As [`Self::of`], for a part that must be an object.
    pub(crate) fn of_object(field: &Field<'_>) -> Result<Self, AttestError> {
        field.clone().object()?;
        Ok(Self::of(field))
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn field(&self) -> Result<Field<'_>, AttestError> {
        Ok(Field { value: json::parse(self.text.as_bytes(), &UNLIMITED)?, pointer: self.pointer.clone() })
    }

    pub(crate) fn object(&self) -> Result<Object<'_>, AttestError> {
        Ok(self.field()?.object()?)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Document({} bytes at {:?})", self.text.len(), self.pointer)
    }
}

/// Reads what was put together here.
pub(crate) fn parse_built(text: &Canonical) -> Result<Value<'_>, AttestError> {
    Ok(json::parse(text.as_str().as_bytes(), &UNLIMITED)?)
}

/// Reads a raw predicate, which may be nested deeper than other documents.
///
/// # Errors
/// `limits/predicate-depth`, `predicate/field` if it is no object, `input/…`.
pub(crate) fn parse_predicate(text: &[u8], max_depth: usize) -> Result<Value<'_>, AttestError> {
    let limits = JsonLimits { max_depth, ..UNLIMITED };
    let value = json::parse(text, &limits).map_err(|error| {
        if error.kind == JsonErrorKind::Depth {
            return AttestError::new(ErrorKind::LimitPredicateDepth, "the predicate is nested too deeply");
        }
        AttestError::from(error)
    })?;
    if value.kind() == Kind::Object {
        return Ok(value);
    }
    Err(AttestError::new(ErrorKind::PredicateField, "a predicate is an object"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_a_whole_document() {
        let code = |text: &str| parse(text.as_bytes()).map_or_else(|error| error.code(), |_| "");
        for good in [
            "[9007199254740991,-9007199254740991,0,1.5e400]",
            r#"{"9007199254740992":"9007199254740992","\\":"\"9007199254740992"}"#,
            "\"\\\\\"",
        ] {
            assert_eq!(code(good), "", "{good}");
        }
        for wrong in
            ["9007199254740992", r#"{"a\"":[{"b":-9007199254740992}]}"#, r#"["\\",18446744073709551616]"#]
        {
            assert_eq!(code(wrong), "input/number", "{wrong}");
        }
    }
}
