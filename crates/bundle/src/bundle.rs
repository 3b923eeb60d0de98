//! The Sigstore bundle (Sigstore protobuf-specs `Bundle`).
use alloc::{string::String, vec::Vec};

use cretula_encoding::fields::{Field, Object};
use cretula_encoding::limits::Limits;

use crate::reader::{self, Reader};
use crate::{
    BundleRules, BundleVersion, Content, Envelope, Error, ErrorKind, Limit, Material, MessageSignature,
    TransparencyLogEntry, Warnings, check,
};

/// A bundle whose shape is right: media type known, choices made, sizes within limits. Nothing in it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    parts: BundleParts,
    media_type: String,
    warnings: Warnings,
}

/// What a bundle is made of, as containers hold it that are no bundles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleParts {
    /// What is signed.
    pub content: Content,
    /// Evidence of transparency logs.
    pub log_entries: Vec<TransparencyLogEntry>,
    /// What the bundle says about the key.
    pub material: Material,
    /// RFC 3161 responses, DER.
    pub timestamps: Vec<Vec<u8>>,
    /// The version whose rules apply.
    pub version: BundleVersion,
}

impl Bundle {
    /// Reads one bundle in JSON.
    ///
    /// The media type is looked at before the other members, since it says which members there are; the rest is read
    /// in the order of P01 to P16 as far as the nesting allows. Order of a chain and self-signed elements (P07), and
    /// the use of its elements (P08), are left to the verifier, which parses the certificates.
    ///
    /// # Errors
    /// The first violation of P01 to P07 or P09 to P16; [`Error::check_id`] names it.
    pub fn parse(bytes: &[u8], rules: &BundleRules, limits: &Limits) -> Result<Self, Error> {
        let value = reader::document(bytes, limits.bundle_bytes, Limit::BundleBytes, limits)?;
        let mut root = Field::root(value).object()?;
        let (media_type, version) = read_media_type(&mut root, rules)?;
        let mut reader = Reader::new(rules.unknown_members, limits);
        let content = take_content(&mut root)?;
        let Some(material) = root.take("verificationMaterial") else {
            return Err(Error::at(ErrorKind::MaterialChoice, "/verificationMaterial"));
        };
        let mut members = material.object()?;
        let material = take_material(&mut members)?;
        reader.finish(root)?;
        let material = material.read(&mut reader)?;
        check::check_chain(&material, version, rules)?;
        let content = content.read(&mut reader)?;
        check::check_content(&content, &material, rules)?;
        let log_entries = TransparencyLogEntry::read_all(&mut reader, members.take("tlogEntries"))?;
        let timestamps = read_timestamps(&mut reader, members.take("timestampVerificationData"))?;
        reader.finish(members)?;
        let parts = BundleParts { content, log_entries, material, timestamps, version };
        check::check_parts(&parts, rules, limits)?;
        Ok(Self { parts, media_type, warnings: reader.warnings })
    }

    /// A bundle from parts that another container holds; the media type is empty.
    ///
    /// # Errors
    /// The first violation of P04 (versions), P07, P09 to P14 or P16; places are those of a bundle in JSON.
    pub fn from_parts(parts: BundleParts, rules: &BundleRules, limits: &Limits) -> Result<Self, Error> {
        if !rules.versions.contains(&parts.version) {
            return Err(Error::at(ErrorKind::MediaType, "/mediaType"));
        }
        check::check_parts(&parts, rules, limits)?;
        Ok(Self { parts, media_type: String::new(), warnings: Warnings::default() })
    }

