//! `gitlab-control-plane` and `gitlab-compat`: from the control plane's database, with or without an ID token.
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::fields::FieldErrorKind;

use super::draft::{Draft, Word};
use super::sources::{Sources, missing, record_text, record_texts, scalars};
use crate::canonical::{Canonical, Members};
use crate::claim_table::Source;
use crate::document::MAX_INTEGER;
use crate::error::{AttestError, ErrorKind};
use crate::git_ref::{config_parts, config_project, gitlab_ref};
use crate::resource::Resource;

/// Members of `internalParameters.gitlab`, the claims that say the same, and whether they must be known.
const CONTEXT: [(&str, Option<&str>, bool); 12] = [
    ("projectId", Some("project_id"), true),
    ("namespaceId", Some("namespace_id"), true),
    ("pipelineId", Some("pipeline_id"), true),
    ("jobId", Some("job_id"), true),
    ("runnerId", Some("runner_id"), true),
    ("runnerEnvironment", Some("runner_environment"), true),
    ("pipelineSource", Some("pipeline_source"), true),
    ("refProtected", Some("ref_protected"), true),
    ("environment", Some("environment"), false),
    ("deploymentTier", Some("deployment_tier"), false),
    ("executor", None, false),
    ("architecture", None, false),
];

/// A URI and a ref of it.
struct Located {
    uri: String,
    git_ref: String,
}

/// Fills the control plane's own type.
///
/// # Errors
/// `facts/…`, `params/…`, `claims/…`, `gitlab/ref-type`.
pub(super) fn fill_control_plane(sources: &mut Sources<'_>) -> Result<Draft, AttestError> {
    let mut draft = Draft::default();
    let source = source(sources)?;
    let config = config(sources, &source)?;
    draft.external.set("source", located(&source)).set("config", located(&config));
    draft.external.set_text("job", &sources.require("job", None)?);
    fill_recorded(sources, &mut draft, "inputs")?;
    fill_recorded(sources, &mut draft, "variables")?;
    draft.external.set_filled("maskedVariables", masked_variables(sources)?);
    let predefined = sources.record.take("predefined").map(scalars).transpose()?;
    if let Some(predefined) = predefined {
        draft.internal.set_filled("predefined", predefined);
    }
    draft.dependencies = dependencies(sources, &source, &config)?;
    draft.invocation_id = invocation(sources)?;
    draft.internal.set("gitlab", context(sources)?.finish());
    sources.fill_run(&mut draft)?;
    Ok(draft)
}

/// Fills the type of GitLab's own generator.
///
/// # Errors
/// As [`fill_control_plane`].
pub(super) fn fill_compat(sources: &mut Sources<'_>) -> Result<Draft, AttestError> {
    let mut draft = Draft::default();
    let project = project(sources)?;
    let source = sources.text("source", None)?.or(project).ok_or_else(|| missing("source"))?;
    draft.external.set_text("source", &source);
    draft.external.set_text("entryPoint", &sources.require("entryPoint", None)?);
    fill_recorded(sources, &mut draft, "variables")?;
    for name in ["architecture", "executor", "name"] {
        draft.internal.set_text(name, &sources.require(name, None)?);
    }
    let job = sources.require("job", Some("job_id"))?;
    let number = job.parse::<u64>().ok().filter(|number| *number <= MAX_INTEGER).ok_or_else(|| {
        AttestError::new(ErrorKind::ParamsType, "a job id is an integer").at("/facts/record/job")
    })?;
    draft.internal.set("job", Canonical::uint(number));
    draft.dependencies = match (sources.dependencies()?, sources.claim("sha")) {
        (Some(recorded), _) => recorded,
        (None, Some(commit)) => Vec::from([Resource::commit(&source, commit)]),
        (None, None) => return Err(missing("resolvedDependencies")),
    };
    check_source_entry(&draft.dependencies, &source)?;
    draft.invocation_id = sources.text("invocationId", None)?.unwrap_or(job);
    sources.fill_run(&mut draft)?;
    match (draft.started, draft.finished) {
        (Some(_), Some(_)) => Ok(draft),
        (None, _) => Err(missing("startedOn")),
        (Some(_), None) => Err(missing("finishedOn")),
    }
}

/// URL of the project, from the claims.
fn project(sources: &Sources<'_>) -> Result<Option<String>, AttestError> {
    let path = sources.claim("project_path");
    path.map(|path| Ok([sources.server()?, "/", path].concat())).transpose()
}

