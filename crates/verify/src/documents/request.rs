//! `cretula/verify-request/v1`: strict, every member typed, each error with its place.

use crate::refusal::Failure;
use crate::request::{Artifact, Expectations, ManagedKey, ManagedKeyParts, Options, Request};
use alloc::{format, vec::Vec};
use cretula_encoding::{
    fields::{Field, FieldError, FieldErrorKind, Object},
    json::{self, JsonErrorKind, JsonLimits},
    limits::Limits,
    text,
    time::TimeRange,
};

/// Largest request: 16 MiB of bundle and 16 MiB of artifact bytes in base64, and the rest.
const MAX_REQUEST_BYTES: usize = 48 << 20;
/// Nesting of the request itself; documents inside are base64.
const LIMITS: JsonLimits = JsonLimits { max_depth: 32, max_members: 4096, max_string_bytes: 24 << 20 };

/// How much of the report the caller wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportForm {
    /// Everything.
    Full,
    /// For decision logs.
    Short,
}

/// Reads a request.
///
/// # Errors
/// `input/…` with the pointer of the member at fault; `limits/…` for a bound of the request itself.
pub fn parse_request(document: &[u8]) -> Result<(Request, ReportForm), Failure> {
    if document.len() > MAX_REQUEST_BYTES {
        return Err(Failure::new("input/too-large", "a verify request has at most 48 MiB"));
    }
    let value = json::parse(document, &LIMITS).map_err(syntax_failure)?;
    let mut root = Field::root(value).object().map_err(field_failure)?;
    schema(&mut root, "cretula/verify-request/v1")?;
    if let Some(container) = root.take("container") {
        return Err(unsupported(&container, "containers are not read by this version: pass one bundle"));
    }
    if let Some(blobs) = root.take("blobs") {
        return Err(unsupported(&blobs, "blobs belong to containers, which this version does not read"));
    }
    let bundle = bytes(&mut root, "bundle")?;
    let trust = root.require("trust").map_err(field_failure)?.object().map_err(field_failure)?;
    let policy = bytes(&mut root, "policy")?;
    let (options, form) = options(root.take("options"))?;
    let (roots, keys) = trust_material(trust, &options.limits)?;
    let artifacts = artifacts(root.take("artifacts"), &options.limits)?;
    root.finish().map_err(field_failure)?;
    Ok((Request { bundle, roots, keys, policy, artifacts, options }, form))
}

fn schema(root: &mut Object<'_>, expected: &'static str) -> Result<(), Failure> {
    let field = root.require("schema").map_err(field_failure)?;
    field.one_of(&[expected]).map(|_| ()).map_err(field_failure)
}

fn unsupported(field: &Field<'_>, detail: &str) -> Failure {
    Failure::new("input/unsupported", detail).at(field.pointer.clone())
}

fn bytes(object: &mut Object<'_>, name: &str) -> Result<Vec<u8>, Failure> {
    object.require(name).and_then(|field| field.bytes()).map_err(field_failure)
}

fn trust_material(
    mut trust: Object<'_>,
    limits: &Limits,
) -> Result<(Vec<Vec<u8>>, Vec<ManagedKey>), Failure> {
    let mut roots = Vec::new();
    for field in items(trust.take("roots"), limits.trusted_roots, "limits/trusted-roots")? {
        roots.push(field.bytes().map_err(field_failure)?);
    }
    let mut keys = Vec::new();
    for field in items(trust.take("keys"), limits.managed_keys, "limits/managed-keys")? {
        keys.push(managed_key(field)?);
    }
    trust.finish().map_err(field_failure)?;
    Ok((roots, keys))
}

/// The elements of a list that is not empty and not longer than a limit; an absent list has none.
fn items<'a>(field: Option<Field<'a>>, max: usize, code: &'static str) -> Result<Vec<Field<'a>>, Failure> {
    let Some(field) = field else { return Ok(Vec::new()) };
    match field.count().map_err(field_failure)? {
        0 => {
            let detail = "expected at least one element; leave the member out for none";
            Err(Failure::new("input/type", detail).at(field.pointer))
        }
        present if present > max => {
            Err(Failure::new(code, format!("at most {max} are allowed, {present} were given"))
                .at(field.pointer))
        }
        _ => field.list().map_err(field_failure),
    }
}

fn managed_key(field: Field<'_>) -> Result<ManagedKey, Failure> {
    let pointer = field.pointer.clone();
    let mut object = field.object().map_err(field_failure)?;
    let id = object.require("id").and_then(|id| id.text()).map_err(field_failure)?;
    let key = bytes(&mut object, "key")?;
    let mut text = |name| object.take(name).map(|field| field.text()).transpose().map_err(field_failure);
    let (key_details, encoding, usage) = (text("keyDetails")?, text("encoding")?, text("usage")?);
    let valid_for = object.take("validFor").map(time_range).transpose()?;
    object.finish().map_err(field_failure)?;
    let parts = ManagedKeyParts {
        id: &id,
        key: &key,
        key_details: key_details.as_deref(),
        encoding: encoding.as_deref(),
        usage: usage.as_deref(),
        valid_for,
    };
    ManagedKey::parse(&parts).map_err(|failure| failure.at(pointer))
}

fn time_range(field: Field<'_>) -> Result<TimeRange, Failure> {
    let mut object = field.object().map_err(field_failure)?;
    let mut instant = |name| object.take(name).map(|field| field.time()).transpose().map_err(field_failure);
    let range = TimeRange { start: instant("start")?, end: instant("end")? };
    object.finish().map_err(field_failure)?;
    Ok(range)
}

