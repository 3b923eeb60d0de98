//! SignerInfo and its signed attributes (RFC 5652 §5.3, §5.4, §11).
use alloc::vec::Vec;

use cretula_crypto::{HashAlgorithm, SignatureScheme};
use cretula_encoding::der::{self, Element, Oid, Tag};

use super::token::expect_version;
use super::tst_info::hash_algorithm;
use super::{AttributeFault, TokenError, TokenFault};
use crate::Certificate;

/// Who signed, how, and over which attributes.
#[derive(Debug, Clone)]
pub(super) struct SignerInfo {
    pub(super) id: SignerId,
    /// `None`: not SHA-256, SHA-384 or SHA-512.
    pub(super) digest_algorithm: Option<HashAlgorithm>,
    pub(super) attributes: Option<SignedAttributes>,
    /// `None`: not supported.
    pub(super) scheme: Option<SignatureScheme>,
    pub(super) signature: Vec<u8>,
}

/// How a token names the certificate of its signer.
#[derive(Debug, Clone)]
pub(super) enum SignerId {
    /// Issuer name (DER) and serial number (content octets of the INTEGER).
    IssuerAndSerial { issuer: Vec<u8>, serial: Vec<u8> },
    /// Subject key identifier.
    KeyId(Vec<u8>),
}

impl SignerInfo {
    /// Parses one SignerInfo. Unsigned attributes are passed over: nothing covers them.
    pub(super) fn parse(element: &Element<'_>) -> Result<Self, TokenError> {
        let mut fields = element.reader();
        let version = fields.expect(Tag::INTEGER)?;
        let id = SignerId::parse(&fields.any()?)?;
        expect_version(&version, &[id.version()])?;
        let digest_algorithm = hash_algorithm(&fields.expect(Tag::SEQUENCE)?)?;
        let attributes = match fields.optional(Tag::context_constructed(0))? {
            Some(set) => Some(SignedAttributes::parse(&set)?),
            None => None,
        };
        let algorithm = fields.expect(Tag::SEQUENCE)?;
        let scheme = SignatureScheme::from_algorithm_identifier(&algorithm, digest_algorithm);
        let signature = fields.expect(Tag::OCTET_STRING)?.octets()?.to_vec();
        fields.optional(Tag::context_constructed(1))?;
        fields.finish()?;
        Ok(Self { id, digest_algorithm, attributes, scheme, signature })
    }
}

impl SignerId {
    fn parse(element: &Element<'_>) -> Result<Self, TokenError> {
        if element.tag() == Tag::context(0) {
            return Ok(Self::KeyId(element.content().to_vec()));
        }
        let (issuer, serial) = read_issuer_and_serial(element)?;
        Ok(Self::IssuerAndSerial { issuer: issuer.to_vec(), serial: serial.to_vec() })
    }

    /// Version of the SignerInfo that goes with the form (RFC 5652 §5.3).
    const fn version(&self) -> u64 {
        match self {
            Self::IssuerAndSerial { .. } => 1,
            Self::KeyId(_) => 3,
        }
    }

    /// Whether the certificate is the one named.
    pub(super) fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                certificate.issuer() == issuer && integer_equals(serial, certificate.serial())
            }
            Self::KeyId(id) => certificate.subject_key_id().is_some_and(|found| found.key_identifier == *id),
        }
    }
}

/// IssuerAndSerialNumber: the name as DER and the content octets of the number.
fn read_issuer_and_serial<'a>(element: &Element<'a>) -> Result<(&'a [u8], &'a [u8]), TokenError> {
    let sequence = der::single(element.encoded(), Tag::SEQUENCE)?;
    let mut fields = sequence.reader();
    let issuer = fields.expect(Tag::SEQUENCE)?.encoded();
    let serial = fields.expect(Tag::INTEGER)?.content();
    fields.finish()?;
    Ok((issuer, serial))
}

/// Whether the content octets of an INTEGER are this non-negative number; leading zero octets of `magnitude` are skipped.
pub(super) fn integer_equals(content: &[u8], magnitude: &[u8]) -> bool {
    let start = magnitude.iter().position(|octet| *octet != 0).unwrap_or(magnitude.len());
    let digits = magnitude.get(start..).unwrap_or_default();
    match content {
        [0x00, rest @ ..] => rest == digits,
        [first, ..] if *first >= 0x80 => false,
        _ => !content.is_empty() && content == digits,
    }
}

/// Signed attributes: the bytes that the signature covers, a SET OF in DER order.
#[derive(Debug, Clone)]
pub(super) struct SignedAttributes {
    set: Vec<u8>,
}

impl SignedAttributes {
    /// Checks shape and order, and replaces the implicit tag by SET OF (RFC 5652 §5.4).
    fn parse(implicit: &Element<'_>) -> Result<Self, TokenError> {
        check_order(implicit)?;
        let mut attributes = implicit.reader();
        while !attributes.is_empty() {
            let mut fields = attributes.expect(Tag::SEQUENCE)?.reader();
            fields.expect(Tag::OID)?.oid()?;
            check_order(&fields.expect(Tag::SET)?)?;
            fields.finish()?;
        }
        Ok(Self { set: der::encode(Tag::SET, &[implicit.content()]) })
    }

    /// The signed bytes.
    pub(super) fn as_der(&self) -> &[u8] {
        &self.set
    }

    /// The only value of the only attribute of this type.
    ///
    /// # Errors
    /// [`AttributeFault::Repeated`] if there are more, or an attribute without a value.
    pub(super) fn value(&self, oid: Oid<'_>) -> Result<Option<Element<'_>>, TokenError> {
        let mut found = None;
        let mut attributes = der::single(&self.set, Tag::SET)?.reader();
        while !attributes.is_empty() {
            let mut fields = attributes.expect(Tag::SEQUENCE)?.reader();
            if fields.expect(Tag::OID)?.oid()? != oid {
                continue;
            }
            let mut values = fields.expect(Tag::SET)?.reader();
            let repeated = TokenError::Attributes(AttributeFault::Repeated);
            if found.is_some() || values.is_empty() {
                return Err(repeated);
            }
            found = Some(values.any()?);
            values.finish().map_err(|_| repeated)?;
        }
        Ok(found)
    }
}

/// The elements of a SET OF stand in ascending order of their encodings (X.690 §11.6).
fn check_order(set: &Element<'_>) -> Result<(), TokenError> {
    let mut elements = set.reader();
    let mut previous: &[u8] = &[];
    while !elements.is_empty() {
        let element = elements.any()?.encoded();
        if element < previous {
            return Err(TokenError::Malformed(TokenFault::AttributeOrder));
        }
        previous = element;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_compared_as_numbers() {
        for (content, magnitude, equal) in [
            (&[0x00][..], &[][..], true),
            (&[0x00], &[0, 0], true),
            (&[0x07], &[0, 7], true),
            (&[0x00, 0x80], &[0x80], true),
            (&[0x80], &[0x80], false),
            (&[], &[], false),
            (&[0x01], &[], false),
        ] {
            assert_eq!(integer_equals(content, magnitude), equal, "{content:02x?} {magnitude:02x?}");
        }
    }
}
