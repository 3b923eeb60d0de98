//! Steps as JSON: `cretula/action/v1` out, `cretula/reply/v1` in.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::base64;
use cretula_encoding::fields::{Field, FieldErrorKind, Object};

use super::step::{
    Action, Evidence, ExchangeRequest, HostError, KeyReply, Reply, ServiceReply, SignatureReply, Step,
};
use crate::canonical::{Canonical, Members};
use crate::document::{self, MAX_INTEGER};
use crate::error::{AttestError, ErrorKind};

/// The `schema` member of actions and replies.
pub const ACTION_SCHEMA: &str = "cretula/action/v1";
/// See [`ACTION_SCHEMA`].
pub const REPLY_SCHEMA: &str = "cretula/reply/v1";
/// Longest reply: eight services with 1 MiB each, in base64, and the rest.
const MAX_REPLY_BYTES: usize = 16 << 20;

/// Names of host errors.
const ERROR_KINDS: [(&str, HostError); 9] = [
    ("denied", HostError::Denied),
    ("expired", HostError::Denied),
    ("other", HostError::Other),
    ("redirected", HostError::Redirected),
    ("throttled", HostError::Throttled { retry_after_ms: None }),
    ("timed-out", HostError::TimedOut),
    ("too-large", HostError::TooLarge),
    ("unavailable", HostError::Unavailable),
    ("wrong-version", HostError::WrongVersion),
];

/// What a reply may name as the kind of an error.
#[cfg(all(test, feature = "schema"))]
pub(crate) fn error_kinds() -> impl Iterator<Item = &'static str> {
    ERROR_KINDS.iter().map(|(name, _)| *name)
}

// ---- out --------------------------------------------------------------------------------------------------------

/// The action of a step, as a document.
#[must_use]
pub fn encode_action(step: &Step) -> Vec<u8> {
    let mut document = Members::default();
    document.set_text("schema", ACTION_SCHEMA).set("id", Canonical::uint(step.id));
    match &step.action {
        Action::NeedConfig { reason } => {
            document.set_text("type", "need-config").set_text("reason", reason);
        }
        Action::NeedExchange { requests } => {
            let requests: Vec<_> = requests.iter().map(request).collect();
            document.set_text("type", "need-exchange").set("requests", Canonical::list(&requests));
        }
        Action::NeedKey { key, algorithm, delay_ms } => {
            document.set_text("type", "need-key").set_text("key", key).set_known("algorithm", *algorithm);
            set_delay(&mut document, *delay_ms);
        }
        Action::NeedSignature { key, message, delay_ms } => {
            document.set_text("type", "need-signature").set_text("key", key);
            document.set("message", bytes(message));
            set_delay(&mut document, *delay_ms);
        }
        Action::Done(finished) => {
            document.set_text("type", "done").set("bundle", bytes(&finished.bundle));
            document.set("report", Canonical::document(finished.report.clone()));
            document.set_filled("evidence", evidence(&finished.evidence));
        }
        Action::Failed(failure) => {
            document.set_text("type", "failed").set("error", error(&failure.error));
            document.set("resumable", flag(failure.resumable));
            document.set_filled("evidence", evidence(&failure.evidence));
        }
    }
    document.finish().as_str().as_bytes().to_vec()
}

/// An error, as the member of a document.
pub(crate) fn error(error: &AttestError) -> Canonical {
    let mut members = Members::default();
    members.set_text("code", error.code());
    members.set_known("path", error.path.as_deref()).set_known("detail", error.detail.as_deref());
    members.finish()
}

fn set_delay(document: &mut Members, delay_ms: u32) {
    if delay_ms > 0 {
        document.set("delayMs", Canonical::uint(u64::from(delay_ms)));
    }
}

fn bytes(bytes: &[u8]) -> Canonical {
    Canonical::text(&base64::encode(bytes))
}

fn flag(flag: bool) -> Canonical {
    Canonical::document(Vec::from(if flag { b"true".as_slice() } else { b"false" }))
}

fn request(request: &ExchangeRequest) -> Canonical {
    let mut headers = Members::default();
    headers.set_known("content-type", Some(request.content_type)).set_text("accept", request.accept);
    let mut members = Members::default();
    members
        .set_text("service", request.service.name())
        .set_text("serviceUrl", &request.service_url)
        .set("majorApiVersion", Canonical::uint(request.api_version))
        .set_text("method", request.method)
        .set_text("url", &request.url)
        .set("headers", headers.finish())
        .set("body", bytes(&request.body))
        .set_text("auth", if request.with_token { "fulcio-token" } else { "none" })
        .set("timeoutMs", Canonical::uint(u64::from(request.timeout_ms)))
        .set("delayMs", Canonical::uint(u64::from(request.delay_ms)));
    members.finish()
}

