//! Headers and messages of services, as far as anybody looks at them.

use crate::foreign::{FOREIGN_BYTES, foreign};

/// Greatest integer of a document (RFC 7493 §2.2).
const MAX_INTEGER: u64 = (1 << 53) - 1;
/// Longest run of letters that a message about a token may show.
const MAX_RUN: usize = 24;

/// Media type without parameters, lower case (RFC 9110 §8.3.1).
pub(super) fn media_type(header: Option<&str>) -> String {
    let essence = header.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    essence.to_ascii_lowercase()
}

/// Seconds (RFC 9110 §10.2.3); a date counts as absent.
pub(super) fn retry_after(header: Option<&str>) -> Option<u32> {
    digits(header)?.parse().ok()
}

/// Index of the entry that was there already.
pub(super) fn log_index(header: Option<&str>) -> Option<u64> {
    digits(header)?.parse().ok().filter(|index| *index <= MAX_INTEGER)
}

fn digits(header: Option<&str>) -> Option<&str> {
    header.map(str::trim).filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What a service said, for the host's own log: at most 256 bytes, escaped.
///
/// Where the request had a token, long runs of the letters that tokens are made of are left out: a service may repeat
/// what it got, whole or in part.
pub(super) fn message(body: &[u8], with_token: bool) -> String {
    let head = body.get(..FOREIGN_BYTES.saturating_mul(4)).unwrap_or(body);
    let text = String::from_utf8_lossy(head);
    if with_token { foreign(&without_long_runs(&text)) } else { foreign(&text) }
}

fn without_long_runs(text: &str) -> String {
    let is_of_tokens = |letter: char| {
        letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '+' | '/' | '=' | '%')
    };
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let run = rest.find(|letter| !is_of_tokens(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(run).unwrap_or((rest, ""));
        kept.push_str(if word.len() > MAX_RUN { "[…]" } else { word });
        let next = after.chars().next();
        kept.extend(next);
        rest = after.get(next.map_or(0, char::len_utf8)..).unwrap_or_default();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_strictly() {
        assert_eq!(media_type(Some("Application/JSON; charset=utf-8")), "application/json");
        assert_eq!(media_type(None), "");
        assert_eq!(retry_after(Some(" 7 ")), Some(7));
        for wrong in ["Wed, 21 Oct 2015 07:28:00 GMT", "-1", "1.5", "", "4294967296"] {
            assert_eq!(retry_after(Some(wrong)), None, "{wrong}");
        }
        assert_eq!(log_index(Some("9007199254740991")), Some(9_007_199_254_740_991));
        assert_eq!(log_index(Some("9007199254740992")), None);
        assert_eq!(log_index(Some("+1")), None);
    }

    #[test]
    fn messages_are_short_and_hold_no_token() {
        let token = format!("eyJ{}.eyJ{}.{}", "a".repeat(80), "b-_".repeat(30), "c".repeat(40));
        assert_eq!(message(format!("bad token {token}!").as_bytes(), true), "bad token […]!");
        for part in [token.get(..25), token.get(10..60)].map(|part| part.unwrap_or("?")) {
            let shown = message(format!("\"{part}\"").as_bytes(), true);
            assert!(!shown.contains(part), "{shown}");
        }
        assert_eq!(message(&[b'a', 0xff, b'\n'], false), "a\u{fffd}\\u{a}");
        assert!(message(&vec![b'\n'; 1 << 20], true).len() <= 256);
    }
}
