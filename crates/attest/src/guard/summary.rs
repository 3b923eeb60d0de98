//! Verification summaries: what the caller may have stated (G7).
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::fields::{Field, Object};
use cretula_encoding::json::Value;

use super::attestation::Payload;
use super::{Authorisation, under};
use crate::canonical::Canonical;
use crate::config::Mode;
use crate::document::MAX_INTEGER;
use crate::error::{AttestError, ErrorKind};
use crate::predicate::{self, FAILED, SLSA_VERSION, check_levels, is_within};
use crate::timestamp;

/// Members of a summary that a guard compares.
struct Summary {
    verifier_id: String,
    resource_uri: String,
    passed: bool,
    levels: Vec<String>,
    /// Names of `dependencyLevels`.
    of_dependencies: Vec<String>,
}

/// Verifier of the mode, resource and levels within the caller's grant, and no member that summaries do not have.
///
/// # Errors
/// `guard/level`.
pub(super) fn check_summary(
    authorisation: &Authorisation,
    mode: &Mode,
    statement: &Payload<'_>,
) -> Result<(), AttestError> {
    let refuse = |detail: &str, name: &str| {
        Err(AttestError::new(ErrorKind::GuardLevel, detail).at(["/predicate", name].concat()))
    };
    let canonical = Canonical::of(&statement.predicate).map_err(under(ErrorKind::GuardLevel))?;
    if canonical.as_str() != statement.predicate.source() {
        return refuse("a summary is written in canonical form", "");
    }
    let summary = Summary::read(&statement.predicate).map_err(under(ErrorKind::GuardLevel))?;
    if mode.verifier.as_ref() != Some(&summary.verifier_id) {
        return refuse("the verifier is not that of the mode", "/verifier/id");
    }
    let prefix = authorisation.resource_prefix.as_deref();
    if !prefix.is_some_and(|prefix| summary.resource_uri.starts_with(prefix)) {
        return refuse("the resource is not among those of the caller", "/resourceUri");
    }
    if !summary.passed {
        let is_plain = summary.levels == [FAILED] && summary.of_dependencies.is_empty();
        return if is_plain {
            Ok(())
        } else {
            refuse("a result that failed has no levels", "/verifiedLevels")
        };
    }
    check_levels(&summary.levels, is_source(&statement.predicate), "/predicate/verifiedLevels")
        .map_err(under(ErrorKind::GuardLevel))?;
    if summary.levels.is_empty() || !summary.levels.iter().all(|level| is_granted(authorisation, mode, level))
    {
        return refuse("a level is not granted", "/verifiedLevels");
    }
    if !summary.of_dependencies.iter().all(|level| is_granted(authorisation, mode, level)) {
        return refuse("a level is not granted", "/dependencyLevels");
    }
    Ok(())
}

/// Within the caller's maximum and, where the mode has one for the same track, within that.
fn is_granted(authorisation: &Authorisation, mode: &Mode, level: &str) -> bool {
    let of_caller = authorisation.max_vsa_level.as_deref();
    let of_mode = mode.max_level.as_deref().is_some_and(|greatest| predicate::is_above(level, greatest));
    is_within(level, of_caller, &authorisation.vsa_properties) && !of_mode
}

/// Whether a summary is about a source revision, by resource and levels.
pub(super) fn is_source(predicate: &Value<'_>) -> bool {
    let text = |value: Value<'_>| value.as_text().map(|text| String::from(text.as_ref()));
    let resource = predicate.member("resourceUri").and_then(text).unwrap_or_default();
    let levels = predicate.member("verifiedLevels").and_then(|list| list.elements());
    let levels: Vec<String> = levels.into_iter().flatten().filter_map(text).collect();
    predicate::is_source(&resource, &levels)
}

impl Summary {
    fn read(predicate: &Value<'_>) -> Result<Self, AttestError> {
        let field = Field { value: *predicate, pointer: String::from("/predicate") };
        let mut object = field.object()?;
        let verifier_id = read_verifier(object.require("verifier")?.object()?)?;
        let time = object.require("timeVerified")?;
        timestamp::parse(&time.value, &time.pointer)?;
        let resource_uri = object.require("resourceUri")?.text()?;
        let mut policy = object.require("policy")?.object()?;
        policy.require("uri")?.text()?;
        policy.require("digest")?.object()?;
        policy.finish()?;
        object.take("inputAttestations").map(|list| list.count()).transpose()?;
        let passed = object.require("verificationResult")?.one_of(&[FAILED, "PASSED"])? == 1;
        let levels = object.require("verifiedLevels")?.items()?.map(|item| Ok(item?.text()?));
        let levels = levels.collect::<Result<Vec<_>, AttestError>>()?;
        let mut of_dependencies = Vec::new();
        if let Some(counts) = object.take("dependencyLevels") {
            for (name, field) in counts.object()?.items() {
                field.uint(MAX_INTEGER)?;
                of_dependencies.push(name);
            }
        }
        object.require("slsaVersion")?.one_of(&[SLSA_VERSION])?;
        object.finish()?;
        Ok(Self { verifier_id, resource_uri, passed, levels, of_dependencies })
    }
}

fn read_verifier(mut verifier: Object<'_>) -> Result<String, AttestError> {
    let id = verifier.require("id")?.text()?;
    if let Some(versions) = verifier.take("version") {
        for (_, version) in versions.object()?.items() {
            version.text()?;
        }
    }
    verifier.finish()?;
    Ok(id)
}
