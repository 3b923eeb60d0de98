//! Strict DER (X.690): definite minimal lengths, low tag numbers, nothing after the last element, no recursion.
use crate::{Error, ErrorKind};
use alloc::vec::Vec;

mod element;
mod oid;
mod reader;

pub use element::Element;
pub use oid::{Oid, parse_dotted};
pub use reader::Reader;

/// Identifier octet. Only tag numbers below 31 exist here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag(pub u8);

impl Tag {
    /// BOOLEAN.
    pub const BOOLEAN: Self = Self(0x01);
    /// INTEGER.
    pub const INTEGER: Self = Self(0x02);
    /// BIT STRING.
    pub const BIT_STRING: Self = Self(0x03);
    /// OCTET STRING.
    pub const OCTET_STRING: Self = Self(0x04);
    /// NULL.
    pub const NULL: Self = Self(0x05);
    /// OBJECT IDENTIFIER.
    pub const OID: Self = Self(0x06);
    /// ENUMERATED.
    pub const ENUMERATED: Self = Self(0x0a);
    /// UTF8String.
    pub const UTF8_STRING: Self = Self(0x0c);
    /// PrintableString.
    pub const PRINTABLE_STRING: Self = Self(0x13);
    /// IA5String.
    pub const IA5_STRING: Self = Self(0x16);
    /// UTCTime.
    pub const UTC_TIME: Self = Self(0x17);
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: Self = Self(0x18);
    /// SEQUENCE, SEQUENCE OF.
    pub const SEQUENCE: Self = Self(0x30);
    /// SET, SET OF.
    pub const SET: Self = Self(0x31);

    /// `[n]`, primitive (IMPLICIT of a primitive type).
    #[must_use]
    pub const fn context(number: u8) -> Self {
        Self(0x80 | number)
    }

    /// `[n]`, constructed (EXPLICIT, or IMPLICIT of a constructed type).
    #[must_use]
    pub const fn context_constructed(number: u8) -> Self {
        Self(0xa0 | number)
    }

    /// Whether the constructed bit is set.
    #[must_use]
    pub const fn is_constructed(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// X.690 §8.1.2, §10.2: a low tag number, and for universal types the one form that DER allows.
    const fn is_allowed(self) -> bool {
        let number = self.0 & 0x1f;
        match (self.0 & 0xc0, number) {
            (_, 0x1f) | (0, 0) => false,
            // EXTERNAL, EMBEDDED PDV, SEQUENCE, SET and CHARACTER STRING consist of elements.
            (0, 0x08 | 0x0b | 0x10 | 0x11 | 0x1d) => self.is_constructed(),
            (0, _) => !self.is_constructed(),
            _ => true,
        }
    }
}

/// The whole input is one element with this tag.
///
/// # Errors
/// As [`Reader::expect`], or trailing bytes.
pub fn single(input: &[u8], tag: Tag) -> Result<Element<'_>, Error> {
    let mut reader = Reader::new(input);
    let element = reader.expect(tag)?;
    reader.finish()?;
    Ok(element)
}

/// The whole input is one strict DER object, checked at every depth up to `max_depth` (P16).
///
/// Checked are tags, lengths and nesting; the content of primitive types is checked by the typed readers of [`Element`].
/// A primitive object has depth 0, an empty SEQUENCE depth 1. Memory: one word for each level.
///
/// # Errors
/// The first violation; [`ErrorKind::Depth`] if nested deeper.
pub fn check(input: &[u8], max_depth: usize) -> Result<(), Error> {
    let mut outer = Reader::new(input);
    let mut element = outer.any()?;
    outer.finish()?;
    let mut open: Vec<Reader<'_>> = Vec::new();
    loop {
        if element.tag().is_constructed() {
            if open.len() >= max_depth {
                return Err(Error::new(ErrorKind::Depth, element.offset()));
            }
            open.push(element.reader());
        }
        while open.last().is_some_and(Reader::is_empty) {
            open.pop();
        }
        match open.last_mut() {
            Some(reader) => element = reader.any()?,
            None => return Ok(()),
        }
    }
}

/// Encodes one element; `parts` are concatenated as content.
#[must_use]
pub fn encode(tag: Tag, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
    let mut encoded = Vec::with_capacity(length.saturating_add(10));
    encoded.push(tag.0);
    push_length(&mut encoded, length);
    for part in parts {
        encoded.extend_from_slice(part);
    }
    encoded
}

