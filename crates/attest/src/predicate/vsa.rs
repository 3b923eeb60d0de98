//! Verification summaries (SLSA v1.2): members, and those that the control plane asserts.
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use cretula_encoding::fields::{Field, FieldErrorKind, Object};
use cretula_encoding::time::Time;

use super::level::{FAILED, Level, REPRODUCED, check_levels, is_above};
use crate::canonical::{Canonical, Members};
use crate::config::Mode;
use crate::document::{Document, MAX_INTEGER};
use crate::error::{AttestError, ErrorKind};
use crate::resource::{Author, Resource};
use crate::timestamp;
use crate::uri::is_type_uri;

/// Version of SLSA that summaries name.
pub(crate) const SLSA_VERSION: &str = "1.2";
/// What a request says about a summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SummaryRequest {
    /// Everything as the control plane says.
    Asserted(AssertedSummary),
    /// Levels come from bundles that are verified in the same call.
    FromReport {
        /// Where consumers fetch the artifact.
        resource_uri: String,
        /// `cretula/verify-request/v1` documents.
        verify: Vec<Vec<u8>>,
    },
}

/// Members of a summary that the control plane asserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertedSummary {
    resource_uri: String,
    policy_uri: String,
    policy_digest: Document,
    inputs: Canonical,
    passed: bool,
    levels: Vec<String>,
    dependency_levels: Option<Canonical>,
}

impl SummaryRequest {
    pub(super) fn take(object: &mut Object<'_>) -> Result<Self, AttestError> {
        let source = object.take("source");
        let index = source.map(|field| field.one_of(&["from-report", "asserted"])).transpose()?;
        let resource_uri = resource_uri(object)?;
        if index == Some(1) {
            return AssertedSummary::take(object, resource_uri).map(Self::Asserted);
        }
        let list = object.require("verify")?;
        let mut verify = Vec::new();
        for item in list.items()? {
            verify.push(Document::of_object(&item?)?.text().as_bytes().to_vec());
        }
        if verify.is_empty() {
            return Err(list.error(FieldErrorKind::Type("at least one verify request")).into());
        }
        Ok(Self::FromReport { resource_uri, verify })
    }
}

fn resource_uri(object: &mut Object<'_>) -> Result<String, AttestError> {
    let field = object.require("resourceUri")?;
    let text = field.text()?;
    if is_type_uri(&text) {
        return Ok(text);
    }
    let detail = "expected a package URL or URL with lower-case scheme and authority";
    Err(AttestError::new(ErrorKind::PredicateField, detail).at(field.pointer))
}

impl AssertedSummary {
    fn take(object: &mut Object<'_>, resource_uri: String) -> Result<Self, AttestError> {
        let mut policy = object.require("policy")?.object()?;
        let policy_uri = policy.require("uri")?;
        let digest = policy.require("digest")?;
        policy.finish()?;
        if !is_type_uri(&policy_uri.text()?) {
            let detail = "expected a URI with lower-case scheme and authority";
            return Err(AttestError::new(ErrorKind::PredicateField, detail).at(policy_uri.pointer));
        }
        let policy_digest = Document::of_object(&digest)?;
        let passed = object.require("verificationResult")?.one_of(&["FAILED", "PASSED"])? == 1;
        let mut levels = Vec::new();
        for item in object.require("verifiedLevels")?.items()? {
            levels.push(item?.text()?);
        }
        let inputs = object
            .take("inputAttestations")
            .map_or_else(|| Ok(Canonical::list(&[])), |list| inputs(&list))?;
        let dependency_levels = object.take("dependencyLevels").map(dependency_levels).transpose()?;
        let policy_uri = policy_uri.text()?;
        Ok(Self { resource_uri, policy_uri, policy_digest, inputs, passed, levels, dependency_levels })
    }
}

/// Bundles by their digests.
fn inputs(list: &Field<'_>) -> Result<Canonical, AttestError> {
    let mut inputs = Vec::new();
    for item in list.items()? {
        let item = item?;
        let pointer = item.pointer.clone();
        let resource = Resource::parse(item, Author::ControlPlane)?;
        if resource.digest().is_empty() {
            let detail = "expected the digest of a bundle";
            return Err(AttestError::new(ErrorKind::PredicateField, detail).at(pointer));
        }
        inputs.push(resource.into_text());
    }
    Ok(Canonical::list(&inputs))
}

/// Levels and how many dependencies have each. Empty: there are none.
fn dependency_levels(field: Field<'_>) -> Result<Canonical, AttestError> {
    let mut members = Members::default();
    for (name, field) in field.object()?.items() {
        Level::parse(&name)
            .map_err(|kind| AttestError::new(kind, kind.sentence()).at(field.pointer.clone()))?;
        members.set(&name, Canonical::uint(field.uint(MAX_INTEGER)?));
    }
    Ok(members.finish())
}

/// A summary that is ready to be written.
pub(super) struct Summary<'s> {
    pub(super) resource_uri: &'s str,
    pub(super) policy_uri: &'s str,
    pub(super) policy_digest: Canonical,
    pub(super) inputs: Canonical,
    pub(super) passed: bool,
    pub(super) levels: &'s [String],
    pub(super) dependency_levels: Option<Canonical>,
}

