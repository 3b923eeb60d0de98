//! Writing in the form of RFC 8785.
use super::scan;
use alloc::vec::Vec;
use core::fmt::Write as _;

/// A string with its quotes (RFC 8785 §3.2.2.2).
pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let plain = scan::distance(rest, 0, |byte| byte < 0x20 || byte == b'"' || byte == b'\\');
        let (before, from) = rest.split_at_checked(plain).unwrap_or((rest, &[]));
        out.extend_from_slice(before);
        let Some((special, after)) = from.split_first() else { break };
        push_escape(out, *special);
        rest = after;
    }
    out.push(b'"');
}

fn push_escape(out: &mut Vec<u8>, special: u8) {
    let short = match special {
        0x08 => b'b',
        0x09 => b't',
        0x0a => b'n',
        0x0c => b'f',
        0x0d => b'r',
        b'"' | b'\\' => special,
        _ => return push_display(out, format_args!("\\u{special:04x}")),
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Formatted text, as it is.
pub(crate) fn push_display(out: &mut Vec<u8>, text: impl core::fmt::Display) {
    let mut formatted = alloc::string::String::new();
    // Writing to a String does not fail.
    let _infallible = write!(formatted, "{text}");
    out.extend_from_slice(formatted.as_bytes());
}

/// A comma, unless a container has just been opened.
pub(crate) fn push_separator(out: &mut Vec<u8>) {
    if !matches!(out.last(), Some(b'[' | b'{')) {
        out.push(b',');
    }
}
