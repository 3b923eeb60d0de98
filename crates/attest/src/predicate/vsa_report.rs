//! Verification summaries from reports of the verifier.
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::time::Time;

use super::level::{FAILED, Level, REPRODUCED, check_levels, is_above};
use super::vsa::Summary;
use crate::canonical::{Canonical, Members};
use crate::config::Mode;
use crate::error::{AttestError, ErrorKind};
use crate::subject::Subject;
use crate::uri::is_type_uri;

/// What the verifier said about one bundle. Whoever fills it has run the verifier in the same call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifiedReport {
    /// Whether the verdict is `verified`.
    pub verified: bool,
    /// Level of the build track by the policy; without one the level is 0.
    pub level: Option<u8>,
    /// `builder.id` of verified provenance.
    pub builder_id: Option<String>,
    /// Who signed: subject alternative name and issuer, or the id of a key.
    pub signer: String,
    /// Digest sets of the artifacts of the verify request.
    pub artifacts: Vec<Vec<(String, String)>>,
    /// SHA-256 of the bundle bytes, in hex.
    pub bundle_sha256: String,
    /// Where the bundle can be fetched.
    pub bundle_uri: Option<String>,
    /// Whether the policy switched a check off.
    pub dangerous: bool,
}

/// What a summary from reports is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VsaReports {
    /// One for each verify request, in their order.
    pub reports: Vec<VerifiedReport>,
    /// URI of the policy.
    pub policy_uri: String,
    /// SHA-256 of the policy bytes, in hex.
    pub policy_sha256: String,
    /// Values that the control plane adds. A level of the build track may be lower than what was verified, never
    /// higher.
    pub claimed: Vec<String>,
}

/// Builds the predicate.
///
/// # Errors
/// `vsa/…`, `predicate/field` for a policy that is not named by URI and digest, `facts/missing` for a mode without
/// verifier.
pub(crate) fn build_from_reports(
    reports: &VsaReports,
    resource_uri: &str,
    subjects: &[Subject],
    mode: &Mode,
    now: Time,
) -> Result<Canonical, AttestError> {
    check_subjects(&reports.reports, subjects)?;
    if !is_type_uri(&reports.policy_uri) || crate::digest::check("sha256", &reports.policy_sha256).is_err() {
        let detail = "a policy is named by its URI and its digest";
        return Err(AttestError::new(ErrorKind::PredicateField, detail).at("/predicate/policy"));
    }
    let passed = reports.reports.iter().all(|report| report.verified);
    let levels = if passed { levels(reports, subjects, mode)? } else { Vec::from([String::from(FAILED)]) };
    let mut digest = Members::default();
    digest.set_text("sha256", &reports.policy_sha256);
    let summary = Summary {
        resource_uri,
        policy_uri: &reports.policy_uri,
        policy_digest: digest.finish(),
        inputs: inputs(&reports.reports)?,
        passed,
        levels: &levels,
        dependency_levels: None,
    };
    summary.encode(mode, now)
}

/// Each artifact is a subject, each subject was verified, and nothing was switched off.
fn check_subjects(reports: &[VerifiedReport], subjects: &[Subject]) -> Result<(), AttestError> {
    let refuse = |detail: &str| Err(AttestError::new(ErrorKind::VsaSubject, detail).at("/predicate/verify"));
    if reports.iter().any(|report| report.dangerous) {
        return refuse("a policy that switches checks off makes no summary");
    }
    for report in reports {
        let is_subject =
            |artifact: &Vec<(String, String)>| subjects.iter().any(|subject| is_of(subject, artifact));
        if report.artifacts.is_empty() || !report.artifacts.iter().all(is_subject) {
            return refuse("an artifact is no subject of this statement");
        }
    }
    if !subjects.iter().all(|subject| reports.iter().any(|report| covers(report, subject))) {
        return refuse("no request verified one of the subjects");
    }
    Ok(())
}

/// Whether an artifact is the digest set of a subject.
fn is_of(subject: &Subject, artifact: &[(String, String)]) -> bool {
    let mut artifact: Vec<(&str, &str)> =
        artifact.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    artifact.sort_unstable();
    subject.digests().eq(artifact)
}

fn covers(report: &VerifiedReport, subject: &Subject) -> bool {
    report.artifacts.iter().any(|artifact| is_of(subject, artifact))
}

/// The lowest of the subjects' levels, each the highest of its reports; never above the mode's.
fn levels(reports: &VsaReports, subjects: &[Subject], mode: &Mode) -> Result<Vec<String>, AttestError> {
    let refuse =
        |kind: ErrorKind| Err(AttestError::new(kind, kind.sentence()).at("/predicate/verifiedLevels"));
    let level_of = |subject: &Subject| {
        let covering = reports.reports.iter().filter(|report| covers(report, subject));
        covering.filter_map(|report| report.level).max().unwrap_or(0)
    };
    let verified = alloc::format!("SLSA_BUILD_LEVEL_{}", subjects.iter().map(level_of).min().unwrap_or(0));
    let verified = match mode.max_level.as_deref() {
        Some(greatest) if is_above(&verified, greatest) => String::from(greatest),
        _ => verified,
    };
    let mut levels = Vec::new();
    if !reports.claimed.iter().any(|claimed| is_of_build_track(claimed)) {
        levels.push(verified.clone());
    }
    levels.extend(reports.claimed.iter().cloned());
    check_levels(&levels, false, "/predicate/verifiedLevels")?;
    if levels.iter().any(|level| is_above(level, &verified)) {
        return refuse(ErrorKind::VsaLevelRaised);
    }
    let is_claimed = levels.iter().any(|level| level == REPRODUCED);
    if is_claimed && !subjects.iter().all(|subject| is_reproduced(&reports.reports, subject)) {
        return refuse(ErrorKind::VsaReproduced);
    }
    Ok(levels)
}

fn is_of_build_track(level: &str) -> bool {
    matches!(Level::parse(level), Ok(Level::Track { track: "BUILD", .. }))
}

/// Two builders with different signers came to the same artifact.
fn is_reproduced(reports: &[VerifiedReport], subject: &Subject) -> bool {
    let builds: Vec<(&str, &str)> = reports
        .iter()
        .filter(|report| report.verified && covers(report, subject))
        .filter_map(|report| Some((report.builder_id.as_deref()?, report.signer.as_str())))
        .collect();
    let differs = |(builder, signer): &(&str, &str)| {
        builds.iter().any(|(other, other_signer)| other != builder && other_signer != signer)
    };
    builds.iter().any(differs)
}

/// All bundles, each once.
fn inputs(reports: &[VerifiedReport]) -> Result<Canonical, AttestError> {
    let mut seen = BTreeSet::new();
    let mut inputs = Vec::new();
    for report in reports.iter().filter(|report| seen.insert(report.bundle_sha256.as_str())) {
        if crate::digest::check("sha256", &report.bundle_sha256).is_err() {
            let detail = "a bundle is named by its digest";
            return Err(
                AttestError::new(ErrorKind::PredicateField, detail).at("/predicate/inputAttestations")
            );
        }
        let mut digest = Members::default();
        digest.set_text("sha256", &report.bundle_sha256);
        let mut input = Members::default();
        input.set("digest", digest.finish()).set_known("uri", report.bundle_uri.as_deref());
        inputs.push(input.finish());
    }
    Ok(Canonical::list(&inputs))
}
