//! Object identifiers (X.660, X.690 §8.19).
use crate::{Error, ErrorKind};
use alloc::{string::String, vec::Vec};
use core::fmt::Write as _;

/// An object identifier: its content octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Oid<'a>(&'a [u8]);

impl<'a> Oid<'a> {
    /// From content octets known to be right (constants).
    #[must_use]
    pub const fn from_content(content: &'a [u8]) -> Self {
        Self(content)
    }

    /// Content octets.
    #[must_use]
    pub const fn content(self) -> &'a [u8] {
        self.0
    }

    /// Dotted decimal text; arcs above 64 bits are cut to `?`.
    #[must_use]
    pub fn to_dotted(self) -> String {
        let mut text = String::new();
        for (index, octets) in self.0.split_inclusive(|octet| octet & 0x80 == 0).enumerate() {
            match (index, subidentifier(octets)) {
                (0, None) => text.push_str("2.?"),
                (0, Some(value)) => {
                    let root = core::cmp::min(value / 40, 2);
                    push_arc(&mut text, root);
                    text.push('.');
                    push_arc(&mut text, value.saturating_sub(root.saturating_mul(40)));
                }
                (_, None) => text.push_str(".?"),
                (_, Some(value)) => {
                    text.push('.');
                    push_arc(&mut text, value);
                }
            }
        }
        text
    }
}

fn push_arc(text: &mut String, arc: u64) {
    // Writing to a String does not fail.
    let _infallible = write!(text, "{arc}");
}

/// Value of base-128 octets, if it fits 64 bits.
fn subidentifier(octets: &[u8]) -> Option<u64> {
    octets.iter().try_fold(0_u64, |sum, octet| sum.checked_mul(128)?.checked_add(u64::from(octet & 0x7f)))
}

/// X.690 §8.19.2: no arc starts with a padding octet, and the last one is complete.
pub(super) fn is_minimal(content: &[u8]) -> bool {
    let complete = content.last().is_some_and(|octet| octet & 0x80 == 0);
    complete && content.split_inclusive(|octet| octet & 0x80 == 0).all(|arc| arc.first() != Some(&0x80))
}

/// Content octets of a dotted decimal text.
///
/// # Errors
/// [`ErrorKind::Oid`] if there are fewer than two arcs, an arc is not a minimal decimal number of at most 64 bits, or
/// the first two are outside of 0..=2 and 0..=39 (any number under 2).
pub fn parse_dotted(text: &str) -> Result<Vec<u8>, Error> {
    dotted(text).ok_or(Error::new(ErrorKind::Oid, 0))
}

fn dotted(text: &str) -> Option<Vec<u8>> {
    let mut arcs = text.split('.').map(decimal);
    let root = arcs.next()??;
    let second = arcs.next()??;
    if root > 2 || (root < 2 && second > 39) {
        return None;
    }
    let mut content = Vec::new();
    push_subidentifier(&mut content, root.checked_mul(40)?.checked_add(second)?);
    for arc in arcs {
        push_subidentifier(&mut content, arc?);
    }
    Some(content)
}

fn decimal(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let minimal = text == "0" || !text.starts_with('0');
    if digits && minimal { text.parse().ok() } else { None }
}

fn push_subidentifier(content: &mut Vec<u8>, value: u64) {
    let mut shift = 63_u32;
    while shift > 0 && value >> shift == 0 {
        shift = shift.saturating_sub(7);
    }
    loop {
        let [.., low] = (value >> shift).to_be_bytes();
        if shift == 0 {
            content.push(low & 0x7f);
            return;
        }
        content.push(low | 0x80);
        shift = shift.saturating_sub(7);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::ToString};
    use proptest::prelude::*;

    #[test]
    fn the_second_arc_is_below_40_under_0_and_1() {
        assert_eq!(parse_dotted("0.39").as_deref(), Ok(&[39][..]));
        assert_eq!(parse_dotted("1.39").as_deref(), Ok(&[79][..]));
        assert!(parse_dotted("0.40").is_err() && parse_dotted("1.40").is_err());
        assert_eq!(parse_dotted("2.40").as_deref(), Ok(&[120][..]));
    }

    #[test]
    fn known_identifiers() {
        for (text, content) in [
            ("1.2.840.113549.1.1.11", &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b][..]),
            ("1.3.6.1.4.1.57264.1.8", &[0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 1, 8]),
            ("2.5.29.17", &[0x55, 0x1d, 0x11]),
            ("2.999.3", &[0x88, 0x37, 0x03]),
            ("0.0", &[0x00]),
        ] {
            assert_eq!(parse_dotted(text).as_deref(), Ok(content));
            assert_eq!(Oid::from_content(content).to_dotted(), text);
            assert!(is_minimal(content));
        }
    }

    #[test]
    fn refuses_other_texts() {
        for text in [
            "",
            "1",
            "3.1",
            "1.40",
            "1.2.",
            ".1.2",
            "1.02",
            "1.+2",
            "1.2.18446744073709551616",
            "2.18446744073709551615",
        ] {
            assert_eq!(parse_dotted(text), Err(Error::new(ErrorKind::Oid, 0)), "{text}");
        }
    }

    #[test]
    fn arcs_above_64_bits_are_cut() {
        let mut content = [0xff_u8; 12].to_vec();
        content.push(0x01);
        assert_eq!(Oid::from_content(&content).to_dotted(), "2.?");
        content.insert(0, 0x2a);
        assert_eq!(Oid::from_content(&content).to_dotted(), "1.2.?");
    }

    proptest! {
        #![proptest_config(crate::repeatable())]

        #[test]
        fn dotted_text_comes_back(root in 0_u64..3, second in 0_u64..40, arcs: Vec<u64>) {
            let tail: String = arcs.iter().map(|arc| format!(".{arc}")).collect();
            let text = format!("{root}.{second}{tail}");
            let content = parse_dotted(&text).expect("well-formed");
            prop_assert!(is_minimal(&content));
            prop_assert_eq!(Oid::from_content(&content).to_dotted(), text.to_string());
        }
    }
}
