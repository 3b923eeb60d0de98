//! The interface `provenance`, and the parts of a request that `signing` shares with it.

use cretula_attest::{
    AttestError, ErrorKind, FactsParts, JobParts, Request, TenantParts, build_statement_verifying,
};
use cretula_encoding::time::Time;

use crate::bindings::exports::cretula::core::provenance as wit;
use crate::{Module, memo};

impl wit::Guest for Module {
    fn statement(
        facts: wit::ControlPlaneFacts,
        claims: wit::TenantClaims,
        job: wit::Job,
        now: u64,
    ) -> Result<Vec<u8>, wit::AttestError> {
        let built = read(&facts, &claims, &job, now).and_then(|(request, now)| {
            memo::with_roots(|roots| build_statement_verifying(&request, now, roots))
        });
        built.map(|statement| statement.payload().to_vec()).map_err(error)
    }
}

/// Request and time of a call.
///
/// # Errors
/// The request cannot be read; `input/number` for a time after the year 9999.
pub(crate) fn read(
    facts: &wit::ControlPlaneFacts,
    claims: &wit::TenantClaims,
    job: &wit::Job,
    now: u64,
) -> Result<(Request, Time), AttestError> {
    let now = time(now)?;
    let facts = FactsParts {
        origin: &facts.origin,
        claims: facts.claims.as_deref(),
        event: &facts.event,
        record: &facts.record,
        module_digest: &facts.module_digest,
    };
    let tenant = TenantParts {
        subjects: &claims.subjects,
        resolved_dependencies: &claims.resolved_dependencies,
        byproducts: &claims.byproducts,
        declared: &claims.declared,
    };
    let job = JobParts {
        mode: &job.mode,
        entropy: &job.entropy,
        config: &job.config,
        trust: &job.trust,
        predicate: &job.predicate,
        deadline: job.deadline,
    };
    Ok((Request::from_parts(&facts, &tenant, &job)?, now))
}

/// # Errors
/// `input/number` after the year 9999.
pub(crate) fn time(secs: u64) -> Result<Time, AttestError> {
    Time::from_secs(secs).ok_or_else(|| AttestError {
        kind: ErrorKind::InputNumber,
        path: None,
        detail: Some("expected Unix seconds before year 10000".into()),
    })
}

pub(crate) fn error(error: AttestError) -> wit::AttestError {
    wit::AttestError { code: error.code().into(), path: error.path, detail: error.detail }
}
