//! T01, T02 and the limits.
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use cretula_encoding::der::{self, Tag};
use cretula_encoding::limits::Limits;

use super::authority::{Key, int, leaf, name, octets, oid, root, seq};
use super::builder::{CONTENT_TYPE, TokenSpec, attribute, generalized};
use crate::timestamp::{Accuracy, TimestampToken, TokenError, TokenFault};

fn key() -> Key {
    Key::p256(2)
}

fn parse(input: &[u8]) -> Result<TimestampToken, TokenError> {
    TimestampToken::parse(input, &Limits::default())
}

/// Parses a token of which one part was changed.
fn changed(change: impl FnOnce(&mut TokenSpec)) -> Result<TimestampToken, TokenError> {
    let mut spec = TokenSpec::new(&leaf(&key(), |_| ()));
    change(&mut spec);
    parse(&spec.build(&key()))
}

fn assert_fault(change: impl FnOnce(&mut TokenSpec), fault: TokenFault) {
    let error = changed(change).unwrap_err();
    assert_eq!(error, TokenError::Malformed(fault));
    assert_eq!(error.code(), "time/token");
    assert!(error.is_malformed());
}

fn assert_der_fault(change: impl FnOnce(&mut TokenSpec)) {
    let error = changed(change).unwrap_err();
    assert!(matches!(error, TokenError::Malformed(TokenFault::Der(_))), "{error:?}");
}

fn assert_response_fault(change: impl FnOnce(&mut TokenSpec)) {
    let error = changed(change).unwrap_err();
    assert!(matches!(error, TokenError::Response(TokenFault::Der(_))), "{error:?}");
    assert_eq!((error.code(), error.check_id(), error.is_malformed()), ("time/token", "T01", true));
}

fn integer(content: &[u8]) -> Vec<u8> {
    der::encode(Tag::INTEGER, &[content])
}

#[test]
fn reads_every_member() {
    let accuracy = seq(&[
        &int(1),
        &der::encode(Tag::context(0), &[&[0x01, 0xf4]]),
        &der::encode(Tag::context(1), &[&[9]]),
    ]);
    let directory = der::encode(Tag::context_constructed(4), &[&name("tsa, \"one\"")]);
    let token = changed(|spec| {
        spec.tst_info.push(accuracy);
        spec.tst_info.push(der::encode(Tag::BOOLEAN, &[&[0xff]]));
        spec.tst_info.push(integer(&[0x00, 0x80, 0x01]));
        spec.tst_info.push(der::encode(Tag::context_constructed(0), &[&directory]));
    })
    .unwrap();
    let tst_info = token.unverified_tst_info();
    assert_eq!(tst_info.gen_time().to_rfc3339(), "2025-01-02T03:04:05.678Z");
    assert_eq!(tst_info.policy_text(), "1.3.6.1.4.1.57264.2");
    assert_eq!(tst_info.serial(), [7]);
    assert_eq!(tst_info.accuracy(), Some(Accuracy { seconds: 1, millis: 500, micros: 9 }));
    assert!(tst_info.ordering());
    assert!(!changed(|_| ()).unwrap().unverified_tst_info().ordering());
    assert_eq!(tst_info.nonce(), Some([0x00, 0x80, 0x01].as_slice()));
    assert_eq!(tst_info.tsa(), Some(directory.as_slice()));
    assert_eq!(tst_info.tsa_text().as_deref(), Some("CN=tsa\\, \\\"one\\\""));
}

#[test]
fn names_of_other_kinds() {
    let named = |tag: Tag, content: &[u8]| {
        let name = der::encode(tag, &[content]);
        let token = changed(|spec| spec.tst_info.push(der::encode(Tag::context_constructed(0), &[&name])));
        token.unwrap().unverified_tst_info().tsa_text()
    };
    assert_eq!(named(Tag::context(6), b"https://tsa.example").as_deref(), Some("https://tsa.example"));
    assert_eq!(named(Tag::context(2), &[0xff]), None);
    assert_eq!(named(Tag::context(7), &[127, 0, 0, 1]), None);
    let value = der::encode(Tag::UTF8_STRING, &[b"#x "]);
    let rdn = |kind: &str| der::encode(Tag::SET, &[&seq(&[&oid(kind), &value])]);
    let explicit = seq(&[&rdn("2.5.4.10"), &rdn("1.2.3")]);
    assert_eq!(named(Tag::context_constructed(4), &explicit).as_deref(), Some("1.2.3=#0c03237820,O=\\#x\\ "));
}

