//! Foreign text on a terminal, and layout.

use cretula_encoding::text::quote;

/// Width of the names of rows.
const NAME_WIDTH: usize = 14;

/// Text from inputs, with everything escaped that could change how the lines around it look.
///
/// Nothing is cut: identities are compared by eye, and the module bounds their length.
pub(crate) fn foreign(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, character| {
        // Quotes and backslashes are harmless here; the rest is decided where details are escaped.
        match character {
            '"' | '\\' => shown.push(character),
            _ => shown.push_str(&quote(character.encode_utf8(&mut [0; 4]))),
        }
        shown
    })
}

/// A word for a POSIX shell; `None` for text that a person should not paste.
pub(crate) fn shell_word(text: &str) -> Option<String> {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./:@%+=,".contains(character);
    if text.chars().any(|character| !character.is_ascii_graphic() && character != ' ') {
        return None;
    }
    if !text.is_empty() && text.chars().all(plain) {
        return Some(text.to_owned());
    }
    Some(format!("'{}'", text.replace('\'', "'\\''")))
}

/// A named row, indented; further lines of the value stand below its first.
pub(crate) fn row(name: &str, value: &str) -> String {
    let mut text = String::new();
    for (index, line) in value.lines().enumerate() {
        let name = if index == 0 { name } else { "" };
        text.push_str(format!("  {name:NAME_WIDTH$}{line}").trim_end());
        text.push('\n');
    }
    text
}

/// Canonical JSON with indentation, for people. The bytes between the white space stay as they are.
pub(crate) fn indented(json: &[u8]) -> Vec<u8> {
    let mut shown = Vec::with_capacity(json.len().saturating_mul(2));
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    let mut bytes = json.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if in_text {
            shown.push(byte);
            in_text = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'{' | b'[' => {
                shown.push(byte);
                if let Some(end) = bytes.next_if(|next| matches!(next, b'}' | b']')) {
                    shown.push(end);
                } else {
                    depth = depth.saturating_add(1);
                    line_break(&mut shown, depth);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                line_break(&mut shown, depth);
                shown.push(byte);
            }
            b',' => {
                shown.push(byte);
                line_break(&mut shown, depth);
            }
            b':' => shown.extend_from_slice(b": "),
            _ => {
                in_text = byte == b'"';
                shown.push(byte);
            }
        }
    }
    shown.push(b'\n');
    shown
}

fn line_break(shown: &mut Vec<u8>, depth: usize) {
    shown.push(b'\n');
    shown.extend(std::iter::repeat_n(b' ', depth.saturating_mul(2)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_and_nothing_else() {
        let shown = indented(br#"{"a":[1,{}],"b":"x\"{,:\\","c":[]}"#);
        let expected = "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"x\\\"{,:\\\\\",\n  \"c\": []\n}\n";
        assert_eq!(String::from_utf8(shown).unwrap(), expected);
    }

    #[test]
    fn foreign_text_cannot_paint_or_reorder() {
        assert_eq!(foreign("a\u{1b}[31m\n\u{202e}b"), "a\\u{1b}[31m\\u{a}\\u{202e}b");
        assert_eq!(foreign("https://é.example/\"x\"\\"), "https://é.example/\"x\"\\");
    }

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_word("https://a/b@refs/heads/main").unwrap(), "https://a/b@refs/heads/main");
        assert_eq!(shell_word("a b'c$(d)").unwrap(), "'a b'\\''c$(d)'");
        assert_eq!(shell_word("").unwrap(), "''");
        assert_eq!(shell_word("a\nb"), None);
    }
}
