//! Statements: encoding, payload, predicate type and subjects (G1 to G5).
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::str;

use cretula_attestation::{StatementType, pae};
use cretula_crypto::HashAlgorithm;
use cretula_encoding::fields::Field;
use cretula_encoding::json::{Kind as JsonKind, Value};

use super::message::PAE_START;
use super::provenance::check_provenance;
use super::summary::{check_summary, is_source};
use super::verdict::shown_digest;
use super::{AttestedContent, Authorisation, DigestSet, under};
use crate::admission::Admitted;
use crate::canonical::Canonical;
use crate::config::{AiForm, Mode};
use crate::document;
use crate::error::{AttestError, ErrorKind};
use crate::limits::Limits;
use crate::predicate::{Kind, PROVENANCE_TYPE, RESERVED, VSA_TYPE};
use crate::statement::{PAYLOAD_TYPE, encode_statement};
use crate::subject::{Subject, SubjectRule, parse_subjects};

/// A statement that is written as it is written here.
pub(super) struct Payload<'m> {
    pub(super) predicate_type: String,
    pub(super) predicate: Value<'m>,
    pub(super) subject: Value<'m>,
    pub(super) subjects: Vec<Subject>,
}

/// Checks a whole message.
///
/// # Errors
/// `guard/pae`, `guard/payload-type`, `guard/statement`, `guard/predicate-type`, `guard/subject`, `guard/claims`,
/// `guard/level`.
pub(super) fn check_attestation(
    authorisation: &Authorisation,
    admitted: &Admitted<'_>,
    message: &[u8],
) -> Result<AttestedContent, AttestError> {
    let payload = split(message)?;
    let limits = limits();
    let statement = Payload::parse(payload, &limits)?;
    check_type(authorisation, admitted.mode, &statement.predicate_type)?;
    check_subjects(authorisation, &statement)?;
    let builder_id = match statement.predicate_type.as_str() {
        PROVENANCE_TYPE => Some(check_provenance(authorisation, admitted, &statement, &limits)?),
        VSA_TYPE => check_summary(authorisation, admitted.mode, &statement).map(|()| None)?,
        _ => None,
    };
    let subjects =
        statement.subjects.iter().map(|subject| shown_digest(&subject.digests().collect::<Vec<_>>()));
    Ok(AttestedContent {
        payload_sha256: HashAlgorithm::Sha256.digest(&[payload]).to_hex(),
        subjects: subjects.collect(),
        predicate_type: statement.predicate_type,
        builder_id,
    })
}

/// A host may raise the length of statements up to the cap, so the cap is what counts here.
fn limits() -> Limits {
    Limits { statement_bytes: Limits::STATEMENT_BYTES_CAP, ..Limits::default() }
}

/// The payload. Encoded again, type and payload give the message (G1); the type is that of in-toto (G2).
fn split(message: &[u8]) -> Result<&[u8], AttestError> {
    let refuse = || AttestError::new(ErrorKind::GuardPae, "expected exact lengths and nothing else");
    let (payload_type, payload) = read(message).ok_or_else(refuse)?;
    if pae(payload_type, payload) != message {
        return Err(refuse());
    }
    if payload_type == PAYLOAD_TYPE {
        return Ok(payload);
    }
    Err(AttestError::new(ErrorKind::GuardPayloadType, "expected the type of in-toto statements"))
}

/// Type and payload; whether lengths are written exactly is for the caller to see.
fn read(message: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = decimal(message.strip_prefix(PAE_START)?)?;
    let (payload_type, rest) = rest.split_at_checked(length)?;
    let (_, payload) = decimal(rest.strip_prefix(b" ")?)?;
    Some((str::from_utf8(payload_type).ok()?, payload))
}

/// Digits up to a space, and what follows that.
fn decimal(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b' ')?;
    let (digits, rest) = bytes.split_at_checked(end)?;
    Some((str::from_utf8(digits).ok()?.parse().ok()?, rest.strip_prefix(b" ")?))
}

impl<'m> Payload<'m> {
    /// Reads a payload; encoded again it is the same (G3).
    fn parse(payload: &'m [u8], limits: &Limits) -> Result<Self, AttestError> {
        let statement = Self::read(payload, limits)?;
        let predicate = Canonical::embedded(&statement.predicate);
        if encode_statement(&predicate, &statement.predicate_type, &statement.subjects) == payload {
            return Ok(statement);
        }
        Err(AttestError::new(ErrorKind::GuardStatement, "the statement is not written as it is written here"))
    }

