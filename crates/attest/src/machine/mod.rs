//! The signing machine: pure steps without I/O. Equal state, reply and time give an equal step.
//!
//! [`begin`] builds the statement and selects the services; each [`resume`] takes what the host did, checks it, and says
//! what is needed next, until there is a bundle that the verifier accepts, or a failure. Nothing that a key or a service
//! says is kept before it has been checked.

mod budget;
mod cbor;
mod codec;
mod digest;
mod documents;
mod evidence;
mod exchanges;
mod finish;
mod key;
mod plan;
mod private;
mod recover;
mod run;
mod signing;
mod state;
mod step;

use alloc::vec::Vec;

use cretula_encoding::time::Time;
use cretula_verify::RootMemo;

use crate::error::{AttestError, ErrorKind};
use crate::request::Request;
pub(crate) use documents::error as error_member;
#[cfg(all(test, feature = "schema"))]
pub(crate) use documents::error_kinds;
pub use documents::{ACTION_SCHEMA, REPLY_SCHEMA, encode_action, parse_reply};
use run::{Run, deadline_after};
use state::{Certification, Counters, Phase, State};
pub use step::{
    Action, Evidence, ExchangeRequest, Failure, Finished, HostError, KeyReply, Reply, Service, ServiceReply,
    SignatureReply, Step,
};

/// Longest payload that is signed: in base64 15 MiB, so that a bundle of at most 16 MiB, which is all that a verifier
/// reads, has room for the evidence.
const MAX_PAYLOAD_BYTES: usize = (15 << 20) / 4 * 3;

/// Begins a run.
///
/// The first action asks for the key of the mode, unless the request is refused: then the step is [`Action::Failed`] and
/// its state is empty.
#[must_use]
pub fn begin(request: &Request, now: Time, roots: &mut RootMemo) -> Step {
    match draft(request, now, roots) {
        Ok(state) => Run { state, now, roots, repeats: false }.go_on(),
        Err(error) => refused(Vec::new(), error),
    }
}

/// Goes on with a run.
///
/// `id` is the number of the action that `reply` answers. A reply to another action is `step/stale-reply` and changes
/// nothing; a state that was changed is `state/format`, or cannot lead to a bundle that the verifier refuses.
#[must_use]
pub fn resume(state: &[u8], id: u64, reply: Reply, now: Time, roots: &mut RootMemo) -> Step {
    let kept = match State::decode(state) {
        Ok(kept) => kept,
        Err(error) => return refused(state.to_vec(), error),
    };
    if kept.phase == Phase::Failed {
        let detail = "the run has failed for good; begin again with the request";
        return refused(state.to_vec(), AttestError::new(ErrorKind::StepStaleReply, detail));
    }
    if kept.id != id && !matches!(reply, Reply::Again { .. }) {
        return Run { state: kept, now, roots, repeats: false }.stale();
    }
    Run { state: kept, now, roots, repeats: false }.resume(reply)
}

/// A failure that leaves the state as it is.
pub(crate) fn refused(state: Vec<u8>, error: AttestError) -> Step {
    let failure = Failure { error, resumable: false, evidence: Evidence::default() };
    Step { state, id: 0, action: Action::Failed(failure) }
}

/// The statement, and who will be asked.
fn draft(request: &Request, now: Time, roots: &mut RootMemo) -> Result<State, AttestError> {
    let job = request.job();
    let mode = job.config().mode(job.mode())?;
    let statement = crate::summary::build_statement_verifying(request, now, roots)?;
    if statement.payload().len() > MAX_PAYLOAD_BYTES {
        let detail = alloc::format!("a statement that is signed has at most {MAX_PAYLOAD_BYTES} bytes");
        return Err(AttestError::new(ErrorKind::LimitStatementBytes, detail));
    }
    let plan = plan::plan(request, now)?;
    let now = now.secs();
    let request = [job.mode().as_bytes(), job.entropy().as_bytes(), job.trust(), statement.payload()];
    Ok(State {
        phase: Phase::Init,
        halted: false,
        id: 0,
        pending: [0; 32],
        request: digest::of_parts(&request),
        payload: statement.payload().to_vec(),
        trust: job.trust().to_vec(),
        identity: statement.identity().clone(),
        key_name: mode.key.clone(),
        ca_key_name: mode.ca_key.clone(),
        plan,
        key: None,
        ca_key: None,
        certification: Certification::default(),
        signature: None,
        nonces: Vec::new(),
        timestamps: Vec::new(),
        entries: Vec::new(),
        recovery: None,
        evidence: Evidence::default(),
        counters: Counters::default(),
        started: now,
        deadline: deadline_after(now, job.deadline(), now),
        last_seen: now,
        entropy: *job.entropy().as_bytes(),
    })
}