/// Whether a summary is about a revision of a source repository.
pub(crate) fn is_source_summary(request: &SummaryRequest) -> bool {
    match request {
        SummaryRequest::Asserted(asserted) => is_source(&asserted.resource_uri, &asserted.levels),
        SummaryRequest::FromReport { .. } => false,
    }
}

/// Whether resource or levels are of the source track.
pub(crate) fn is_source(resource_uri: &str, levels: &[String]) -> bool {
    resource_uri.starts_with("git+") || levels.iter().any(|level| level.starts_with("SLSA_SOURCE_"))
}

/// Builds a summary that the control plane asserts.
///
/// # Errors
/// `vsa/…`, `predicate/field`, `facts/missing` for a mode without verifier.
pub(crate) fn build_asserted(
    asserted: &AssertedSummary,
    mode: &Mode,
    now: Time,
) -> Result<Canonical, AttestError> {
    let pointer = "/predicate/verifiedLevels";
    let refuse = |kind: ErrorKind| Err(AttestError::new(kind, kind.sentence()).at(pointer));
    let is_source = is_source(&asserted.resource_uri, &asserted.levels);
    if is_source && !asserted.resource_uri.starts_with("git+https://") {
        let detail = "expected git+https:// and the repository";
        return Err(AttestError::new(ErrorKind::VsaSource, detail).at("/predicate/resourceUri"));
    }
    if asserted.passed {
        check_levels(&asserted.levels, is_source, pointer)?;
    }
    if asserted.levels.iter().any(|level| level == REPRODUCED) {
        return refuse(ErrorKind::VsaReproduced);
    }
    let greatest = mode.max_level.as_deref();
    if greatest.is_some_and(|greatest| asserted.levels.iter().any(|level| is_above(level, greatest))) {
        return refuse(ErrorKind::VsaLevelRaised);
    }
    let digest = asserted.policy_digest.field()?;
    let summary = Summary {
        resource_uri: &asserted.resource_uri,
        policy_uri: &asserted.policy_uri,
        policy_digest: policy_digest(digest)?,
        inputs: asserted.inputs.clone(),
        passed: asserted.passed,
        levels: &asserted.levels,
        dependency_levels: asserted.dependency_levels.clone(),
    };
    summary.encode(mode, now)
}

fn policy_digest(field: Field<'_>) -> Result<Canonical, AttestError> {
    let pointer = field.pointer.clone();
    let mut members = Members::default();
    for (name, field) in field.object()?.items() {
        let value = field.text()?;
        crate::digest::check(&name, &value)
            .map_err(|kind| AttestError::new(ErrorKind::PredicateField, kind.sentence()).at(field.pointer))?;
        members.set_text(&name, &value);
    }
    let digest = members.finish();
    if digest.is_empty() {
        let detail = "expected the digest of the policy";
        return Err(AttestError::new(ErrorKind::PredicateField, detail).at(pointer));
    }
    Ok(digest)
}

impl Summary<'_> {
    /// Writes the predicate; result and levels must agree.
    ///
    /// # Errors
    /// `vsa/result`, `facts/missing` for a mode without verifier.
    pub(super) fn encode(&self, mode: &Mode, now: Time) -> Result<Canonical, AttestError> {
        self.check_result()?;
        let verifier_id = mode.verifier.as_deref().ok_or_else(|| {
            AttestError::new(ErrorKind::FactsMissing, "the mode has no verifier").at("/mode")
        })?;
        let mut version = Members::default();
        version.set_text("cretula", env!("CARGO_PKG_VERSION"));
        let mut verifier = Members::default();
        verifier.set_text("id", verifier_id).set("version", version.finish());
        let mut policy = Members::default();
        policy.set_text("uri", self.policy_uri).set("digest", self.policy_digest.clone());
        let levels: Vec<_> = self.levels.iter().map(|level| Canonical::text(level)).collect();
        let mut summary = Members::default();
        summary.set("verifier", verifier.finish());
        summary.set_text("timeVerified", &timestamp::encode(now));
        summary.set_text("resourceUri", self.resource_uri);
        summary.set("policy", policy.finish());
        summary.set_filled("inputAttestations", self.inputs.clone());
        summary.set_text("verificationResult", if self.passed { "PASSED" } else { FAILED });
        summary.set("verifiedLevels", Canonical::list(&levels));
        if let Some(levels) = &self.dependency_levels {
            summary.set("dependencyLevels", levels.clone());
        }
        summary.set_text("slsaVersion", SLSA_VERSION);
        Ok(summary.finish())
    }

    /// FAILED alone if it failed; at least one level, and never FAILED, if it passed.
    fn check_result(&self) -> Result<(), AttestError> {
        let says_failed = self.levels.iter().any(|level| level == FAILED);
        let agrees = match (self.passed, self.levels) {
            (false, [only]) => only.as_str() == FAILED,
            (false, _) | (true, []) => false,
            (true, _) => !says_failed,
        };
        if agrees {
            return Ok(());
        }
        let detail = "a result that failed has the level FAILED and no other".to_string();
        Err(AttestError::new(ErrorKind::VsaResult, detail).at("/predicate/verifiedLevels"))
    }
}
