//! Typed reading of JSON objects: every member is taken by name, what is left over is an unknown member, and each
//! error carries the RFC 6901 pointer. `null` counts as absent (proto3 JSON; P02).
use crate::base64;
use crate::json::{Kind, Value};
use crate::text;
use crate::time::Time;
use alloc::{string::String, vec::Vec};
use core::fmt;

mod object;
pub use object::Object;

/// Why a document has the wrong shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// What is wrong there.
    pub kind: FieldErrorKind,
    /// RFC 6901 pointer to the value, cut to 256 bytes.
    pub pointer: String,
}

/// Kinds of [`FieldError`].
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldErrorKind {
    /// Not canonical standard base64.
    Base64,
    /// A demanded member is not there.
    Missing,
    /// Another JSON type, or a text outside the allowed set; says what was expected.
    Type(&'static str),
    /// A member that the format does not know.
    UnknownMember,
}

impl fmt::Display for FieldError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointer = text::quote(&self.pointer);
        match self.kind {
            FieldErrorKind::Base64 => write!(out, "not canonical base64 at \"{pointer}\""),
            FieldErrorKind::Missing => write!(out, "missing member \"{pointer}\""),
            FieldErrorKind::Type(expected) => write!(out, "expected {expected} at \"{pointer}\""),
            FieldErrorKind::UnknownMember => write!(out, "unknown member \"{pointer}\""),
        }
    }
}

impl core::error::Error for FieldError {}

/// One value and the place where it stands.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    /// The value, never `null`.
    pub value: Value<'a>,
    /// RFC 6901 pointer, cut to 256 bytes.
    pub pointer: String,
}

impl<'a> Field<'a> {
    /// The whole document.
    #[must_use]
    pub const fn root(value: Value<'a>) -> Self {
        Self { value, pointer: String::new() }
    }

    /// Reads an object. (Every accessor: [`FieldErrorKind::Type`] if the JSON type differs.)
    ///
    /// # Errors
    /// Not an object.
    pub fn object(self) -> Result<Object<'a>, FieldError> {
        Object::new(self.value, self.pointer)
    }

    /// Reads a list; elements that are `null` are an error. A text of many elements needs many times its memory here:
    /// compare [`Self::count`] with the limit first, or read with [`Self::items`].
    ///
    /// # Errors
    /// Not a list.
    pub fn list(self) -> Result<Vec<Self>, FieldError> {
        self.items()?.collect()
    }

    /// Reads a list element by element; elements that are `null` are an error.
    ///
    /// # Errors
    /// Not a list.
    pub fn items(&self) -> Result<impl Iterator<Item = Result<Self, FieldError>> + use<'a>, FieldError> {
        let elements = self.value.elements().ok_or_else(|| self.type_error("list"))?;
        let pointer = self.pointer.clone();
        Ok(elements.enumerate().map(move |(index, value)| {
            let pointer = child_pointer(&pointer, &alloc::format!("{index}"));
            let field = Self { value, pointer };
            if value.kind() == Kind::Null {
                Err(field.type_error("element other than null"))
            } else {
                Ok(field)
            }
        }))
    }

    /// Number of elements of a list.
    ///
    /// # Errors
    /// Not a list.
    pub fn count(&self) -> Result<usize, FieldError> {
        self.value.elements().map(Iterator::count).ok_or_else(|| self.type_error("list"))
    }

    /// A string.
    ///
    /// # Errors
    /// Not a string.
    pub fn text(&self) -> Result<String, FieldError> {
        self.value.as_text().map(String::from).ok_or_else(|| self.type_error("string"))
    }

    /// A string that is one of `allowed`; returns its index.
    ///
    /// # Errors
    /// Not a string, or another one.
    pub fn one_of(&self, allowed: &[&str]) -> Result<usize, FieldError> {
        let text = self.value.as_text().ok_or_else(|| self.type_error("string"))?;
        allowed.iter().position(|name| *name == text).ok_or_else(|| self.type_error("another value"))
    }

    /// A boolean.
    ///
    /// # Errors
    /// Not a boolean.
    pub fn bool(&self) -> Result<bool, FieldError> {
        self.value.as_bool().ok_or_else(|| self.type_error("boolean"))
    }

    /// A JSON integer in 0..=max.
    ///
    /// # Errors
    /// Not a number, a sign, fraction or exponent, or above `max`.
    pub fn uint(&self, max: u64) -> Result<u64, FieldError> {
        let number = self.value.as_number().and_then(decimal).filter(|number| *number <= max);
        number.ok_or_else(|| self.type_error("integer in range"))
    }

    /// proto3 int64 as text: decimal without sign or leading zero, 0..=2^63−1 (P03).
    ///
    /// # Errors
    /// Not such a string.
    pub fn u63_text(&self) -> Result<u64, FieldError> {
        let text = self.value.as_text();
        let number = text.as_deref().and_then(decimal).filter(|number| i64::try_from(*number).is_ok());
        number.ok_or_else(|| self.type_error("decimal integer as string"))
    }

    /// Canonical standard base64.
    ///
    /// # Errors
    /// Not a string, or [`FieldErrorKind::Base64`].
    pub fn bytes(&self) -> Result<Vec<u8>, FieldError> {
        let text = self.value.as_text().ok_or_else(|| self.type_error("base64 string"))?;
        base64::decode(&text).map_err(|_| self.error(FieldErrorKind::Base64))
    }

    /// RFC 3339.
    ///
    /// # Errors
    /// Not a time.
    pub fn time(&self) -> Result<Time, FieldError> {
        let time = self.value.as_text().and_then(|text| Time::parse_rfc3339(&text).ok());
        time.ok_or_else(|| self.type_error("RFC 3339 time as string"))
    }

    /// An error at this place.
    #[must_use]
    pub fn error(&self, kind: FieldErrorKind) -> FieldError {
        FieldError { kind, pointer: self.pointer.clone() }
    }

    fn type_error(&self, expected: &'static str) -> FieldError {
        self.error(FieldErrorKind::Type(expected))
    }
}