#[test]
fn status() {
    for (number, accepted) in [(0u8, true), (1, true), (2, false), (5, false)] {
        let result = changed(|spec| spec.status_info = seq(&[&int(number)]));
        match result {
            Ok(_) => assert!(accepted),
            Err(error) => {
                assert_eq!(error, TokenError::Status { status: Some(number.into()) });
                assert_eq!((error.code(), error.is_malformed()), ("time/token-status", !accepted));
            }
        }
    }
    let huge = changed(|spec| spec.status_info = seq(&[&integer(&[0x7f; 9])])).unwrap_err();
    assert_eq!(huge, TokenError::Status { status: None });
    let text = seq(&[&der::encode(Tag::UTF8_STRING, &["größer".as_bytes()])]);
    let failure = der::encode(Tag::BIT_STRING, &[&[7, 0x80]]);
    assert!(changed(|spec| spec.status_info = seq(&[&int(1), &text, &failure])).is_ok());
    assert_response_fault(|spec| spec.status_info = seq(&[&int(0), &seq(&[&int(1)])]));
    assert_response_fault(|spec| spec.status_info = seq(&[&integer(&[0xff])]));
}

#[test]
fn refusal_without_token_is_a_status() {
    assert_eq!(parse(&seq(&[&seq(&[&int(2)])])).unwrap_err(), TokenError::Status { status: Some(2) });
    assert_eq!(parse(&seq(&[&seq(&[&int(0)])])).unwrap_err(), TokenError::Response(TokenFault::TokenMissing));
}

#[test]
fn bare_content_info_and_trailing_bytes() {
    let spec = TokenSpec::new(&leaf(&key(), |_| ()));
    assert_eq!(parse(&spec.token(&key())).unwrap_err().code(), "time/token");
    let mut trailing = spec.build(&key());
    assert!(parse(&trailing).is_ok());
    trailing.push(0);
    assert_eq!(parse(&trailing).unwrap_err().code(), "time/token");
    assert_eq!(parse(&[]).unwrap_err().code(), "time/token");
    let inside = seq(&[&spec.status_info, &spec.token(&key()), &int(0)]);
    assert_eq!(parse(&inside).unwrap_err().code(), "time/token");
}

#[test]
fn every_prefix_is_refused() {
    let whole = TokenSpec::new(&leaf(&key(), |_| ())).build(&key());
    for length in 0..whole.len() {
        assert!(parse(&whole[..length]).is_err(), "{length}");
    }
}

#[test]
fn content_types_and_versions() {
    assert_fault(|spec| spec.signed_data_type = "1.2.840.113549.1.7.1", TokenFault::ContentType);
    assert_fault(|spec| spec.content_type = "1.2.840.113549.1.7.1", TokenFault::ContentType);
    assert_fault(|spec| spec.signed_data_version = 2, TokenFault::Version);
    assert_fault(|spec| spec.signer_version = 3, TokenFault::Version);
    assert_fault(|spec| spec.tst_info[0] = int(2), TokenFault::Version);
}

#[test]
fn times() {
    for text in ["20250102030405Z", "20250102030405.1Z", "20250102030405.123456789Z"] {
        assert!(changed(|spec| spec.tst_info[4] = generalized(text)).is_ok(), "{text}");
    }
    for text in
        ["20250102030405", "20250102030405.10Z", "20250102030405.Z", "20250102030405+0100", "202501020304Z"]
    {
        assert_der_fault(|spec| spec.tst_info[4] = generalized(text));
    }
    assert_der_fault(|spec| spec.tst_info[4] = der::encode(Tag::UTC_TIME, &[b"250102030405Z"]));
}

