//! `cretula/authorisation/v1`: what the host knows about the request for which something is to be signed.
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use cretula_crypto::VerificationKey;
use cretula_encoding::fields::{Field, FieldErrorKind, Object};
use cretula_encoding::hex;
use cretula_encoding::limits::Limits as VerificationLimits;
use cretula_encoding::time::Time;
use cretula_pki::Certificate;

use super::MessageKind;
use crate::config::Config;
use crate::document::{self, MAX_INTEGER};
use crate::error::{AttestError, ErrorKind};
use crate::facts::ControlPlaneFacts;
use crate::limits::Limits;
use crate::predicate::is_track_level;
use crate::request::Request;
use crate::subject::{Subject, parse_digests};

/// The `schema` member of an authorisation.
pub const AUTHORISATION_SCHEMA: &str = "cretula/authorisation/v1";
/// Longest authorisation that is read: configuration, facts, and the digests of 1024 subjects.
const MAX_BYTES: usize = 8 << 20;
/// Most entries of `signed`: more than any run makes.
const MAX_SIGNED: usize = 64;

/// Algorithms and lower-case hex values of one subject, sorted by algorithm.
pub type DigestSet = Vec<(String, String)>;

/// What may be signed for one request. All of it is the host's own; nothing comes from a state or from the instance that
/// asks for the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorisation {
    /// Name of the mode that the request was granted.
    pub mode: String,
    /// The host's configuration.
    pub config: Config,
    /// The host's facts about the request.
    pub facts: ControlPlaneFacts,
    /// Digests of the subjects of the request, one set for each.
    pub subjects: Vec<DigestSet>,
    /// Predicate types that the caller may have.
    pub predicate_types: Vec<String>,
    /// Greatest level that a summary may state; levels of other tracks are not granted. `None`: level 0.
    pub max_vsa_level: Option<String>,
    /// Values without a level that a summary may state, such as `SLSA_BUILD_REPRODUCED`.
    pub vsa_properties: Vec<String>,
    /// What `resourceUri` of a summary begins with. `None`: no summary.
    pub resource_prefix: Option<String>,
    /// The handle that is about to sign.
    pub handle: Handle,
    /// What was signed for this request already, by any handle: [`super::Verdict::signed`] of each verdict whose
    /// message was signed.
    pub signed: Vec<Signed>,
}

/// A signing key of the host, as the guard sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handle {
    /// Name under which it was opened.
    pub key: String,
    /// SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// What the host's configuration allows it to sign.
    pub purpose: Purpose,
}

/// What a key is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// A managed key: statements.
    Attestation,
    /// A key of a private authority: certificates.
    Ca(Box<Certification>),
    /// A key made for this bundle: its certificate request and one statement.
    Ephemeral,
}

/// What a certificate of a private authority is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certification {
    /// Certificate of the authority, for the key that is about to sign.
    pub certificate: Certificate,
    /// SubjectPublicKeyInfo of the ephemeral key that the host made for this request, DER.
    pub ephemeral: Vec<u8>,
    /// The host's clock.
    pub now: Time,
}

/// One message that was signed for the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Kind of the message.
    pub kind: MessageKind,
    /// SHA-256 of the message, in hex.
    pub sha256: String,
    /// SHA-256 of the SubjectPublicKeyInfo that signed, in hex; for a certificate, of the one that was certified.
    pub key: String,
}

impl Authorisation {
    /// What a request itself allows, for this handle: its mode, its facts, its subjects and the type that it asks for.
    /// The host adds what else it granted, and what was signed already.
    #[must_use]
    pub fn of_request(request: &Request, handle: Handle) -> Self {
        let job = request.job();
        let digests = |subject: &Subject| -> DigestSet {
            subject.digests().map(|(name, value)| (name.into(), value.into())).collect()
        };
        Self {
            mode: job.mode().into(),
            config: job.config().clone(),
            facts: request.facts().clone(),
            subjects: request.tenant().subjects().iter().map(digests).collect(),
            predicate_types: Vec::from([job.predicate().predicate_type().into()]),
            max_vsa_level: None,
            vsa_properties: Vec::new(),
            resource_prefix: None,
            handle,
            signed: Vec::new(),
        }
    }

    /// Reads an authorisation strictly.
    ///
    /// # Errors
    /// `input/…` with the place; `subject/…` and `limits/…` for subjects; `vsa/level-form` for a maximum that is no
    /// level; those of [`Config::parse`] and [`ControlPlaneFacts::parse`].
    pub fn parse(text: &[u8]) -> Result<Self, AttestError> {
        if text.len() > MAX_BYTES {
            return Err(AttestError::new(ErrorKind::InputTooLarge, "an authorisation has at most 8 MiB"));
        }
        let limits = Limits::default();
        let mut object = Field::root(document::parse(text)?).object()?;
        object.require("schema")?.one_of(&[AUTHORISATION_SCHEMA])?;
        let authorisation = Self {
            mode: object.require("mode")?.text()?,
            config: Config::read(object.require("config")?, &limits)?,
            facts: ControlPlaneFacts::read(object.require("facts")?, &limits)?,
            subjects: subjects(&object.require("subjects")?, &limits)?,
            predicate_types: texts(&object.require("predicateTypes")?)?,
            max_vsa_level: max_level(&mut object)?,
            vsa_properties: object
                .take("vsaProperties")
                .map_or_else(|| Ok(Vec::new()), |list| texts(&list))?,
            resource_prefix: object.take("resourcePrefix").map(|field| filled(&field)).transpose()?,
            handle: Handle::take(&mut object)?,
            signed: signed(&object.require("signed")?)?,
        };
        object.finish()?;
        Ok(authorisation)
    }
}