/// Digits without leading zero.
fn decimal(text: &str) -> Option<u64> {
    let minimal = text == "0" || !text.starts_with('0');
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if minimal && digits { text.parse().ok() } else { None }
}

/// RFC 6901 §3: `~` and `/` of a name are escaped. The pointer is cut to 256 bytes.
fn child_pointer(parent: &str, name: &str) -> String {
    let mut pointer = String::from(parent);
    pointer.push('/');
    // One character more than can stay, so that `clip` sees that it must cut.
    for character in name.chars().take(257) {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
    text::clip(pointer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{JsonLimits, parse};
    use alloc::string::ToString;

    const LIMITS: JsonLimits = JsonLimits { max_depth: 8, max_members: 8, max_string_bytes: 4096 };

    fn field(text: &str) -> Field<'_> {
        Field::root(parse(text.as_bytes(), &LIMITS).expect("JSON"))
    }

    fn type_of<T>(read: Result<T, FieldError>) -> Option<FieldErrorKind> {
        read.err().map(|error| error.kind)
    }

    #[test]
    fn integers() {
        assert_eq!(field("0").uint(0), Ok(0));
        assert_eq!(field("18446744073709551615").uint(u64::MAX), Ok(u64::MAX));
        for text in ["-1", "-0", "1.0", "1e2", "8", "18446744073709551616", "\"1\"", "true"] {
            assert_eq!(
                type_of(field(text).uint(7)),
                Some(FieldErrorKind::Type("integer in range")),
                "{text}"
            );
        }
        assert_eq!(field("\"9223372036854775807\"").u63_text(), Ok(9_223_372_036_854_775_807));
        for text in
            ["\"9223372036854775808\"", "\"\"", "\"01\"", "\"+1\"", "\"-1\"", "\" 1\"", "1", "\"1e1\""]
        {
            assert!(field(text).u63_text().is_err(), "{text}");
        }
    }

    #[test]
    fn texts() {
        assert_eq!(field(r#""\u0061/""#).text().as_deref(), Ok("a/"));
        assert_eq!(field("\"b\"").one_of(&["a", "b"]), Ok(1));
        assert_eq!(type_of(field("\"c\"").one_of(&["a", "b"])), Some(FieldErrorKind::Type("another value")));
        assert_eq!(field(r#""Zm9v""#).bytes(), Ok(b"foo".to_vec()));
        assert_eq!(field(r#""Zm9\u0076""#).bytes(), Ok(b"foo".to_vec()));
        assert_eq!(type_of(field("\"Zm9\"").bytes()), Some(FieldErrorKind::Base64));
        assert_eq!(field("\"1970-01-01T00:00:01Z\"").time().map(Time::secs), Ok(1));
        assert_eq!(type_of(field("1").text()), Some(FieldErrorKind::Type("string")));
        assert_eq!(field("false").bool(), Ok(false));
        assert_eq!(type_of(field("\"true\"").bool()), Some(FieldErrorKind::Type("boolean")));
    }

    #[test]
    fn lists() {
        let list = field("[1, [], {\"a\": 2}]");
        assert_eq!(list.count(), Ok(3));
        let pointers: Vec<_> =
            list.list().expect("list").into_iter().map(|element| element.pointer).collect();
        assert_eq!(pointers, ["/0", "/1", "/2"]);
        let error = field("[1, null]").list().expect_err("null");
        assert_eq!(error.to_string(), "expected element other than null at \"/1\"");
        assert!(field("{}").list().is_err() && field("{}").count().is_err());
    }

    #[test]
    fn pointers_are_escaped_and_short() {
        assert_eq!(child_pointer("/a", "m~n/o"), "/a/m~0n~1o");
        assert_eq!(child_pointer("", &"é".repeat(2000)).len(), 255);
        assert_eq!(child_pointer(&"/a".repeat(128), "b"), "/a".repeat(128));
    }
}
