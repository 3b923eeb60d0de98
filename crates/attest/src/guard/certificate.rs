//! Certificate requests and certificates: encoded again, and compared byte for byte (G10, G11).
use cretula_crypto::{KeyDetails, SignatureScheme};
use cretula_encoding::der::{self, Tag};
use cretula_encoding::time::Time;

use super::{Authorisation, Certification, Purpose, under};
use crate::admission::Admitted;
use crate::error::{AttestError, ErrorKind};
use crate::exchange::fulcio::certification_request_info;
use crate::expected::ExpectedIdentity;
use crate::private_ca::{BACKDATED_SECS, LeafRequest, SERIAL_BYTES, leaf_secs, tbs_certificate};

/// The request of this key: version 1, empty subject, the key, no attributes (RFC 2986 §4.1).
///
/// # Errors
/// `guard/csr`.
pub(super) fn check_request(spki: &[u8], message: &[u8]) -> Result<(), AttestError> {
    if certification_request_info(spki) == message {
        return Ok(());
    }
    let detail = "expected the key that signs, an empty subject and no attributes";
    Err(AttestError::new(ErrorKind::GuardCsr, detail))
}

/// What an authority chooses for one certificate.
struct Choices {
    serial: [u8; SERIAL_BYTES],
    algorithm: SignatureScheme,
    not_before: Time,
}

/// The certificate that belongs to the request; returns the key that it certifies.
///
/// Serial number, start and signature algorithm are read from the message: the first is 16 bytes and positive, the
/// second is not later than the host's clock while the end is not earlier, the third fits the authority's key. With
/// them, everything else follows from the authorisation.
///
/// # Errors
/// `guard/certificate`.
pub(super) fn check_certificate<'a>(
    authorisation: &'a Authorisation,
    admitted: &Admitted<'_>,
    message: &[u8],
) -> Result<&'a [u8], AttestError> {
    let refuse = |detail: &str| AttestError::new(ErrorKind::GuardCertificate, detail);
    let Purpose::Ca(certification) = &authorisation.handle.purpose else {
        return Err(refuse("the authorisation names no authority"));
    };
    let choices = read(message).ok_or_else(|| refuse("not a certificate as it is written here"))?;
    let identity = ExpectedIdentity::of(admitted, authorisation.facts.claims());
    let identity = identity.map_err(under(ErrorKind::GuardCertificate))?;
    let algorithm = algorithm(certification, choices.algorithm)
        .ok_or_else(|| refuse("the signature algorithm is not one of the authority's key"))?;
    let start = choices.not_before.secs().saturating_add(BACKDATED_SECS);
    let request = LeafRequest {
        spki: &certification.ephemeral,
        authority: &certification.certificate,
        identity: &identity,
        serial: choices.serial,
        now: Time::from_secs(start).ok_or_else(|| refuse("the start is out of range"))?,
        leaf_secs: leaf_secs(admitted.mode),
        algorithm,
    };
    let expected = tbs_certificate(&request).map_err(under(ErrorKind::GuardCertificate))?;
    if expected != message {
        return Err(refuse("a member of the certificate is not what the request gives"));
    }
    check_time(certification, &request, choices.not_before)?;
    Ok(&certification.ephemeral)
}

fn check_time(
    certification: &Certification,
    request: &LeafRequest<'_>,
    not_before: Time,
) -> Result<(), AttestError> {
    let last = request.now.secs().saturating_add(request.leaf_secs);
    let now = certification.now.secs();
    if not_before.secs() <= now && now <= last {
        return Ok(());
    }
    Err(AttestError::new(ErrorKind::GuardCertificate, "the certificate is not valid at this time"))
}

/// The algorithm, if one that signs here is registered for the authority's key.
fn algorithm(certification: &Certification, scheme: SignatureScheme) -> Option<KeyDetails> {
    let key = certification.certificate.key().ok()?;
    KeyDetails::for_key(key.kind(), scheme)
}

/// Members up to the validity.
fn read(message: &[u8]) -> Option<Choices> {
    let mut reader = der::single(message, Tag::SEQUENCE).ok()?.reader();
    reader.expect(Tag::context_constructed(0)).ok()?;
    let serial = reader.expect(Tag::INTEGER).ok()?.unsigned().ok()?.try_into().ok()?;
    let algorithm = reader.expect(Tag::SEQUENCE).ok()?;
    let algorithm = SignatureScheme::from_algorithm_identifier(&algorithm, None)?;
    reader.expect(Tag::SEQUENCE).ok()?;
    let not_before = reader.expect(Tag::SEQUENCE).ok()?.reader().any().ok()?.time().ok()?;
    Some(Choices { serial, algorithm, not_before })
}