fn source(sources: &mut Sources<'_>) -> Result<Located, AttestError> {
    let record =
        sources.record.take("source").map(|field| record_texts(field, ["uri", "ref"])).transpose()?;
    let [uri, git_ref] = record.unwrap_or_default();
    let uri = match uri {
        Some(uri) => uri,
        None => ["git+", &project(sources)?.ok_or_else(|| missing("source"))?].concat(),
    };
    let git_ref = match (git_ref, sources.claims()) {
        (Some(git_ref), _) => git_ref,
        (None, Some(claims)) => gitlab_ref(claims)?,
        (None, None) => return Err(missing("source/ref")),
    };
    Ok(Located { uri, git_ref })
}

fn config(sources: &mut Sources<'_>, source: &Located) -> Result<Located, AttestError> {
    let record =
        sources.record.take("config").map(|field| record_texts(field, ["uri", "ref"])).transpose()?;
    if let Some([uri, git_ref]) = record {
        let (uri, git_ref) =
            (uri.ok_or_else(|| missing("config/uri"))?, git_ref.ok_or_else(|| missing("config/ref"))?);
        return Ok(Located { uri, git_ref });
    }
    let claim = sources.claim("ci_config_ref_uri").ok_or_else(|| missing("config"))?;
    let (uri, git_ref) = config_parts(claim, &source.git_ref)?;
    Ok(Located { uri, git_ref })
}

fn located(place: &Located) -> Canonical {
    let mut members = Members::default();
    members.set_text("uri", &place.uri).set_text("ref", &place.git_ref).finish()
}

/// A map of the record, else of the event.
fn fill_recorded(sources: &mut Sources<'_>, draft: &mut Draft, name: &str) -> Result<(), AttestError> {
    if let Some(field) = sources.record.take(name) {
        draft.set_external(name, scalars(field)?, Word::Record);
    } else if let Some(document) = sources.event().parameter(name) {
        draft.set_external(name, scalars(document.field()?)?, Word::Event);
    }
    Ok(())
}

/// Names, sorted, each once.
fn masked_variables(sources: &mut Sources<'_>) -> Result<Canonical, AttestError> {
    let mut names = BTreeSet::new();
    if let Some(list) = sources.record.take("maskedVariables") {
        for item in list.items()? {
            names.insert(item?.text()?);
        }
    }
    let names: Vec<_> = names.iter().map(|name| Canonical::text(name)).collect();
    Ok(Canonical::list(&names))
}

fn context(sources: &mut Sources<'_>) -> Result<Members, AttestError> {
    let mut context = Members::default();
    for (name, claim, is_required) in CONTEXT {
        match sources.text(name, claim)?.filter(|text| !text.is_empty()) {
            Some(text) => drop(context.set_text(name, &text)),
            None if is_required => return Err(missing(name)),
            None => {}
        }
    }
    Ok(context)
}

/// Source and configuration: one entry if repository and commit are the same.
fn dependencies(
    sources: &mut Sources<'_>,
    source: &Located,
    config: &Located,
) -> Result<Vec<Resource>, AttestError> {
    let source_uri = [source.uri.as_str(), "@", &source.git_ref].concat();
    let dependencies = match (sources.dependencies()?, sources.claim("sha")) {
        (Some(recorded), _) => recorded,
        (None, None) => return Err(missing("resolvedDependencies")),
        (None, Some(commit)) => {
            let mut dependencies = Vec::from([Resource::commit(&source_uri, commit)]);
            let project = config_project(&config.uri).map(|project| ["git+", project].concat());
            let config_commit = sources.claim("ci_config_sha").unwrap_or(commit);
            if let Some(project) = project.filter(|project| *project != source.uri || config_commit != commit)
            {
                let uri = [&project, "@", config.git_ref.as_str()].concat();
                dependencies.push(Resource::commit(&uri, config_commit));
            }
            dependencies
        }
    };
    check_source_entry(&dependencies, &source_uri)?;
    Ok(dependencies)
}

/// The first entry is always the source, with a digest.
fn check_source_entry(dependencies: &[Resource], uri: &str) -> Result<(), AttestError> {
    let is_source = |entry: &Resource| entry.uri() == uri && !entry.digest().is_empty();
    if dependencies.first().is_some_and(is_source) { Ok(()) } else { Err(missing("resolvedDependencies/0")) }
}

/// URL of the job: a retry has another one.
fn invocation(sources: &mut Sources<'_>) -> Result<String, AttestError> {
    if let Some(field) = sources.record.take("invocationId") {
        let text = record_text(&field)?;
        return if text.is_empty() {
            Err(field.error(FieldErrorKind::Type("a URL")).into())
        } else {
            Ok(text)
        };
    }
    let claims = sources.claims().ok_or_else(|| missing("invocationId"))?;
    Source::GitlabJob.text(sources.server()?, claims)?.ok_or_else(|| missing("invocationId"))
}