impl Handle {
    fn take(object: &mut Object<'_>) -> Result<Self, AttestError> {
        let key = object.require("key")?.text()?;
        let spki = spki(&object.require("spki")?)?;
        let purpose = match object.require("purpose")?.one_of(&["attestation", "ca", "ephemeral"])? {
            0 => Purpose::Attestation,
            1 => Purpose::Ca(Box::new(Certification::read(object.require("ca")?, &spki)?)),
            _ => Purpose::Ephemeral,
        };
        Ok(Self { key, spki, purpose })
    }
}

impl Certification {
    fn read(field: Field<'_>, signer: &[u8]) -> Result<Self, AttestError> {
        let mut object = field.object()?;
        let certificate = object.require("certificate")?;
        let parsed = Certificate::parse(&certificate.bytes()?, &VerificationLimits::default());
        let parsed = parsed.ok().filter(|parsed| parsed.spki() == signer).ok_or_else(|| {
            certificate.error(FieldErrorKind::Type("a certificate of the key that is about to sign"))
        })?;
        let ephemeral = spki(&object.require("ephemeral")?)?;
        let now = object.require("now")?;
        let secs = now.uint(MAX_INTEGER)?;
        let now = Time::from_secs(secs).ok_or_else(|| now.error(FieldErrorKind::Type("Unix seconds")))?;
        object.finish()?;
        Ok(Self { certificate: parsed, ephemeral, now })
    }
}

impl Signed {
    /// Reads an entry as [`Authorisation::parse`] does.
    ///
    /// # Errors
    /// `input/…`.
    pub fn read(field: Field<'_>) -> Result<Self, AttestError> {
        let mut object = field.object()?;
        let name = object.require("kind")?;
        let kind = MessageKind::from_name(&name.text()?);
        let kind = kind.ok_or_else(|| name.error(FieldErrorKind::Type("attestation, certificate or csr")))?;
        let message = sha256(&object.require("sha256")?)?;
        let key = sha256(&object.require("key")?)?;
        object.finish()?;
        Ok(Self { kind, sha256: message, key })
    }
}

fn subjects(list: &Field<'_>, limits: &Limits) -> Result<Vec<DigestSet>, AttestError> {
    match list.count()? {
        0 => {
            return Err(
                AttestError::new(ErrorKind::SubjectNone, "expected a subject").at(list.pointer.clone())
            );
        }
        present if present > limits.subjects => {
            let detail = alloc::format!("at most {} subjects are allowed", limits.subjects);
            return Err(AttestError::new(ErrorKind::LimitSubjects, detail).at(list.pointer.clone()));
        }
        _ => {}
    }
    let mut subjects = Vec::new();
    for item in list.items()? {
        subjects.push(parse_digests(item?, limits)?);
    }
    Ok(subjects)
}

/// At least one text, and none empty.
fn texts(list: &Field<'_>) -> Result<Vec<String>, AttestError> {
    let mut texts = Vec::new();
    for item in list.items()? {
        texts.push(filled(&item?)?);
    }
    if texts.is_empty() {
        Err(list.error(FieldErrorKind::Type("at least one element")).into())
    } else {
        Ok(texts)
    }
}

/// An empty text would grant everything.
fn filled(field: &Field<'_>) -> Result<String, AttestError> {
    let text = field.text()?;
    if text.is_empty() {
        Err(field.error(FieldErrorKind::Type("a text that is not empty")).into())
    } else {
        Ok(text)
    }
}

/// A level that others can be compared with.
fn max_level(object: &mut Object<'_>) -> Result<Option<String>, AttestError> {
    let Some(field) = object.take("maxVsaLevel") else { return Ok(None) };
    let level = field.text()?;
    if is_track_level(&level) {
        return Ok(Some(level));
    }
    Err(AttestError::new(ErrorKind::VsaLevelForm, "expected a level of a track").at(field.pointer))
}

fn spki(field: &Field<'_>) -> Result<Vec<u8>, AttestError> {
    let bytes = field.bytes()?;
    match VerificationKey::parse_spki(&bytes) {
        Ok(_) => Ok(bytes),
        Err(_) => Err(field.error(FieldErrorKind::Type("a public key that is supported, DER")).into()),
    }
}

fn signed(list: &Field<'_>) -> Result<Vec<Signed>, AttestError> {
    if list.count()? > MAX_SIGNED {
        return Err(list.error(FieldErrorKind::Type("at most 64 elements")).into());
    }
    list.items()?.map(|item| Signed::read(item?)).collect()
}

fn sha256(field: &Field<'_>) -> Result<String, AttestError> {
    let text = field.text()?;
    if text.len() == 64 && hex::decode(&text).is_ok() {
        Ok(text)
    } else {
        Err(field.error(FieldErrorKind::Type("SHA-256 in lower-case hex")).into())
    }
}
