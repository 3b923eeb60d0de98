//! Predicates whose bytes are embedded unchanged, so that numbers and order of a document survive.
use alloc::string::{String, ToString};

use cretula_encoding::json::{Kind as JsonKind, Value};

use super::Kind;
use crate::canonical::Canonical;
use crate::document;
use crate::error::{AttestError, ErrorKind};
use crate::limits::Limits;
use crate::uri::is_type_uri;

/// Types that only typed predicates may have.
pub(crate) const RESERVED: &str = "https://slsa.dev/";

/// A predicate and its type.
pub(crate) struct Embedded {
    pub(crate) predicate_type: String,
    pub(crate) text: Canonical,
}

/// A document in a known format.
///
/// # Errors
/// `predicate/field` for a member that the format demands, or a type that is not the format's; those of [`build_raw`].
pub(crate) fn build_checked_raw(
    kind: Kind,
    chosen: Option<&str>,
    content: &[u8],
    limits: &Limits,
) -> Result<Embedded, AttestError> {
    let value = parse(content, limits)?;
    let version = match kind {
        Kind::Spdx => Some(spdx_version(&value)?),
        Kind::Cyclonedx => Some(cyclonedx_version(&value)?),
        Kind::Spdx3 => check_spdx3(&value).map(|()| None)?,
        Kind::Ai | Kind::CosignSign | Kind::Provenance | Kind::Raw | Kind::Release | Kind::Scai => None,
        Kind::Svr | Kind::TestResult | Kind::Vsa | Kind::Vulns => None,
    };
    let plain = kind.predicate_type().unwrap_or_default();
    let versioned = version.map(|version| [plain, "/v", &version].concat());
    let predicate_type = chosen.unwrap_or(plain);
    if predicate_type != plain && Some(predicate_type) != versioned.as_deref() {
        let detail = "expected the type of the format, or that of its version";
        return Err(AttestError::new(ErrorKind::PredicateField, detail).at("/predicate/type"));
    }
    Ok(Embedded { predicate_type: predicate_type.to_string(), text: Canonical::embedded(&value) })
}

/// Any object under a type of the caller.
///
/// # Errors
/// `predicate/type`, `predicate/reserved`, `predicate/field` if it is no object, `limits/predicate-depth`, `input/…`.
pub(crate) fn build_raw(
    predicate_type: &str,
    content: &[u8],
    limits: &Limits,
) -> Result<Embedded, AttestError> {
    if !is_type_uri(predicate_type) {
        let detail = "expected a URI with lower-case scheme and authority";
        return Err(AttestError::new(ErrorKind::PredicateType, detail).at("/predicate/type"));
    }
    if predicate_type.starts_with(RESERVED) {
        let detail = "predicates of SLSA are built, not taken";
        return Err(AttestError::new(ErrorKind::PredicateReserved, detail).at("/predicate/type"));
    }
    let value = parse(content, limits)?;
    Ok(Embedded { predicate_type: predicate_type.to_string(), text: Canonical::embedded(&value) })
}

/// The statement is one level, and its whole depth is what a verifier bounds.
fn parse<'c>(content: &'c [u8], limits: &Limits) -> Result<Value<'c>, AttestError> {
    let max_depth = limits.predicate_depth.saturating_sub(1);
    document::parse_predicate(content, max_depth).map_err(|error| error.at("/predicate/content"))
}

fn text(value: &Value<'_>, name: &str) -> Result<String, AttestError> {
    value
        .member(name)
        .and_then(|member| member.as_text())
        .map(|text| text.to_string())
        .ok_or_else(|| wrong(name))
}

fn wrong(name: &str) -> AttestError {
    let detail = "the format demands this member";
    AttestError::new(ErrorKind::PredicateField, detail).at(["/predicate/content/", name].concat())
}

fn spdx_version(value: &Value<'_>) -> Result<String, AttestError> {
    text(value, "SPDXID")?;
    let is_object = |member: Value<'_>| member.kind() == JsonKind::Object;
    if !value.member("creationInfo").is_some_and(is_object) {
        return Err(wrong("creationInfo"));
    }
    let version = text(value, "spdxVersion")?;
    let number = version.strip_prefix("SPDX-").filter(|number| number.starts_with("2."));
    number.map(String::from).ok_or_else(|| wrong("spdxVersion"))
}

fn cyclonedx_version(value: &Value<'_>) -> Result<String, AttestError> {
    if text(value, "bomFormat")? != "CycloneDX" {
        return Err(wrong("bomFormat"));
    }
    text(value, "specVersion")
}

fn check_spdx3(value: &Value<'_>) -> Result<(), AttestError> {
    value.member("@context").ok_or_else(|| wrong("@context"))?;
    let graph = value.member("@graph").ok_or_else(|| wrong("@graph"))?;
    graph.elements().map(|_| ()).ok_or_else(|| wrong("@graph"))
}
