//! The extensions that path validation processes, as types (RFC 5280 §4.2.1).
use alloc::vec::Vec;

use cretula_encoding::der::{self, Oid, Tag};
use cretula_encoding::limits::Limits;

use crate::certificate::Extension;
use crate::error::{Error, KnownExtension};
use crate::name::{GeneralName, NameConstraints};
use crate::oid;

/// BasicConstraints, RFC 5280 §4.2.1.9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject is a certificate authority.
    pub ca: bool,
    /// How many certificates that are not self-issued may stand between this one and the leaf.
    pub path_len: Option<u64>,
    /// Whether the extension is critical.
    pub critical: bool,
}

/// KeyUsage, RFC 5280 §4.2.1.3: at least one bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUsage {
    /// Bit 0 is the highest bit of the first octet.
    bits: [u8; 2],
}

/// ExtendedKeyUsage, RFC 5280 §4.2.1.12.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtendedKeyUsage {
    /// Content octets of the purposes in their order; possibly none.
    pub purposes: Vec<Vec<u8>>,
    /// Whether the extension is critical.
    pub critical: bool,
}

/// SubjectKeyIdentifier, RFC 5280 §4.2.1.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectKeyIdentifier {
    /// The identifier.
    pub key_identifier: Vec<u8>,
    /// Whether the extension is critical.
    pub critical: bool,
}

/// AuthorityKeyIdentifier, RFC 5280 §4.2.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityKeyIdentifier {
    /// keyIdentifier, if present.
    pub key_identifier: Option<Vec<u8>>,
    /// Whether authorityCertIssuer and authorityCertSerialNumber are present; they come together.
    pub issuer_and_serial: bool,
    /// Whether the extension is critical.
    pub critical: bool,
}

/// SubjectAltName, RFC 5280 §4.2.1.6: at least one name, at most limit `san-entries`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectAltName {
    /// The names in their order.
    pub names: Vec<GeneralName>,
    /// Whether the extension is critical.
    pub critical: bool,
}

impl KeyUsage {
    /// Bit 0.
    #[must_use]
    pub const fn digital_signature(self) -> bool {
        self.has(0x80)
    }
    /// Bit 1, also called contentCommitment.
    #[must_use]
    pub const fn non_repudiation(self) -> bool {
        self.has(0x40)
    }
    /// Bit 5.
    #[must_use]
    pub const fn key_cert_sign(self) -> bool {
        self.has(0x04)
    }

    const fn has(self, mask: u8) -> bool {
        let [first, _] = self.bits;
        first & mask != 0
    }
}

impl ExtendedKeyUsage {
    /// Whether the list holds this purpose itself; anyExtendedKeyUsage does not stand for another.
    #[must_use]
    pub fn contains(&self, purpose: Oid<'_>) -> bool {
        self.purposes.iter().any(|oid| oid == purpose.content())
    }
}

/// Typed forms of the extensions of one certificate.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownExtensions {
    pub(crate) authority_key_id: Option<AuthorityKeyIdentifier>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) extended_key_usage: Option<ExtendedKeyUsage>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) name_constraints: Option<NameConstraints>,
    pub(crate) subject_alt_name: Option<SubjectAltName>,
    pub(crate) subject_key_id: Option<SubjectKeyIdentifier>,
}

impl KnownExtensions {
    /// Parses an extension if it is known; `offset` is that of its value in the certificate.
    pub(crate) fn parse(
        &mut self,
        extension: &Extension<'_>,
        offset: usize,
        limits: &Limits,
    ) -> Result<(), Error> {
        let Some(known) = KnownExtension::from_oid(extension.oid) else { return Ok(()) };
        self.parse_as(known, extension, limits).map_err(|error| {
            if error.limit().is_some() { error } else { Error::Extension { extension: known, offset } }
        })
    }

    fn parse_as(
        &mut self,
        known: KnownExtension,
        extension: &Extension<'_>,
        limits: &Limits,
    ) -> Result<(), Error> {
        let Extension { value, critical, .. } = *extension;
        match known {
            KnownExtension::AuthorityKeyIdentifier => {
                self.authority_key_id = Some(parse_authority_key_id(value, critical)?);
            }
            KnownExtension::BasicConstraints => {
                self.basic_constraints = Some(parse_basic_constraints(value, critical)?);
            }
            KnownExtension::CertificatePolicies => check_certificate_policies(value)?,
            KnownExtension::ExtendedKeyUsage => {
                self.extended_key_usage = Some(parse_extended_key_usage(value, critical)?);
            }
            KnownExtension::KeyUsage => self.key_usage = Some(parse_key_usage(value)?),
            KnownExtension::NameConstraints => self.name_constraints = Some(NameConstraints::parse(value)?),
            KnownExtension::SubjectAltName => {
                self.subject_alt_name = Some(parse_subject_alt_name(value, critical, limits)?);
            }
            KnownExtension::SubjectKeyIdentifier => {
                let key_identifier = der::single(value, Tag::OCTET_STRING)?.octets()?.to_vec();
                self.subject_key_id = Some(SubjectKeyIdentifier { key_identifier, critical });
            }
        }
        Ok(())
    }
}

