//! `github-actions` and `github-community`: they describe the top-level workflow, never a job or an action.
use alloc::string::String;

use super::BuildType;
use super::draft::{Draft, Word};
use super::sources::{Sources, record_text, record_texts, scalars};
use crate::canonical::{Canonical, Members};
use crate::claim_table::Source;
use crate::claims::Claims;
use crate::error::{AttestError, ErrorKind};
use crate::facts::Origin;
use crate::git_ref::workflow_path;
use crate::resource::Resource;

/// Events that these types describe.
const EVENTS: [&str; 4] = ["create", "push", "release", "workflow_dispatch"];
/// Values of a release event.
const RELEASE: [&str; 5] = ["body", "draft", "name", "prerelease", "target_commitish"];

/// Fills the parts of both types.
///
/// # Errors
/// `facts/origin` without a verified token, `params/event`, `params/…`, `github/…`, `claims/…`.
pub(super) fn fill(sources: &mut Sources<'_>, build_type: BuildType) -> Result<Draft, AttestError> {
    let mut draft = Draft::default();
    let Some(claims) = sources.claims().filter(|_| sources.facts.origin() == Origin::VerifiedToken) else {
        let detail = "the build type needs claims of a verified token";
        return Err(AttestError::new(ErrorKind::FactsOrigin, detail).at("/facts/origin"));
    };
    let server = sources.server()?;
    check_event(sources, claims)?;
    let workflow = workflow(sources, claims, server)?;
    draft.external.set("workflow", workflow.finish());
    draft.internal.set("github", context(sources, build_type)?.finish());
    if build_type == BuildType::GithubCommunity {
        fill_event(sources, &mut draft)?;
    }
    let uri = ["git+", server, "/", claims.require("repository")?, "@", claims.require("ref")?].concat();
    draft.dependencies.push(Resource::commit(&uri, claims.require("sha")?));
    let run = Source::GithubRun.text(server, claims)?;
    draft.invocation_id = sources.text("invocationId", None)?.or(run).unwrap_or_default();
    sources.fill_run(&mut draft)?;
    Ok(draft)
}

fn check_event(sources: &Sources<'_>, claims: &Claims) -> Result<(), AttestError> {
    let refuse =
        |detail: &str, pointer: &str| Err(AttestError::new(ErrorKind::ParamsEvent, detail).at(pointer));
    let (name, event) = (claims.require("event_name")?, sources.event());
    if !EVENTS.contains(&name) {
        return refuse("expected create, push, release or workflow_dispatch", "/facts/claims/event_name");
    }
    if event.name.as_ref().is_some_and(|recorded| recorded != name) {
        return refuse("the event of the record is not that of the token", "/facts/event/name");
    }
    if event.parameter("inputs").is_some() && name != "workflow_dispatch" {
        return refuse("only workflow_dispatch has inputs", "/facts/event/inputs");
    }
    if event.parameter("release").is_some() && name != "release" {
        return refuse("only release has release values", "/facts/event/release");
    }
    Ok(())
}

/// The record may repeat what the claims say; the table of claims compares.
fn workflow(sources: &mut Sources<'_>, claims: &Claims, server: &str) -> Result<Members, AttestError> {
    let path = workflow_path(claims)?;
    let record =
        sources.record.take("workflow").map(|field| record_texts(field, ["ref", "repository", "path"]));
    let [git_ref, repository, recorded_path] = record.transpose()?.unwrap_or_default();
    let claimed = [server, "/", claims.require("repository")?].concat();
    let repository = repository.unwrap_or(claimed);
    if !repository.strip_prefix(server).is_some_and(|rest| rest.starts_with('/')) {
        let detail = "the repository is on another server than configured";
        let pointer = "/facts/record/workflow/repository";
        return Err(AttestError::new(ErrorKind::GithubServer, detail).at(pointer));
    }
    let mut workflow = Members::default();
    workflow.set_text("ref", git_ref.as_deref().unwrap_or(claims.require("ref")?));
    workflow.set_text("repository", &repository);
    workflow.set_text("path", recorded_path.as_deref().unwrap_or(path));
    Ok(workflow)
}

/// `internalParameters.github`: texts.
fn context(sources: &mut Sources<'_>, build_type: BuildType) -> Result<Members, AttestError> {
    let mut context = Members::default();
    for name in ["event_name", "repository_id", "repository_owner_id", "runner_environment"] {
        context.set_text(name, &sources.require(name, Some(name))?);
    }
    if build_type == BuildType::GithubCommunity {
        let (actor, triggering) =
            (sources.text("actor_id", None)?, sources.text("triggering_actor_id", None)?);
        let other = triggering.filter(|triggering| Some(triggering) != actor.as_ref());
        context.set_known("actor_id", actor.as_deref()).set_known("triggering_actor_id", other.as_deref());
    }
    Ok(context)
}

fn fill_event(sources: &Sources<'_>, draft: &mut Draft) -> Result<(), AttestError> {
    for name in ["inputs", "vars"] {
        if let Some(document) = sources.event().parameter(name) {
            draft.set_external(name, scalars(document.field()?)?, Word::Event);
        }
    }
    if let Some(document) = sources.event().parameter("release") {
        draft.set_external("release", release(document.object()?)?, Word::Event);
    }
    Ok(())
}

/// Values that differ from their default: empty texts, and `false`.
fn release(object: cretula_encoding::fields::Object<'_>) -> Result<Canonical, AttestError> {
    let mut members = Members::default();
    for (name, field) in object.items() {
        if !RELEASE.contains(&name.as_str()) {
            let detail = "a release has no such value";
            return Err(AttestError::new(ErrorKind::ParamsUnknown, detail).at(field.pointer));
        }
        let is_flag = matches!(name.as_str(), "draft" | "prerelease");
        match field.value.as_bool() {
            Some(true) if is_flag => drop(members.set(&name, Canonical::of(&field.value)?)),
            Some(false) if is_flag => {}
            Some(_) => return Err(not_a_value(field.pointer)),
            None if is_flag => return Err(not_a_value(field.pointer)),
            None => drop(members.set_known(&name, Some(&record_text(&field)?))),
        }
    }
    Ok(members.finish())
}

fn not_a_value(pointer: String) -> AttestError {
    AttestError::new(ErrorKind::ParamsType, "draft and prerelease are booleans, the rest is text").at(pointer)
}
