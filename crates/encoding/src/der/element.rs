//! One element and its typed readers.
use super::{Oid, Reader, Tag, oid};
use crate::{Error, ErrorKind, time::Time};

/// One element: tag, content, and the whole encoding.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    tag: Tag,
    content: &'a [u8],
    encoded: &'a [u8],
    offset: usize,
}

impl<'a> Element<'a> {
    pub(super) const fn new(tag: Tag, content: &'a [u8], encoded: &'a [u8], offset: usize) -> Self {
        Self { tag, content, encoded, offset }
    }

    /// Identifier octet.
    #[must_use]
    pub const fn tag(&self) -> Tag {
        self.tag
    }

    /// Content octets.
    #[must_use]
    pub const fn content(&self) -> &'a [u8] {
        self.content
    }

    /// Tag, length and content.
    #[must_use]
    pub const fn encoded(&self) -> &'a [u8] {
        self.encoded
    }

    /// Offset of the tag from the start of the outermost input.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Reads the elements inside.
    #[must_use]
    pub const fn reader(&self) -> Reader<'a> {
        let header = self.encoded.len().saturating_sub(self.content.len());
        Reader::at(self.content, self.offset.saturating_add(header))
    }

    /// The same element under the tag of its type: for IMPLICIT tags, once the context tag has been checked.
    /// [`Self::encoded`] keeps the tag that was read.
    #[must_use]
    pub const fn implicit(&self, tag: Tag) -> Self {
        Self { tag, ..*self }
    }

    /// BOOLEAN: 00 or FF only (X.690 §11.1). All typed readers below check the tag too.
    ///
    /// # Errors
    /// Another tag, or [`ErrorKind::Boolean`].
    pub fn bool(&self) -> Result<bool, Error> {
        match self.typed(Tag::BOOLEAN)? {
            [0x00] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(self.error(ErrorKind::Boolean)),
        }
    }

    /// Non-negative minimal INTEGER as magnitude without leading zero octets (zero: one octet 00).
    ///
    /// # Errors
    /// Another tag, or [`ErrorKind::Integer`] if negative, not minimal or empty.
    pub fn unsigned(&self) -> Result<&'a [u8], Error> {
        match self.typed(Tag::INTEGER)? {
            [0x00, magnitude @ ..] if magnitude.first().is_some_and(|octet| octet & 0x80 != 0) => {
                Ok(magnitude)
            }
            content @ ([0x00] | [0x01..=0x7f, ..]) => Ok(content),
            _ => Err(self.error(ErrorKind::Integer)),
        }
    }

    /// Non-negative minimal INTEGER that fits 64 bits.
    ///
    /// # Errors
    /// As [`Self::unsigned`], or [`ErrorKind::IntegerRange`].
    pub fn small(&self) -> Result<u64, Error> {
        let magnitude = self.unsigned()?;
        if magnitude.len() > 8 {
            return Err(self.error(ErrorKind::IntegerRange));
        }
        Ok(magnitude.iter().fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet)))
    }

    /// BIT STRING: number of unused bits (0..=7, those bits zero) and octets (X.690 §8.6.2, §11.2.1).
    ///
    /// # Errors
    /// Another tag, or [`ErrorKind::BitString`].
    pub fn bit_string(&self) -> Result<(u8, &'a [u8]), Error> {
        let malformed = self.error(ErrorKind::BitString);
        let (unused, octets) = self.typed(Tag::BIT_STRING)?.split_first().ok_or(malformed)?;
        let used_mask = 0xff_u8.checked_shl(u32::from(*unused)).ok_or(malformed)?;
        match octets.last() {
            None if *unused != 0 => Err(malformed),
            Some(last) if last & !used_mask != 0 => Err(malformed),
            _ => Ok((*unused, octets)),
        }
    }

    /// BIT STRING of whole octets.
    ///
    /// # Errors
    /// As [`Self::bit_string`], also if there are unused bits.
    pub fn bit_string_octets(&self) -> Result<&'a [u8], Error> {
        match self.bit_string()? {
            (0, octets) => Ok(octets),
            _ => Err(self.error(ErrorKind::BitString)),
        }
    }

    /// OCTET STRING.
    ///
    /// # Errors
    /// Another tag.
    pub fn octets(&self) -> Result<&'a [u8], Error> {
        self.typed(Tag::OCTET_STRING)
    }

    /// OBJECT IDENTIFIER, minimally encoded.
    ///
    /// # Errors
    /// Another tag, or [`ErrorKind::Oid`] if empty or with a padded or cut arc.
    pub fn oid(&self) -> Result<Oid<'a>, Error> {
        let content = self.typed(Tag::OID)?;
        if oid::is_minimal(content) {
            Ok(Oid::from_content(content))
        } else {
            Err(self.error(ErrorKind::Oid))
        }
    }

    /// UTF8String.
    ///
    /// # Errors
    /// Another tag, or [`ErrorKind::Utf8`].
    pub fn utf8(&self) -> Result<&'a str, Error> {
        core::str::from_utf8(self.typed(Tag::UTF8_STRING)?).map_err(|_| self.error(ErrorKind::Utf8))
    }

    /// UTCTime (`YYMMDDHHMMSSZ`, 1950..=2049 by RFC 5280 §4.1.2.5.1, of which 1970 and later are read) or
    /// GeneralizedTime (`YYYYMMDDHHMMSS[.f]Z`, 1..=9 fraction digits without trailing zero as in RFC 3161 §2.4.2).
    ///
    /// RFC 5280 §4.1.2.5.2 allows no fraction in certificates: their reader refuses `nanos() != 0`.
    ///
    /// # Errors
    /// Another tag, or [`ErrorKind::Time`] for another form or an impossible date.
    pub fn time(&self) -> Result<Time, Error> {
        let time = if self.tag == Tag::UTC_TIME {
            Time::from_utc_time(self.content)
        } else {
            Time::from_generalized_time(self.typed(Tag::GENERALIZED_TIME)?)
        };
        time.ok_or(self.error(ErrorKind::Time))
    }

    /// NULL.
    ///
    /// # Errors
    /// Another tag, or [`ErrorKind::Null`] if there is content.
    pub fn null(&self) -> Result<(), Error> {
        if self.typed(Tag::NULL)?.is_empty() { Ok(()) } else { Err(self.error(ErrorKind::Null)) }
    }

    /// Content, if the tag is this one.
    fn typed(&self, tag: Tag) -> Result<&'a [u8], Error> {
        if self.tag == tag {
            Ok(self.content)
        } else {
            Err(self.error(ErrorKind::Tag { expected: tag, found: self.tag }))
        }
    }

    const fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::{encode, single};
    use alloc::string::ToString;

    fn read<T>(
        tag: Tag,
        content: &[u8],
        reader: impl Fn(&Element<'_>) -> Result<T, Error>,
    ) -> Result<T, ErrorKind> {
        let encoded = encode(tag, &[content]);
        reader(&single(&encoded, tag).expect("own encoding")).map_err(|error| error.kind)
    }

    #[test]
    fn booleans() {
        assert_eq!(read(Tag::BOOLEAN, &[0x00], |element| element.bool()), Ok(false));
        assert_eq!(read(Tag::BOOLEAN, &[0xff], |element| element.bool()), Ok(true));
        for content in [&[0x01][..], &[], &[0xff, 0xff]] {
            assert_eq!(read(Tag::BOOLEAN, content, |element| element.bool()), Err(ErrorKind::Boolean));
        }
        let kind = ErrorKind::Tag { expected: Tag::BOOLEAN, found: Tag::INTEGER };
        assert_eq!(read(Tag::INTEGER, &[0x01], |element| element.bool()), Err(kind));
    }

    #[test]
    fn integers() {
        let small = |content: &[u8]| read(Tag::INTEGER, content, |element| element.small());
        assert_eq!(small(&[0x00]), Ok(0));
        assert_eq!(small(&[0x7f]), Ok(127));
        assert_eq!(small(&[0x00, 0x80]), Ok(128));
        assert_eq!(small(&[0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), Ok(u64::MAX));
        assert_eq!(small(&[0x01, 0, 0, 0, 0, 0, 0, 0, 0]), Err(ErrorKind::IntegerRange));
        for content in [&[][..], &[0x80], &[0xff, 0x01], &[0x00, 0x00], &[0x00, 0x7f]] {
            assert_eq!(small(content), Err(ErrorKind::Integer), "{content:02x?}");
        }
    }

    #[test]
    fn bit_strings() {
        let bits = |content: &[u8]| {
            read(Tag::BIT_STRING, content, |element| {
                element.bit_string().map(|(unused, octets)| (unused, octets.len()))
            })
        };
        assert_eq!(bits(&[0]), Ok((0, 0)));
        assert_eq!(bits(&[7, 0x80]), Ok((7, 1)));
        for content in [&[][..], &[1], &[8, 0x00], &[0xff, 0x00], &[7, 0xc0]] {
            assert_eq!(bits(content), Err(ErrorKind::BitString), "{content:02x?}");
        }
        let octets = |content: &[u8]| {
            read(Tag::BIT_STRING, content, |element| element.bit_string_octets().map(<[u8]>::len))
        };
        assert_eq!(octets(&[0, 1, 2]), Ok(2));
        assert_eq!(octets(&[1, 2]), Err(ErrorKind::BitString));
    }

    #[test]
    fn identifiers_texts_and_null() {
        let oid = |content: &[u8]| read(Tag::OID, content, |element| element.oid().map(Oid::to_dotted));
        assert_eq!(oid(&[0x55, 0x1d]), Ok("2.5.29".to_string()));
        for content in [&[][..], &[0x80, 0x01], &[0x55, 0x80, 0x01], &[0x55, 0x81]] {
            assert_eq!(oid(content), Err(ErrorKind::Oid), "{content:02x?}");
        }
        assert_eq!(
            read(Tag::UTF8_STRING, &[0xff], |element| element.utf8().map(str::len)),
            Err(ErrorKind::Utf8)
        );
        assert_eq!(read(Tag::NULL, &[], |element| element.null()), Ok(()));
        assert_eq!(read(Tag::NULL, &[0], |element| element.null()), Err(ErrorKind::Null));
    }

    #[test]
    fn times() {
        let utc = |text: &str| read(Tag::UTC_TIME, text.as_bytes(), |element| element.time()).map(Time::secs);
        let generalized = |text: &str| read(Tag::GENERALIZED_TIME, text.as_bytes(), |element| element.time());
        assert_eq!(utc("700101000000Z"), Ok(0));
        assert_eq!(utc("491231235959Z"), Ok(2_524_607_999));
        for text in [
            "691231235959Z",
            "500101000000Z",
            "7001010000Z",
            "700101000000+0000",
            "701301000000Z",
            "7001010000 0Z",
        ] {
            assert_eq!(utc(text), Err(ErrorKind::Time), "{text}");
        }
        assert_eq!(generalized("20240229120000Z").map(Time::secs), Ok(1_709_208_000));
        assert_eq!(generalized("20240229120000.000000001Z").map(Time::nanos), Ok(1));
        assert_eq!(generalized("20240229120000.5Z").map(Time::nanos), Ok(500_000_000));
        for text in [
            "20240229120000.50Z",
            "20240229120000.Z",
            "20240229120000.0000000001Z",
            "20240229120000,5Z",
            "20240229120000",
            "202402291200Z",
            "20230229120000Z",
            "20240229126000Z",
            "20240229240000Z",
            "20240229120060Z",
            "19691231235959Z",
        ] {
            assert_eq!(generalized(text).map(|_| ()), Err(ErrorKind::Time), "{text}");
        }
    }

    #[test]
    fn implicit_tags_are_read_as_their_type() {
        let encoded = encode(Tag::context(0), &[&[0xff]]);
        let element = single(&encoded, Tag::context(0)).expect("own encoding");
        assert!(element.bool().is_err());
        assert_eq!(element.implicit(Tag::BOOLEAN).bool(), Ok(true));
        assert_eq!(element.implicit(Tag::BOOLEAN).encoded(), &encoded[..]);
    }
}