fn evidence(evidence: &Evidence) -> Canonical {
    let serials: Vec<_> = evidence.certificates.iter().map(|serial| Canonical::text(serial)).collect();
    let entry = |(log, index): &(String, u64)| {
        let mut members = Members::default();
        members.set_text("log", log).set_text("index", &alloc::format!("{index}"));
        members.finish()
    };
    let entries: Vec<_> = evidence.log_entries.iter().map(entry).collect();
    let mut members = Members::default();
    members.set_filled("certificates", Canonical::list(&serials));
    members.set_filled("logEntries", Canonical::list(&entries));
    members.finish()
}

// ---- in ---------------------------------------------------------------------------------------------------------

/// Reads a reply: the number of the action that it answers, and what the host did.
///
/// # Errors
/// `input/…` with the place.
pub fn parse_reply(text: &[u8]) -> Result<(u64, Reply), AttestError> {
    if text.len() > MAX_REPLY_BYTES {
        return Err(AttestError::new(ErrorKind::InputTooLarge, "a reply has at most 16 MiB"));
    }
    let mut object = Field::root(document::parse(text)?).object()?;
    object.require("schema")?.one_of(&[REPLY_SCHEMA])?;
    let id = object.require("id")?.uint(MAX_INTEGER)?;
    let reply = read_reply(&mut object)?;
    object.finish()?;
    Ok((id, reply))
}

fn read_reply(object: &mut Object<'_>) -> Result<Reply, AttestError> {
    if let Some(kind) = object.take("type") {
        kind.one_of(&["again"])?;
        let deadline = object.take("deadline").map(|field| field.uint(MAX_INTEGER)).transpose()?;
        return Ok(Reply::Again { deadline });
    }
    if let Some(error) = object.take("error") {
        return Ok(Reply::Error(host_error(error)?));
    }
    if let Some(trust) = object.take("trust") {
        return Ok(Reply::Config(trust.value.source().as_bytes().to_vec()));
    }
    if let Some(replies) = object.take("replies") {
        return exchange(&replies);
    }
    if let Some(signature) = object.take("signature") {
        return Ok(Reply::Signature(SignatureReply {
            signature: signature.bytes()?,
            encoding: object.require("encoding")?.text()?,
            version: text(object, "version")?,
        }));
    }
    key(object)
}

fn key(object: &mut Object<'_>) -> Result<Reply, AttestError> {
    let public_key = object.require("publicKey")?.bytes()?;
    let mut chain = Vec::new();
    if let Some(list) = object.take("chain") {
        for certificate in list.items()? {
            chain.push(certificate?.bytes()?);
        }
    }
    Ok(Reply::Key(KeyReply {
        public_key,
        algorithm: object.require("algorithm")?.text()?,
        key_id: text(object, "keyId")?.unwrap_or_default(),
        version: text(object, "version")?,
        chain,
    }))
}

fn exchange(list: &Field<'_>) -> Result<Reply, AttestError> {
    let mut replies = Vec::new();
    for item in list.items()? {
        let mut object = item?.object()?;
        replies.push(match object.take("error") {
            Some(error) => Err(host_error(error)?),
            None => Ok(service_reply(&mut object)?),
        });
        object.finish()?;
    }
    Ok(Reply::Exchange(replies))
}

fn service_reply(object: &mut Object<'_>) -> Result<ServiceReply, AttestError> {
    let small = |field: Field<'_>| {
        field.uint(u64::from(u32::MAX)).map(|secs| u32::try_from(secs).unwrap_or(u32::MAX))
    };
    let status = object.require("status")?;
    Ok(ServiceReply {
        status: u16::try_from(status.uint(999)?)
            .map_err(|_| status.error(FieldErrorKind::Type("a status code")))?,
        content_type: text(object, "contentType")?.unwrap_or_default(),
        location: text(object, "location")?,
        retry_after: object.take("retryAfter").map(small).transpose()?,
        log_index: object.take("logIndex").map(|field| field.uint(MAX_INTEGER)).transpose()?,
        body: object.require("body")?.bytes()?,
    })
}

fn host_error(field: Field<'_>) -> Result<HostError, AttestError> {
    let mut object = field.object()?;
    let kind = object.require("kind")?;
    let name = kind.text()?;
    let retry_after = object.take("retryAfterMs").map(|field| field.uint(u64::from(u32::MAX))).transpose()?;
    object.finish()?;
    let known = ERROR_KINDS.iter().find(|(known, _)| *known == name).map(|(_, error)| *error);
    match known {
        Some(HostError::Throttled { .. }) => {
            let retry_after_ms = retry_after.and_then(|ms| u32::try_from(ms).ok());
            Ok(HostError::Throttled { retry_after_ms })
        }
        Some(error) => Ok(error),
        None => Err(kind.error(FieldErrorKind::Type("a known kind of error")).into()),
    }
}

fn text(object: &mut Object<'_>, name: &str) -> Result<Option<String>, AttestError> {
    Ok(object.take(name).map(|field| field.text()).transpose()?)
}
