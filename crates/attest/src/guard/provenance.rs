//! Provenance: built again from the host's facts, and compared byte for byte (G6).
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::json::{Kind, Value};

use super::attestation::Payload;
use super::{Authorisation, under};
use crate::admission::Admitted;
use crate::build_type::{Schema, build_provenance, schema_of};
use crate::canonical::{Canonical, Members};
use crate::error::{AttestError, ErrorKind};
use crate::limits::Limits;
use crate::resource::ORIGIN;
use crate::tenant::TenantClaims;

/// The `builder.id` of a predicate that says what the facts say. A tenant's own words come from the message, and pass the
/// checks that those of a request pass; everything else comes from the authorisation.
///
/// # Errors
/// `guard/claims`.
pub(super) fn check_provenance(
    authorisation: &Authorisation,
    admitted: &Admitted<'_>,
    statement: &Payload<'_>,
    limits: &Limits,
) -> Result<String, AttestError> {
    let (config, facts) = (&authorisation.config, &authorisation.facts);
    let refuse = under(ErrorKind::GuardClaims);
    let uri = admitted.mode.build_type.as_deref().unwrap_or_default();
    let schema = schema_of(config, uri).map_err(&refuse)?;
    let tenant = tenant_of(statement, schema.as_deref(), limits).map_err(&refuse)?;
    let built = build_provenance(admitted, config, facts, &tenant, limits).map_err(&refuse)?;
    if built.text.as_str() == statement.predicate.source() {
        return Ok(built.builder_id);
    }
    let pointer = difference(&built.text, &statement.predicate);
    Err(AttestError::new(ErrorKind::GuardClaims, "the predicate is not what the facts give").at(pointer))
}

/// Pointer to the part of the predicate that differs, as far as its two outer levels go.
fn difference(expected: &Canonical, found: &Value<'_>) -> String {
    let Ok(expected) = crate::document::parse_built(expected) else { return String::from("/predicate") };
    for part in ["buildDefinition", "runDetails"] {
        let (Some(left), Some(right)) = (expected.member(part), found.member(part)) else { continue };
        let mut names = left.members().into_iter().flatten().map(|(name, _)| name);
        if let Some(name) = names.find(|name| written(left.member(name)) != written(right.member(name))) {
            return ["/predicate/", part, "/", &name].concat();
        }
    }
    String::from("/predicate")
}

fn written<'v>(value: Option<Value<'v>>) -> Option<&'v str> {
    value.map(|value| value.source())
}

/// What the message has of a tenant, read as the tenant's part of a request.
fn tenant_of(
    statement: &Payload<'_>,
    schema: Option<&Schema>,
    limits: &Limits,
) -> Result<TenantClaims, AttestError> {
    let definition = statement.predicate.member("buildDefinition");
    let external = definition.and_then(|definition| definition.member("externalParameters"));
    let dependencies = definition.and_then(|definition| definition.member("resolvedDependencies"));
    let byproducts =
        statement.predicate.member("runDetails").and_then(|details| details.member("byproducts"));
    let mut declared = Members::default();
    for (name, value) in external.and_then(|external| external.members()).into_iter().flatten() {
        if schema.is_some_and(|schema| schema.declares(&name)) {
            declared.set(&name, Canonical::of(&value)?);
        }
    }
    let mut tenant = Members::default();
    tenant.set("subjects", Canonical::embedded(&statement.subject));
    tenant.set("resolvedDependencies", of_tenant(dependencies)?);
    tenant.set("byproducts", of_tenant(byproducts)?);
    tenant.set("declared", declared.finish());
    TenantClaims::parse(tenant.finish().as_str().as_bytes(), limits)
}

/// Entries that are marked as the tenant's, without the mark.
fn of_tenant(list: Option<Value<'_>>) -> Result<Canonical, AttestError> {
    let mut entries = Vec::new();
    for entry in list.and_then(|list| list.elements()).into_iter().flatten() {
        let annotations = entry.member("annotations").filter(|value| value.kind() == Kind::Object);
        let Some(annotations) = annotations.filter(|annotations| annotations.member(ORIGIN).is_some()) else {
            continue;
        };
        let mut members = copy(&entry, "annotations")?;
        members.set_filled("annotations", copy(&annotations, ORIGIN)?.finish());
        entries.push(members.finish());
    }
    Ok(Canonical::list(&entries))
}

/// All members but one.
fn copy(object: &Value<'_>, without: &str) -> Result<Members, AttestError> {
    let mut members = Members::default();
    for (name, value) in object.members().into_iter().flatten().filter(|(name, _)| name != without) {
        members.set(&name, Canonical::of(&value)?);
    }
    Ok(members)
}
