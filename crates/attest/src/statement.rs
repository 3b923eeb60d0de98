//! in-toto Statement v1: predicate and subjects, as deterministic bytes.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_attestation::{Statement, StatementType, pae};
use cretula_encoding::base64;
use cretula_encoding::json::Tree;
use cretula_encoding::limits::Limits as VerificationLimits;
use cretula_encoding::time::Time;

use crate::admission::{Admitted, admit};
use crate::build_type::build_provenance;
use crate::canonical::{Canonical, Members};
use crate::error::{AttestError, ErrorKind};
use crate::expected::ExpectedIdentity;
use crate::limits::Limits;
use crate::predicate::{
    Kind, PROVENANCE_TYPE, PredicateRequest, SummaryRequest, VSA_TYPE, VsaReports, build_asserted,
    build_checked_raw, build_from_reports, build_raw, build_typed, is_source_summary,
};
use crate::request::Request;
use crate::subject::{Subject, SubjectRule};

/// Payload type of every envelope.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A statement that may be signed, and what its verification must find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltStatement {
    payload: Vec<u8>,
    predicate_type: String,
    subjects: Vec<Subject>,
    identity: ExpectedIdentity,
    builder: Option<Builder>,
}

/// What provenance says about the builder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Builder {
    /// `builder.id`.
    pub id: String,
    /// `buildType`.
    pub build_type: String,
    /// Whether every parameter of the build is in the provenance.
    pub complete: bool,
}

/// A predicate with its type.
struct Predicate {
    predicate_type: String,
    text: Canonical,
    builder: Option<Builder>,
}

impl BuiltStatement {
    /// The payload, byte for byte.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// `predicateType`.
    #[must_use]
    pub fn predicate_type(&self) -> &str {
        &self.predicate_type
    }

    /// Subjects in the order of the statement.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// Who must have signed, if a certificate says so.
    #[must_use]
    pub const fn identity(&self) -> &ExpectedIdentity {
        &self.identity
    }

    /// Builder and build type, if the predicate is provenance.
    #[must_use]
    pub const fn builder(&self) -> Option<&Builder> {
        self.builder.as_ref()
    }

    /// What the signature covers.
    #[must_use]
    pub fn pre_auth_encoding(&self) -> Vec<u8> {
        pae(PAYLOAD_TYPE, &self.payload)
    }

    /// The document `cretula/statement/v1`.
    #[must_use]
    pub fn to_document(&self) -> Vec<u8> {
        let mut document = Tree::object();
        document.set("schema", "cretula/statement/v1").set("statement", base64::encode(&self.payload));
        document.encode()
    }
}

/// Builds the statement of a request. A summary from reports is built by [`build_summary`].
///
/// # Errors
/// Every code of the areas `builder`, `claims`, `facts`, `github`, `gitlab`, `limits`, `mode`, `params`, `predicate`,
/// `secret`, `subject`, `tenant`, `time` and `vsa`.
pub fn build_statement(request: &Request, now: Time) -> Result<BuiltStatement, AttestError> {
    build(request, now, None)
}

/// Builds a summary from what the verifier said about the bundles of the request, in the order of its verify requests.
///
/// # Errors
/// As [`build_statement`]; `vsa/subject` if the number of reports is not that of the verify requests.
pub fn build_summary(
    request: &Request,
    now: Time,
    reports: &VsaReports,
) -> Result<BuiltStatement, AttestError> {
    build(request, now, Some(reports))
}

fn build(request: &Request, now: Time, reports: Option<&VsaReports>) -> Result<BuiltStatement, AttestError> {
    let asked = request.job().predicate();
    check_allowed(request)?;
    let admitted = admit(request.job().config(), request.job().mode(), request.facts())?;
    check_subjects(request)?;
    if !matches!(asked, PredicateRequest::Provenance) {
        refuse_declared(request)?;
    }
    let predicate = predicate(request, &admitted, now, reports)?;
    let subjects = request.tenant().subjects();
    let payload = encode_statement(&predicate.text, &predicate.predicate_type, subjects);
    check_payload(&payload, request.limits())?;
    Ok(BuiltStatement {
        payload,
        predicate_type: predicate.predicate_type,
        subjects: subjects.to_vec(),
        identity: ExpectedIdentity::of(&admitted, request.facts().claims())?,
        builder: predicate.builder,
    })
}