    fn read(payload: &'m [u8], limits: &Limits) -> Result<Self, AttestError> {
        let refuse = under(ErrorKind::GuardStatement);
        if payload.len() > limits.statement_bytes {
            return Err(AttestError::new(ErrorKind::GuardStatement, "the statement is too long"));
        }
        let value = document::parse_predicate(payload, limits.predicate_depth).map_err(&refuse)?;
        let refuse_field = |error| refuse(AttestError::from(error));
        let mut object = Field::root(value).object().map_err(refuse_field)?;
        let mut take = |name: &str| object.require(name).map_err(refuse_field);
        take("_type")?.one_of(&[StatementType::V1.uri()]).map_err(refuse_field)?;
        let predicate_type = take("predicateType")?.text().map_err(refuse_field)?;
        let (predicate, subject) = (take("predicate")?.value, take("subject")?);
        object.finish().map_err(refuse_field)?;
        if predicate.kind() != JsonKind::Object {
            return Err(AttestError::new(ErrorKind::GuardStatement, "a predicate is an object"));
        }
        let subjects = parse_subjects(&subject, limits).map_err(under(ErrorKind::GuardSubject))?;
        Ok(Self { predicate_type, predicate, subject: subject.value, subjects })
    }
}

/// Caller and mode both list the type, and of SLSA's own only those with a check of their own (G4).
fn check_type(authorisation: &Authorisation, mode: &Mode, predicate_type: &str) -> Result<(), AttestError> {
    let is_granted = authorisation.predicate_types.iter().any(|granted| granted == predicate_type);
    let is_listed = mode.predicates.iter().any(|listed| {
        listed == predicate_type
            || Kind::from_name(listed).is_some_and(|kind| writes(kind, mode, predicate_type))
    });
    let is_known =
        matches!(predicate_type, PROVENANCE_TYPE | VSA_TYPE) || !predicate_type.starts_with(RESERVED);
    if is_granted && is_listed && is_known {
        return Ok(());
    }
    let detail = "the predicate type is not granted";
    Err(AttestError::new(ErrorKind::GuardPredicateType, detail).at("/predicateType"))
}

/// Whether a predicate of a kind may have a type: that of the kind, or that of a version of the format.
fn writes(kind: Kind, mode: &Mode, predicate_type: &str) -> bool {
    let is_version_of = |plain: &str, versions: &str| {
        predicate_type.strip_prefix(plain).is_some_and(|rest| rest.starts_with(versions))
    };
    match (kind, kind.predicate_type()) {
        (Kind::Raw, _) | (_, None) => true,
        (Kind::Ai, Some(plain)) => mode.ai == AiForm::Statement && plain == predicate_type,
        (Kind::Cyclonedx, Some(plain)) => plain == predicate_type || is_version_of(plain, "/v"),
        (Kind::Spdx, Some(plain)) => plain == predicate_type || is_version_of(plain, "/v2."),
        (_, Some(plain)) => plain == predicate_type,
    }
}

/// The same digest sets as in the request, each as often as there (G5). Names identify nothing and are not compared.
fn check_subjects(authorisation: &Authorisation, statement: &Payload<'_>) -> Result<(), AttestError> {
    let rule = match statement.predicate_type.as_str() {
        VSA_TYPE if is_source(&statement.predicate) => SubjectRule::SourceRevision,
        other if Kind::TestResult.predicate_type() == Some(other) => SubjectRule::ArtifactOrCommit,
        _ => SubjectRule::Artifact,
    };
    let refuse = under(ErrorKind::GuardSubject);
    statement.subjects.iter().try_for_each(|subject| subject.check(rule)).map_err(refuse)?;
    let mut found: Vec<DigestSet> = statement.subjects.iter().map(digest_set).collect();
    let mut granted = authorisation.subjects.clone();
    found.sort();
    granted.sort();
    if found == granted {
        return Ok(());
    }
    let detail = "the subjects are not those of the request";
    Err(AttestError::new(ErrorKind::GuardSubject, detail).at("/subject"))
}

fn digest_set(subject: &Subject) -> DigestSet {
    subject.digests().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}