fn artifacts(field: Option<Field<'_>>, limits: &Limits) -> Result<Vec<Artifact>, Failure> {
    let mut total_bytes = 0_usize;
    let mut artifacts = Vec::new();
    for field in items(field, limits.artifacts, "limits/artifacts")? {
        let pointer = field.pointer.clone();
        let artifact = artifact(field)?;
        total_bytes = total_bytes.saturating_add(artifact.bytes().map_or(0, <[u8]>::len));
        if total_bytes > limits.artifact_bytes {
            return Err(Failure::new("limits/artifact-bytes", "pass digests instead of bytes").at(pointer));
        }
        artifacts.push(artifact);
    }
    Ok(artifacts)
}

fn artifact(field: Field<'_>) -> Result<Artifact, Failure> {
    let pointer = field.pointer.clone();
    let mut object = field.object().map_err(field_failure)?;
    let artifact = match (object.take("digests"), object.take("bytes")) {
        (Some(digests), None) => digest_set(digests)?,
        (None, Some(bytes)) => Artifact::from_bytes(bytes.bytes().map_err(field_failure)?),
        _ => return Err(Failure::new("input/type", "expected either digests or bytes").at(pointer)),
    };
    object.finish().map_err(field_failure)?;
    Ok(artifact)
}

fn digest_set(field: Field<'_>) -> Result<Artifact, Failure> {
    let pointer = field.pointer.clone();
    let mut entries = Vec::new();
    for (name, field) in field.object().map_err(field_failure)?.rest() {
        entries.push((name, field.text().map_err(field_failure)?));
    }
    let pairs = entries.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Artifact::from_entries(pairs).map_err(|failure| failure.at(pointer))
}

fn options(field: Option<Field<'_>>) -> Result<(Options, ReportForm), Failure> {
    let mut options = Options::default();
    let Some(field) = field else { return Ok((options, ReportForm::Full)) };
    let mut object = field.object().map_err(field_failure)?;
    let form = match object.take("report") {
        Some(field) => match field.one_of(&["full", "short"]).map_err(field_failure)? {
            0 => ReportForm::Full,
            _ => ReportForm::Short,
        },
        None => ReportForm::Full,
    };
    if let Some(field) = object.take("now") {
        let secs = field.uint(u64::MAX).map_err(field_failure)?;
        options.set_now(secs).map_err(|failure| failure.at(field.pointer))?;
    }
    if let Some(field) = object.take("limits") {
        set_limits(field, &mut options)?;
    }
    if let Some(field) = object.take("expect") {
        options.expect = expectations(field)?;
    }
    object.finish().map_err(field_failure)?;
    Ok((options, form))
}

fn set_limits(field: Field<'_>, options: &mut Options) -> Result<(), Failure> {
    for (name, field) in field.object().map_err(field_failure)?.rest() {
        let value = field.uint(u64::MAX).map_err(field_failure)?;
        options.set_limit(&name, value).map_err(|failure| failure.at(field.pointer))?;
    }
    Ok(())
}

fn expectations(field: Field<'_>) -> Result<Expectations, Failure> {
    let mut object = field.object().map_err(field_failure)?;
    let mut expectations = Expectations::default();
    if let Some(field) = object.take("nonce") {
        let text = field.text().map_err(field_failure)?;
        expectations.set_nonce(&text).map_err(|failure| failure.at(field.pointer))?;
    }
    if let Some(field) = object.take("tsaPolicy") {
        let text = field.text().map_err(field_failure)?;
        expectations.set_tsa_policy(&text).map_err(|failure| failure.at(field.pointer))?;
    }
    expectations.tsa_name =
        object.take("tsaName").map(|field| field.bytes()).transpose().map_err(field_failure)?;
    expectations.detached_sct =
        object.take("detachedSct").map(|field| field.bytes()).transpose().map_err(field_failure)?;
    object.finish().map_err(field_failure)?;
    Ok(expectations)
}

/// Syntax errors of any `input` document.
pub(crate) fn syntax_failure(error: json::JsonError) -> Failure {
    let (code, what) = match error.kind {
        JsonErrorKind::Depth => ("input/depth", "nested too deeply"),
        JsonErrorKind::DuplicateMember => {
            ("input/duplicate-key", "two members of one object have the same name")
        }
        JsonErrorKind::LoneSurrogate => ("input/utf8", "half of a surrogate pair"),
        JsonErrorKind::Utf8 => ("input/utf8", "not UTF-8, or a byte-order mark"),
        JsonErrorKind::Members => ("limits/json-members", "too many members"),
        JsonErrorKind::StringBytes => ("limits/json-string-bytes", "a string is too long"),
        JsonErrorKind::InputBytes | JsonErrorKind::Syntax | JsonErrorKind::TrailingBytes | _ => {
            ("input/syntax", "not one JSON value")
        }
    };
    Failure::new(code, alloc::format!("{what}, at byte {}", error.offset))
}

/// Shape errors of any `input` document.
pub(crate) fn field_failure(error: FieldError) -> Failure {
    let (code, detail) = match error.kind {
        FieldErrorKind::Base64 => ("input/base64", "expected canonical padded standard base64"),
        FieldErrorKind::Missing => ("input/missing", "this member is required"),
        FieldErrorKind::Type(expected) => ("input/type", expected),
        FieldErrorKind::UnknownMember => ("input/unknown-member", "this document has no such member"),
        _ => ("input/type", "another shape is expected here"),
    };
    Failure::new(code, text::clip(detail.into())).at(error.pointer)
}
