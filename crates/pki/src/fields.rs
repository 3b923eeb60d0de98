//! Members of a certificate: their form and their place (RFC 5280 §4.1).
use alloc::vec::Vec;

use cretula_encoding::der::{Element, Oid, Reader, Tag};
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;

use crate::error::Error;
use crate::name;

/// Octets of a serial number (RFC 5280 §4.1.2.2).
const SERIAL_OCTETS: usize = 20;
/// 2050-01-01T00:00:00Z: from here on a validity is written as GeneralizedTime (RFC 5280 §4.1.2.5).
pub(crate) const YEAR_2050_SECS: u64 = 2_524_608_000;
/// Octets of `YYYYMMDDHHMMSSZ`.
const GENERALIZED_TIME_OCTETS: usize = 15;

/// Bytes `start..end` of the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Where the members of a certificate lie, and those that are small.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    pub(crate) tbs: Span,
    pub(crate) serial: Span,
    pub(crate) issuer: Span,
    pub(crate) subject: Span,
    pub(crate) subject_is_empty: bool,
    pub(crate) validity: (Time, Time),
    pub(crate) spki: Span,
    pub(crate) before_extensions: Span,
    pub(crate) extensions: Vec<ExtensionSpan>,
    pub(crate) signature: Span,
}

/// Where the members of one extension lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExtensionSpan {
    pub(crate) encoded: Span,
    pub(crate) oid: Span,
    pub(crate) critical: bool,
    pub(crate) value: Span,
}

impl Span {
    const fn encoded(element: &Element<'_>) -> Self {
        let start = element.offset();
        Self { start, end: start.saturating_add(element.encoded().len()) }
    }

    /// The last `length` bytes of the element.
    const fn tail(element: &Element<'_>, length: usize) -> Self {
        let end = Self::encoded(element).end;
        Self { start: end.saturating_sub(length), end }
    }

    pub(crate) fn of(self, der: &[u8]) -> &[u8] {
        der.get(self.start..self.end).unwrap_or_default()
    }
}

impl Fields {
    pub(crate) fn parse(
        tbs: &Element<'_>,
        algorithm: &Element<'_>,
        signature: &Element<'_>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let mut reader = tbs.reader();
        check_version(&mut reader)?;
        let serial = parse_serial(&reader.expect(Tag::INTEGER)?)?;
        if reader.expect(Tag::SEQUENCE)?.encoded() != algorithm.encoded() {
            return Err(Error::AlgorithmMismatch);
        }
        let issuer = reader.expect(Tag::SEQUENCE)?;
        let validity = parse_validity(&reader.expect(Tag::SEQUENCE)?)?;
        let subject = reader.expect(Tag::SEQUENCE)?;
        let spki = reader.expect(Tag::SEQUENCE)?;
        name::check_name(&issuer)?;
        name::check_name(&subject)?;
        refuse_unique_identifiers(&reader)?;
        let content = Span::tail(tbs, tbs.content().len());
        Ok(Self {
            tbs: Span::encoded(tbs),
            serial,
            issuer: Span::encoded(&issuer),
            subject: Span::encoded(&subject),
            subject_is_empty: subject.content().is_empty(),
            validity,
            spki: Span::encoded(&spki),
            before_extensions: Span { start: content.start, end: Span::encoded(&spki).end },
            extensions: parse_extensions(reader, limits)?,
            signature: Span::tail(signature, signature.bit_string_octets()?.len()),
        })
    }
}

/// Version 3 is the INTEGER 2; an absent member means version 1 (RFC 5280 §4.1.2.1).
fn check_version(reader: &mut Reader<'_>) -> Result<(), Error> {
    let Some(version) = reader.optional(Tag::context_constructed(0))? else {
        return Err(Error::Version);
    };
    let mut inner = version.reader();
    let number = inner.expect(Tag::INTEGER)?.small()?;
    inner.finish()?;
    if number == 2 { Ok(()) } else { Err(Error::Version) }
}

