//! Stands for the byte functions of `cretula-attest`: everything but statements is refused.

use cretula_attest::{AttestError, ErrorKind, build_statement, parse_request};
use cretula_encoding::json::Tree;
use cretula_encoding::time::Time;
use cretula_verify::RootMemo;

/// State and action.
pub(crate) struct StepDocuments {
    pub(crate) state: Vec<u8>,
    pub(crate) action: Vec<u8>,
}

pub(crate) fn statement(request: &[u8], now: u64, _roots: &mut RootMemo) -> Vec<u8> {
    let built = time(now).and_then(|now| build_statement(&parse_request(request)?, now));
    built.map_or_else(|error| failure(&error), |statement| statement.to_document())
}

pub(crate) fn begin(_request: &[u8], _now: u64, _roots: &mut RootMemo) -> StepDocuments {
    StepDocuments { state: Vec::new(), action: failed() }
}

pub(crate) fn resume(state: &[u8], _reply: &[u8], _now: u64, _roots: &mut RootMemo) -> StepDocuments {
    StepDocuments { state: state.to_vec(), action: failed() }
}

pub(crate) fn guard(_authorisation: &[u8], _message: &[u8]) -> Vec<u8> {
    failure(&AttestError { kind: ErrorKind::GuardUnknownMessage, path: None, detail: None })
}

fn failed() -> Vec<u8> {
    let error = AttestError { kind: ErrorKind::ConfigSelection, path: None, detail: None };
    let mut action = Tree::object();
    action.set("schema", "cretula/action/v1").set("type", "failed");
    action.set("error", body(&error)).set("resumable", false).set("evidence", Tree::object());
    action.encode()
}

fn time(secs: u64) -> Result<Time, AttestError> {
    Time::from_secs(secs).ok_or(AttestError { kind: ErrorKind::InputNumber, path: None, detail: None })
}

fn failure(error: &AttestError) -> Vec<u8> {
    let mut document = Tree::object();
    document.set("schema", "cretula/error/v1").set("error", body(error));
    document.encode()
}

fn body(error: &AttestError) -> Tree {
    let mut body = Tree::object();
    body.set("code", error.code());
    body.set_some("path", error.path.clone()).set_some("detail", error.detail.clone());
    body
}
