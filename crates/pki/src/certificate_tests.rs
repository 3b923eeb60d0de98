//! Certificates with one defect each, next to a twin that parses.
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use cretula_crypto::{HashAlgorithm, SignatureScheme};
use cretula_encoding::der::{Tag, encode};
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;

use crate::fields::YEAR_2050_SECS;
use crate::testing::{self, Template, at, key_usage, three, utc};
use crate::{Certificate, Error, KnownExtension, oid, precertificate_tbs};

fn leaf() -> Template {
    let [_, _, leaf] = three();
    leaf
}

fn refused(change: impl FnOnce(&mut Template)) -> Error {
    let mut template = leaf();
    change(&mut template);
    template.parse().unwrap_err()
}

fn generalized(text: &str) -> Vec<u8> {
    encode(Tag::GENERALIZED_TIME, &[text.as_bytes()])
}

#[test]
fn accessors_give_the_encoded_parts() {
    let template = leaf();
    let certificate = template.build();
    assert_eq!(certificate.der(), template.der());
    assert_eq!(certificate.tbs(), template.tbs());
    assert_eq!(certificate.serial(), [3]);
    assert_eq!(certificate.issuer(), testing::name("issuing"));
    assert_eq!(certificate.subject(), testing::name(""));
    assert_eq!(certificate.spki(), testing::spki(3));
    assert_eq!(certificate.extensions().count(), template.extensions.len());
    assert_eq!(certificate.signature_scheme(), Some(SignatureScheme::Ecdsa(HashAlgorithm::Sha256)));
    assert!(certificate.key().is_ok());
    assert!(certificate.extension(oid::KEY_USAGE).is_some_and(|extension| extension.critical));
    assert!(certificate.extension(oid::NAME_CONSTRAINTS).is_none());
    assert_eq!(precertificate_tbs(&certificate), template.tbs());
}

#[test]
fn validity_includes_both_ends_without_rounding() {
    let certificate = leaf().build();
    let (not_before, not_after) = certificate.validity();
    assert!(certificate.valid_at(not_before) && certificate.valid_at(not_after));
    assert!(!certificate.valid_at(at(not_before.secs() - 1)));
    let half_second_late = Time::from_millis(not_after.secs() * 1000 + 500).unwrap();
    assert!(!certificate.valid_at(half_second_late));
}

#[test]
fn only_version_3() {
    assert_eq!(refused(|t| t.version = Vec::new()), Error::Version);
    let version_2 = encode(Tag::context_constructed(0), &[&encode(Tag::INTEGER, &[&[1]])]);
    assert_eq!(refused(|t| t.version = version_2), Error::Version);
}

#[test]
fn serial_number_is_short_and_not_negative() {
    let mut template = leaf();
    template.serial = encode(Tag::INTEGER, &[&[0], &[0xff; 20]]);
    assert_eq!(template.build().serial(), [0xff; 20]);
    assert_eq!(refused(|t| t.serial = encode(Tag::INTEGER, &[&[0x7f; 21]])), Error::SerialNumber);
    assert_eq!(refused(|t| t.serial = encode(Tag::INTEGER, &[&[0x80]])), Error::SerialNumber);
}

#[test]
fn both_algorithms_are_equal() {
    let oid = encode(Tag::OID, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03]]);
    let other = encode(Tag::SEQUENCE, &[&oid]);
    assert_eq!(refused(|t| t.outer_algorithm = other), Error::AlgorithmMismatch);
}

#[test]
fn times_change_form_in_2050() {
    let mut template = leaf();
    template.not_after = generalized("20500101000000Z");
    assert_eq!(template.build().validity().1.secs(), YEAR_2050_SECS);
    template.not_after = utc("491231235959Z");
    assert_eq!(template.build().validity().1.secs(), YEAR_2050_SECS - 1);
    assert_eq!(refused(|t| t.not_after = generalized("20491231235959Z")), Error::Validity);
    assert_eq!(refused(|t| t.not_after = generalized("20500101000000.5Z")), Error::Validity);
    assert_eq!(refused(|t| t.not_after = utc("4912312359Z")), Error::Validity);
    assert_eq!(refused(|t| t.not_after = utc("220101000000Z")), Error::Validity);
    template.not_before = utc("491231235959Z");
    assert_eq!(template.build().validity().0, template.build().validity().1, "one second");
}

#[test]
fn names_are_well_formed() {
    let empty_set = encode(Tag::SEQUENCE, &[&encode(Tag::SET, &[])]);
    assert!(matches!(refused(|t| t.subject = empty_set), Error::EmptyList { .. }));
    let no_set = encode(Tag::SEQUENCE, &[&encode(Tag::SEQUENCE, &[])]);
    assert!(matches!(refused(|t| t.issuer = no_set), Error::Der(_)));
    let no_attribute = encode(Tag::SEQUENCE, &[&encode(Tag::SET, &[&encode(Tag::NULL, &[])])]);
    assert!(matches!(refused(|t| t.subject = no_attribute), Error::Der(_)));
}

#[test]
fn unique_identifiers_are_refused() {
    let unique = encode(Tag::context(2), &[&[0, 1]]);
    assert_eq!(refused(|t| t.after_spki = unique), Error::UniqueIdentifier);
}

#[test]
fn nothing_follows() {
    let mut der = leaf().der();
    der.push(0);
    assert!(matches!(Certificate::parse(&der, &Limits::default()), Err(Error::Der(_))));
}

