//! What a signing leaf must be by itself, and which class a certificate belongs to.
use core::fmt;

use crate::certificate::Certificate;
use crate::extension::SubjectAltName;
use crate::path::Purpose;
use crate::path_error::ProfileViolation;
use crate::profile;

/// What a leaf lacks (C01).
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeafError {
    /// The serial number is zero (RFC 5280 §4.1.2.2).
    SerialNumberZero,
    /// The subject is empty and the SubjectAltName is not critical (RFC 5280 §4.2.1.6).
    SubjectAltNameCritical,
    /// There is no SubjectAltName.
    SubjectAltNameMissing,
}

/// Why a certificate belongs to no class: its extensions contradict each other.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClassError {
    /// BasicConstraints of an authority are not critical (RFC 5280 §4.2.1.9).
    BasicConstraintsCritical,
    /// CA and keyCertSign do not agree (RFC 5280 §4.2.1.3).
    Inconsistent,
    /// There is no KeyUsage.
    KeyUsageMissing,
}

/// A leaf has a positive serial number and one SubjectAltName extension, critical when the subject is empty; what else
/// C01 demands holds for every [`Certificate`].
///
/// # Errors
/// See [`LeafError`].
pub fn check_leaf(certificate: &Certificate) -> Result<&SubjectAltName, LeafError> {
    if certificate.serial() == [0] {
        return Err(LeafError::SerialNumberZero);
    }
    let san = certificate.subject_alt_name().ok_or(LeafError::SubjectAltNameMissing)?;
    if certificate.subject_is_empty() && !san.critical {
        return Err(LeafError::SubjectAltNameCritical);
    }
    Ok(san)
}

/// A signing leaf (C05): not an authority, key usage with digitalSignature, extended key usage with codeSigning.
///
/// # Errors
/// The first violation, see [`ProfileViolation`].
pub fn check_leaf_profile(certificate: &Certificate) -> Result<(), ProfileViolation> {
    profile::check_end_entity(certificate, &Purpose::CodeSigning)
}

/// Whether the certificate is that of an authority: BasicConstraints and KeyUsage both say so.
///
/// # Errors
/// See [`ClassError`].
pub fn is_ca(certificate: &Certificate) -> Result<bool, ClassError> {
    let ca = match certificate.basic_constraints() {
        Some(constraints) if constraints.ca && !constraints.critical => {
            return Err(ClassError::BasicConstraintsCritical);
        }
        Some(constraints) => constraints.ca,
        None => false,
    };
    let usage = certificate.key_usage().ok_or(ClassError::KeyUsageMissing)?;
    if usage.key_cert_sign() == ca { Ok(ca) } else { Err(ClassError::Inconsistent) }
}

/// Whether the certificate is that of an authority and self-issued.
///
/// # Errors
/// See [`ClassError`].
pub fn is_root_ca(certificate: &Certificate) -> Result<bool, ClassError> {
    Ok(is_ca(certificate)? && certificate.is_self_issued())
}

/// Whether the certificate is a signing leaf.
///
/// # Errors
/// See [`ClassError`].
pub fn is_leaf(certificate: &Certificate) -> Result<bool, ClassError> {
    Ok(!is_ca(certificate)? && check_leaf_profile(certificate).is_ok())
}

impl fmt::Display for LeafError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SerialNumberZero => "serial number is zero",
            Self::SubjectAltNameCritical => "empty subject, but subject alternative name is not critical",
            Self::SubjectAltNameMissing => "no subject alternative name",
        })
    }
}

impl core::error::Error for LeafError {}

impl fmt::Display for ClassError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BasicConstraintsCritical => "basic constraints of an authority are not critical",
            Self::Inconsistent => "basic constraints and key usage do not agree",
            Self::KeyUsageMissing => "no key usage",
        })
    }
}

