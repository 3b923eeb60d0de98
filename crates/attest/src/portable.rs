//! The signing half of the interface `portable`: JSON bytes in, JSON bytes out, for hosts without a component model.
//!
//! Each function is total: whatever comes in, a document comes out. What goes wrong is `cretula/error/v1`, or an action
//! `failed`.
use alloc::vec::Vec;

use cretula_encoding::time::Time;
use cretula_verify::RootMemo;

use crate::canonical::Members;
use crate::error::{AttestError, ErrorKind};
use crate::machine::{self, Step};
use crate::request::parse_request;
use crate::statement::BuiltStatement;

pub use crate::guard::guard;

/// The `schema` member of an error.
pub const ERROR_SCHEMA: &str = "cretula/error/v1";

/// `cretula/attest-request/v1` in; `cretula/statement/v1` or `cretula/error/v1` out. Nothing is signed.
#[must_use]
pub fn statement(request: &[u8], now_secs: u64, roots: &mut RootMemo) -> Vec<u8> {
    build(request, now_secs, roots).map_or_else(|error| encode_error(&error), |built| built.to_document())
}

fn build(request: &[u8], now_secs: u64, roots: &mut RootMemo) -> Result<BuiltStatement, AttestError> {
    crate::summary::build_statement_verifying(&parse_request(request)?, time(now_secs)?, roots)
}

/// Begins a run: `cretula/attest-request/v1` in; the state to keep, and `cretula/action/v1` to perform.
#[must_use]
pub fn begin(request: &[u8], now_secs: u64, roots: &mut RootMemo) -> (Vec<u8>, Vec<u8>) {
    let parsed = || Ok((parse_request(request)?, time(now_secs)?));
    documents(match parsed() {
        Ok((request, now)) => machine::begin(&request, now, roots),
        Err(error) => machine::refused(Vec::new(), error),
    })
}

/// Goes on with a run: the state that was kept and `cretula/reply/v1` in; as [`begin`] out.
#[must_use]
pub fn resume(state: &[u8], reply: &[u8], now_secs: u64, roots: &mut RootMemo) -> (Vec<u8>, Vec<u8>) {
    let parsed = || Ok((machine::parse_reply(reply)?, time(now_secs)?));
    documents(match parsed() {
        Ok(((id, reply), now)) => machine::resume(state, id, reply, now, roots),
        Err(error) => machine::refused(state.to_vec(), error),
    })
}

fn documents(step: Step) -> (Vec<u8>, Vec<u8>) {
    let action = machine::encode_action(&step);
    (step.state, action)
}

fn time(secs: u64) -> Result<Time, AttestError> {
    let detail = "the present time is Unix seconds before year 10000";
    Time::from_secs(secs).ok_or_else(|| AttestError::new(ErrorKind::InputNumber, detail))
}

/// `cretula/error/v1`.
#[must_use]
pub fn encode_error(error: &AttestError) -> Vec<u8> {
    let mut document = Members::default();
    document.set_text("schema", ERROR_SCHEMA).set("error", machine::error_member(error));
    document.finish().as_str().as_bytes().to_vec()
}
