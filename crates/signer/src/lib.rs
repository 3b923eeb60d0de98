#![doc = include_str!("../README.md")]

mod bindings;
mod exchange;
mod key_ring;

use bindings::cretula::core::provenance::{ControlPlaneFacts, Job, TenantClaims};
use bindings::cretula::core::services;
use bindings::cretula::core::signing::{self, Action, Failure, Finished, Outcome, Reply, Step};
use bindings::exports::cretula::core::attestor::Guest;
use key_ring::KeyRing;

/// The implementation of the interface `attestor`.
struct Adapter;

impl Guest for Adapter {
    fn attest(
        facts: ControlPlaneFacts,
        claims: TenantClaims,
        job: Job,
        now: u64,
    ) -> Result<Finished, Failure> {
        run(signing::begin(&facts, &claims, &job, now), now)
    }
}

/// Performs steps until one of them is the last. The module counts attempts and knows the deadline.
#[expect(clippy::result_large_err, reason = "the shape of the interface, made once in a call")]
fn run(first: Step, begun: u64) -> Result<Finished, Failure> {
    let mut keys = KeyRing::default();
    let mut step = first;
    let mut now = begun;
    loop {
        let outcome = match step.action {
            Action::Done(finished) => return Ok(finished),
            Action::Failed(failure) => return Err(failure),
            Action::NeedConfig(_) => services::refresh_config()
                .map_or_else(|error| Outcome::Error(exchange::host_error(&error)), Outcome::Config),
            Action::NeedExchange(requests) => Outcome::Exchange(exchange::send_all(&requests)),
            Action::NeedKey(request) => {
                services::wait(request.delay_ms);
                keys.open(request.key).map_or_else(Outcome::Error, Outcome::Key)
            }
            Action::NeedSignature(request) => {
                services::wait(request.delay_ms);
                keys.sign(&request.key, &request.message).map_or_else(Outcome::Error, Outcome::Signature)
            }
        };
        now = services::wait(0).max(now);
        let reply = Reply { id: step.id, outcome };
        step = signing::resume(&step.state, &reply, now);
    }
}
