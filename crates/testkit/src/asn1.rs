//! DER by name, and the object identifiers that the services write.

use cretula_crypto::HashAlgorithm;
use cretula_encoding::{
    der::{self, Tag},
    time::Time,
};

pub(crate) const CODE_SIGNING: &str = "1.3.6.1.5.5.7.3.3";
pub(crate) const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
pub(crate) const ANY_PURPOSE: &str = "2.5.29.37.0";

pub(crate) fn seq(parts: &[&[u8]]) -> Vec<u8> {
    der::encode(Tag::SEQUENCE, parts)
}

pub(crate) fn set(parts: &[&[u8]]) -> Vec<u8> {
    der::encode(Tag::SET, parts)
}

pub(crate) fn oid(dotted: &str) -> Vec<u8> {
    der::encode(Tag::OID, &[&der::parse_dotted(dotted).expect("an object identifier")])
}

/// A small INTEGER.
pub(crate) fn int(number: u8) -> Vec<u8> {
    if number < 0x80 {
        der::encode(Tag::INTEGER, &[&[number]])
    } else {
        der::encode(Tag::INTEGER, &[&[0, number]])
    }
}

pub(crate) fn octets(bytes: &[u8]) -> Vec<u8> {
    der::encode(Tag::OCTET_STRING, &[bytes])
}

/// BIT STRING of whole bytes.
pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    der::encode(Tag::BIT_STRING, &[&[0], bytes])
}

pub(crate) fn utf8(text: &str) -> Vec<u8> {
    der::encode(Tag::UTF8_STRING, &[text.as_bytes()])
}

pub(crate) fn null() -> Vec<u8> {
    der::encode(Tag::NULL, &[])
}

/// `[number]`, constructed.
pub(crate) fn context(number: u8, parts: &[&[u8]]) -> Vec<u8> {
    der::encode(Tag::context_constructed(number), parts)
}

/// `[number]`, primitive.
pub(crate) fn implicit(number: u8, content: &[u8]) -> Vec<u8> {
    der::encode(Tag::context(number), &[content])
}

/// A distinguished name with one common name; the empty text gives the empty name.
pub(crate) fn name(common_name: &str) -> Vec<u8> {
    if common_name.is_empty() {
        return seq(&[]);
    }
    seq(&[&set(&[&seq(&[&oid("2.5.4.3"), &utf8(common_name)])])])
}

/// `YYYYMMDDHHMMSSZ`.
pub(crate) fn generalized_text(secs: u64) -> String {
    let text = Time::from_secs(secs).expect("a year before 10000").to_rfc3339();
    text.chars().filter(|letter| letter.is_ascii_digit()).chain(['Z']).collect()
}

pub(crate) fn generalized(text: &str) -> Vec<u8> {
    der::encode(Tag::GENERALIZED_TIME, &[text.as_bytes()])
}

/// UTCTime to 2049, GeneralizedTime later (RFC 5280 §4.1.2.5).
pub(crate) fn validity_time(secs: u64) -> Vec<u8> {
    let text = generalized_text(secs);
    if text.as_str() < "2050" {
        der::encode(Tag::UTC_TIME, &[&text.as_bytes()[2..]])
    } else {
        generalized(&text)
    }
}

pub(crate) const fn hash_oid(hash: HashAlgorithm) -> &'static str {
    match hash {
        HashAlgorithm::Sha256 => "2.16.840.1.101.3.4.2.1",
        HashAlgorithm::Sha384 => "2.16.840.1.101.3.4.2.2",
        HashAlgorithm::Sha512 => "2.16.840.1.101.3.4.2.3",
    }
}
