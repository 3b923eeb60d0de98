//! `cretula/verify-request/v1`: strict, every member typed, each error with its place.

use crate::refusal::Failure;
use crate::request::{Artifact, Expectations, ManagedKey, Options, Request};
use alloc::{string::String, vec::Vec};
use cretula_crypto::{Digest, HashAlgorithm, KeyDetails, KeyError, SignatureEncoding, VerificationKey};
use cretula_encoding::{
    der,
    fields::{Field, FieldError, FieldErrorKind, Object},
    hex,
    json::{self, JsonErrorKind, JsonLimits},
    limits::{LimitError, Limits},
    text,
    time::{Time, TimeRange},
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
    let pointer = field.pointer.clone();
    let list = field.list().map_err(field_failure)?;
    if list.is_empty() {
        return Err(Failure::new(
            "input/type",
            "expected at least one element; leave the member out for none",
        )
        .at(pointer));
    }
    if list.len() > max {
        return Err(Failure::new(code, "too many elements").at(pointer));
    }
    Ok(list)
}

fn managed_key(field: Field<'_>) -> Result<ManagedKey, Failure> {
    let mut object = field.object().map_err(field_failure)?;
    let id = object.require("id").and_then(|id| id.text()).map_err(field_failure)?;
    let key_field = object.require("key").map_err(field_failure)?;
    let der = key_field.bytes().map_err(field_failure)?;
    let details = object.take("keyDetails").map(|field| key_details(&field)).transpose()?;
    let parse = match details.is_some_and(KeyDetails::is_pkcs1) {
        true => VerificationKey::parse_pkcs1,
        false => VerificationKey::parse_spki,
    };
    let key = parse(&der).map_err(|error| key_failure(error).at(key_field.pointer.clone()))?;
    if details.is_some_and(|details| !details.fits(&key)) {
        return Err(Failure::new("input/key", "the key is not of the kind that keyDetails names")
            .at(key_field.pointer));
    }
    let encoding = match object.take("encoding") {
        Some(field) => match field.one_of(&["der", "p1363"]).map_err(field_failure)? {
            0 => SignatureEncoding::Der,
            _ => SignatureEncoding::P1363,
        },
        None => SignatureEncoding::Der,
    };
    let usage = object.take("usage").map(|field| field.text()).transpose().map_err(field_failure)?;
    let valid_for = object.take("validFor").map(time_range).transpose()?;
    object.finish().map_err(field_failure)?;
    Ok(ManagedKey { id, key, details, encoding, usage, valid_for })
}

fn key_failure(error: KeyError) -> Failure {
    let detail = match error {
        KeyError::Der => "expected a SubjectPublicKeyInfo in strict DER",
        KeyError::Point => "the point is not on the curve, or not uncompressed",
        KeyError::Rsa => {
            "an RSA key needs an odd modulus of 2048 to 8192 bits and an odd exponent of 3 or more"
        }
        KeyError::Unsupported | _ => "expected ECDSA P-256, P-384 or P-521, Ed25519, or RSA",
    };
    Failure::new("input/key", detail)
}

fn key_details(field: &Field<'_>) -> Result<KeyDetails, Failure> {
    let name = field.text().map_err(field_failure)?;
    KeyDetails::from_name(&name).ok_or_else(|| {
        Failure::new("input/key", "expected a supported keyDetails name, such as PKIX_ECDSA_P256_SHA_256")
            .at(field.pointer.clone())
    })
}

fn time_range(field: Field<'_>) -> Result<TimeRange, Failure> {
    let pointer = field.pointer.clone();
    let mut object = field.object().map_err(field_failure)?;
    let mut instant = |name| object.take(name).map(|field| field.time()).transpose().map_err(field_failure);
    let range = TimeRange { start: instant("start")?, end: instant("end")? };
    object.finish().map_err(field_failure)?;
    match (range.start, range.end) {
        (Some(start), Some(end)) if end < start => {
            Err(Failure::new("input/type", "the window ends before it starts").at(pointer))
        }
        _ => Ok(range),
    }
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
    let mut digests = Vec::new();
    let mut named: Vec<(String, String)> = Vec::new();
    for (name, field) in field.object().map_err(field_failure)?.rest() {
        let value = field.text().map_err(field_failure)?;
        match HashAlgorithm::from_name(&name) {
            Some(algorithm) => digests.push(digest(algorithm, &value, &field)?),
            None => named.push((name, value)),
        }
    }
    if digests.is_empty() && named.is_empty() {
        return Err(Failure::new("input/digest", "expected at least one digest").at(pointer));
    }
    let artifact = Artifact::from_digests(digests);
    Ok(named.into_iter().fold(artifact, |artifact, (name, value)| artifact.with_named(name, value)))
}

fn digest(algorithm: HashAlgorithm, value: &str, field: &Field<'_>) -> Result<Digest, Failure> {
    Digest::from_hex(algorithm, value).map_err(|_| {
        Failure::new("input/digest", "expected lower-case hex of the length of the algorithm")
            .at(field.pointer.clone())
    })
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
        options.now = Some(seconds(&field)?);
    }
    if let Some(field) = object.take("limits") {
        set_limits(field, &mut options.limits)?;
    }
    if let Some(field) = object.take("expect") {
        options.expect = expectations(field)?;
    }
    object.finish().map_err(field_failure)?;
    Ok((options, form))
}

fn seconds(field: &Field<'_>) -> Result<Time, Failure> {
    let secs = field.uint(u64::MAX).map_err(field_failure)?;
    Time::from_secs(secs).ok_or_else(|| {
        Failure::new("input/number", "expected Unix seconds before year 10000").at(field.pointer.clone())
    })
}

fn set_limits(field: Field<'_>, limits: &mut Limits) -> Result<(), Failure> {
    for (name, field) in field.object().map_err(field_failure)?.rest() {
        let value = field.uint(u64::MAX).map_err(field_failure)?;
        limits.set(&name, value).map_err(|error| match error {
            LimitError::AboveCap => {
                Failure::new("input/limit-cap", "above the hard cap of this limit").at(field.pointer.clone())
            }
            LimitError::Unknown => {
                Failure::new("input/unknown-member", "no limit has this name").at(field.pointer.clone())
            }
        })?;
    }
    Ok(())
}

fn expectations(field: Field<'_>) -> Result<Expectations, Failure> {
    let mut object = field.object().map_err(field_failure)?;
    let nonce = object.take("nonce").map(|field| hex_bytes(&field)).transpose()?;
    let tsa_policy = object.take("tsaPolicy").map(|field| dotted_oid(&field)).transpose()?;
    let tsa_name = object.take("tsaName").map(|field| field.bytes()).transpose().map_err(field_failure)?;
    let detached_sct =
        object.take("detachedSct").map(|field| field.bytes()).transpose().map_err(field_failure)?;
    object.finish().map_err(field_failure)?;
    Ok(Expectations { nonce, tsa_policy, tsa_name, detached_sct })
}

fn hex_bytes(field: &Field<'_>) -> Result<Vec<u8>, Failure> {
    let text = field.text().map_err(field_failure)?;
    hex::decode(&text)
        .map_err(|_| Failure::new("input/type", "expected lower-case hex").at(field.pointer.clone()))
}

fn dotted_oid(field: &Field<'_>) -> Result<String, Failure> {
    let text = field.text().map_err(field_failure)?;
    match der::parse_dotted(&text) {
        Ok(_) => Ok(text),
        Err(_) => {
            Err(Failure::new("input/type", "expected a dotted object identifier").at(field.pointer.clone()))
        }
    }
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
