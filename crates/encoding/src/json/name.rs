//! Strings of checked text: unescaped, and in the order of RFC 8785 §3.2.3.
use core::cmp::Ordering;
use core::str::Chars;

/// Characters of a string of checked text, unescaped, up to its closing quote.
pub(super) struct Characters<'a> {
    rest: Chars<'a>,
}

impl<'a> Characters<'a> {
    /// Reads from a position inside of the quotes.
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text.chars() }
    }

    /// What follows a backslash. Checked text has no other escapes and no lone surrogate.
    fn escaped(&mut self) -> Option<char> {
        Some(match self.rest.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => self.unicode()?,
            quoted => quoted,
        })
    }

    fn unicode(&mut self) -> Option<char> {
        let first = self.code_unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        let _backslash_u = (self.rest.next()?, self.rest.next()?);
        let second = self.code_unit()?;
        let high = first.checked_sub(0xd800)?.checked_mul(0x400)?;
        let low = second.checked_sub(0xdc00)?;
        char::from_u32(high.checked_add(low)?.checked_add(0x1_0000)?)
    }

    fn code_unit(&mut self) -> Option<u32> {
        self.rest.by_ref().take(4).try_fold(0_u32, |unit, digit| Some(unit << 4 | digit.to_digit(16)?))
    }
}

impl Iterator for Characters<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self.rest.next()? {
            '"' => None,
            '\\' => self.escaped(),
            plain => Some(plain),
        }
    }
}

/// Compares two strings of checked text, whose opening quotes stand at these positions, by UTF-16 code units.
pub(crate) fn compare_names(text: &str, left: usize, right: usize) -> Ordering {
    let (left, right) = (inside(text, left), inside(text, right));
    let equal = |(left, right): &(u8, u8)| left == right && !matches!(left, b'"' | b'\\');
    let common = left.bytes().zip(right.bytes()).take_while(equal).count();
    match (left.as_bytes().get(common), right.as_bytes().get(common)) {
        (Some(b'\\'), _) | (_, Some(b'\\')) => ranks_from(left, common).cmp(ranks_from(right, common)),
        (left, right) => left.map(utf8_rank).cmp(&right.map(utf8_rank)),
    }
}

/// Whether the string of checked text, whose opening quote stands at this position, is `name`.
pub(crate) fn name_is(text: &str, at: usize, name: &str) -> bool {
    let string = inside(text, at);
    match string.strip_prefix(name) {
        Some(rest) if rest.starts_with('"') => !name.contains(['"', '\\']),
        // Stops at the first difference: what follows in the document is not looked at.
        _ => Characters::new(string).eq(name.chars()),
    }
}

fn ranks_from(string: &str, position: usize) -> impl Iterator<Item = u32> {
    Characters::new(string.get(position..).unwrap_or_default()).map(utf16_rank)
}

fn inside(text: &str, at: usize) -> &str {
    text.get(at.saturating_add(1)..).unwrap_or_default()
}

/// Orders bytes of UTF-8 as UTF-16 would: U+E000..=U+FFFF (EE, EF) come after the planes above (F0..=F4).
const fn utf8_rank(byte: &u8) -> u8 {
    match *byte {
        b'"' => 0,
        0xee | 0xef => byte.wrapping_add(0x10),
        other => other,
    }
}

/// Orders characters as UTF-16 would.
fn utf16_rank(character: char) -> u32 {
    match u32::from(character) {
        code @ 0xe000..=0xffff => code.wrapping_add(0x11_0000),
        code => code,
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "numbers in tests are small")]
mod tests {
    use super::*;
    use alloc::{format, string::String};
    use proptest::prelude::*;

    fn escaped(name: &str, every: usize) -> String {
        let mut units = [0_u16; 2];
        name.chars()
            .enumerate()
            .map(|(index, character)| {
                if index % every == 0 || matches!(character, '"' | '\\' | '\0'..='\u{1f}') {
                    character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
                } else {
                    String::from(character)
                }
            })
            .collect()
    }

    #[test]
    fn all_escapes() {
        let text = r#"\"\\\/\b\f\n\r\t\u00e9\ud83d\uDE00x" tail"#;
        assert_eq!(Characters::new(text).collect::<String>(), "\"\\/\u{8}\u{c}\n\r\té😀x");
    }

    proptest! {
        #![proptest_config(crate::repeatable())]

        #[test]
        fn order_is_that_of_utf16(
            left in "[ab\"\\\\é\u{e000}\u{ffff}\u{10000}\n]{0,4}",
            right in "[ab\"\\\\é\u{e000}\u{ffff}\u{10000}\n]{0,4}",
            every in 1_usize..4,
        ) {
            let text = format!("\"{}\"\"{}\"", escaped(&left, every), escaped(&right, every + 1));
            let second = escaped(&left, every).len() + 2;
            prop_assert_eq!(compare_names(&text, 0, second), left.encode_utf16().cmp(right.encode_utf16()));
            prop_assert_eq!(compare_names(&text, 0, 0), Ordering::Equal);
            prop_assert!(name_is(&text, 0, &left) && name_is(&text, second, &right));
            prop_assert_eq!(name_is(&text, 0, &right), left == right);
        }
    }
}