    /// What is signed.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.parts.content
    }

    /// Evidence of transparency logs, in the order written.
    #[must_use]
    pub fn log_entries(&self) -> &[TransparencyLogEntry] {
        &self.parts.log_entries
    }

    /// What the bundle says about the key.
    #[must_use]
    pub const fn material(&self) -> &Material {
        &self.parts.material
    }

    /// The media type as written.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// The raw signature bytes: of the artifact, or of the envelope. Timestamps are over these (T11).
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.parts.content.signature()
    }

    /// RFC 3161 responses, DER, in the order written.
    #[must_use]
    pub fn timestamps(&self) -> &[Vec<u8>] {
        &self.parts.timestamps
    }

    /// The version whose rules apply.
    #[must_use]
    pub const fn version(&self) -> BundleVersion {
        self.parts.version
    }

    /// What was skipped while reading.
    #[must_use]
    pub const fn warnings(&self) -> &Warnings {
        &self.warnings
    }

    /// The envelope, if that is what is signed: its payload and payload type are for display only.
    #[must_use]
    pub const fn unverified_envelope(&self) -> Option<&Envelope> {
        match &self.parts.content {
            Content::Envelope(envelope) => Some(envelope),
            Content::MessageSignature(_) => None,
        }
    }

    /// The leaf certificate, DER, for display only.
    #[must_use]
    pub fn unverified_leaf_certificate(&self) -> Option<&[u8]> {
        self.parts.material.leaf_certificate()
    }

    /// The times that log entries state, in seconds since 1970, for display only: no promise has been verified.
    pub fn unverified_integrated_times(&self) -> impl Iterator<Item = u64> {
        self.parts.log_entries.iter().map(|entry| entry.integrated_time).filter(|time| *time != 0)
    }
}

/// P04.
fn read_media_type(root: &mut Object<'_>, rules: &BundleRules) -> Result<(String, BundleVersion), Error> {
    let media_type = reader::text_or_empty(root, "mediaType")?;
    BundleVersion::from_media_type(&media_type)
        .filter(|version| rules.versions.contains(version))
        .map(|version| (media_type, version))
        .ok_or_else(|| Error::at(ErrorKind::MediaType, "/mediaType"))
}

enum ContentField<'a> {
    Envelope(Field<'a>),
    Message(Field<'a>),
}

/// P05.
fn take_content<'a>(root: &mut Object<'a>) -> Result<ContentField<'a>, Error> {
    match (root.take("messageSignature"), root.take("dsseEnvelope")) {
        (Some(message), None) => Ok(ContentField::Message(message)),
        (None, Some(envelope)) => Ok(ContentField::Envelope(envelope)),
        (None, None) | (Some(_), Some(_)) => Err(Error::at(ErrorKind::ContentChoice, root.pointer())),
    }
}

impl ContentField<'_> {
    fn read(self, reader: &mut Reader<'_>) -> Result<Content, Error> {
        match self {
            Self::Envelope(field) => Envelope::read(reader, field).map(Content::Envelope),
            Self::Message(field) => MessageSignature::read(reader, field).map(Content::MessageSignature),
        }
    }
}

enum MaterialField<'a> {
    Certificate(Field<'a>),
    Chain(Field<'a>),
    PublicKey(Field<'a>),
}

/// P06.
fn take_material<'a>(members: &mut Object<'a>) -> Result<MaterialField<'a>, Error> {
    let key = members.take("publicKey");
    let chain = members.take("x509CertificateChain");
    match (key, chain, members.take("certificate")) {
        (Some(key), None, None) => Ok(MaterialField::PublicKey(key)),
        (None, Some(chain), None) => Ok(MaterialField::Chain(chain)),
        (None, None, Some(certificate)) => Ok(MaterialField::Certificate(certificate)),
        _ => Err(Error::at(ErrorKind::MaterialChoice, members.pointer())),
    }
}

impl MaterialField<'_> {
    fn read(self, reader: &mut Reader<'_>) -> Result<Material, Error> {
        match self {
            Self::Certificate(field) => reader.certificate(field).map(Material::Certificate),
            Self::Chain(field) => reader.certificates(field).map(Material::CertificateChain),
            Self::PublicKey(field) => Material::read_public_key(reader, field),
        }
    }
}

/// `TimestampVerificationData`: absent, `null`, `{}` and an empty list are all no timestamps.
fn read_timestamps(reader: &mut Reader<'_>, field: Option<Field<'_>>) -> Result<Vec<Vec<u8>>, Error> {
    let Some(field) = field else { return Ok(Vec::new()) };
    let mut object = field.object()?;
    let limit = reader.limits.timestamps;
    let list = reader::bounded_list(object.take("rfc3161Timestamps"), Limit::Timestamps, limit)?;
    reader.finish(object)?;
    list.into_iter().map(|element| read_timestamp(reader, element)).collect()
}

fn read_timestamp(reader: &mut Reader<'_>, field: Field<'_>) -> Result<Vec<u8>, Error> {
    let mut object = field.object()?;
    let response = reader::bytes_or_empty(&mut object, "signedTimestamp")?;
    reader.finish(object)?;
    Ok(response)
}
