//! Base64 (RFC 4648 §4): canonical padding, zero trailing bits, no line breaks.
use crate::{Error, ErrorKind};
use alloc::{string::String, vec, vec::Vec};

/// Mark of a byte that is not in the alphabet.
const OUTSIDE: u8 = 0xff;
const STANDARD: [u8; 256] = table(b'+', b'/');
const URL_SAFE: [u8; 256] = table(b'-', b'_');

/// Decodes canonical standard base64 (P15; RFC 4648 §3.5, §4).
///
/// # Errors
/// [`ErrorKind::Base64`] at the first wrong byte.
pub fn decode(text: &str) -> Result<Vec<u8>, Error> {
    let (symbols, padding) = split_padding(text.as_bytes());
    let bytes = decode_symbols(symbols, &STANDARD)?;
    if padding == required_padding(symbols) { Ok(bytes) } else { Err(wrong(symbols.len())) }
}

/// Decodes standard or URL-safe base64, padding optional, as DSSE v1 allows in bare envelopes.
///
/// The alphabets are not mixed, padding that is there is complete, and trailing bits are zero.
///
/// # Errors
/// [`ErrorKind::Base64`] at the first wrong byte.
pub fn decode_lenient(text: &str) -> Result<Vec<u8>, Error> {
    let (symbols, padding) = split_padding(text.as_bytes());
    let url_safe = symbols.iter().any(|symbol| matches!(symbol, b'-' | b'_'));
    let bytes = decode_symbols(symbols, if url_safe { &URL_SAFE } else { &STANDARD })?;
    if padding == 0 || padding == required_padding(symbols) { Ok(bytes) } else { Err(wrong(symbols.len())) }
}

/// Takes up to two `=` from the end.
fn split_padding(text: &[u8]) -> (&[u8], usize) {
    match text {
        [symbols @ .., b'=', b'='] => (symbols, 2),
        [symbols @ .., b'='] => (symbols, 1),
        symbols => (symbols, 0),
    }
}

/// Number of `=` after these symbols.
const fn required_padding(symbols: &[u8]) -> usize {
    match symbols.len() % 4 {
        2 => 2,
        3 => 1,
        _ => 0,
    }
}

fn decode_symbols(symbols: &[u8], table: &[u8; 256]) -> Result<Vec<u8>, Error> {
    let (groups, tail) = symbols.as_chunks::<4>();
    let mut bytes = vec![0_u8; groups.len().saturating_mul(3)];
    let (slots, _) = bytes.as_chunks_mut::<3>();
    for (index, (group, slot)) in groups.iter().zip(slots).enumerate() {
        let [a, b, c, d] = group.map(|symbol| lookup(table, symbol));
        if (a | b | c | d) & 0xc0 != 0 {
            return Err(first_wrong(group, index.saturating_mul(4), table));
        }
        *slot = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
    }
    decode_tail(tail, symbols.len().saturating_sub(tail.len()), table, &mut bytes)?;
    Ok(bytes)
}

/// The last two or three symbols, whose unused bits are zero.
fn decode_tail(tail: &[u8], offset: usize, table: &[u8; 256], bytes: &mut Vec<u8>) -> Result<(), Error> {
    let mut values = [0_u8; 3];
    for (value, symbol) in values.iter_mut().zip(tail) {
        *value = lookup(table, *symbol);
    }
    let [a, b, c] = values;
    if (a | b | c) & 0xc0 != 0 {
        return Err(first_wrong(tail, offset, table));
    }
    match tail {
        [] => Ok(()),
        [_, _] if b & 0x0f == 0 => {
            bytes.push(a << 2 | b >> 4);
            Ok(())
        }
        [_, _, _] if c & 0x03 == 0 => {
            bytes.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2]);
            Ok(())
        }
        _ => Err(wrong(offset.saturating_add(tail.len()).saturating_sub(1))),
    }
}

fn lookup(table: &[u8; 256], symbol: u8) -> u8 {
    table.get(usize::from(symbol)).copied().unwrap_or(OUTSIDE)
}

