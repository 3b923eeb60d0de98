//! Actions of the module.

use cretula_encoding::fields::{Field, FieldError, Object};
use cretula_encoding::json::{self, JsonLimits};

use super::outcome::{AttestFailure, Sealed};
use crate::error::{SandboxCause, SandboxError};
use crate::services::{ActionError, ExchangeAction};

/// Greatest integer of a document (RFC 7493 §2.2).
const MAX_INTEGER: u64 = (1 << 53) - 1;
const LIMITS: JsonLimits = JsonLimits { max_depth: 32, max_members: usize::MAX, max_string_bytes: 64 << 20 };

/// What the host does next.
pub(super) enum Action {
    Config { id: u64 },
    Exchange(ExchangeAction),
    Key { id: u64, key: String, algorithm: Option<String>, delay_ms: u32 },
    Signature { id: u64, key: String, message: Vec<u8>, delay_ms: u32 },
    Done(Sealed),
    Failed(AttestFailure),
}

/// Reads `cretula/action/v1`. The module is ours; anything else is a failure of the sandbox.
pub(super) fn parse_action(text: &[u8]) -> Result<Action, SandboxError> {
    read(text).map_err(|Unreadable| SandboxError::new(SandboxCause::Reply, "not an action of the contract"))
}

/// Not an action.
struct Unreadable;

impl From<FieldError> for Unreadable {
    fn from(_: FieldError) -> Self {
        Self
    }
}

impl From<ActionError> for Unreadable {
    fn from(_: ActionError) -> Self {
        Self
    }
}

fn read(text: &[u8]) -> Result<Action, Unreadable> {
    let value = json::parse(text, &LIMITS).map_err(|_| Unreadable)?;
    let mut object = Field::root(value).object()?;
    object.require("schema")?.one_of(&["cretula/action/v1"])?;
    let id = object.require("id")?.uint(MAX_INTEGER)?;
    let kinds = ["need-config", "need-exchange", "need-key", "need-signature", "done", "failed"];
    let action = match object.require("type")?.one_of(&kinds)? {
        0 => {
            object.require("reason")?.text()?;
            Action::Config { id }
        }
        1 => return Ok(Action::Exchange(ExchangeAction::parse(text)?)),
        2 => Action::Key {
            id,
            key: object.require("key")?.text()?,
            algorithm: object.take("algorithm").map(|field| field.text()).transpose()?,
            delay_ms: delay(&mut object)?,
        },
        3 => Action::Signature {
            id,
            key: object.require("key")?.text()?,
            message: object.require("message")?.bytes()?,
            delay_ms: delay(&mut object)?,
        },
        4 => Action::Done(Sealed {
            bundle: object.require("bundle")?.bytes()?,
            report: object.require("report")?.value.source().as_bytes().to_vec(),
            evidence: evidence(&mut object),
        }),
        _ => Action::Failed(failure(&mut object)?),
    };
    object.finish()?;
    Ok(action)
}

fn delay(object: &mut Object<'_>) -> Result<u32, FieldError> {
    let Some(field) = object.take("delayMs") else { return Ok(0) };
    Ok(u32::try_from(field.uint(u64::from(u32::MAX))?).unwrap_or(u32::MAX))
}

fn evidence(object: &mut Object<'_>) -> Option<Vec<u8>> {
    object.take("evidence").map(|field| field.value.source().as_bytes().to_vec())
}

fn failure(object: &mut Object<'_>) -> Result<AttestFailure, FieldError> {
    let resumable = object.require("resumable")?.bool()?;
    let mut error = object.require("error")?.object()?;
    let failure = AttestFailure {
        code: error.require("code")?.text()?,
        path: error.take("path").map(|field| field.text()).transpose()?,
        detail: error.take("detail").map(|field| field.text()).transpose()?,
        resumable,
        evidence: evidence(object),
    };
    error.finish()?;
    Ok(failure)
}
