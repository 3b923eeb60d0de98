//! What the control plane says: verified claims, its own records, and what it read of the event.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::fields::{Field, FieldErrorKind, Object};
use cretula_encoding::hex;

use crate::claims::Claims;
use crate::document::{self, Document};
use crate::error::AttestError;
use crate::limits::Limits;
use crate::reserialize::{Rules, reserialize};

/// Where facts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The control plane's own records.
    ControlPlane,
    /// An ID token that the host has verified.
    VerifiedToken,
}

/// Facts of the control plane. Only the host makes them; nothing of the tenant becomes one:
///
/// ```compile_fail,E0277
/// fn promote(tenant: cretula_attest::TenantClaims) -> cretula_attest::ControlPlaneFacts {
///     tenant.into()
/// }
/// ```
///
/// ```compile_fail,E0451
/// fn promote(tenant: cretula_attest::ControlPlaneFacts) -> cretula_attest::ControlPlaneFacts {
///     cretula_attest::ControlPlaneFacts { claims: None, ..tenant }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlPlaneFacts {
    origin: Origin,
    claims: Option<Claims>,
    event: Event,
    record: Document,
    module_digest: String,
    subjects_verified: bool,
    masked: Vec<String>,
}

/// What the control plane read of the event that started the build. Empty members are absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) name: Option<String>,
    parameters: Vec<(&'static str, Document)>,
}

/// Members of an event that hold parameters.
pub(crate) const EVENT_PARAMETERS: [&str; 3] = ["inputs", "release", "vars"];
/// Members of a record that are no parts of a predicate.
const OF_THE_RECORD: [&str; 2] = ["maskedValueDigests", "subjectsVerified"];

impl ControlPlaneFacts {
    /// Reads the member `facts` of a request, given as a document of its own.
    ///
    /// # Errors
    /// `input/…`, `limits/claims-bytes`, `claims/type`.
    pub fn parse(text: &[u8], limits: &Limits) -> Result<Self, AttestError> {
        Self::read(Field { value: document::parse(text)?, pointer: String::from("/facts") }, limits)
    }

    pub(crate) fn read(field: Field<'_>, limits: &Limits) -> Result<Self, AttestError> {
        let mut object = field.object()?;
        let origin = match object.require("origin")?.one_of(&["control-plane", "verified-token"])? {
            0 => Origin::ControlPlane,
            _ => Origin::VerifiedToken,
        };
        let claims = match origin {
            Origin::VerifiedToken => Some(object.require("claims")?),
            Origin::ControlPlane => object.take("claims"),
        };
        let claims = claims.map(|field| Claims::read(field, limits)).transpose()?;
        let event = Event::read(object.require("event")?)?;
        let record = object.require("record")?;
        let mut entries = record.clone().object()?;
        let subjects_verified = entries.take("subjectsVerified").map(|field| field.bool()).transpose()?;
        let masked = entries.take("maskedValueDigests").map_or_else(|| Ok(Vec::new()), digests)?;
        let mut module = object.require("moduleDigest")?.object()?;
        let module_digest = sha256(&module.require("sha256")?)?;
        module.finish()?;
        object.finish()?;
        let subjects_verified = subjects_verified.unwrap_or(false);
        Ok(Self {
            origin,
            claims,
            event,
            record: Document::of(&record),
            module_digest,
            subjects_verified,
            masked,
        })
    }

    /// Where they come from.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// Claims of the verified token.
    #[must_use]
    pub const fn claims(&self) -> Option<&Claims> {
        self.claims.as_ref()
    }

    /// Whether the control plane has computed the digests of the subjects itself.
    #[must_use]
    pub const fn subjects_verified(&self) -> bool {
        self.subjects_verified
    }

    pub(crate) const fn event(&self) -> &Event {
        &self.event
    }

    pub(crate) fn module_digest(&self) -> &str {
        &self.module_digest
    }

    /// SHA-256 of masked values, in hex.
    pub(crate) fn masked(&self) -> &[String] {
        &self.masked
    }

    /// Records that may become parts of a predicate.
    pub(crate) fn record(&self) -> Result<Object<'_>, AttestError> {
        let mut object = self.record.object()?;
        for name in OF_THE_RECORD {
            object.take(name);
        }
        Ok(object)
    }
}

impl Event {
    fn read(field: Field<'_>) -> Result<Self, AttestError> {
        let mut object = field.object()?;
        let name = object.take("name").map(|field| field.text()).transpose()?;
        let mut parameters = Vec::new();
        for member in EVENT_PARAMETERS {
            let Some(field) = object.take(member) else { continue };
            field.clone().object()?;
            if !reserialize(&field.value, Rules::PLAIN)?.is_empty() {
                parameters.push((member, Document::of(&field)));
            }
        }
        object.finish()?;
        Ok(Self { name, parameters })
    }

    /// A member with content.
    pub(crate) fn parameter(&self, name: &str) -> Option<&Document> {
        self.parameters.iter().find(|(found, _)| *found == name).map(|(_, document)| document)
    }

    /// Whether no parameter came with the event.
    pub(crate) const fn is_plain(&self) -> bool {
        self.parameters.is_empty()
    }
}

fn sha256(field: &Field<'_>) -> Result<String, AttestError> {
    let text = field.text()?;
    let is_digest = text.len() == 64 && hex::decode(&text).is_ok();
    if is_digest {
        Ok(text)
    } else {
        Err(field.error(FieldErrorKind::Type("SHA-256 in lower-case hex")).into())
    }
}

fn digests(field: Field<'_>) -> Result<Vec<String>, AttestError> {
    let mut values = Vec::new();
    for item in field.items()? {
        values.push(sha256(&item?)?);
    }
    Ok(values)
}
