//! The interface `provenance`, and the parts of a request that `signing` shares with it.

use cretula_attest::{AttestError, ErrorKind, FactsParts, JobParts, Request, TenantParts, build_statement};
use cretula_encoding::time::Time;

use crate::Module;
use crate::bindings::exports::cretula::core::provenance as wit;

impl wit::Guest for Module {
    fn statement(
        facts: wit::ControlPlaneFacts,
        claims: wit::TenantClaims,
        job: wit::Job,
        now: u64,
    ) -> Result<Vec<u8>, wit::AttestError> {
        let built = time(now).and_then(|now| build_statement(&request(&facts, &claims, &job)?, now));
        built.map(|statement| statement.payload().to_vec()).map_err(error)
    }
}

/// # Errors
/// The request is refused.
pub(crate) fn request(
    facts: &wit::ControlPlaneFacts,
    claims: &wit::TenantClaims,
    job: &wit::Job,
) -> Result<Request, AttestError> {
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
    Request::from_parts(&facts, &tenant, &job)
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
