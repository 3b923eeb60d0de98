//! The artifact is what was signed, and the statement is about it (A03, A05–A08), of a type that the policy wants (I06).

use super::case::{Case, row_index};
use crate::policy::{IN_TOTO_PAYLOAD_TYPE, StatementRules};
use crate::report::{ArtifactReport, Checks, StatementReport};
use crate::request::Artifact;
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use cretula_attestation::{AcceptedAlgorithms, Statement, Subject, SubjectMatch};
use cretula_bundle::{Content, Envelope, HashAlgorithmRef, MessageSignature};
use cretula_encoding::text::quote;

/// What this step established.
#[derive(Default)]
pub(super) struct ArtifactFacts {
    pub(super) artifacts: Vec<ArtifactReport>,
    pub(super) statement: Option<StatementReport>,
}

/// Compares the caller's artifacts with the content. `signed` tells whether the signature verified: only then the
/// payload is more than a claim and may be reported.
pub(super) fn verify_artifacts(case: &Case<'_>, signed: bool, checks: &mut Checks) -> ArtifactFacts {
    match case.bundle.content() {
        Content::MessageSignature(message) => verify_message(case, message, checks),
        Content::Envelope(envelope) => verify_envelope(case, envelope, signed, checks),
    }
}

// ---- message signatures ----------------------------------------------------------------------------------------

fn verify_message(case: &Case<'_>, message: &MessageSignature, checks: &mut Checks) -> ArtifactFacts {
    if case.policy.statement.is_some() {
        checks.fail(
            "A05",
            "predicate/missing",
            None,
            "the policy demands a statement, and a message signature has none",
        );
    } else {
        checks.not_applicable("A05", "a message signature has no statement");
    }
    match case.artifacts {
        [artifact] => match_message_digest(message, artifact, checks),
        [] => checks.fail(
            "A08",
            "artifact/required",
            None,
            "a message signature proves nothing without its message",
        ),
        _ => {
            checks.fail("A02", "artifact/mismatch", None, "a message signature is about exactly one artifact")
        }
    }
    ArtifactFacts { artifacts: case.artifacts.iter().map(unmatched).collect(), statement: None }
}

/// A03: it never replaces the artifact's digest.
fn match_message_digest(message: &MessageSignature, artifact: &Artifact, checks: &mut Checks) {
    let Some(stated) = &message.message_digest else {
        return checks.not_applicable("A03", "the bundle states no message digest");
    };
    let HashAlgorithmRef::Known(algorithm) = &stated.algorithm else {
        return checks.fail(
            "A03",
            "artifact/message-digest",
            None,
            "the message digest has an unsupported algorithm",
        );
    };
    match artifact.digest(*algorithm) {
        Some(digest) if digest.as_bytes() == stated.digest => checks.pass("A03", None),
        Some(digest) => {
            let found = cretula_encoding::hex::encode(digest.as_bytes());
            let detail =
                format!("{}: bundle states {}, artifact has {found}", algorithm.name(), hex(&stated.digest));
            checks.fail("A03", "artifact/message-digest", None, detail);
        }
        None => {
            let detail = format!("the {} digest of the artifact is needed", algorithm.name());
            checks.fail("A03", "artifact/digest-algorithm", None, detail);
        }
    }
}

/// Input bytes in messages are cut.
fn hex(bytes: &[u8]) -> String {
    cretula_encoding::hex::encode(bytes.get(..64).unwrap_or(bytes))
}

fn unmatched(artifact: &Artifact) -> ArtifactReport {
    ArtifactReport { digests: artifact.entries(), subject: None, algorithm: None }
}

/// Whether a member of `subject` was written: then there must be a statement that it can take effect on.
fn demands_subjects(case: &Case<'_>) -> bool {
    let rules = &case.policy.subject;
    let all = rules.subject_match == crate::policy::SubjectMatch::All;
    all || rules.name.is_some() || rules.max.is_some() || !rules.algorithms.is_empty()
}

// ---- envelopes ---------------------------------------------------------------------------------------------------

fn verify_envelope(case: &Case<'_>, envelope: &Envelope, signed: bool, checks: &mut Checks) -> ArtifactFacts {
    let demanded = !case.artifacts.is_empty() || case.policy.statement.is_some() || demands_subjects(case);
    let statement = read_statement(case, envelope, demanded, checks);
    let artifacts = match &statement {
        Some(statement) => match_artifacts(case, statement, checks),
        None => case.artifacts.iter().map(unmatched).collect(),
    };
    if case.artifacts.is_empty() {
        if case.policy.dangerous.no_artifact {
            checks.off("A08", None);
        } else {
            checks.fail(
                "A08",
                "artifact/required",
                None,
                "no artifact or digest was given to compare with the subjects",
            );
        }
    }
    let report = statement.filter(|_| signed).map(|statement| report(envelope, &statement));
    ArtifactFacts { artifacts, statement: report }
}

/// A05, A07, and the types of the policy: parsed once, from the bytes that were signed.
fn read_statement(
    case: &Case<'_>,
    envelope: &Envelope,
    demanded: bool,
    checks: &mut Checks,
) -> Option<Statement> {
    if !demanded {
        checks.not_applicable("A05", "neither an artifact nor the policy asks for a statement");
        let parsed = Statement::parse(&envelope.payload, case.limits());
        return parsed.ok().filter(|_| envelope.payload_type == IN_TOTO_PAYLOAD_TYPE);
    }
    if !payload_type_is_admitted(case.policy.statement.as_ref(), &envelope.payload_type) {
        let detail = format!("payload type {} is not admitted", quote(&envelope.payload_type));
        checks.fail("A05", "artifact/payload-type", None, detail);
        return None;
    }
    let statement = match Statement::parse(&envelope.payload, case.limits()) {
        Ok(statement) => statement,
        Err(error) => {
            checks.fail("A05", error.code(), None, error.to_string());
            return None;
        }
    };
    checks.pass("A05", None);
    checks.pass("A07", None);
    match_statement_types(case, &statement, checks);
    Some(statement)
}