impl KnownExtension {
    fn from_oid(oid: Oid<'_>) -> Option<Self> {
        let table = [
            (oid::AUTHORITY_KEY_IDENTIFIER, Self::AuthorityKeyIdentifier),
            (oid::BASIC_CONSTRAINTS, Self::BasicConstraints),
            (oid::CERTIFICATE_POLICIES, Self::CertificatePolicies),
            (oid::EXTENDED_KEY_USAGE, Self::ExtendedKeyUsage),
            (oid::KEY_USAGE, Self::KeyUsage),
            (oid::NAME_CONSTRAINTS, Self::NameConstraints),
            (oid::SUBJECT_ALT_NAME, Self::SubjectAltName),
            (oid::SUBJECT_KEY_IDENTIFIER, Self::SubjectKeyIdentifier),
        ];
        table.into_iter().find(|(id, _)| *id == oid).map(|(_, known)| known)
    }
}

/// SEQUENCE { keyIdentifier [0]?, authorityCertIssuer [1]?, authorityCertSerialNumber [2]? }, the last two together.
fn parse_authority_key_id(value: &[u8], critical: bool) -> Result<AuthorityKeyIdentifier, Error> {
    let list = der::single(value, Tag::SEQUENCE)?;
    let mut reader = list.reader();
    let key_identifier = reader.optional(Tag::context(0))?.map(|id| id.content().to_vec());
    let issuer = reader.optional(Tag::context_constructed(1))?;
    let serial = reader.optional(Tag::context(2))?;
    reader.finish()?;
    if issuer.is_some() != serial.is_some() {
        return Err(Error::Name { offset: list.offset() });
    }
    Ok(AuthorityKeyIdentifier { key_identifier, issuer_and_serial: issuer.is_some(), critical })
}

/// SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER? }; a written FALSE is not DER.
fn parse_basic_constraints(value: &[u8], critical: bool) -> Result<BasicConstraints, Error> {
    let mut reader = der::single(value, Tag::SEQUENCE)?.reader();
    let flag = reader.optional(Tag::BOOLEAN)?;
    if let Some(flag) = &flag
        && !flag.bool()?
    {
        return Err(Error::DefaultValue { offset: flag.offset() });
    }
    let path_len = reader.optional(Tag::INTEGER)?.map(|number| number.small()).transpose()?;
    reader.finish()?;
    Ok(BasicConstraints { ca: flag.is_some(), path_len, critical })
}

/// SEQUENCE (1..) OF SEQUENCE { policyIdentifier OBJECT IDENTIFIER, policyQualifiers SEQUENCE? }.
fn check_certificate_policies(value: &[u8]) -> Result<(), Error> {
    let list = der::single(value, Tag::SEQUENCE)?;
    let mut items = list.reader();
    if items.is_empty() {
        return Err(Error::EmptyList { offset: list.offset() });
    }
    while !items.is_empty() {
        let mut policy = items.expect(Tag::SEQUENCE)?.reader();
        policy.expect(Tag::OID)?.oid()?;
        policy.optional(Tag::SEQUENCE)?;
        policy.finish()?;
    }
    Ok(())
}

/// SEQUENCE OF OBJECT IDENTIFIER. An empty list is left to the profiles, which name the refusal (C04, C05).
fn parse_extended_key_usage(value: &[u8], critical: bool) -> Result<ExtendedKeyUsage, Error> {
    let mut items = der::single(value, Tag::SEQUENCE)?.reader();
    let mut purposes = Vec::new();
    while !items.is_empty() {
        purposes.push(items.expect(Tag::OID)?.oid()?.content().to_vec());
    }
    Ok(ExtendedKeyUsage { purposes, critical })
}

/// A named bit list of 1..=9 bits whose last bit is one (X.690 §11.2.2).
fn parse_key_usage(value: &[u8]) -> Result<KeyUsage, Error> {
    let element = der::single(value, Tag::BIT_STRING)?;
    let (unused, octets) = element.bit_string()?;
    let malformed = Error::EmptyList { offset: element.offset() };
    let bits = match octets {
        [first] => [*first, 0],
        [first, second] => [*first, *second],
        _ => return Err(malformed),
    };
    let last = octets.last().copied().unwrap_or_default();
    if last == 0 || last.trailing_zeros() != u32::from(unused) {
        return Err(malformed);
    }
    Ok(KeyUsage { bits })
}

fn parse_subject_alt_name(value: &[u8], critical: bool, limits: &Limits) -> Result<SubjectAltName, Error> {
    let list = der::single(value, Tag::SEQUENCE)?;
    let mut items = list.reader();
    let mut names = Vec::new();
    while !items.is_empty() {
        if names.len() >= limits.san_entries {
            return Err(Error::SanEntries);
        }
        names.push(GeneralName::parse(&items.any()?)?);
    }
    if names.is_empty() {
        return Err(Error::EmptyList { offset: list.offset() });
    }
    Ok(SubjectAltName { names, critical })
}