/// The error at the first symbol of a group that is not in the alphabet.
fn first_wrong(group: &[u8], offset: usize, table: &[u8; 256]) -> Error {
    let index = group.iter().position(|symbol| lookup(table, *symbol) == OUTSIDE);
    wrong(offset.saturating_add(index.unwrap_or(0)))
}

const fn wrong(offset: usize) -> Error {
    Error::new(ErrorKind::Base64, offset)
}

/// Value of every byte in an alphabet with these two last symbols.
const fn table(symbol_62: u8, symbol_63: u8) -> [u8; 256] {
    let mut table = [OUTSIDE; 256];
    let mut rest: &mut [u8] = &mut table;
    let mut byte = 0_u8;
    while let Some((slot, tail)) = rest.split_first_mut() {
        *slot = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            _ if byte == symbol_62 => 62,
            _ if byte == symbol_63 => 63,
            _ => OUTSIDE,
        };
        byte = byte.wrapping_add(1);
        rest = tail;
    }
    table
}

/// Encodes with the standard alphabet and padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let (groups, tail) = bytes.as_chunks::<3>();
    let mut text = String::with_capacity(groups.len().saturating_add(1).saturating_mul(4));
    for [a, b, c] in groups {
        push_symbols(&mut text, &[a >> 2, a << 4 | b >> 4, b << 2 | c >> 6, *c]);
    }
    match tail {
        [a] => {
            push_symbols(&mut text, &[a >> 2, a << 4]);
            text.push_str("==");
        }
        [a, b] => {
            push_symbols(&mut text, &[a >> 2, a << 4 | b >> 4, b << 2]);
            text.push('=');
        }
        _ => {}
    }
    text
}

fn push_symbols(text: &mut String, values: &[u8]) {
    text.extend(values.iter().map(|value| symbol(value & 0x3f)));
}

fn symbol(value: u8) -> char {
    char::from(match value {
        0..=25 => value.wrapping_add(b'A'),
        26..=51 => value.wrapping_sub(26).wrapping_add(b'a'),
        52..=61 => value.wrapping_sub(52).wrapping_add(b'0'),
        62 => b'+',
        _ => b'/',
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    const RFC_4648: [(&str, &str); 7] = [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ];

    #[test]
    fn examples_of_rfc_4648_section_10() {
        for (plain, coded) in RFC_4648 {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded), Ok(plain.as_bytes().to_vec()));
            assert_eq!(decode_lenient(coded.trim_end_matches('=')), Ok(plain.as_bytes().to_vec()));
        }
    }

    #[test]
    fn refuses_what_is_not_canonical() {
        for (text, offset) in [
            ("Zg", 2),
            ("Zg=", 2),
            ("Zh==", 1),
            ("Zm9=", 2),
            ("Zm9v=", 4),
            ("Zm9v==", 4),
            ("Zm9vY===", 5),
            ("Zm8=\n", 3),
            ("Zm9v Zm9v", 4),
            ("Z", 0),
            ("=", 0),
            ("==", 0),
            ("-_-_", 0),
        ] {
            assert_eq!(decode(text), Err(wrong(offset)), "{text:?}");
        }
    }

    #[test]
    fn lenient_takes_one_alphabet_and_whole_padding() {
        assert_eq!(decode_lenient("-_-_"), decode("+/+/"));
        assert_eq!(decode_lenient("-w=="), Ok([0xfb].to_vec()));
        assert_eq!(decode_lenient("-+-+"), Err(wrong(1)));
        assert_eq!(decode_lenient("-w="), Err(wrong(2)));
        assert_eq!(decode_lenient("-x"), Err(wrong(1)));
        assert_eq!(
            decode_lenient("é").map_err(|error| error.to_string()),
            Err("not canonical base64 at byte 0".into())
        );
    }

    proptest! {
        #![proptest_config(crate::repeatable())]

        #[test]
        fn decodes_what_it_encodes(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&encode(&bytes)), Ok(bytes));
        }

        #[test]
        fn accepts_only_what_it_encodes(text in "[A-D+/=]{0,9}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
