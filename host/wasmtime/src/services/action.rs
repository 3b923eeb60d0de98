//! The action `need-exchange` and its reply as JSON documents.

use std::fmt;

use cretula_encoding::base64;
use cretula_encoding::fields::{Field, FieldError, Object};
use cretula_encoding::json::{self, JsonLimits, Tree};

use super::exchange::{Auth, ExchangeRequest, HostError, Method, Service, ServiceReply};

/// Most requests of one action.
const MAX_REQUESTS: usize = 64;
/// Longest action: the body of an envelope of 16 MiB, as base64 in JSON in base64.
const MAX_ACTION_BYTES: usize = 64 << 20;
/// Greatest integer of a document (RFC 7493 §2.2).
const MAX_INTEGER: u64 = (1 << 53) - 1;
const LIMITS: JsonLimits =
    JsonLimits { max_depth: 32, max_members: 4096, max_string_bytes: MAX_ACTION_BYTES };

/// The action `need-exchange`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeAction {
    /// Number of the action; the reply repeats it.
    pub id: u64,
    /// The requests; replies have their order.
    pub requests: Vec<ExchangeRequest>,
}

/// A document that is no action `need-exchange`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionError(String);

impl fmt::Display for ActionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an action need-exchange: {}", self.0)
    }
}

impl std::error::Error for ActionError {}

impl From<FieldError> for ActionError {
    fn from(error: FieldError) -> Self {
        Self(error.to_string())
    }
}

impl ExchangeAction {
    /// Reads a `cretula/action/v1` document.
    ///
    /// # Errors
    /// Another document, another action, or an unknown member.
    pub fn parse(text: &[u8]) -> Result<Self, ActionError> {
        if text.len() > MAX_ACTION_BYTES {
            return Err(ActionError("longer than 64 MiB".into()));
        }
        let value = json::parse(text, &LIMITS).map_err(|error| ActionError(error.to_string()))?;
        let mut object = Field::root(value).object()?;
        object.require("schema")?.one_of(&["cretula/action/v1"])?;
        object.require("type")?.one_of(&["need-exchange"])?;
        let id = object.require("id")?.uint(MAX_INTEGER)?;
        let list = object.require("requests")?;
        if list.count()? > MAX_REQUESTS {
            return Err(ActionError("more than 64 requests".into()));
        }
        let requests = list.items()?.map(|item| read_request(item?.object()?)).collect::<Result<_, _>>()?;
        object.finish()?;
        Ok(Self { id, requests })
    }
}

fn read_request(mut object: Object<'_>) -> Result<ExchangeRequest, FieldError> {
    let service = match object.require("service")?.one_of(&["fulcio", "rekor", "tsa"])? {
        0 => Service::Fulcio,
        1 => Service::Rekor,
        _ => Service::Tsa,
    };
    let method = match object.require("method")?.one_of(&["GET", "POST"])? {
        0 => Method::Get,
        _ => Method::Post,
    };
    let auth = match object.require("auth")?.one_of(&["none", "fulcio-token"])? {
        0 => Auth::None,
        _ => Auth::FulcioToken,
    };
    let mut headers = object.require("headers")?.object()?;
    let mut header = |name: &str| headers.take(name).map_or(Ok(String::new()), |field| field.text());
    let (content_type, accept) = (header("content-type")?, header("accept")?);
    headers.finish()?;
    let milliseconds = |field: Field<'_>| {
        field.uint(u64::from(u32::MAX)).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
    };
    let request = ExchangeRequest {
        service,
        service_url: object.require("serviceUrl")?.text()?,
        major_api_version: object.require("majorApiVersion")?.uint(MAX_INTEGER)?,
        method,
        url: object.require("url")?.text()?,
        content_type,
        accept,
        body: object.take("body").map_or(Ok(Vec::new()), |field| field.bytes())?,
        auth,
        timeout_ms: milliseconds(object.require("timeoutMs")?)?,
        delay_ms: object.take("delayMs").map_or(Ok(0), milliseconds)?,
    };
    object.finish()?;
    Ok(request)
}

/// The `cretula/reply/v1` document for an action `need-exchange`.
#[must_use]
pub fn reply_document(id: u64, replies: &[Result<ServiceReply, HostError>]) -> Vec<u8> {
    let mut document = Tree::object();
    document.set("schema", "cretula/reply/v1").set("id", Tree::UInt(id));
    document.set("replies", Tree::List(replies.iter().map(reply_tree).collect()));
    document.encode()
}

fn reply_tree(reply: &Result<ServiceReply, HostError>) -> Tree {
    let mut tree = Tree::object();
    match reply {
        Ok(reply) => {
            tree.set("status", Tree::UInt(u64::from(reply.status)));
            tree.set("contentType", reply.content_type.as_str());
            tree.set_some("location", reply.location.as_deref());
            tree.set_some("retryAfter", reply.retry_after.map(|secs| Tree::UInt(u64::from(secs))));
            tree.set_some("logIndex", reply.log_index.map(Tree::UInt));
            tree.set("body", base64::encode(&reply.body));
        }
        Err(error) => {
            let mut kind = Tree::object();
            kind.set("kind", error.kind());
            tree.set("error", kind);
        }
    }
    tree
}
