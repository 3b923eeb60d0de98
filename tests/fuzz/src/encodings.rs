//! Base64, hex, PEM, DER, object identifiers, times, text.

use cretula_encoding::der::{self, Element, Oid, Reader, Tag};
use cretula_encoding::{base64, hex, pem, text, time::Time};

/// Every encoding here has one form: what is decoded is encoded as it was, and what is encoded is decoded again.
pub fn encodings(input: &[u8]) {
    texts(input);
    strict_der(input);
    assert_eq!(base64::decode(&base64::encode(input)).as_deref(), Ok(input));
    assert_eq!(base64::decode_lenient(&base64::encode(input)).as_deref(), Ok(input));
    assert_eq!(hex::decode(&hex::encode(input)).as_deref(), Ok(input));
    let armoured = pem::encode("CERTIFICATE", input);
    match pem::parse_block(armoured.as_bytes(), &["CERTIFICATE"]) {
        Ok(block) => assert_eq!((block.label.as_str(), block.der.as_slice()), ("CERTIFICATE", input)),
        Err(error) => assert!(input.is_empty(), "our own PEM: {error}"),
    }
    if let Ok(blocks) = pem::parse_blocks(input, 4) {
        assert!((1..=4).contains(&blocks.len()));
        let joined: String = blocks.iter().map(|block| pem::encode(&block.label, &block.der)).collect();
        let again = pem::parse_blocks(joined.as_bytes(), 4).expect("our own PEM");
        assert_eq!(format!("{again:?}"), format!("{blocks:?}"));
    }
    if let Ok(block) = pem::parse_block(input, &["CERTIFICATE", "PUBLIC KEY"]) {
        let blocks = pem::parse_blocks(input, 1).expect("one block");
        assert_eq!(format!("{blocks:?}"), format!("{:?}", [block]));
    }
}

fn texts(input: &[u8]) {
    let lossy = String::from_utf8_lossy(input).into_owned();
    let quoted = text::quote(&lossy);
    assert!(quoted.chars().count() <= 64 && !text::has_control(&quoted), "{quoted:?}");
    assert!(text::clip(lossy.clone()).len() <= 256 && lossy.starts_with(&text::clip(lossy.clone())));
    let Ok(text) = str::from_utf8(input) else { return };
    if let Ok(bytes) = base64::decode(text) {
        assert_eq!(base64::encode(&bytes), text);
        assert_eq!(base64::decode_lenient(text), Ok(bytes));
    }
    if let Ok(bytes) = base64::decode_lenient(text) {
        let standard = text.replace('-', "+").replace('_', "/");
        assert_eq!(base64::encode(&bytes).trim_end_matches('='), standard.trim_end_matches('='));
    }
    if let Ok(bytes) = hex::decode(text) {
        assert_eq!(hex::encode(&bytes), text);
    }
    if let Ok(content) = der::parse_dotted(text) {
        assert_eq!(Oid::from_content(&content).to_dotted(), text);
    }
    if let Ok(time) = Time::parse_rfc3339(text) {
        let written = time.to_rfc3339();
        assert_eq!(Time::parse_rfc3339(&written), Ok(time), "{written}");
    }
}

fn strict_der(input: &[u8]) {
    if der::check(input, 32).is_err() {
        return;
    }
    let mut reader = Reader::new(input);
    let element = reader.any().expect("checked");
    assert!(reader.finish().is_ok());
    assert_eq!(again(&element), input, "DER has one form");
}

/// The element encoded from its parts; the depth is bounded by the check.
fn again(element: &Element<'_>) -> Vec<u8> {
    scalar(element);
    if !element.tag().is_constructed() {
        return der::encode(element.tag(), &[element.content()]);
    }
    let mut parts = Vec::new();
    let mut reader = element.reader();
    while !reader.is_empty() {
        parts.push(again(&reader.any().expect("checked")));
    }
    der::encode(element.tag(), &parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn scalar(element: &Element<'_>) {
    if let Ok(number) = element.small() {
        let magnitude = element.unsigned().expect("a number");
        let read = magnitude.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        assert_eq!(read, number);
    }
    if let Ok((unused, octets)) = element.bit_string() {
        assert!(unused < 8 && (unused == 0 || !octets.is_empty()));
        assert_eq!(der::encode(Tag::BIT_STRING, &[&[unused], octets]), element.encoded());
    }
    if let Ok(oid) = element.oid() {
        let dotted = oid.to_dotted();
        if let Ok(content) = der::parse_dotted(&dotted) {
            assert_eq!(content, oid.content(), "{dotted}");
        }
    }
    if let Ok(time) = element.time() {
        assert_eq!(Time::parse_rfc3339(&time.to_rfc3339()), Ok(time));
    }
    if let Ok(value) = element.bool() {
        assert_eq!(element.content(), [if value { 0xff } else { 0 }]);
    }
    if let Ok(value) = element.utf8() {
        assert_eq!(value.as_bytes(), element.content());
    }
}
