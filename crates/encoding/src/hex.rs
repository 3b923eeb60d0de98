//! Lower-case hexadecimal.
use crate::{Error, ErrorKind};
use alloc::{string::String, vec::Vec};

/// Decodes lower-case hex only.
///
/// # Errors
/// [`ErrorKind::Hex`] at the first other character, or at the end if the length is odd.
pub fn decode(text: &str) -> Result<Vec<u8>, Error> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut bytes = Vec::with_capacity(pairs.len());
    let mut offset = 0_usize;
    for [high, low] in pairs {
        let high = nibble(*high, offset)?;
        let low = nibble(*low, offset.saturating_add(1))?;
        bytes.push((high << 4) | low);
        offset = offset.saturating_add(2);
    }
    if rest.is_empty() { Ok(bytes) } else { Err(Error::new(ErrorKind::Hex, text.len())) }
}

fn nibble(character: u8, offset: usize) -> Result<u8, Error> {
    match character {
        b'0'..=b'9' => Ok(character.wrapping_sub(b'0')),
        b'a'..=b'f' => Ok(character.wrapping_sub(b'a').wrapping_add(10)),
        _ => Err(Error::new(ErrorKind::Hex, offset)),
    }
}

/// Encodes in lower case.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0x0f));
    }
    text
}

fn digit(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_upper_case_and_odd_length() {
        assert_eq!(decode("0aFf"), Err(Error::new(ErrorKind::Hex, 2)));
        assert_eq!(decode("0a0"), Err(Error::new(ErrorKind::Hex, 3)));
        assert_eq!(decode("0x"), Err(Error::new(ErrorKind::Hex, 1)));
        assert_eq!(decode(""), Ok(Vec::new()));
    }

    proptest! {
        #![proptest_config(crate::repeatable())]

        #[test]
        fn decodes_what_it_encodes(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&encode(&bytes)), Ok(bytes));
        }
    }
}
