//! TSTInfo, the signed content of a token (RFC 3161 §2.4.2).
use alloc::string::String;
use alloc::vec::Vec;

use cretula_crypto::HashAlgorithm;
use cretula_encoding::der::{self, Element, Oid, Reader, Tag};
use cretula_encoding::time::Time;

use super::token::expect_version;
use super::{TokenError, TokenFault};

/// What the authority states: which digest existed at which time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TstInfo {
    policy: Vec<u8>,
    imprint: MessageImprint,
    serial: Vec<u8>,
    gen_time: Time,
    accuracy: Option<Accuracy>,
    ordering: bool,
    nonce: Option<Vec<u8>>,
    tsa: Option<Vec<u8>>,
}

/// The digest that was dated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MessageImprint {
    /// `None`: not a hash function that is supported.
    pub(super) algorithm: Option<HashAlgorithm>,
    pub(super) value: Vec<u8>,
}

/// How far the true time may be from `genTime`. It never widens a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accuracy {
    /// Seconds.
    pub seconds: u64,
    /// Milliseconds, 0..=999.
    pub millis: u16,
    /// Microseconds, 0..=999.
    pub micros: u16,
}

impl TstInfo {
    /// Parses the content of a token (T02).
    pub(super) fn parse(content: &[u8]) -> Result<Self, TokenError> {
        let mut fields = der::single(content, Tag::SEQUENCE)?.reader();
        der::check(content, MAX_DEPTH)?;
        expect_version(&fields.expect(Tag::INTEGER)?, &[1])?;
        let policy = fields.expect(Tag::OID)?.oid()?.content().to_vec();
        let imprint = read_imprint(&fields.expect(Tag::SEQUENCE)?)?;
        let serial = integer(&fields.expect(Tag::INTEGER)?)?.to_vec();
        let gen_time = fields.expect(Tag::GENERALIZED_TIME)?.time()?;
        let accuracy = fields.optional(Tag::SEQUENCE)?.map(|element| read_accuracy(&element)).transpose()?;
        let ordering = read_ordering(&mut fields)?;
        let nonce = fields.optional(Tag::INTEGER)?.map(|e| integer(&e).map(<[u8]>::to_vec)).transpose()?;
        let tsa = fields.optional(Tag::context_constructed(0))?.map(|e| read_name(&e)).transpose()?;
        if let Some(extensions) = fields.optional(Tag::context_constructed(1))? {
            read_extensions(extensions.reader())?;
        }
        fields.finish()?;
        Ok(Self { policy, imprint, serial, gen_time, accuracy, ordering, nonce, tsa })
    }

    /// The time that the authority states, with its fraction.
    #[must_use]
    pub const fn gen_time(&self) -> Time {
        self.gen_time
    }
    /// Policy of the authority, content octets of the object identifier.
    #[must_use]
    pub fn policy(&self) -> Oid<'_> {
        Oid::from_content(&self.policy)
    }
    /// Policy of the authority in dotted decimal.
    #[must_use]
    pub fn policy_text(&self) -> String {
        self.policy().to_dotted()
    }
    /// Hash algorithm of the message imprint; `None` if it is not supported.
    #[must_use]
    pub const fn imprint_algorithm(&self) -> Option<HashAlgorithm> {
        self.imprint.algorithm
    }
    /// Value of the message imprint.
    #[must_use]
    pub fn imprint_value(&self) -> &[u8] {
        &self.imprint.value
    }
    /// Serial number, content octets of a minimal INTEGER.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }
    /// Accuracy, if stated.
    #[must_use]
    pub const fn accuracy(&self) -> Option<Accuracy> {
        self.accuracy
    }
    /// Whether the tokens of the authority can be ordered by `genTime` alone.
    #[must_use]
    pub const fn ordering(&self) -> bool {
        self.ordering
    }
    /// Nonce of the request, content octets of a minimal INTEGER.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }
    /// Name of the authority, a DER GeneralName.
    #[must_use]
    pub fn tsa(&self) -> Option<&[u8]> {
        self.tsa.as_deref()
    }
}

/// Greatest nesting of TSTInfo; a directory name in `tsa` needs 6 levels.
const MAX_DEPTH: usize = 16;

