//! Object identifiers of certificates, as content octets.
use cretula_encoding::der::Oid;

/// anyExtendedKeyUsage, 2.5.29.37.0.
pub const ANY_EXTENDED_KEY_USAGE: Oid<'static> = Oid::from_content(&[0x55, 0x1d, 0x25, 0x00]);
/// id-ce-authorityKeyIdentifier, 2.5.29.35.
pub const AUTHORITY_KEY_IDENTIFIER: Oid<'static> = Oid::from_content(&[0x55, 0x1d, 0x23]);
/// id-ce-basicConstraints, 2.5.29.19.
pub const BASIC_CONSTRAINTS: Oid<'static> = Oid::from_content(&[0x55, 0x1d, 0x13]);
/// id-ce-certificatePolicies, 2.5.29.32.
pub const CERTIFICATE_POLICIES: Oid<'static> = Oid::from_content(&[0x55, 0x1d, 0x20]);
/// id-kp-codeSigning, 1.3.6.1.5.5.7.3.3.
pub const CODE_SIGNING: Oid<'static> = Oid::from_content(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03]);
/// Poison of precertificates, 1.3.6.1.4.1.11129.2.4.3 (RFC 6962 §3.1).
pub const CT_POISON: Oid<'static> =
    Oid::from_content(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x03]);
/// emailAddress attribute of names, 1.2.840.113549.1.9.1.
pub const EMAIL_ADDRESS: Oid<'static> =
    Oid::from_content(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01]);
/// id-ce-extKeyUsage, 2.5.29.37.
pub const EXTENDED_KEY_USAGE: Oid<'static> = Oid::from_content(&[0x55, 0x1d, 0x25]);
/// SAN otherName type of Fulcio, 1.3.6.1.4.1.57264.1.7.
pub const FULCIO_OTHER_NAME: Oid<'static> =
    Oid::from_content(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xbf, 0x30, 0x01, 0x07]);
/// Arc of Fulcio's certificate extensions, 1.3.6.1.4.1.57264.1, to be followed by one octet.
pub const FULCIO_ARC: Oid<'static> =
    Oid::from_content(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xbf, 0x30, 0x01]);
/// id-ce-keyUsage, 2.5.29.15.
pub const KEY_USAGE: Oid<'static> = Oid::from_content(&[0x55, 0x1d, 0x0f]);
/// id-ce-nameConstraints, 2.5.29.30.
pub const NAME_CONSTRAINTS: Oid<'static> = Oid::from_content(&[0x55, 0x1d, 0x1e]);
/// Embedded SCT list, 1.3.6.1.4.1.11129.2.4.2 (RFC 6962 §3.3).
pub const SCT_LIST: Oid<'static> =
    Oid::from_content(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x02]);
/// id-ce-subjectAltName, 2.5.29.17.
pub const SUBJECT_ALT_NAME: Oid<'static> = Oid::from_content(&[0x55, 0x1d, 0x11]);
/// id-ce-subjectKeyIdentifier, 2.5.29.14.
pub const SUBJECT_KEY_IDENTIFIER: Oid<'static> = Oid::from_content(&[0x55, 0x1d, 0x0e]);
/// id-kp-timeStamping, 1.3.6.1.5.5.7.3.8.
pub const TIME_STAMPING: Oid<'static> = Oid::from_content(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08]);
