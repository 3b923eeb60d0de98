//! Typed predicates: checked member by member, and written again in canonical form.
use cretula_encoding::fields::Field;
use cretula_encoding::json::Value;
use cretula_verify::shape;

use super::request::TypedContent;
use super::{Kind, ai, shapes};
use crate::canonical::Canonical;
use crate::error::{AttestError, ErrorKind};
use crate::reserialize::{Rules, reserialize};
use crate::resource::{Author, Resource};
use crate::timestamp;
use crate::uri::is_type_uri;

/// Members that stay although they are empty, and members that are times.
const RULES: Rules = Rules {
    keep: &["configuration", "properties", "result", "severity"],
    times: &["lastUpdate", "scanFinishedOn", "scanStartedOn", "timeCreated"],
};

/// Builds a typed predicate.
///
/// # Errors
/// `predicate/field`, `time/format`, `time/order`, `input/…` inside a resource descriptor.
pub(crate) fn build_typed(content: &TypedContent) -> Result<Canonical, AttestError> {
    let field = content.content.field()?;
    if content.kind == Kind::Ai {
        return ai::check_ai(&field);
    }
    check_shape(&field, content.kind)?;
    check_resources(&field)?;
    let value = field.value;
    match content.kind {
        Kind::Release => check_purl(&value)?,
        Kind::Svr => check_verifier(&value)?,
        Kind::TestResult => check_result(&value)?,
        Kind::Vulns => check_scan(&value)?,
        Kind::Ai | Kind::CosignSign | Kind::Scai => {}
        Kind::Cyclonedx | Kind::Provenance | Kind::Raw | Kind::Spdx | Kind::Spdx3 | Kind::Vsa => {}
    }
    reserialize(&value, RULES)
}

/// Members and their types.
pub(super) fn check_shape(field: &Field<'_>, kind: Kind) -> Result<(), AttestError> {
    let Some(table) = shapes::of(kind) else { return Ok(()) };
    shape::check(field.value, table).map_err(|error| {
        let pointer = [field.pointer.as_str(), &error.pointer].concat();
        AttestError::new(ErrorKind::PredicateField, error.kind.detail()).at(pointer)
    })
}

/// Reads every resource descriptor: members of these names hold one, or a list of them.
fn check_resources(field: &Field<'_>) -> Result<(), AttestError> {
    const HOLDERS: [&str; 5] = ["configuration", "evidence", "policies", "producer", "target"];
    let mut object = field.clone().object()?;
    for name in HOLDERS {
        object.take(name).map_or(Ok(()), read_resources)?;
    }
    if let Some(verifier) = object.take("verifier") {
        verifier.object()?.take("policies").map_or(Ok(()), read_resources)?;
    }
    let Some(attributes) = object.take("attributes") else { return Ok(()) };
    for attribute in attributes.items()? {
        let mut attribute = attribute?.object()?;
        for name in HOLDERS {
            attribute.take(name).map_or(Ok(()), read_resources)?;
        }
    }
    Ok(())
}

pub(super) fn read_resources(field: Field<'_>) -> Result<(), AttestError> {
    if field.value.elements().is_none() {
        return Resource::parse(field, Author::ControlPlane).map(drop);
    }
    for item in field.items()? {
        Resource::parse(item?, Author::ControlPlane)?;
    }
    Ok(())
}

fn refuse(detail: &str, pointer: &str) -> Result<(), AttestError> {
    Err(AttestError::new(ErrorKind::PredicateField, detail).at(["/predicate/content", pointer].concat()))
}

/// A package URL with a version.
fn check_purl(value: &Value<'_>) -> Result<(), AttestError> {
    let purl = value.member("purl").and_then(|purl| purl.as_text()).unwrap_or_default();
    let path = purl.split(['?', '#']).next().unwrap_or_default();
    let parts = path.strip_prefix("pkg:").and_then(|path| path.rsplit_once('@'));
    let has_version = parts.is_some_and(|(name, version)| {
        name.split_once('/').is_some_and(|(package_type, name)| !package_type.is_empty() && !name.is_empty())
            && !version.is_empty()
            && !version.contains('/')
    });
    if has_version && is_type_uri(&purl) {
        Ok(())
    } else {
        refuse("expected a package URL with a version", "/purl")
    }
}

fn check_verifier(value: &Value<'_>) -> Result<(), AttestError> {
    let id = value.member("verifier").and_then(|verifier| verifier.member("id")).and_then(|id| id.as_text());
    if id.is_some_and(|id| is_type_uri(&id)) { Ok(()) } else { refuse("expected a URI", "/verifier/id") }
}

fn check_result(value: &Value<'_>) -> Result<(), AttestError> {
    let has_failed = value.member("failedTests").and_then(|list| list.elements()?.next()).is_some();
    let passed =
        value.member("result").and_then(|result| result.as_text()).is_some_and(|result| result == "PASSED");
    if passed && has_failed { refuse("a result with a failed test is not PASSED", "/result") } else { Ok(()) }
}

fn check_scan(value: &Value<'_>) -> Result<(), AttestError> {
    let metadata = value.member("metadata");
    let time = |name: &str| {
        let pointer = ["/predicate/content/metadata/", name].concat();
        let member = metadata.and_then(|metadata| metadata.member(name));
        member.map(|member| timestamp::parse(&member, &pointer)).transpose()
    };
    let (start, end) = (time("scanStartedOn")?, time("scanFinishedOn")?);
    timestamp::check_order(start, end, "/predicate/content/metadata/scanFinishedOn")
}