/// X.690 §8.1.3, §10.1: the fewest octets possible.
fn push_length(encoded: &mut Vec<u8>, length: usize) {
    if let Some(short) = u8::try_from(length).ok().filter(|short| *short < 0x80) {
        encoded.push(short);
        return;
    }
    let octets = length.to_be_bytes();
    let significant: Vec<u8> = octets.into_iter().skip_while(|octet| *octet == 0).collect();
    encoded.push(0x80 | u8::try_from(significant.len()).unwrap_or(0));
    encoded.extend_from_slice(&significant);
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn kind(input: &[u8]) -> ErrorKind {
        check(input, 4).expect_err("refused").kind
    }

    #[test]
    fn lengths_are_definite_and_minimal() {
        assert_eq!(kind(&[0x30, 0x80, 0, 0]), ErrorKind::Length);
        assert_eq!(kind(&[0x04, 0x81, 0x01, 0]), ErrorKind::Length);
        assert_eq!(kind(&[0x04, 0x82, 0x00, 0x80]), ErrorKind::Length);
        assert_eq!(kind(&[0x04, 0x85, 1, 0, 0, 0, 0]), ErrorKind::Length);
        assert_eq!(kind(&[0x04, 0xff]), ErrorKind::Length);
        assert_eq!(kind(&[0x04, 0x84, 0xff, 0xff, 0xff, 0xff]), ErrorKind::Truncated);
        assert_eq!(kind(&[0x04, 0x82, 0x01]), ErrorKind::Truncated);
        assert_eq!(kind(&[0x04]), ErrorKind::Truncated);
        assert_eq!(kind(&[]), ErrorKind::Truncated);
    }

    #[test]
    fn tags_of_a_context_have_its_class_and_form() {
        assert_eq!([Tag::context(0), Tag::context(6)].map(|tag| tag.0), [0x80, 0x86]);
        assert_eq!([Tag::context_constructed(0), Tag::context_constructed(3)].map(|tag| tag.0), [0xa0, 0xa3]);
    }

    #[test]
    fn tags_are_low_and_in_the_form_of_their_type() {
        for tag in [0x00, 0x20, 0x10, 0x11, 0x1f, 0x9f, 0xbf, 0x21, 0x23, 0x24, 0x2c, 0x08] {
            assert_eq!(kind(&[tag, 0]), ErrorKind::TagForm, "{tag:02x}");
        }
        for tag in [0x04, 0x30, 0x31, 0x28, 0x80, 0xa0, 0x40, 0x60, 0xc1, 0xe1] {
            assert_eq!(check(&[tag, 0], 1), Ok(()), "{tag:02x}");
        }
    }

    #[test]
    fn violations_are_found_inside_and_at_the_end() {
        let inside = [0x30, 0x04, 0x05, 0x00, 0x04, 0x05];
        assert_eq!(check(&inside, 4), Err(Error::new(ErrorKind::Truncated, 4)));
        assert_eq!(check(&[0x05, 0x00, 0x00], 4), Err(Error::new(ErrorKind::TrailingBytes, 2)));
        assert_eq!(
            single(&[0x05, 0x00, 0x00], Tag::NULL).map(|_| ()),
            Err(Error::new(ErrorKind::TrailingBytes, 2))
        );
    }

    #[test]
    fn depth_at_the_limit_and_one_above() {
        let nested = |depth: usize| (0..depth).fold(Vec::new(), |inner, _| encode(Tag::SEQUENCE, &[&inner]));
        assert_eq!(check(&nested(4), 4), Ok(()));
        assert_eq!(kind(&nested(5)), ErrorKind::Depth);
        assert_eq!(check(&nested(20_000), 20_000), Ok(()));
        assert_eq!(check(&[0x05, 0x00], 0), Ok(()));
        assert_eq!(check(&[0x30, 0x00], 0), Err(Error::new(ErrorKind::Depth, 0)));
    }

    proptest! {
        #![proptest_config(crate::repeatable())]

        #[test]
        fn check_never_panics(bytes: Vec<u8>) {
            let checked = check(&bytes, 8);
            prop_assert!(checked.is_ok() || checked.is_err());
        }

        #[test]
        fn reads_what_it_encodes(length in prop_oneof![0_usize..300, 65_500_usize..65_600]) {
            let content = vec![0x5a; length];
            let (left, right) = content.split_at(length / 3);
            let encoded = encode(Tag::OCTET_STRING, &[left, right]);
            let element = single(&encoded, Tag::OCTET_STRING).expect("own encoding");
            prop_assert_eq!(element.content(), &content[..]);
            prop_assert_eq!(element.encoded(), &encoded[..]);
        }
    }
}
