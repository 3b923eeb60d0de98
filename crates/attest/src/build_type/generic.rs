//! `container` and the build types of a host: everything by the schema.
use alloc::vec::Vec;

use cretula_encoding::fields::Field;

use super::BuildType;
use super::draft::{Draft, Word};
use super::schema::Class;
use super::sources::{Sources, missing, record_text};
use crate::canonical::Canonical;
use crate::document;
use crate::error::{AttestError, ErrorKind};
use crate::reserialize::{Rules, reserialize};
use crate::resource::{Author, Resource};

/// Fills a type that a schema describes.
///
/// # Errors
/// `facts/missing`, `params/…`, `predicate/field` for a source or image of `container` without its digest.
pub(super) fn fill(sources: &mut Sources<'_>, build_type: BuildType) -> Result<Draft, AttestError> {
    let mut draft = Draft::default();
    let schema = sources.schema;
    for parameter in schema.external() {
        let name = parameter.name.as_str();
        match parameter.class {
            Class::ControlPlane => {
                if let Some(value) = sources.record.take(name).map(|field| written(&field)).transpose()? {
                    draft.external.set_filled(name, value);
                }
            }
            Class::Recorded => fill_recorded(sources, &mut draft, name)?,
            Class::Tenant => {}
        }
    }
    for parameter in schema.internal() {
        if let Some(value) = sources.record.take(&parameter.name).map(|field| written(&field)).transpose()? {
            draft.internal.set_filled(&parameter.name, value);
        }
    }
    if build_type == BuildType::Container {
        fill_container(&mut draft)?;
    }
    draft.dependencies.extend(sources.dependencies()?.unwrap_or_default());
    draft.invocation_id = sources.text("invocationId", None)?.unwrap_or_default();
    if draft.invocation_id.is_empty() {
        return Err(missing("invocationId"));
    }
    sources.fill_run(&mut draft)?;
    Ok(draft)
}

fn written(field: &Field<'_>) -> Result<Canonical, AttestError> {
    reserialize(&field.value, Rules::PLAIN)
}

/// From the record, else from the event.
fn fill_recorded(sources: &mut Sources<'_>, draft: &mut Draft, name: &str) -> Result<(), AttestError> {
    if let Some(field) = sources.record.take(name) {
        draft.set_external(name, written(&field)?, Word::Record);
    } else if let Some(document) = sources.event().parameter(name) {
        draft.set_external(name, written(&document.field()?)?, Word::Event);
    }
    Ok(())
}

/// Source and builder image are dependencies, too.
fn fill_container(draft: &mut Draft) -> Result<(), AttestError> {
    let mut dependencies = Vec::new();
    for (name, algorithm) in [("source", None), ("builderImage", Some("sha256"))] {
        let Some((_, value)) = draft.external.entries().find(|(found, _)| *found == name) else { continue };
        let value = document::parse(value.as_str().as_bytes())?;
        let pointer = ["/facts/record/", name].concat();
        let digest = value.member("digest");
        let has_digest = match algorithm {
            Some(algorithm) => digest.and_then(|digest| digest.member(algorithm)).is_some(),
            None => digest.is_some(),
        };
        if value.member("uri").is_none() || !has_digest {
            let detail = "expected uri and digest";
            return Err(AttestError::new(ErrorKind::PredicateField, detail).at(pointer));
        }
        dependencies.push(Resource::parse(Field { value, pointer }, Author::ControlPlane)?);
    }
    check_build_config(draft)?;
    draft.dependencies = dependencies;
    Ok(())
}

/// `buildConfig`: a path and a command.
fn check_build_config(draft: &Draft) -> Result<(), AttestError> {
    let Some((_, value)) = draft.external.entries().find(|(found, _)| *found == "buildConfig") else {
        return Ok(());
    };
    let field = Field {
        value: document::parse(value.as_str().as_bytes())?,
        pointer: "/facts/record/buildConfig".into(),
    };
    let mut object = field.object()?;
    object
        .require("ArtifactPath")
        .and_then(|field| field.text())
        .map_err(AttestError::from)
        .map_err(not_a_config)?;
    for item in object.require("Command").map_err(AttestError::from).map_err(not_a_config)?.items()? {
        record_text(&item?)?;
    }
    object.finish().map_err(AttestError::from).map_err(not_a_config)
}

fn not_a_config(error: AttestError) -> AttestError {
    AttestError { kind: ErrorKind::ParamsType, ..error }
}