/// A serial number that is not negative and has at most 20 octets, the leading zero octet of the encoding not counted
/// (RFC 5280 §4.1.2.2). `Looser:` zero is left to the leaf check, because published roots have it and the clause asks
/// to handle them gracefully.
fn parse_serial(serial: &Element<'_>) -> Result<Span, Error> {
    let magnitude = serial.unsigned().map_err(|_| Error::SerialNumber)?;
    if magnitude.len() > SERIAL_OCTETS {
        return Err(Error::SerialNumber);
    }
    Ok(Span::tail(serial, magnitude.len()))
}

fn parse_validity(validity: &Element<'_>) -> Result<(Time, Time), Error> {
    let mut reader = validity.reader();
    let not_before = parse_validity_time(&reader.any()?)?;
    let not_after = parse_validity_time(&reader.any()?)?;
    reader.finish()?;
    if not_before > not_after {
        return Err(Error::Validity);
    }
    Ok((not_before, not_after))
}

/// UTCTime through 2049, GeneralizedTime without fraction from 2050 on (RFC 5280 §4.1.2.5).
fn parse_validity_time(element: &Element<'_>) -> Result<Time, Error> {
    let time = element.time().map_err(|_| Error::Validity)?;
    let from_2050 = time.secs() >= YEAR_2050_SECS;
    let whole = element.content().len() == GENERALIZED_TIME_OCTETS;
    let fits = match element.tag() {
        Tag::GENERALIZED_TIME => from_2050 && whole,
        Tag::UTC_TIME => !from_2050,
        _ => false,
    };
    if fits { Ok(time) } else { Err(Error::Validity) }
}

/// issuerUniqueID `[1]` and subjectUniqueID `[2]` must not be used (RFC 5280 §4.1.2.8).
fn refuse_unique_identifiers(reader: &Reader<'_>) -> Result<(), Error> {
    let unique = [Tag::context(1), Tag::context(2), Tag::context_constructed(1), Tag::context_constructed(2)];
    match reader.peek() {
        Some(tag) if unique.contains(&tag) => Err(Error::UniqueIdentifier),
        _ => Ok(()),
    }
}

fn parse_extensions(mut reader: Reader<'_>, limits: &Limits) -> Result<Vec<ExtensionSpan>, Error> {
    let member = reader.optional(Tag::context_constructed(3))?;
    reader.finish()?;
    let Some(member) = member else { return Ok(Vec::new()) };
    let mut inner = member.reader();
    let list = inner.expect(Tag::SEQUENCE)?;
    inner.finish()?;
    let mut items = list.reader();
    if items.is_empty() {
        return Err(Error::EmptyList { offset: list.offset() });
    }
    let mut seen: Vec<Oid<'_>> = Vec::new();
    let mut extensions = Vec::new();
    while !items.is_empty() {
        if extensions.len() >= limits.extensions {
            return Err(Error::Extensions);
        }
        let item = items.expect(Tag::SEQUENCE)?;
        let (oid, span) = parse_extension(&item)?;
        if seen.contains(&oid) {
            return Err(Error::DuplicateExtension { offset: item.offset() });
        }
        seen.push(oid);
        extensions.push(span);
    }
    Ok(extensions)
}

/// `critical` is written only when true: DER leaves default values out (X.690 §11.5).
fn parse_extension<'a>(item: &Element<'a>) -> Result<(Oid<'a>, ExtensionSpan), Error> {
    let mut reader = item.reader();
    let id = reader.expect(Tag::OID)?;
    let oid = id.oid()?;
    let critical = reader.optional(Tag::BOOLEAN)?;
    if let Some(flag) = &critical
        && !flag.bool()?
    {
        return Err(Error::DefaultValue { offset: flag.offset() });
    }
    let value = reader.expect(Tag::OCTET_STRING)?;
    reader.finish()?;
    let span = ExtensionSpan {
        encoded: Span::encoded(item),
        oid: Span::tail(&id, id.content().len()),
        critical: critical.is_some(),
        value: Span::tail(&value, value.octets()?.len()),
    };
    Ok((oid, span))
}
