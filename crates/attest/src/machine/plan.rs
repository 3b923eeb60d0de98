//! What is decided when a run begins: profile, services, and how the key is named.
use cretula_encoding::time::Time;

use super::state::Plan;
use crate::admission::check_visibility;
use crate::config::{LogVersion, Profile};
use crate::error::AttestError;
use crate::private_ca::leaf_secs;
use crate::request::Request;
use crate::selection::{Selection, Wanted, select};
use crate::trust::{parse_trust, signing_config};

/// Selects the services of a request.
///
/// # Errors
/// `mode/unknown`, `profile/visibility`, `config/…`, and those of the selection.
pub(super) fn plan(request: &Request, now: Time) -> Result<Plan, AttestError> {
    let job = request.job();
    let mode = job.config().mode(job.mode())?;
    check_visibility(request, mode.profile.has_public_log())?;
    let mut plan = Plan {
        profile: mode.profile,
        authority: None,
        logs: Selection::default(),
        timestamp_authorities: Selection::default(),
        excluded: alloc::vec::Vec::new(),
        max_rekor_version: mode.max_rekor_version,
        allow_chain: mode.allow_chain,
        key_id: mode.key_id.clone(),
        leaf_secs: leaf_secs(mode),
    };
    if plan.profile != Profile::ManagedOffline {
        let trust = parse_trust(job.trust())?;
        let selected = select(&signing_config(&trust)?, &wanted(&plan), now)?;
        plan.authority = selected.authority;
        plan.logs = selected.logs;
        plan.timestamp_authorities = selected.timestamps;
    }
    Ok(plan)
}

/// Selects logs again, by a fresh configuration and without those that are frozen.
///
/// # Errors
/// `config/…`, `rekor/frozen` if there are no others.
pub(super) fn select_logs(plan: &Plan, trust: &[u8], now: Time) -> Result<Selection, AttestError> {
    let trust = parse_trust(trust)?;
    Ok(select(&signing_config(&trust)?, &wanted(plan), now)?.logs)
}

fn wanted(plan: &Plan) -> Wanted<'_> {
    Wanted { profile: plan.profile, max_rekor_version: plan.max_rekor_version, excluded: &plan.excluded }
}

/// Version of logs; versions are never mixed.
pub(super) fn log_version(logs: &Selection) -> Option<LogVersion> {
    logs.chosen.first().map(|log| match log.api_version {
        1 => LogVersion::V1,
        _ => LogVersion::V2,
    })
}
