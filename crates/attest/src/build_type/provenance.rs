//! SLSA provenance v1, put together and checked.
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use cretula_encoding::fields::Field;

use super::draft::{Draft, Word};
use super::schema::Schema;
use super::sources::Sources;
use super::{BuildType, generic, github, gitlab, schema_of};
use crate::admission::Admitted;
use crate::base::BASE;
use crate::canonical::{Canonical, Members};
use crate::claim_table::match_predicate;
use crate::config::{AiForm, Config};
use crate::document;
use crate::error::{AttestError, ErrorKind};
use crate::facts::{ControlPlaneFacts, EVENT_PARAMETERS};
use crate::limits::Limits;
use crate::parameters::ParameterCheck;
use crate::predicate::check_ai;
use crate::reserialize::{Rules, reserialize};
use crate::resource::Resource;
use crate::tenant::TenantClaims;
use crate::timestamp;

/// The extension that says what an AI tool did.
const AI: &str = "cretula_ai";

/// A provenance predicate.
pub(crate) struct Provenance {
    pub(crate) text: Canonical,
    pub(crate) build_type: String,
    pub(crate) builder_id: String,
    /// Whether every parameter of the build is in it.
    pub(crate) complete: bool,
}

/// Builds the predicate from what both sides say.
///
/// # Errors
/// `facts/…`, `claims/predicate-mismatch`, `params/…`, `secret/…`, `tenant/forbidden-field`, `limits/…`, `time/…`.
pub(crate) fn build_provenance(
    admitted: &Admitted<'_>,
    config: &Config,
    facts: &ControlPlaneFacts,
    tenant: &TenantClaims,
    limits: &Limits,
) -> Result<Provenance, AttestError> {
    let mode = admitted.mode;
    let uri = mode.build_type.as_deref().ok_or_else(|| not_configured("the mode has no build type"))?;
    let builder_id =
        admitted.builder_id.clone().ok_or_else(|| not_configured("the mode has no builder.id"))?;
    let schema = schema_of(config, uri)?
        .ok_or_else(|| not_configured("there is no schema for the build type of the mode"))?;
    let mut sources = Sources {
        facts,
        tenant,
        limits,
        mode,
        schema: &schema,
        issuer: admitted.issuer,
        record: facts.record()?,
    };
    let build_type = BuildType::of(uri);
    let mut draft = fill(&mut sources, build_type)?;
    sources.finish()?;
    fill_declared(&sources, &mut draft)?;
    check(&sources, &draft, build_type)?;
    let complete = schema.complete() || build_type == BuildType::GithubActions && sources.event().is_plain();
    let text = assemble(&sources, &mut draft, build_type, &builder_id)?;
    if let (Some(issuer), Some(claims)) = (admitted.issuer, sources.claims()) {
        let predicate = document::parse_built(&text)?;
        match_predicate(issuer.provider, build_type.paths(), &issuer.server, claims, &predicate)?;
    }
    Ok(Provenance { text, build_type: uri.to_string(), builder_id, complete })
}

fn not_configured(detail: &str) -> AttestError {
    AttestError::new(ErrorKind::FactsMissing, detail).at("/mode")
}

fn fill(sources: &mut Sources<'_>, build_type: BuildType) -> Result<Draft, AttestError> {
    match build_type {
        BuildType::GithubActions | BuildType::GithubCommunity => github::fill(sources, build_type),
        BuildType::GitlabControlPlane => gitlab::fill_control_plane(sources),
        BuildType::GitlabCompat => gitlab::fill_compat(sources),
        BuildType::Container | BuildType::HostDefined => generic::fill(sources, build_type),
    }
}

/// Extensions are external parameters, and always the tenant's word.
fn fill_declared(sources: &Sources<'_>, draft: &mut Draft) -> Result<(), AttestError> {
    for (name, field) in sources.tenant.declared()?.items() {
        let is_admitted =
            name != AI || sources.mode.ai == AiForm::Parameter && sources.schema.is_extension(&name);
        if !sources.schema.declares(&name) || !is_admitted {
            let detail = "the build type of the mode declares no such extension";
            return Err(AttestError::new(ErrorKind::TenantForbiddenField, detail).at(field.pointer));
        }
        let value = if name == AI { check_ai(&field)? } else { reserialize(&field.value, Rules::PLAIN)? };
        draft.set_external(&name, value, Word::Tenant);
    }
    Ok(())
}