/// The mode lists the predicate.
fn check_allowed(request: &Request) -> Result<(), AttestError> {
    let mode = request.job().config().mode(request.job().mode())?;
    let asked = request.job().predicate();
    let is_ai_parameter = asked.kind() == Kind::Ai && mode.ai == crate::config::AiForm::Parameter;
    if mode.allows(asked.kind(), asked.predicate_type()) && !is_ai_parameter {
        return Ok(());
    }
    let detail = "the mode does not list this predicate";
    Err(AttestError::new(ErrorKind::PredicateNotAllowed, detail).at("/predicate"))
}

fn check_subjects(request: &Request) -> Result<(), AttestError> {
    let asked = request.job().predicate();
    let rule = match asked {
        PredicateRequest::Vsa(summary) if is_source_summary(summary) => SubjectRule::SourceRevision,
        PredicateRequest::Typed(_) if asked.kind() == Kind::TestResult => SubjectRule::ArtifactOrCommit,
        PredicateRequest::CheckedRaw { .. }
        | PredicateRequest::Provenance
        | PredicateRequest::Raw { .. }
        | PredicateRequest::Typed(_)
        | PredicateRequest::Vsa(_) => SubjectRule::Artifact,
    };
    request.tenant().subjects().iter().try_for_each(|subject| subject.check(rule))
}

/// Extensions belong to provenance.
fn refuse_declared(request: &Request) -> Result<(), AttestError> {
    match request.tenant().declared()?.items().next() {
        Some((_, field)) => {
            let detail = "this predicate declares no extension";
            Err(AttestError::new(ErrorKind::TenantForbiddenField, detail).at(field.pointer))
        }
        None => Ok(()),
    }
}

fn predicate(
    request: &Request,
    admitted: &Admitted<'_>,
    now: Time,
    reports: Option<&VsaReports>,
) -> Result<Predicate, AttestError> {
    let asked = request.job().predicate();
    let plain = |text| Predicate {
        predicate_type: String::from(asked.kind().predicate_type().unwrap_or_default()),
        text,
        builder: None,
    };
    match asked {
        PredicateRequest::Provenance => {
            let (config, limits) = (request.job().config(), request.limits());
            let built = build_provenance(admitted, config, request.facts(), request.tenant(), limits)?;
            let builder =
                Builder { id: built.builder_id, build_type: built.build_type, complete: built.complete };
            let predicate_type = String::from(PROVENANCE_TYPE);
            Ok(Predicate { predicate_type, text: built.text, builder: Some(builder) })
        }
        PredicateRequest::Typed(content) => build_typed(content).map(plain),
        PredicateRequest::CheckedRaw { kind, predicate_type, content } => {
            let built = build_checked_raw(*kind, predicate_type.as_deref(), content, request.limits())?;
            Ok(Predicate { predicate_type: built.predicate_type, text: built.text, builder: None })
        }
        PredicateRequest::Raw { predicate_type, content } => {
            let built = build_raw(predicate_type, content, request.limits())?;
            Ok(Predicate { predicate_type: built.predicate_type, text: built.text, builder: None })
        }
        PredicateRequest::Vsa(summary) => {
            let text = build_vsa(request, admitted, now, summary, reports)?;
            Ok(Predicate { predicate_type: String::from(VSA_TYPE), text, builder: None })
        }
    }
}

fn build_vsa(
    request: &Request,
    admitted: &Admitted<'_>,
    now: Time,
    summary: &SummaryRequest,
    reports: Option<&VsaReports>,
) -> Result<Canonical, AttestError> {
    match (summary, reports) {
        (SummaryRequest::Asserted(asserted), _) => build_asserted(asserted, admitted.mode, now),
        (SummaryRequest::FromReport { resource_uri, verify }, Some(reports))
            if reports.reports.len() == verify.len() =>
        {
            build_from_reports(reports, resource_uri, request.tenant().subjects(), admitted.mode, now)
        }
        (SummaryRequest::FromReport { .. }, _) => {
            let detail = "expected one report for each verify request";
            Err(AttestError::new(ErrorKind::VsaSubject, detail).at("/predicate/verify"))
        }
    }
}

