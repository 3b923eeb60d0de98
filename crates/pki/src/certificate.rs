//! X.509 version 3 certificates, read strictly (RFC 5280 §4.1).
use alloc::vec::Vec;

use cretula_crypto::{Digest, HashAlgorithm, KeyError, SignatureScheme, VerificationKey};
use cretula_encoding::der::{self, Oid, Tag};
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;

use crate::error::Error;
use crate::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KnownExtensions, SubjectAltName,
    SubjectKeyIdentifier,
};
use crate::fields::{ExtensionSpan, Fields};
use crate::name::{self, NameConstraints};
use crate::oid;

/// Levels of nested elements in a certificate; extension values are opened separately.
const MAX_DEPTH: usize = 16;

/// A certificate: parsed and well-formed, its signature not checked.
#[derive(Debug, Clone)]
pub struct Certificate {
    der: Vec<u8>,
    fields: Fields,
    scheme: Option<SignatureScheme>,
    key: Result<VerificationKey, KeyError>,
    known: KnownExtensions,
}

/// One extension of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension<'c> {
    /// Identifier.
    pub oid: Oid<'c>,
    /// Whether a reader that does not process it must refuse the certificate.
    pub critical: bool,
    /// Content of the OCTET STRING.
    pub value: &'c [u8],
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl Certificate {
    /// Parses one DER certificate and all extensions that path validation processes.
    ///
    /// A key that is not supported does not refuse the certificate; see [`Self::key`].
    /// Source: RFC 5280 §4.1, §4.2; check C01.
    ///
    /// # Errors
    /// The first violation, see [`Error`]; nothing may follow the certificate.
    pub fn parse(der: &[u8], limits: &Limits) -> Result<Self, Error> {
        if der.len() > limits.certificate_bytes {
            return Err(Error::CertificateBytes);
        }
        der::check(der, MAX_DEPTH)?;
        let mut outer = der::single(der, Tag::SEQUENCE)?.reader();
        let tbs = outer.expect(Tag::SEQUENCE)?;
        let algorithm = outer.expect(Tag::SEQUENCE)?;
        let signature = outer.expect(Tag::BIT_STRING)?;
        outer.finish()?;
        let fields = Fields::parse(&tbs, &algorithm, &signature, limits)?;
        let mut certificate = Self {
            der: der.to_vec(),
            scheme: SignatureScheme::from_algorithm_identifier(&algorithm, None),
            key: VerificationKey::parse_spki(fields.spki.of(der)),
            fields,
            known: KnownExtensions::default(),
        };
        certificate.known = certificate.parse_known(limits)?;
        Ok(certificate)
    }

    fn parse_known(&self, limits: &Limits) -> Result<KnownExtensions, Error> {
        let mut known = KnownExtensions::default();
        for (extension, span) in self.extensions().zip(&self.fields.extensions) {
            known.parse(&extension, span.value.start, limits)?;
        }
        Ok(known)
    }

    /// The whole certificate.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// TBSCertificate, the signed bytes: tag, length and content.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        self.fields.tbs.of(&self.der)
    }

    /// Serial number: big-endian magnitude of 1..=20 octets without leading zero octets; zero is one octet 00.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        self.fields.serial.of(&self.der)
    }

    /// Issuer: DER Name.
    #[must_use]
    pub fn issuer(&self) -> &[u8] {
        self.fields.issuer.of(&self.der)
    }

    /// Subject: DER Name.
    #[must_use]
    pub fn subject(&self) -> &[u8] {
        self.fields.subject.of(&self.der)
    }

    /// Whether the subject is the empty name.
    #[must_use]
    pub const fn subject_is_empty(&self) -> bool {
        self.fields.subject_is_empty
    }

    /// First and last instant of validity, both inside.
    #[must_use]
    pub const fn validity(&self) -> (Time, Time) {
        self.fields.validity
    }

    /// Whether `time` lies inside the validity, ends included, without rounding (RFC 5280 §4.1.2.5).
    #[must_use]
    pub fn valid_at(&self, time: Time) -> bool {
        let (not_before, not_after) = self.fields.validity;
        not_before <= time && time <= not_after
    }

    /// SubjectPublicKeyInfo, DER.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        self.fields.spki.of(&self.der)
    }

    /// The public key.
    ///
    /// # Errors
    /// The key is malformed or of a kind that is not supported.
    pub fn key(&self) -> Result<&VerificationKey, KeyError> {
        self.key.as_ref().map_err(|error| *error)
    }

    /// How the certificate is signed; `None` when the algorithm is not supported (SHA-1 and MD5 among them).
    #[must_use]
    pub const fn signature_scheme(&self) -> Option<SignatureScheme> {
        self.scheme
    }

    /// The signature over [`Self::tbs`].
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.fields.signature.of(&self.der)
    }

    /// SHA-256 of the whole certificate.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        HashAlgorithm::Sha256.digest(&[&self.der])
    }

    /// Whether issuer and subject are the same name, compared as DER.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer() == self.subject()
    }

    /// The extension with this identifier.
    #[must_use]
    pub fn extension(&self, oid: Oid<'_>) -> Option<Extension<'_>> {
        self.extensions().find(|extension| extension.oid == oid)
    }

    /// All extensions in their order.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'_>> {
        self.fields.extensions.iter().map(|span| Extension {
            oid: Oid::from_content(span.oid.of(&self.der)),
            critical: span.critical,
            value: span.value.of(&self.der),
        })
    }

    /// BasicConstraints.
    #[must_use]
    pub const fn basic_constraints(&self) -> Option<&BasicConstraints> {
        self.known.basic_constraints.as_ref()
    }

    /// KeyUsage.
    #[must_use]
    pub const fn key_usage(&self) -> Option<&KeyUsage> {
        self.known.key_usage.as_ref()
    }

    /// ExtendedKeyUsage; the list may be empty, which every profile refuses.
    #[must_use]
    pub const fn extended_key_usage(&self) -> Option<&ExtendedKeyUsage> {
        self.known.extended_key_usage.as_ref()
    }

    /// SubjectKeyIdentifier.
    #[must_use]
    pub const fn subject_key_id(&self) -> Option<&SubjectKeyIdentifier> {
        self.known.subject_key_id.as_ref()
    }

    /// AuthorityKeyIdentifier.
    #[must_use]
    pub const fn authority_key_id(&self) -> Option<&AuthorityKeyIdentifier> {
        self.known.authority_key_id.as_ref()
    }

    /// SubjectAltName; at least one name.
    #[must_use]
    pub const fn subject_alt_name(&self) -> Option<&SubjectAltName> {
        self.known.subject_alt_name.as_ref()
    }

    /// NameConstraints.
    #[must_use]
    pub const fn name_constraints(&self) -> Option<&NameConstraints> {
        self.known.name_constraints.as_ref()
    }

    /// Whether the subject holds an emailAddress attribute, to which e-mail constraints apply
    /// (RFC 5280 §4.2.1.10).
    pub(crate) fn subject_has_email(&self) -> bool {
        name::has_attribute(self.subject(), oid::EMAIL_ADDRESS)
    }

    /// Content of the TBSCertificate up to its extensions member.
    pub(crate) fn before_extensions(&self) -> &[u8] {
        self.fields.before_extensions.of(&self.der)
    }

    /// The encodings of all extensions but those with this identifier.
    pub(crate) fn extensions_without(&self, oid: Oid<'_>) -> Vec<&[u8]> {
        let other = |span: &&ExtensionSpan| span.oid.of(&self.der) != oid.content();
        self.fields.extensions.iter().filter(other).map(|span| span.encoded.of(&self.der)).collect()
    }
}