#[test]
fn every_cut_and_every_flip_is_handled() {
    let der = leaf().der();
    for length in 0..der.len() {
        assert!(Certificate::parse(&der[..length], &Limits::default()).is_err());
    }
    for index in 0..der.len() {
        let mut bent = der.clone();
        bent[index] ^= 0x81;
        drop(Certificate::parse(&bent, &Limits::default()));
    }
}

#[test]
fn extensions_are_unique_and_counted() {
    assert!(matches!(refused(|t| t.extensions.push(key_usage(0x80))), Error::DuplicateExtension { .. }));
    let limits = Limits { extensions: leaf().extensions.len(), ..Limits::default() };
    assert!(Certificate::parse(&leaf().der(), &limits).is_ok());
    let one_more = leaf().with(testing::claim(9, b"")).der();
    assert_eq!(Certificate::parse(&one_more, &limits), Err(Error::Extensions));
}

#[test]
fn default_values_are_left_out() {
    let id = encode(Tag::OID, &[&[0x2a, 0x03]]);
    let flag = encode(Tag::BOOLEAN, &[&[0]]);
    let item = encode(Tag::SEQUENCE, &[&id, &flag, &encode(Tag::OCTET_STRING, &[])]);
    assert!(matches!(refused(|t| t.extensions = vec![item]), Error::DefaultValue { .. }));
}

#[test]
fn known_extensions_are_strict() {
    let with = |oid, value: &[u8]| {
        refused(|t| {
            *t = t.clone().replace(oid, testing::extension(oid, true, value));
        })
    };
    let expected =
        |error, extension| assert!(matches!(error, Error::Extension { extension: e, .. } if e == extension));
    expected(with(oid::BASIC_CONSTRAINTS, &[0x30, 3, 1, 1, 0]), KnownExtension::BasicConstraints);
    expected(with(oid::KEY_USAGE, &[3, 2, 6, 0x80]), KnownExtension::KeyUsage);
    expected(with(oid::KEY_USAGE, &[3, 1, 0]), KnownExtension::KeyUsage);
    expected(with(oid::SUBJECT_ALT_NAME, &[0x30, 0]), KnownExtension::SubjectAltName);
    expected(with(oid::SUBJECT_ALT_NAME, &[0x30, 3, 0x81, 1, 0x80]), KnownExtension::SubjectAltName);
    expected(with(oid::NAME_CONSTRAINTS, &[0x30, 0]), KnownExtension::NameConstraints);
    expected(
        with(oid::AUTHORITY_KEY_IDENTIFIER, &[0x30, 3, 0x82, 1, 1]),
        KnownExtension::AuthorityKeyIdentifier,
    );
    expected(with(oid::CERTIFICATE_POLICIES, &[0x30, 0]), KnownExtension::CertificatePolicies);
    expected(with(oid::CERTIFICATE_POLICIES, &[0x30, 2, 5, 0]), KnownExtension::CertificatePolicies);
    expected(with(oid::EXTENDED_KEY_USAGE, &[0x30, 2, 5, 0]), KnownExtension::ExtendedKeyUsage);
    expected(with(oid::SUBJECT_KEY_IDENTIFIER, &[4, 1, 1, 0]), KnownExtension::SubjectKeyIdentifier);
}

#[test]
fn key_usage_has_up_to_nine_bits() {
    let usage = |value: &[u8]| {
        let extension = testing::extension(oid::KEY_USAGE, true, value);
        *leaf().replace(oid::KEY_USAGE, extension).build().key_usage().unwrap()
    };
    let nine = usage(&[3, 3, 7, 0x80, 0x80]);
    assert!(nine.digital_signature() && !nine.non_repudiation() && !nine.key_cert_sign());
    assert!(usage(&[3, 2, 2, 0x44]).non_repudiation() && usage(&[3, 2, 2, 0x44]).key_cert_sign());
}

#[test]
fn names_of_unknown_forms_are_refused() {
    let with =
        |tag| leaf().replace(oid::SUBJECT_ALT_NAME, testing::subject_alt_name(false, &[encode(tag, &[])]));
    let refused = Certificate::parse(&with(Tag::context(5)).der(), &Limits::default()).unwrap_err();
    assert!(matches!(refused, Error::Extension { extension: KnownExtension::SubjectAltName, .. }));
    assert!(refused.to_string().starts_with("malformed extension SubjectAltName at byte "), "{refused}");
    assert!(Certificate::parse(&with(Tag::context_constructed(4)).der(), &Limits::default()).is_ok());
}

#[test]
fn length_and_names_are_limited() {
    let der = leaf().der();
    let limits = Limits { certificate_bytes: der.len(), ..Limits::default() };
    assert!(Certificate::parse(&der, &limits).is_ok());
    let limits = Limits { certificate_bytes: der.len() - 1, ..Limits::default() };
    assert_eq!(Certificate::parse(&der, &limits), Err(Error::CertificateBytes));
    let names = [testing::email("a@example.com"), testing::email("b@example.com")];
    let two = leaf().replace(oid::SUBJECT_ALT_NAME, testing::subject_alt_name(false, &names)).der();
    let limits = Limits { san_entries: 2, ..Limits::default() };
    assert!(Certificate::parse(&two, &limits).is_ok());
    let limits = Limits { san_entries: 1, ..Limits::default() };
    assert_eq!(Certificate::parse(&two, &limits), Err(Error::SanEntries));
}