fn payload_type_is_admitted(rules: Option<&StatementRules>, payload_type: &str) -> bool {
    match rules {
        Some(rules) => rules.payload_types.iter().any(|admitted| admitted == payload_type),
        None => payload_type == IN_TOTO_PAYLOAD_TYPE,
    }
}

/// The statement types are exact lists; an absent type is a refusal, never "nothing to verify".
fn match_statement_types(case: &Case<'_>, statement: &Statement, checks: &mut Checks) {
    let Some(rules) = &case.policy.statement else { return };
    if !rules.types.iter().any(|admitted| admitted == statement.statement_type().uri()) {
        let detail = format!("statement type {} is not admitted", quote(statement.statement_type().uri()));
        return checks.fail("A05", "artifact/statement-type", None, detail);
    }
    if !rules.predicate_types.iter().any(|admitted| admitted == statement.predicate_type()) {
        let detail = format!("found {}", quote(statement.predicate_type()));
        return checks.fail("I06", "predicate/type", None, detail);
    }
    checks.pass("I06", None);
}

/// A06: every artifact matches a subject; `subject.match` all: every subject is one of the artifacts.
fn match_artifacts(case: &Case<'_>, statement: &Statement, checks: &mut Checks) -> Vec<ArtifactReport> {
    let rules = &case.policy.subject;
    let subjects = statement.subjects();
    if let Some(max) = rules.max.filter(|max| u64::try_from(subjects.len()).is_ok_and(|found| found > *max)) {
        let detail = format!("{} subjects, at most {max} are allowed", subjects.len());
        checks.fail("A06", "artifact/subject-count", None, detail);
    }
    let mut reports = Vec::new();
    for (index, artifact) in case.artifacts.iter().enumerate() {
        reports.push(match_artifact(case, subjects, artifact, row_index(index), checks));
    }
    if rules.subject_match == crate::policy::SubjectMatch::All {
        match_all_subjects(case, subjects, checks);
    } else if rules.name.is_some() && case.artifacts.is_empty() {
        checks.fail(
            "A06",
            "artifact/mismatch",
            None,
            "no artifact was given whose subject could have the name",
        );
    }
    reports
}

fn match_artifact(
    case: &Case<'_>,
    subjects: &[Subject],
    artifact: &Artifact,
    row: Option<u32>,
    checks: &mut Checks,
) -> ArtifactReport {
    let accepted = AcceptedAlgorithms::with(&case.policy.subject.algorithms);
    let mut report = unmatched(artifact);
    let mut refusal =
        ("artifact/mismatch", "no subject of the statement has the digest of the artifact".to_string());
    for (index, subject) in subjects.iter().enumerate() {
        match compare(subject, artifact, &accepted) {
            SubjectMatch::Matched { algorithm } if name_fits(case, subject) => {
                checks.pass_with("A06", row, format!("subject {index} by {algorithm}"));
                report.subject = row_index(index);
                report.algorithm = Some(algorithm);
                return report;
            }
            SubjectMatch::Matched { .. } => {
                refusal = ("artifact/mismatch", format!("subject {index} has the digest, but another name"));
            }
            SubjectMatch::Differs { algorithm } if has_equal_digest(subject, artifact) => {
                let detail = format!("subject {index} has one equal digest, but its {algorithm} differs");
                refusal = ("artifact/subject-digest", detail);
            }
            SubjectMatch::Differs { .. } | SubjectMatch::NoCommonAlgorithm => {}
        }
    }
    checks.fail("A06", refusal.0, row, refusal.1);
    report
}

fn compare(subject: &Subject, artifact: &Artifact, accepted: &AcceptedAlgorithms) -> SubjectMatch {
    let entries = artifact.entries();
    let pairs: Vec<(&str, &str)> =
        entries.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    subject.digests.match_artifact(&pairs, accepted)
}

/// Only to tell a subject that contradicts itself from one about something else.
fn has_equal_digest(subject: &Subject, artifact: &Artifact) -> bool {
    artifact.entries().iter().any(|(name, value)| subject.digests.value(name) == Some(value))
}

/// Names are for people: they can refuse, they never match an artifact.
fn name_fits(case: &Case<'_>, subject: &Subject) -> bool {
    let Some(expected) = &case.policy.subject.name else { return true };
    expected.compare(subject.name.as_deref().unwrap_or_default(), case.policy.pattern_input)
        == crate::policy::Outcome::Matches
}

fn match_all_subjects(case: &Case<'_>, subjects: &[Subject], checks: &mut Checks) {
    let accepted = AcceptedAlgorithms::with(&case.policy.subject.algorithms);
    let is_given = |subject: &Subject| {
        let mut artifacts = case.artifacts.iter();
        artifacts
            .any(|artifact| matches!(compare(subject, artifact, &accepted), SubjectMatch::Matched { .. }))
    };
    if let Some(index) = subjects.iter().position(|subject| !is_given(subject)) {
        checks.fail(
            "A06",
            "artifact/mismatch",
            None,
            format!("subject {index} is none of the given artifacts"),
        );
    }
}

fn report(envelope: &Envelope, statement: &Statement) -> StatementReport {
    let subjects = statement.subjects().iter().map(|subject| {
        let digests =
            subject.digests.entries().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        (subject.name.clone(), digests)
    });
    StatementReport {
        payload: envelope.payload.clone(),
        statement_type: statement.statement_type().uri().to_string(),
        predicate_type: statement.predicate_type().to_string(),
        subjects: subjects.collect(),
    }
}
