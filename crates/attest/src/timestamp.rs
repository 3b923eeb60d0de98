//! Times in predicates: RFC 3339 UTC with `Z`.
use alloc::string::String;

use cretula_encoding::json::Value;
use cretula_encoding::time::Time;

use crate::error::{AttestError, ErrorKind};

/// Reads a time; offsets other than `Z` are refused.
///
/// # Errors
/// `time/format`.
pub(crate) fn parse(value: &Value<'_>, pointer: &str) -> Result<Time, AttestError> {
    let text = value.as_text().filter(|text| text.ends_with('Z'));
    let time = text.and_then(|text| Time::parse_rfc3339(&text).ok());
    time.ok_or_else(|| AttestError::new(ErrorKind::TimeFormat, "expected RFC 3339 UTC with Z").at(pointer))
}

/// As it is written: no fraction, or one of 1 to 9 digits without trailing zeros.
pub(crate) fn encode(time: Time) -> String {
    time.to_rfc3339()
}

/// Nothing ends before it starts.
///
/// # Errors
/// `time/order`.
pub(crate) fn check_order(start: Option<Time>, end: Option<Time>, pointer: &str) -> Result<(), AttestError> {
    match (start, end) {
        (Some(start), Some(end)) if end < start => {
            Err(AttestError::new(ErrorKind::TimeOrder, "the end is before the start").at(pointer))
        }
        _ => Ok(()),
    }
}
