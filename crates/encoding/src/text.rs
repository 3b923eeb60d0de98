//! Text from inputs, made fit for messages.
use alloc::string::String;

/// Most characters of a quoted text.
const QUOTE_CHARS: usize = 64;
/// Most bytes of a detail.
const DETAIL_BYTES: usize = 256;
const CUT: char = '…';

/// Escapes control characters and quotes, and cuts to 64 characters (`…` marks the cut).
///
/// The result has at most 64 characters, the mark included, and no quotes are put around it. `"` and `\` get a
/// backslash; C0, DEL, C1, line and paragraph separators and bidirectional controls become `\u{…}`.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut quoted = String::new();
    // Length and byte position of the longest part that leaves room for the mark.
    let (mut length, mut cut_at) = (0_usize, 0_usize);
    for character in text.chars() {
        length = length.saturating_add(push_escaped(&mut quoted, character));
        if length > QUOTE_CHARS {
            quoted.truncate(cut_at);
            quoted.push(CUT);
            return quoted;
        }
        if length < QUOTE_CHARS {
            cut_at = quoted.len();
        }
    }
    quoted
}

/// Appends a character in a form that cannot change how a message looks; returns how many characters that took.
fn push_escaped(quoted: &mut String, character: char) -> usize {
    if matches!(character, '"' | '\\') {
        quoted.push('\\');
        quoted.push(character);
        return 2;
    }
    if !is_deceptive(character) {
        quoted.push(character);
        return 1;
    }
    character.escape_unicode().fold(0, |length, escaped| {
        quoted.push(escaped);
        length.saturating_add(1)
    })
}

/// Controls, separators of lines, and marks that reorder text.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A detail is at most 256 bytes; cuts at a character boundary.
#[must_use]
pub fn clip(mut detail: String) -> String {
    detail.truncate(detail.floor_char_boundary(DETAIL_BYTES));
    detail
}

/// Whether the text holds a control character (C0, DEL, C1).
#[must_use]
pub fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_what_would_mislead() {
        assert_eq!(quote("a\"b\\c"), "a\\\"b\\\\c");
        assert_eq!(quote("\n\0\u{7f}\u{85}"), "\\u{a}\\u{0}\\u{7f}\\u{85}");
        assert_eq!(quote("\u{202e}\u{2066}\u{200f}\u{2028}"), "\\u{202e}\\u{2066}\\u{200f}\\u{2028}");
        assert_eq!(quote("Grüße"), "Grüße");
    }

    #[test]
    fn cuts_at_the_limit_and_one_above() {
        let at_limit = "é".repeat(64);
        assert_eq!(quote(&at_limit), at_limit);
        assert_eq!(quote(&"é".repeat(65)), "é".repeat(63) + "…");
        assert_eq!(quote(&("a".repeat(60) + "\u{202e}")), "a".repeat(60) + "…");
        assert_eq!(clip("é".repeat(128)).len(), 256);
        assert_eq!(clip("€".repeat(100)).len(), 255);
    }

    #[test]
    fn finds_controls() {
        assert!(has_control("a\u{9f}") && has_control("\t") && has_control("\u{7f}"));
        assert!(!has_control("a \u{a0}é"));
    }

    proptest! {
        #![proptest_config(crate::repeatable())]

        #[test]
        fn quoted_text_is_short_and_plain(text: String) {
            let quoted = quote(&text);
            prop_assert!(quoted.chars().count() <= QUOTE_CHARS);
            prop_assert!(!quoted.chars().any(is_deceptive));
        }
    }
}
