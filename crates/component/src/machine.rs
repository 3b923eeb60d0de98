//! Stands for the machine of `cretula-attest`: it builds the statement and then has no step to go.

use cretula_attest::machine::{Action, Evidence, Failure, Reply, Step};
use cretula_attest::{AttestError, ErrorKind, Request, build_statement};
use cretula_encoding::time::Time;
use cretula_verify::RootMemo;

pub(crate) fn begin(request: &Request, now: Time, _roots: &mut RootMemo) -> Step {
    let error = match build_statement(request, now) {
        Ok(_) => error(ErrorKind::ConfigSelection),
        Err(error) => error,
    };
    let failure = Failure { error, resumable: false, evidence: Evidence::default() };
    Step { state: Vec::new(), id: 0, action: Action::Failed(failure) }
}

pub(crate) fn resume(
    _state: &[u8],
    _id: u64,
    _reply: Reply,
    _now: Time,
    _roots: &mut RootMemo,
) -> Result<Step, AttestError> {
    Err(error(ErrorKind::StateFormat))
}

fn error(kind: ErrorKind) -> AttestError {
    AttestError { kind, path: None, detail: None }
}
