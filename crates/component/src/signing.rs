//! The interface `signing`: steps of the machine as records.

use cretula_attest::AttestError;
use cretula_attest::machine as core;

use crate::bindings::exports::cretula::core::signing as wit;
use crate::{Module, generation, memo};

impl wit::Guest for Module {
    fn begin(facts: wit::ControlPlaneFacts, claims: wit::TenantClaims, job: wit::Job, now: u64) -> wit::Step {
        match generation::read(&facts, &claims, &job, now) {
            Ok((request, now)) => step(memo::with_roots(|roots| core::begin(&request, now, roots))),
            Err(error) => refused(Vec::new(), error),
        }
    }

    fn resume(state: Vec<u8>, reply: wit::Reply, now: u64) -> wit::Step {
        match generation::time(now) {
            Ok(now) => {
                let outcome = outcome(reply.outcome);
                step(memo::with_roots(|roots| core::resume(&state, reply.id, outcome, now, roots)))
            }
            Err(error) => refused(state, error),
        }
    }
}

// ---- in ---------------------------------------------------------------------------------------------------------

fn outcome(outcome: wit::Outcome) -> core::Reply {
    match outcome {
        wit::Outcome::Again(deadline) => core::Reply::Again { deadline },
        wit::Outcome::Config(trust) => core::Reply::Config(trust),
        wit::Outcome::Error(error) => core::Reply::Error(host_error(error)),
        wit::Outcome::Exchange(replies) => core::Reply::Exchange(
            replies.into_iter().map(|reply| reply.map(service_reply).map_err(host_error)).collect(),
        ),
        wit::Outcome::Key(key) => core::Reply::Key(core::KeyReply {
            public_key: key.public_key,
            algorithm: key.algorithm,
            key_id: key.key_id,
            version: key.version,
            chain: key.chain,
        }),
        wit::Outcome::Signature(signature) => core::Reply::Signature(core::SignatureReply {
            signature: signature.signature,
            encoding: signature.encoding,
            version: signature.version,
        }),
    }
}

fn host_error(error: wit::HostError) -> core::HostError {
    match error {
        wit::HostError::Denied => core::HostError::Denied,
        wit::HostError::Redirected => core::HostError::Redirected,
        wit::HostError::Throttled(retry_after_ms) => core::HostError::Throttled { retry_after_ms },
        wit::HostError::TimedOut => core::HostError::TimedOut,
        wit::HostError::TooLarge => core::HostError::TooLarge,
        wit::HostError::Unavailable => core::HostError::Unavailable,
        wit::HostError::WrongVersion => core::HostError::WrongVersion,
        wit::HostError::Other => core::HostError::Other,
    }
}

fn service_reply(reply: wit::ServiceReply) -> core::ServiceReply {
    core::ServiceReply {
        status: reply.status,
        content_type: reply.content_type,
        location: reply.location,
        retry_after: reply.retry_after,
        log_index: reply.log_index,
        body: reply.body,
    }
}

// ---- out --------------------------------------------------------------------------------------------------------

fn step(step: core::Step) -> wit::Step {
    wit::Step { state: step.state, id: step.id, action: action(step.action) }
}

/// A call that could not be read; the state stands as it was.
fn refused(state: Vec<u8>, error: AttestError) -> wit::Step {
    let failure = core::Failure { error, resumable: false, evidence: core::Evidence::default() };
    step(core::Step { state, id: 0, action: core::Action::Failed(failure) })
}

fn action(action: core::Action) -> wit::Action {
    match action {
        core::Action::NeedConfig { reason } => {
            wit::Action::NeedConfig(wit::ConfigRequest { reason: reason.into() })
        }
        core::Action::NeedExchange { requests } => {
            wit::Action::NeedExchange(requests.into_iter().map(exchange_request).collect())
        }
        core::Action::NeedKey { key, algorithm, delay_ms } => {
            wit::Action::NeedKey(wit::KeyRequest { key, algorithm: algorithm.map(Into::into), delay_ms })
        }
        core::Action::NeedSignature { key, message, delay_ms } => {
            wit::Action::NeedSignature(wit::SignatureRequest { key, message, delay_ms })
        }
        core::Action::Done(finished) => wit::Action::Done(wit::Finished {
            bundle: finished.bundle,
            report: finished.report,
            evidence: evidence(finished.evidence),
        }),
        core::Action::Failed(failure) => wit::Action::Failed(wit::Failure {
            error: generation::error(failure.error),
            resumable: failure.resumable,
            evidence: evidence(failure.evidence),
        }),
    }
}

fn exchange_request(request: core::ExchangeRequest) -> wit::ExchangeRequest {
    wit::ExchangeRequest {
        service: request.service.name().into(),
        service_url: request.service_url,
        api_version: request.api_version,
        method: request.method.into(),
        url: request.url,
        content_type: request.content_type.into(),
        accept: request.accept.into(),
        body: request.body,
        auth: if request.with_token { "fulcio-token" } else { "none" }.into(),
        timeout_ms: request.timeout_ms,
        delay_ms: request.delay_ms,
    }
}

fn evidence(evidence: core::Evidence) -> wit::Evidence {
    let entries = evidence.log_entries.into_iter();
    wit::Evidence {
        certificates: evidence.certificates,
        log_entries: entries.map(|(log_id, index)| wit::LogEntry { log_id, index }).collect(),
    }
}