impl core::error::Error for ClassError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oid;
    use crate::testing::{Template, extended_key_usage, key_usage, subject_alt_name, three, uri};
    use alloc::string::ToString;
    use cretula_encoding::der::{Tag, encode};

    fn leaf() -> Template {
        let [_, _, leaf] = three();
        leaf
    }

    #[test]
    fn a_leaf_names_its_subject() {
        assert!(check_leaf(&leaf().build()).is_ok());
        let nameless = leaf().without(oid::SUBJECT_ALT_NAME).build();
        assert_eq!(check_leaf(&nameless), Err(LeafError::SubjectAltNameMissing));
        let mut zero = leaf();
        zero.serial = encode(Tag::INTEGER, &[&[0]]);
        assert_eq!(check_leaf(&zero.build()), Err(LeafError::SerialNumberZero));
        let mut empty = leaf();
        empty.subject = encode(Tag::SEQUENCE, &[]);
        assert_eq!(check_leaf(&empty.build()), Err(LeafError::SubjectAltNameCritical));
        let critical = subject_alt_name(true, &[uri("https://example.com")]);
        assert!(check_leaf(&empty.replace(oid::SUBJECT_ALT_NAME, critical).build()).is_ok());
    }

    #[test]
    fn the_signing_profile_names_what_is_missing() {
        let check = |template: Template| check_leaf_profile(&template.build());
        assert_eq!(check(leaf()), Ok(()));
        assert_eq!(check(leaf().without(oid::KEY_USAGE)), Err(ProfileViolation::KeyUsage));
        assert_eq!(check(leaf().replace(oid::KEY_USAGE, key_usage(0x40))), Err(ProfileViolation::KeyUsage));
        assert_eq!(check(leaf().replace(oid::KEY_USAGE, key_usage(0x84))), Err(ProfileViolation::KeyUsage));
        let purposes = |purposes| leaf().replace(oid::EXTENDED_KEY_USAGE, extended_key_usage(purposes));
        assert_eq!(check(leaf().without(oid::EXTENDED_KEY_USAGE)), Err(ProfileViolation::ExtendedKeyUsage));
        assert_eq!(check(purposes(&[])), Err(ProfileViolation::ExtendedKeyUsage));
        assert_eq!(check(purposes(&[oid::ANY_EXTENDED_KEY_USAGE])), Err(ProfileViolation::ExtendedKeyUsage));
        assert_eq!(check(purposes(&[oid::TIME_STAMPING, oid::CODE_SIGNING])), Ok(()));
        let [authority, ..] = three();
        assert_eq!(check(authority), Err(ProfileViolation::CertificateAuthority));
    }

    #[test]
    fn who_stamps_time_signs_and_certifies_nothing() {
        let check = |bits| {
            let leaf = leaf().replace(oid::KEY_USAGE, key_usage(bits)).build();
            profile::check_end_entity(&leaf, &Purpose::TimeStamping).unwrap_err()
        };
        for bits in [0x84, 0x44, 0x20] {
            assert_eq!(check(bits), ProfileViolation::KeyUsage, "{bits:02x}");
        }
        for bits in [0x80, 0x40, 0xc0] {
            assert_eq!(check(bits), ProfileViolation::ExtendedKeyUsage, "{bits:02x}");
        }
    }

    #[test]
    fn classes_follow_basic_constraints_and_key_usage() {
        let [root, issuing, leaf] = three();
        let class = |template: &Template| {
            let certificate = template.build();
            (is_ca(&certificate), is_root_ca(&certificate), is_leaf(&certificate))
        };
        assert_eq!(class(&root), (Ok(true), Ok(true), Ok(false)));
        assert_eq!(class(&issuing), (Ok(true), Ok(false), Ok(false)));
        assert_eq!(class(&leaf), (Ok(false), Ok(false), Ok(true)));
        let usage_missing = issuing.clone().without(oid::KEY_USAGE).build();
        assert_eq!(is_ca(&usage_missing), Err(ClassError::KeyUsageMissing));
        let inconsistent = issuing.replace(oid::KEY_USAGE, key_usage(0x80)).build();
        assert_eq!(is_leaf(&inconsistent), Err(ClassError::Inconsistent));
        let value = encode(Tag::SEQUENCE, &[&encode(Tag::BOOLEAN, &[&[0xff]])]);
        let not_critical = crate::testing::extension(oid::BASIC_CONSTRAINTS, false, &value);
        let not_critical = root.replace(oid::BASIC_CONSTRAINTS, not_critical).build();
        assert_eq!(is_root_ca(&not_critical), Err(ClassError::BasicConstraintsCritical));
        let other_purpose = leaf.replace(oid::EXTENDED_KEY_USAGE, extended_key_usage(&[oid::TIME_STAMPING]));
        assert_eq!(is_leaf(&other_purpose.build()), Ok(false));
    }

    #[test]
    fn violations_are_written_for_people() {
        assert_eq!(LeafError::SubjectAltNameMissing.to_string(), "no subject alternative name");
        assert_eq!(ClassError::KeyUsageMissing.to_string(), "no key usage");
    }
}