#[test]
fn numbers() {
    let accuracy = |tag: u8, content: &[u8]| seq(&[&der::encode(Tag::context(tag), &[content])]);
    for content in [[0x00].as_slice(), &[], &[0x80], &[0xff], &[0x03, 0xe8], &[0x00, 0x01], &[0, 0, 1]] {
        assert_fault(|spec| spec.tst_info.push(accuracy(0, content)), TokenFault::Accuracy);
        assert_fault(|spec| spec.tst_info.push(accuracy(1, content)), TokenFault::Accuracy);
    }
    assert!(changed(|spec| spec.tst_info.push(accuracy(1, &[0x03, 0xe7]))).is_ok());
    assert!(changed(|spec| spec.tst_info.push(accuracy(1, &[0x00, 0x80]))).is_ok());
    for minimal in [[0x80].as_slice(), &[0xff], &[0xff, 0x7f]] {
        assert!(changed(|spec| spec.tst_info.push(integer(minimal))).is_ok(), "{minimal:02x?}");
    }
    for padded in [[0x00, 0x7f].as_slice(), &[0xff, 0x80], &[]] {
        let error = changed(|spec| spec.tst_info.push(integer(padded))).unwrap_err();
        assert_eq!(error.code(), "time/token");
    }
    assert_fault(|spec| spec.tst_info.push(der::encode(Tag::BOOLEAN, &[&[0]])), TokenFault::Default);
}

#[test]
fn extensions_of_the_content() {
    let with = |critical: &[u8]| {
        let value = der::encode(Tag::OCTET_STRING, &[b"x"]);
        let extension = seq(&[&oid("1.2.3"), critical, &value]);
        der::encode(Tag::context_constructed(1), &[&extension])
    };
    assert!(changed(|spec| spec.tst_info.push(with(&[]))).is_ok());
    let yes = der::encode(Tag::BOOLEAN, &[&[0xff]]);
    assert_fault(|spec| spec.tst_info.push(with(&yes)), TokenFault::CriticalExtension);
    let no = der::encode(Tag::BOOLEAN, &[&[0]]);
    assert_fault(|spec| spec.tst_info.push(with(&no)), TokenFault::Default);
    assert_der_fault(|spec| spec.tst_info.push(octets(b"x")));
}

#[test]
fn attributes_stand_in_order() {
    let reversed = |spec: &mut TokenSpec| {
        let mut list = spec.usual_attributes();
        list.sort();
        list.reverse();
        spec.attributes = Some(list);
        spec.sorted = false;
    };
    assert_fault(reversed, TokenFault::AttributeOrder);
    let values = |spec: &mut TokenSpec| {
        let mut list = spec.usual_attributes();
        list.push(attribute("1.2.3", &[&int(2), &int(1)]));
        spec.attributes = Some(list);
    };
    assert_fault(values, TokenFault::AttributeOrder);
    let bare = |spec: &mut TokenSpec| spec.attributes = Some(vec![oid(CONTENT_TYPE)]);
    assert_der_fault(bare);
}

#[test]
fn length_limit() {
    let whole = TokenSpec::new(&leaf(&key(), |_| ())).build(&key());
    let mut limits = Limits { token_bytes: whole.len(), ..Limits::default() };
    assert!(TimestampToken::parse(&whole, &limits).is_ok());
    limits.token_bytes -= 1;
    let error = TimestampToken::parse(&whole, &limits).unwrap_err();
    assert_eq!((error.code(), error.is_limit()), ("limits/token-bytes", true));
}

#[test]
fn certificate_limit() {
    let bag = |count: usize| changed(|spec| spec.certificates = vec![root().der().to_vec(); count]);
    let limit = Limits::default().token_certificates;
    assert_eq!(bag(limit).unwrap().certificates.len(), limit);
    let error = bag(limit + 1).unwrap_err();
    assert_eq!((error.code(), error.is_limit()), ("limits/token-certificates", true));
}

#[test]
fn certificates_outside_the_profile_are_dropped() {
    let other = der::encode(Tag::context_constructed(3), &[&oid("1.2.3"), &int(1)]);
    let token = changed(|spec| spec.certificates = vec![seq(&[&int(1)]), root().der().to_vec(), other]);
    assert_eq!(token.unwrap().certificates, [root()]);
}

#[test]
fn refusals_are_written_for_people() {
    let der = TokenSpec::new(&leaf(&key(), |_| ())).build(&key());
    let limits = Limits { token_bytes: 7, ..Limits::default() };
    let error = TimestampToken::parse(&der, &limits).unwrap_err();
    assert_eq!(error, TokenError::TokenBytes { present: u64::try_from(der.len()).unwrap(), limit: 7 });
    for error in [error, TokenError::Malformed(TokenFault::Accuracy)] {
        assert!(error.to_string().len() > 10, "{error}");
    }
    assert!(TokenFault::Accuracy.to_string().len() > 5);
    assert_eq!(TokenError::Chain(crate::PathError::PathSteps).code(), "limits/path-steps");
    assert_eq!(TokenError::Chain(crate::PathError::NoPath).code(), "time/token-chain");
}
