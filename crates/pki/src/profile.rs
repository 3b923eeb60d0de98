//! What one certificate of a path must be, apart from its signature (checks C02 to C06).
use cretula_encoding::time::Time;

use crate::certificate::Certificate;
use crate::oid;
use crate::path::{PathRules, Purpose};
use crate::path_error::{KeyIdentifierViolation, PathError, ProfileViolation};

/// Extensions that are processed here and may therefore be critical (C06).
const PROCESSED: [cretula_encoding::der::Oid<'static>; 6] = [
    oid::BASIC_CONSTRAINTS,
    oid::CERTIFICATE_POLICIES,
    oid::EXTENDED_KEY_USAGE,
    oid::KEY_USAGE,
    oid::NAME_CONSTRAINTS,
    oid::SUBJECT_ALT_NAME,
];

/// Issuers and the anchor (C04; RFC 5280 §4.2.1.3, §4.2.1.9, §4.1.2.6).
///
/// `below` counts the certificates between this one and the leaf that are not self-issued.
pub(crate) fn check_issuer(
    certificate: &Certificate,
    below: u64,
    purpose: &Purpose,
) -> Result<(), ProfileViolation> {
    let constraints =
        certificate.basic_constraints().filter(|constraints| constraints.ca && constraints.critical);
    let Some(constraints) = constraints else { return Err(ProfileViolation::BasicConstraints) };
    if !certificate.key_usage().is_some_and(|usage| usage.key_cert_sign()) {
        return Err(ProfileViolation::KeyUsage);
    }
    if constraints.path_len.is_some_and(|path_len| below > path_len) {
        return Err(ProfileViolation::PathLength);
    }
    if certificate.subject_is_empty() {
        return Err(ProfileViolation::Subject);
    }
    check_purpose(certificate, purpose, false)
}

/// The leaf (C05). Key usage may be absent unless the purpose is code signing.
pub(crate) fn check_end_entity(certificate: &Certificate, purpose: &Purpose) -> Result<(), ProfileViolation> {
    if certificate.basic_constraints().is_some_and(|constraints| constraints.ca) {
        return Err(ProfileViolation::CertificateAuthority);
    }
    check_end_entity_key_usage(certificate, purpose)?;
    check_purpose(certificate, purpose, true)
}

/// A leaf signs messages and, not being an authority, no certificates (RFC 5280 §4.2.1.3, §4.2.1.9).
fn check_end_entity_key_usage(certificate: &Certificate, purpose: &Purpose) -> Result<(), ProfileViolation> {
    let allowed = match (certificate.key_usage(), purpose) {
        (None, Purpose::CodeSigning) => false,
        (None, Purpose::Other(_) | Purpose::TimeStamping | Purpose::Unrestricted) => true,
        // RFC 3161 §2.3 leaves a choice between the two.
        (Some(usage), Purpose::TimeStamping) => {
            (usage.digital_signature() || usage.non_repudiation()) && !usage.key_cert_sign()
        }
        (Some(usage), Purpose::CodeSigning | Purpose::Other(_) | Purpose::Unrestricted) => {
            usage.digital_signature() && !usage.key_cert_sign()
        }
    };
    if allowed { Ok(()) } else { Err(ProfileViolation::KeyUsage) }
}

/// anyExtendedKeyUsage never stands for the purpose; an empty list holds none.
fn check_purpose(
    certificate: &Certificate,
    purpose: &Purpose,
    demanded: bool,
) -> Result<(), ProfileViolation> {
    let holds = match (certificate.extended_key_usage(), purpose.oid()) {
        (None, None) => true,
        (None, Some(_)) => !demanded,
        (Some(usage), None) => !usage.purposes.is_empty(),
        (Some(usage), Some(oid)) => usage.contains(oid),
    };
    if holds { Ok(()) } else { Err(ProfileViolation::ExtendedKeyUsage) }
}

/// No critical extension that is not processed, and no CT poison (C06; RFC 5280 §4.2, RFC 6962 §3.1).
pub(crate) fn check_critical_extensions(certificate: &Certificate, position: u32) -> Result<(), PathError> {
    let refused = certificate.extensions().find(|extension| {
        extension.oid == oid::CT_POISON || (extension.critical && !PROCESSED.contains(&extension.oid))
    });
    match refused {
        Some(extension) => Err(PathError::CriticalExtension { position, oid: extension.oid.to_dotted() }),
        None => Ok(()),
    }
}

/// Key identifiers of RFC 5280 §4.2.1.1 and §4.2.1.2 (C03); that they are not critical is C06.
pub(crate) fn check_key_identifiers(
    certificate: &Certificate,
    position: u32,
    is_issuer: bool,
    rules: &PathRules,
) -> Result<(), PathError> {
    if rules.allow_missing_key_ids {
        return Ok(());
    }
    let authority = certificate.authority_key_id().is_some_and(|id| id.key_identifier.is_some());
    if !authority && !certificate.is_self_issued() {
        let violation = KeyIdentifierViolation::AuthorityMissing;
        return Err(PathError::KeyIdentifier { position, violation });
    }
    if is_issuer && certificate.subject_key_id().is_none() {
        let violation = KeyIdentifierViolation::SubjectMissing;
        return Err(PathError::KeyIdentifier { position, violation });
    }
    Ok(())
}

/// Valid at `time`, ends included (C02).
pub(crate) fn check_validity(certificate: &Certificate, position: u32, time: Time) -> Result<(), PathError> {
    if certificate.valid_at(time) {
        return Ok(());
    }
    let (not_before, not_after) = certificate.validity();
    Err(PathError::NotValid { position, time, not_before, not_after })
}