fn check(sources: &Sources<'_>, draft: &Draft, build_type: BuildType) -> Result<(), AttestError> {
    if let Some(name) = draft.external.names().find(|name| draft.internal.contains(name)) {
        let detail = "external and internal parameters share this name";
        return Err(AttestError::new(ErrorKind::ParamsDuplicateName, detail).at([
            "/internalParameters/",
            name,
        ]
        .concat()));
    }
    sources.schema.check_external(&draft.external)?;
    sources.schema.check_internal(&draft.internal)?;
    check_complete(sources, draft, build_type)?;
    let mut check = ParameterCheck {
        limits: sources.limits,
        allow_names: &sources.mode.allow_names,
        masked: sources.facts.masked(),
        names: 0,
    };
    for (members, pointer) in
        [(&draft.external, "/externalParameters"), (&draft.internal, "/internalParameters")]
    {
        let text = members.finish();
        check.check(Field { value: document::parse_built(&text)?, pointer: pointer.to_string() })?;
    }
    Ok(())
}

/// What the event held is in the predicate. Release values that are all defaults are no parameters.
fn check_complete(sources: &Sources<'_>, draft: &Draft, build_type: BuildType) -> Result<(), AttestError> {
    if !sources.schema.complete() || build_type == BuildType::GithubCommunity {
        return Ok(());
    }
    let is_lost = |name: &&str| sources.event().parameter(name).is_some() && !draft.external.contains(name);
    match EVENT_PARAMETERS.iter().find(|name| is_lost(name)) {
        Some(name) => {
            let detail = "the event holds a parameter that the predicate lacks";
            Err(AttestError::new(ErrorKind::ParamsIncomplete, detail).at(["/facts/event/", name].concat()))
        }
        None => Ok(()),
    }
}

fn is_own(schema: &Schema) -> bool {
    schema.build_type().strip_prefix(BASE).is_some_and(|rest| rest.starts_with('/'))
}

fn assemble(
    sources: &Sources<'_>,
    draft: &mut Draft,
    build_type: BuildType,
    builder_id: &str,
) -> Result<Canonical, AttestError> {
    let says_origins = is_own(sources.schema) || sources.mode.origins || draft.external.contains(AI);
    if says_origins {
        let origins = draft.origins.finish();
        draft.internal.set_filled("cretula_origins", origins);
    }
    let mut definition = Members::default();
    definition.set_text("buildType", sources.schema.build_type());
    definition.set("externalParameters", draft.external.finish());
    definition.set_filled("internalParameters", draft.internal.finish());
    definition.set_filled("resolvedDependencies", dependencies(sources, draft)?);
    let mut predicate = Members::default();
    predicate.set("buildDefinition", definition.finish());
    predicate.set("runDetails", run_details(sources, draft, build_type, builder_id).finish());
    Ok(predicate.finish())
}

/// Those of the control plane first, in their order.
fn dependencies(sources: &Sources<'_>, draft: &mut Draft) -> Result<Canonical, AttestError> {
    let mut all = core::mem::take(&mut draft.dependencies);
    all.extend(sources.tenant.dependencies().iter().cloned());
    let limit = sources.limits.resolved_dependencies;
    if all.len() > limit {
        let detail = alloc::format!("at most {limit} are allowed");
        return Err(
            AttestError::new(ErrorKind::LimitResolvedDependencies, detail).at("/tenant/resolvedDependencies")
        );
    }
    Ok(texts(all))
}

fn texts(resources: Vec<Resource>) -> Canonical {
    let texts: Vec<_> = resources.into_iter().map(Resource::into_text).collect();
    Canonical::list(&texts)
}

fn run_details(sources: &Sources<'_>, draft: &Draft, build_type: BuildType, builder_id: &str) -> Members {
    let mut builder = Members::default();
    builder.set_text("id", builder_id).set_filled("version", draft.builder_version.finish());
    if build_type != BuildType::GitlabCompat {
        let mut tools = Vec::from([Resource::named("cretula.wasm", sources.facts.module_digest())]);
        if is_own(sources.schema) {
            tools.push(Resource::named("build-type-schema", sources.schema.digest()));
        }
        builder.set("builderDependencies", texts(tools));
    }
    let mut metadata = Members::default();
    metadata.set_text("invocationId", &draft.invocation_id);
    metadata.set_known("startedOn", draft.started.map(timestamp::encode).as_deref());
    metadata.set_known("finishedOn", draft.finished.map(timestamp::encode).as_deref());
    let mut details = Members::default();
    details.set("builder", builder.finish()).set("metadata", metadata.finish());
    details.set_filled("byproducts", texts(sources.tenant.byproducts().to_vec()));
    details
}