/// RFC 8785, but for a raw predicate, which stays as it is.
pub(crate) fn encode_statement(predicate: &Canonical, predicate_type: &str, subjects: &[Subject]) -> Vec<u8> {
    let subjects: Vec<_> = subjects.iter().map(Subject::to_canonical).collect();
    let mut statement = Members::default();
    statement.set_text("_type", StatementType::V1.uri());
    statement.set("predicate", predicate.clone());
    statement.set_text("predicateType", predicate_type);
    statement.set("subject", Canonical::list(&subjects));
    statement.finish().as_str().as_bytes().to_vec()
}

/// The length, and whether a verifier reads what was written.
fn check_payload(payload: &[u8], limits: &Limits) -> Result<(), AttestError> {
    if payload.len() > limits.statement_bytes {
        let detail = alloc::format!("at most {} bytes are allowed", limits.statement_bytes);
        return Err(AttestError::new(ErrorKind::LimitStatementBytes, detail));
    }
    Statement::parse(payload, &VerificationLimits::default()).map(drop).map_err(|_| {
        AttestError::new(ErrorKind::PredicateField, "no verifier would read the statement").at("/predicate")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cretula_crypto::HashAlgorithm;
    use cretula_encoding::fields::Field;

    use crate::document;
    use crate::subject::parse_subjects;

    const GOLDEN: &str = r#"{"_type":"https://in-toto.io/Statement/v1","predicate":{"buildDefinition":{"buildType":"https://example.com/bt/v1","externalParameters":{}},"runDetails":{"builder":{"id":"https://example.com/builder@v1"}}},"predicateType":"https://slsa.dev/provenance/v1","subject":[{"digest":{"sha256":"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"},"name":"a.txt"}]}"#;

    #[test]
    fn golden_vector() {
        let predicate = br#"{"runDetails":{"builder":{"id":"https://example.com/builder@v1"}},
            "buildDefinition":{"externalParameters":{},"buildType":"https://example.com/bt/v1"}}"#;
        let subjects = br#"[{"name":"a.txt","digest":{"sha256":"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"}}]"#;
        let predicate = Canonical::of(&document::parse(predicate).unwrap()).unwrap();
        let subjects = Field::root(document::parse(subjects).unwrap());
        let subjects = parse_subjects(&subjects, &Limits::default()).unwrap();
        let payload = encode_statement(&predicate, PROVENANCE_TYPE, &subjects);
        assert_eq!(payload, GOLDEN.as_bytes());
        assert_eq!(payload.len(), 371);
        let sha256 = |bytes: &[u8]| HashAlgorithm::Sha256.digest(&[bytes]).to_hex();
        assert_eq!(sha256(&payload), "7a7bba88e5eeb5719b2f63509ceee2d8e2a54fe2666ba323553a80770f39e2ab");
        let signed = pae(PAYLOAD_TYPE, &payload);
        assert!(signed.starts_with(br#"DSSEv1 28 application/vnd.in-toto+json 371 {"_type""#));
        assert_eq!(sha256(&signed), "6c27836ba4386352836e37921068811bee3d3b6e349d87f11928420828a1c67a");
        assert_eq!(check_payload(&payload, &Limits::default()), Ok(()));
    }

    #[test]
    fn statement_bytes_and_one_above() {
        let limits = |statement_bytes| Limits { statement_bytes, ..Limits::default() };
        assert_eq!(check_payload(GOLDEN.as_bytes(), &limits(371)), Ok(()));
        let error = check_payload(GOLDEN.as_bytes(), &limits(370)).unwrap_err();
        assert_eq!(error.code(), "limits/statement-bytes");
    }
}