/// Content octets of a minimal INTEGER of either sign (clients exist whose nonces are negative).
fn integer<'a>(element: &Element<'a>) -> Result<&'a [u8], TokenError> {
    let content = element.content();
    match content {
        [] => Err(TokenError::Malformed(TokenFault::Integer)),
        [0x00, next, ..] if *next < 0x80 => Err(TokenError::Malformed(TokenFault::Integer)),
        [0xff, next, ..] if *next >= 0x80 => Err(TokenError::Malformed(TokenFault::Integer)),
        _ => Ok(content),
    }
}

fn read_imprint(element: &Element<'_>) -> Result<MessageImprint, TokenError> {
    let mut fields = element.reader();
    let algorithm = hash_algorithm(&fields.expect(Tag::SEQUENCE)?)?;
    let value = fields.expect(Tag::OCTET_STRING)?.octets()?.to_vec();
    fields.finish()?;
    Ok(MessageImprint { algorithm, value })
}

/// AlgorithmIdentifier of a hash function: SHA-2 with parameters absent or NULL (RFC 5754 §2), else `None`.
pub(super) fn hash_algorithm(
    element: &Element<'_>,
) -> Result<Option<HashAlgorithm>, cretula_encoding::Error> {
    let mut fields = element.reader();
    let oid = fields.expect(Tag::OID)?.oid()?;
    if fields.is_empty() {
        return Ok(HashAlgorithm::from_oid(oid));
    }
    let parameters = fields.any()?;
    fields.finish()?;
    Ok(parameters.null().ok().and_then(|()| HashAlgorithm::from_oid(oid)))
}

fn read_accuracy(element: &Element<'_>) -> Result<Accuracy, TokenError> {
    let mut fields = element.reader();
    let seconds = fields.optional(Tag::INTEGER)?.map(|e| e.small()).transpose()?.unwrap_or(0);
    let millis = fields.optional(Tag::context(0))?.map(|e| thousandth(&e)).transpose()?.unwrap_or(0);
    let micros = fields.optional(Tag::context(1))?.map(|e| thousandth(&e)).transpose()?.unwrap_or(0);
    fields.finish()?;
    Ok(Accuracy { seconds, millis, micros })
}

/// `[n] INTEGER (1..999)`.
fn thousandth(element: &Element<'_>) -> Result<u16, TokenError> {
    let value = match *element.content() {
        [low] if low < 0x80 => u16::from(low),
        [0x00, low] if low >= 0x80 => u16::from(low),
        [high, low] if (0x01..0x80).contains(&high) => u16::from_be_bytes([high, low]),
        _ => 0,
    };
    if (1..=999).contains(&value) { Ok(value) } else { Err(TokenError::Malformed(TokenFault::Accuracy)) }
}

/// `ordering BOOLEAN DEFAULT FALSE`: DER writes it only when it is TRUE. An explicit FALSE is refused.
fn read_ordering(fields: &mut Reader<'_>) -> Result<bool, TokenError> {
    match fields.optional(Tag::BOOLEAN)? {
        None => Ok(false),
        Some(element) if element.bool()? => Ok(true),
        Some(_) => Err(TokenError::Malformed(TokenFault::Default)),
    }
}

/// `tsa [0] GeneralName`, explicit because GeneralName is a choice.
fn read_name(explicit: &Element<'_>) -> Result<Vec<u8>, TokenError> {
    let mut inner = explicit.reader();
    let name = inner.any()?.encoded().to_vec();
    inner.finish()?;
    Ok(name)
}

/// No extension is known here, so a critical one refuses.
fn read_extensions(mut extensions: Reader<'_>) -> Result<(), TokenError> {
    while !extensions.is_empty() {
        let mut fields = extensions.expect(Tag::SEQUENCE)?.reader();
        fields.expect(Tag::OID)?.oid()?;
        if let Some(critical) = fields.optional(Tag::BOOLEAN)? {
            let fault = if critical.bool()? { TokenFault::CriticalExtension } else { TokenFault::Default };
            return Err(TokenError::Malformed(fault));
        }
        fields.expect(Tag::OCTET_STRING)?;
        fields.finish()?;
    }
    Ok(())
}
