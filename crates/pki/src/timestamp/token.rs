//! The wire model: TimeStampResp, ContentInfo, SignedData (RFC 3161 §2.4.2, RFC 5652 §3 and §5).
use alloc::vec::Vec;

use cretula_encoding::der::{self, Element, Reader, Tag};
use cretula_encoding::limits::Limits;

use super::signer_info::SignerInfo;
use super::{TokenError, TokenFault, TstInfo};
use crate::Certificate;

/// id-signedData, 1.2.840.113549.1.7.2.
const ID_SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

/// id-ct-TSTInfo, 1.2.840.113549.1.9.16.1.4.
pub(super) const ID_CT_TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];

/// Greatest nesting of a response. A certificate inside of a token needs 14 levels.
const MAX_DEPTH: usize = 32;

/// Status numbers under which a token is issued: granted, grantedWithMods (RFC 3161 §2.4.2).
const GRANTED: core::ops::RangeInclusive<u64> = 0..=1;

/// A well-formed timestamp token. Nothing in it is verified.
#[derive(Debug, Clone)]
pub struct TimestampToken {
    pub(super) tst_info: TstInfo,
    /// The octets of TSTInfo as they stand in the token: the message digest covers them.
    pub(super) content: Vec<u8>,
    /// The certificates that are acceptable as such; the others cannot be a signer.
    pub(super) certificates: Vec<Certificate>,
    pub(super) signer: Option<SignerInfo>,
    pub(super) signer_count: u32,
}

impl TimestampToken {
    /// Parses a DER `TimeStampResp` (T01, T02). A bare ContentInfo is refused.
    ///
    /// Certificates in the token are kept as candidates, revocation lists and unsigned attributes are passed over.
    /// Source: RFC 3161 §2.4.2, RFC 5652 §5.1.
    ///
    /// # Errors
    /// [`TokenError::TokenBytes`] and [`TokenError::TokenCertificates`] above the limits; [`TokenError::Status`] if
    /// the authority refused; [`TokenError::Response`] and [`TokenError::Malformed`] for everything else.
    pub fn parse(time_stamp_resp: &[u8], limits: &Limits) -> Result<Self, TokenError> {
        check_length(time_stamp_resp, limits)?;
        let content_info = open_response(time_stamp_resp).map_err(TokenError::in_response)?;
        der::check(time_stamp_resp, MAX_DEPTH)?;
        read_signed_data(&open_content_info(&content_info)?, limits)
    }

    /// The signed content, unverified.
    #[must_use]
    pub const fn unverified_tst_info(&self) -> &TstInfo {
        &self.tst_info
    }
}

/// Status and token; returns the token's ContentInfo (T01).
fn open_response(time_stamp_resp: &[u8]) -> Result<Element<'_>, TokenError> {
    let mut response = der::single(time_stamp_resp, Tag::SEQUENCE)?.reader();
    read_status(&response.expect(Tag::SEQUENCE)?)?;
    if response.is_empty() {
        return Err(TokenError::Malformed(TokenFault::TokenMissing));
    }
    let content_info = response.expect(Tag::SEQUENCE)?;
    response.finish()?;
    Ok(content_info)
}

fn check_length(input: &[u8], limits: &Limits) -> Result<(), TokenError> {
    if input.len() <= limits.token_bytes {
        return Ok(());
    }
    Err(TokenError::TokenBytes { present: to_u64(input.len()), limit: to_u64(limits.token_bytes) })
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// PKIStatusInfo: status, text and failure information; only the first decides.
fn read_status(status_info: &Element<'_>) -> Result<(), TokenError> {
    let mut fields = status_info.reader();
    let status = fields.expect(Tag::INTEGER)?;
    status.unsigned()?;
    if let Some(texts) = fields.optional(Tag::SEQUENCE)? {
        read_free_text(texts.reader())?;
    }
    if let Some(fail_info) = fields.optional(Tag::BIT_STRING)? {
        fail_info.bit_string()?;
    }
    fields.finish()?;
    let status = status.small().ok();
    if status.is_some_and(|number| GRANTED.contains(&number)) {
        Ok(())
    } else {
        Err(TokenError::Status { status })
    }
}

fn read_free_text(mut texts: Reader<'_>) -> Result<(), TokenError> {
    while !texts.is_empty() {
        texts.expect(Tag::UTF8_STRING)?.utf8()?;
    }
    Ok(())
}

/// ContentInfo with id-signedData; returns SignedData.
fn open_content_info<'a>(content_info: &Element<'a>) -> Result<Element<'a>, TokenError> {
    let mut fields = content_info.reader();
    expect_content_type(&mut fields, ID_SIGNED_DATA)?;
    let explicit = fields.expect(Tag::context_constructed(0))?;
    fields.finish()?;
    let mut inner = explicit.reader();
    let signed_data = inner.expect(Tag::SEQUENCE)?;
    inner.finish()?;
    Ok(signed_data)
}

