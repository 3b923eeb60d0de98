//! The signing-certificate attributes (T05; RFC 2634 §5.4, RFC 5035 §3 to §5).
use cretula_crypto::{HashAlgorithm, hazmat};
use cretula_encoding::der::{Element, Oid, Reader, Tag};

use super::signer_info::{SignedAttributes, integer_equals};
use super::tst_info::hash_algorithm;
use super::{CertIdFault, TokenError};
use crate::Certificate;

/// signing-certificate, 1.2.840.113549.1.9.16.2.12: SHA-1.
const SIGNING_CERTIFICATE: Oid<'static> =
    Oid::from_content(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0c]);

/// signing-certificate-v2, 1.2.840.113549.1.9.16.2.47.
const SIGNING_CERTIFICATE_V2: Oid<'static> =
    Oid::from_content(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f]);

/// Whether the certificate hash of the attribute counts for the signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CertIdMatch {
    /// It is the hash of the signer's certificate.
    Hash,
    /// It is another one, or of a hash function that counts for nothing.
    OtherHash,
}

/// What one attribute says about the signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntryMatch {
    /// Names its certificate.
    Hash,
    /// Names another one, or by a hash function that counts for nothing.
    OtherHash,
    /// The SHA-1 of its certificate, without issuer and serial number: names nothing, and contradicts nothing.
    Sha1Alone,
}

/// Compares the first entry of each signing-certificate attribute with the signer.
///
/// # Errors
/// [`TokenError::CertId`] if there is no such attribute, its shape is wrong, or its issuer and serial number are not
/// those of the signer; [`TokenError::Attributes`] if one occurs twice.
pub(super) fn match_cert_id(
    attributes: &SignedAttributes,
    signer: &Certificate,
) -> Result<CertIdMatch, TokenError> {
    let v1 = attributes.value(SIGNING_CERTIFICATE)?;
    let v2 = attributes.value(SIGNING_CERTIFICATE_V2)?;
    let v1 = v1.map(|value| match_entry(&value, signer, EntryForm::V1)).transpose()?;
    let v2 = v2.map(|value| match_entry(&value, signer, EntryForm::V2)).transpose()?;
    match (v1, v2) {
        (None, None) => Err(TokenError::CertId(CertIdFault::Missing)),
        (Some(EntryMatch::Hash), None)
        | (None | Some(EntryMatch::Hash | EntryMatch::Sha1Alone), Some(EntryMatch::Hash)) => {
            Ok(CertIdMatch::Hash)
        }
        _ => Ok(CertIdMatch::OtherHash),
    }
}

#[derive(Debug, Clone, Copy)]
enum EntryForm {
    /// ESSCertID: SHA-1.
    V1,
    /// ESSCertIDv2: SHA-256 unless another hash function is named.
    V2,
}

/// First ESSCertID or ESSCertIDv2 as it stands in the attribute.
struct Entry<'a> {
    hash_algorithm: Option<HashAlgorithm>,
    hash: &'a [u8],
    issuer_serial: Option<Element<'a>>,
}

impl Entry<'_> {
    fn is_sha2_of(&self, signer: &Certificate) -> bool {
        self.hash_algorithm.is_some_and(|hash| hash.digest(&[signer.der()]).as_bytes() == self.hash)
    }
}

fn match_entry(value: &Element<'_>, signer: &Certificate, form: EntryForm) -> Result<EntryMatch, TokenError> {
    let entry = read_first_entry(value, form).map_err(|_| TokenError::CertId(CertIdFault::Shape))?;
    if let Some(issuer_serial) = &entry.issuer_serial {
        let named = match_issuer_serial(issuer_serial, signer);
        if !named.map_err(|_| TokenError::CertId(CertIdFault::Shape))? {
            return Err(TokenError::CertId(CertIdFault::IssuerSerial));
        }
    }
    Ok(match form {
        EntryForm::V1 if entry.hash != hazmat::sha1(signer.der()) => EntryMatch::OtherHash,
        EntryForm::V1 if entry.issuer_serial.is_none() => EntryMatch::Sha1Alone,
        EntryForm::V2 if !entry.is_sha2_of(signer) => EntryMatch::OtherHash,
        EntryForm::V1 | EntryForm::V2 => EntryMatch::Hash,
    })
}

/// SigningCertificate or SigningCertificateV2: certs, policies (passed over).
fn read_first_entry<'a>(value: &Element<'a>, form: EntryForm) -> Result<Entry<'a>, cretula_encoding::Error> {
    let mut outer = Reader::new(value.encoded());
    let mut fields = outer.expect(Tag::SEQUENCE)?.reader();
    let mut entries = fields.expect(Tag::SEQUENCE)?.reader();
    fields.optional(Tag::SEQUENCE)?;
    fields.finish()?;
    let mut entry = entries.expect(Tag::SEQUENCE)?.reader();
    let hash_algorithm = match form {
        EntryForm::V1 => None,
        EntryForm::V2 => match entry.optional(Tag::SEQUENCE)? {
            Some(algorithm) => hash_algorithm(&algorithm)?,
            None => Some(HashAlgorithm::Sha256),
        },
    };
    let hash = entry.expect(Tag::OCTET_STRING)?.octets()?;
    let issuer_serial = entry.optional(Tag::SEQUENCE)?;
    entry.finish()?;
    Ok(Entry { hash_algorithm, hash, issuer_serial })
}

/// IssuerSerial: one directoryName, which is the issuer, and the serial number (RFC 5035 §5).
fn match_issuer_serial(element: &Element<'_>, signer: &Certificate) -> Result<bool, cretula_encoding::Error> {
    let mut fields = element.reader();
    let mut names = fields.expect(Tag::SEQUENCE)?.reader();
    let issuer = names.expect(Tag::context_constructed(4))?.content();
    names.finish()?;
    let serial = fields.expect(Tag::INTEGER)?.content();
    fields.finish()?;
    Ok(issuer == signer.issuer() && integer_equals(serial, signer.serial()))
}
