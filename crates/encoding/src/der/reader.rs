//! Reads elements one after the other.
use super::{Element, Tag};
use crate::{Error, ErrorKind};

/// Reads elements one after the other.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// A reader over a whole input.
    #[must_use]
    pub const fn new(input: &'a [u8]) -> Self {
        Self { rest: input, offset: 0 }
    }

    /// A reader over content that starts at `offset` of the outermost input.
    pub(super) const fn at(content: &'a [u8], offset: usize) -> Self {
        Self { rest: content, offset }
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Tag of the next element, if there is one.
    #[must_use]
    pub fn peek(&self) -> Option<Tag> {
        self.rest.first().copied().map(Tag)
    }

    /// Offset of the next element from the start of the outermost input.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The next element, whatever it is.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] at the end of the input or if content is cut short, [`ErrorKind::TagForm`] and
    /// [`ErrorKind::Length`] for headers that DER does not allow.
    pub fn any(&mut self) -> Result<Element<'a>, Error> {
        let (tag, length, body) = self.header()?;
        let (content, after) = body.split_at_checked(length).ok_or(self.error(ErrorKind::Truncated))?;
        let encoded_length = self.rest.len().saturating_sub(after.len());
        let encoded = self.rest.get(..encoded_length).ok_or(self.error(ErrorKind::Truncated))?;
        let element = Element::new(tag, content, encoded, self.offset);
        self.rest = after;
        self.offset = self.offset.saturating_add(encoded_length);
        Ok(element)
    }

    /// Tag, content length and what follows the header.
    fn header(&self) -> Result<(Tag, usize, &'a [u8]), Error> {
        let (identifier, rest) = self.rest.split_first().ok_or(self.error(ErrorKind::Truncated))?;
        let tag = Tag(*identifier);
        if !tag.is_allowed() {
            return Err(self.error(ErrorKind::TagForm));
        }
        let (first, rest) = rest.split_first().ok_or(self.error(ErrorKind::Truncated))?;
        if *first < 0x80 {
            return Ok((tag, usize::from(*first), rest));
        }
        let count = usize::from(first & 0x7f);
        if !(1..=4).contains(&count) {
            return Err(self.error(ErrorKind::Length));
        }
        let (octets, rest) = rest.split_at_checked(count).ok_or(self.error(ErrorKind::Truncated))?;
        let length = octets.iter().fold(0_u32, |sum, octet| sum << 8 | u32::from(*octet));
        // X.690 §10.1: the short form up to 127, no leading zero octet above.
        if length < 0x80 || octets.first() == Some(&0) {
            return Err(self.error(ErrorKind::Length));
        }
        let length = usize::try_from(length).map_err(|_| self.error(ErrorKind::Length))?;
        Ok((tag, length, rest))
    }

    /// The next element, which must have this tag.
    ///
    /// # Errors
    /// As [`Self::any`], or [`ErrorKind::Tag`].
    pub fn expect(&mut self, tag: Tag) -> Result<Element<'a>, Error> {
        match self.peek() {
            Some(found) if found != tag => Err(self.error(ErrorKind::Tag { expected: tag, found })),
            _ => self.any(),
        }
    }

    /// The next element if it has this tag.
    ///
    /// # Errors
    /// As [`Self::any`].
    pub fn optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>, Error> {
        if self.peek() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// [`ErrorKind::TrailingBytes`].
    pub const fn finish(&self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.error(ErrorKind::TrailingBytes)) }
    }

    const fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUT: [u8; 9] = [0x30, 0x07, 0x02, 0x01, 0x05, 0x80, 0x02, 0xab, 0xcd];

    #[test]
    fn reads_in_order_with_absolute_offsets() {
        let mut outer = Reader::new(&INPUT);
        let sequence = outer.expect(Tag::SEQUENCE).expect("sequence");
        assert_eq!(outer.finish(), Ok(()));
        let mut inner = sequence.reader();
        assert_eq!(inner.offset(), 2);
        assert!(inner.optional(Tag::BOOLEAN).expect("absent").is_none());
        assert_eq!(inner.expect(Tag::INTEGER).and_then(|number| number.small()), Ok(5));
        assert_eq!(inner.finish(), Err(Error::new(ErrorKind::TrailingBytes, 5)));
        let context = inner.optional(Tag::context(0)).expect("readable").expect("present");
        assert_eq!((context.offset(), context.content()), (5, &[0xab, 0xcd][..]));
        assert_eq!(context.encoded(), &[0x80, 0x02, 0xab, 0xcd]);
        assert!(inner.is_empty());
        assert_eq!(inner.any().map(|_| ()), Err(Error::new(ErrorKind::Truncated, 9)));
    }

    #[test]
    fn names_both_tags() {
        let error = Reader::new(&INPUT).expect(Tag::SET).map(|_| ());
        let kind = ErrorKind::Tag { expected: Tag::SET, found: Tag::SEQUENCE };
        assert_eq!(error, Err(Error::new(kind, 0)));
    }
}
