//! Checked JSON text, kept: a part of a request that is read when it is needed.
use alloc::string::String;
use core::fmt;

use cretula_encoding::fields::{Field, Object};
use cretula_encoding::json::{self, JsonErrorKind, JsonLimits, Kind, Value};

use crate::canonical::Canonical;
use crate::error::{AttestError, ErrorKind};

/// Text that was checked before.
const UNLIMITED: JsonLimits =
    JsonLimits { max_depth: usize::MAX, max_members: usize::MAX, max_string_bytes: usize::MAX };
/// Nesting of every document but raw predicates.
const DOCUMENT: JsonLimits =
    JsonLimits { max_depth: 32, max_members: usize::MAX, max_string_bytes: usize::MAX };

/// Reads a whole document strictly; its length is bounded by whoever took it in.
pub(crate) fn parse(text: &[u8]) -> Result<Value<'_>, AttestError> {
    Ok(json::parse(text, &DOCUMENT)?)
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
    let value = json::parse(text, &limits).map_err(|error| match error.kind {
        JsonErrorKind::Depth => {
            AttestError::new(ErrorKind::LimitPredicateDepth, "the predicate is nested too deeply")
        }
        _ => AttestError::from(error),
    })?;
    if value.kind() == Kind::Object {
        return Ok(value);
    }
    Err(AttestError::new(ErrorKind::PredicateField, "a predicate is an object"))
}