fn expect_content_type(fields: &mut Reader<'_>, oid: &[u8]) -> Result<(), TokenError> {
    if fields.expect(Tag::OID)?.oid()?.content() == oid {
        return Ok(());
    }
    Err(TokenError::Malformed(TokenFault::ContentType))
}

fn read_signed_data(signed_data: &Element<'_>, limits: &Limits) -> Result<TimestampToken, TokenError> {
    let mut fields = signed_data.reader();
    expect_version(&fields.expect(Tag::INTEGER)?, &[1, 3, 4, 5])?;
    read_algorithms(fields.expect(Tag::SET)?.reader())?;
    let content = read_content(&fields.expect(Tag::SEQUENCE)?)?;
    let certificates = match fields.optional(Tag::context_constructed(0))? {
        Some(set) => read_certificates(set.reader(), limits)?,
        None => Vec::new(),
    };
    fields.optional(Tag::context_constructed(1))?;
    let (signer, signer_count) = read_signers(fields.expect(Tag::SET)?.reader())?;
    fields.finish()?;
    let tst_info = TstInfo::parse(content)?;
    Ok(TimestampToken { tst_info, content: content.to_vec(), certificates, signer, signer_count })
}

/// DigestAlgorithmIdentifiers: not signed and not used, yet of the type that RFC 5652 §5.1 gives them.
fn read_algorithms(mut set: Reader<'_>) -> Result<(), TokenError> {
    while !set.is_empty() {
        let mut algorithm = set.expect(Tag::SEQUENCE)?.reader();
        algorithm.expect(Tag::OID)?.oid()?;
        if !algorithm.is_empty() {
            algorithm.any()?;
        }
        algorithm.finish()?;
    }
    Ok(())
}

/// A version number of the specification.
pub(super) fn expect_version(element: &Element<'_>, allowed: &[u64]) -> Result<(), TokenError> {
    let version = element.small()?;
    if allowed.contains(&version) { Ok(()) } else { Err(TokenError::Malformed(TokenFault::Version)) }
}

/// EncapsulatedContentInfo; returns the octets of TSTInfo.
fn read_content<'a>(encapsulated: &Element<'a>) -> Result<&'a [u8], TokenError> {
    let mut fields = encapsulated.reader();
    expect_content_type(&mut fields, ID_CT_TST_INFO)?;
    let explicit = fields.expect(Tag::context_constructed(0))?;
    fields.finish()?;
    let mut inner = explicit.reader();
    let octets = inner.expect(Tag::OCTET_STRING)?.octets()?;
    inner.finish()?;
    Ok(octets)
}

/// CertificateSet. Other kinds than X.509 certificates, and certificates outside our profile, are counted and dropped.
/// The set is not signed and its order means nothing, so it is not demanded.
fn read_certificates(mut set: Reader<'_>, limits: &Limits) -> Result<Vec<Certificate>, TokenError> {
    let mut certificates = Vec::new();
    let mut left = limits.token_certificates;
    while !set.is_empty() {
        let element = set.any()?;
        let Some(rest) = left.checked_sub(1) else {
            return Err(TokenError::TokenCertificates { limit: to_u64(limits.token_certificates) });
        };
        left = rest;
        certificates.extend(Certificate::parse(element.encoded(), limits).ok());
    }
    Ok(certificates)
}

/// SignerInfos: the first one, and how many there are.
fn read_signers(mut set: Reader<'_>) -> Result<(Option<SignerInfo>, u32), TokenError> {
    let mut first = None;
    let mut count = 0u32;
    while !set.is_empty() {
        let signer = SignerInfo::parse(&set.expect(Tag::SEQUENCE)?)?;
        first.get_or_insert(signer);
        count = count.saturating_add(1);
    }
    Ok((first, count))
}
