//! Text from tokens and services, made fit for lines that people and programs read.

use cretula_encoding::text::quote;

/// Most bytes of a foreign text in an event or an audit line.
pub(crate) const FOREIGN_BYTES: usize = 256;

/// Escapes everything that could change how a line looks and cuts to 256 bytes (`…` marks the cut).
pub(crate) fn foreign(text: &str) -> String {
    const CUT: &str = "…";
    let most = FOREIGN_BYTES.saturating_sub(CUT.len());
    let mut shown = String::new();
    // Length of the longest part that leaves room for the mark.
    let mut cut_at = 0;
    for character in text.chars() {
        shown.push_str(&quote(character.encode_utf8(&mut [0; 4])));
        if shown.len() > FOREIGN_BYTES {
            shown.truncate(cut_at);
            shown.push_str(CUT);
            return shown;
        }
        if shown.len() <= most {
            cut_at = shown.len();
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_escaped_and_length_is_bounded() {
        assert_eq!(foreign("a\nb\u{202e}c\"d"), "a\\u{a}b\\u{202e}c\\\"d");
        assert_eq!(foreign(&"x".repeat(256)), "x".repeat(256));
        assert_eq!(foreign(&"x".repeat(257)), "x".repeat(253) + "…");
        assert!(foreign(&"\n€".repeat(300)).len() <= FOREIGN_BYTES);
    }
}
