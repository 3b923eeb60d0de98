//! Logs that have the entry already, and logs that take no more.
use alloc::string::String;
use alloc::vec::Vec;

use super::exchanges::{Exchanged, get, log_index, service};
use super::plan::{self, log_version};
use super::run::{Next, Run, Stop, judge_host_error};
use super::state::{Phase, Recovery, RecoveryPlace, State};
use super::step::{Action, ExchangeRequest, HostError, ServiceReply};
use super::{evidence, signing};
use crate::error::{AttestError, ErrorKind};
use crate::selection::SelectedService;

/// Any bytes; checked by what is in them.
const ANY: &str = "*/*";
const JSON: &str = "application/json";

/// What is asked for to get over it.
pub(super) fn next(run: &mut Run<'_>) -> Result<Next, AttestError> {
    if run.state.phase == Phase::Frozen {
        return Ok(Next::Ask(Action::NeedConfig { reason: "frozen" }));
    }
    Ok(Next::Ask(Action::NeedExchange { requests: reads(&run.state)? }))
}

// ---- an entry that is there -------------------------------------------------------------------------------------

/// Logs have an equal entry: their places and replies.
///
/// Rekor v1 names it, and it is read. With Rekor v2 another key or, where signatures are random, another signature makes
/// another entry, once; otherwise the entry is found by its index. One log at a time: the others are asked again.
pub(super) fn conflict(run: &mut Run<'_>, conflicts: &[(usize, ServiceReply)]) -> Result<(), Stop> {
    let (place, reply) = conflicts.first().ok_or_else(super::cbor::format)?;
    let log = service(&run.state, *place)?.clone();
    if log.api_version == 1 {
        let location = reply.location.as_deref().unwrap_or_default();
        let path = location.strip_prefix(log.url.trim_end_matches('/')).unwrap_or(location);
        if !crate::exchange::rekor_v1::is_entry_path(path) {
            let detail = "the conflict names no entry";
            return Err(Stop::Final(AttestError::new(ErrorKind::RekorFormat, detail)));
        }
        return read(run, *place, RecoveryPlace::Path(path.into()));
    }
    if run.state.counters.conflicts == 0 {
        let has_certificate = run.state.plan.profile.has_certificate();
        let is_random = !signing::key(&run.state)?.is_deterministic();
        if has_certificate || is_random {
            run.state.counters.conflicts = 1;
            report(&mut run.state, conflicts);
            return sign_again(run, has_certificate);
        }
    }
    let detail = "the conflict names no index";
    let index = reply.log_index.ok_or_else(|| AttestError::new(ErrorKind::RekorFormat, detail))?;
    read(run, *place, RecoveryPlace::Index { index, checkpoint: None })
}

/// Puts on record the entries of which logs say that they have them, for a signature that is given up.
pub(super) fn report(state: &mut State, conflicts: &[(usize, ServiceReply)]) {
    for (place, reply) in conflicts {
        let log = state.plan.logs.chosen.get(*place);
        state.evidence.log_entries.extend(log.map(|log| log.url.clone()).zip(reply.log_index));
    }
}

/// The entry of which a log says that it has it, while it is read.
pub(super) fn reported(state: &State) -> Option<(String, u64)> {
    let recovery = state.recovery.as_ref()?;
    let RecoveryPlace::Index { index, .. } = recovery.place else { return None };
    state.plan.logs.chosen.get(recovery.slot).map(|log| (log.url.clone(), index))
}

fn sign_again(run: &mut Run<'_>, has_certificate: bool) -> Result<(), Stop> {
    if has_certificate {
        run.begin_again();
    } else {
        run.discard_signature();
        run.enter(Phase::Certified);
    }
    Ok(())
}

fn read(run: &mut Run<'_>, slot: usize, place: RecoveryPlace) -> Result<(), Stop> {
    run.state.recovery = Some(Recovery { slot, place });
    run.enter(Phase::Recover);
    Ok(())
}

fn recovery(state: &State) -> Result<&Recovery, AttestError> {
    state.recovery.as_ref().ok_or_else(super::cbor::format)
}

/// What is to be read: the entry, the checkpoint, or the tiles that prove the entry against it.
fn reads(state: &State) -> Result<Vec<ExchangeRequest>, AttestError> {
    let recovery = recovery(state)?;
    let log = state.plan.logs.chosen.get(recovery.slot).ok_or_else(super::cbor::format)?;
    match &recovery.place {
        RecoveryPlace::Path(path) => Ok(Vec::from([get(state, log, path, JSON)])),
        RecoveryPlace::Index { checkpoint: None, .. } => {
            Ok(Vec::from([get(state, log, &evidence::checkpoint_path(), ANY)]))
        }
        RecoveryPlace::Index { index, checkpoint: Some(checkpoint) } => {
            let paths = evidence::tile_paths(state, *index, checkpoint)?;
            Ok(paths.iter().map(|path| get(state, log, path, ANY)).collect())
        }
    }
}

/// Takes what was read; `None` if the replies are not as many as the requests.
pub(super) fn take(run: &mut Run<'_>, replies: &[Exchanged]) -> Option<Result<(), Stop>> {
    match reads(&run.state) {
        Ok(requests) => (requests.len() == replies.len()).then(|| take_read(run, replies)),
        Err(error) => Some(Err(Stop::Final(error))),
    }
}

fn take_read(run: &mut Run<'_>, replies: &[Exchanged]) -> Result<(), Stop> {
    let mut bodies = Vec::new();
    let mut stop = None;
    for reply in replies {
        match readable(reply) {
            Ok(reply) => bodies.push(reply.body.clone()),
            Err(failed) => stop = stop.into_iter().chain([failed]).reduce(Stop::worse),
        }
    }
    if let Some(stop) = stop {
        forget_checkpoint(&mut run.state);
        return Err(stop);
    }
    let Recovery { slot, place } = recovery(&run.state)?.clone();
    let first = bodies.first().ok_or_else(super::cbor::format)?;
    let entry = match place {
        RecoveryPlace::Path(_) => evidence::read_entry(run, slot, first)?,
        RecoveryPlace::Index { index, checkpoint: None } => return take_checkpoint(run, index, first),
        RecoveryPlace::Index { index, checkpoint: Some(checkpoint) } => {
            evidence::recovered_entry(&run.state, index, &checkpoint, &bodies)?
        }
    };
    take_entry(run, slot, entry)
}

/// A log that has grown may have dropped the tiles of an earlier checkpoint: what could not be read is read by the
/// checkpoint of its time.
fn forget_checkpoint(state: &mut State) {
    if let Some(Recovery { place: RecoveryPlace::Index { checkpoint, .. }, .. }) = &mut state.recovery {
        *checkpoint = None;
    }
}

/// Keeps the checkpoint once it verified. One that does not reach the entry yet is read again. The attempts go on: a
/// log that serves checkpoints without tiles is not asked for ever.
fn take_checkpoint(run: &mut Run<'_>, index: u64, read: &[u8]) -> Result<(), Stop> {
    match evidence::tile_paths(&run.state, index, read) {
        Err(error) if error.kind == ErrorKind::RekorDuplicate => return Err(Stop::Retry(None)),
        paths => drop(paths?),
    }
    if let Some(Recovery { place: RecoveryPlace::Index { checkpoint, .. }, .. }) = &mut run.state.recovery {
        *checkpoint = Some(read.to_vec());
    }
    run.state.counters.delay_ms = 0;
    Ok(())
}

/// The entry was checked like any other. It is in the bundle, so it is not one that was left behind: a key that signs
/// without randomness makes an equal signature, and the log finds an equal entry.
fn take_entry(run: &mut Run<'_>, slot: usize, entry: Vec<u8>) -> Result<(), Stop> {
    let log = run.state.plan.logs.chosen.get(slot).map(|log| log.url.clone());
    let found = log.zip(log_index(&entry));
    run.state.evidence.log_entries.retain(|reported| Some(reported) != found.as_ref());
    if let Some(place) = run.state.entries.get_mut(slot) {
        *place = Some(entry);
    }
    run.state.recovery = None;
    run.enter(Phase::Timestamped);
    Ok(())
}

/// A log that cannot be read for the moment, or does not serve what it should, is asked again until the deadline.
fn readable(reply: &Exchanged) -> Result<&ServiceReply, Stop> {
    let reply = reply.as_ref().map_err(|error| judge_host_error(*error, ErrorKind::RekorRefused))?;
    match reply.status {
        200 if reply.body.len() <= evidence::MAX_TILE_BYTES => Ok(reply),
        200 => Err(Stop::Final(AttestError::new(ErrorKind::ServiceBody, "a reply has at most 1 MiB"))),
        300..=399 => {
            Err(Stop::Final(AttestError::new(ErrorKind::ServiceRedirect, "redirects are not followed")))
        }
        _ => Err(Stop::Retry(reply.retry_after)),
    }
}

/// What to say when the entry could not be read in time.
pub(super) fn unreadable(state: &State) -> ErrorKind {
    match state.recovery.as_ref().map(|recovery| &recovery.place) {
        Some(RecoveryPlace::Path(_)) => ErrorKind::RekorUnavailable,
        Some(RecoveryPlace::Index { .. }) | None => ErrorKind::RekorDuplicate,
    }
}

// ---- a log that is frozen ---------------------------------------------------------------------------------------

/// The configuration is read again, once, for the logs at these places.
pub(super) fn frozen(run: &mut Run<'_>, places: &[usize]) -> Result<(), Stop> {
    for place in places {
        let url: String = service(&run.state, *place)?.url.clone();
        run.state.plan.excluded.push(url);
    }
    if run.state.counters.refreshes >= 1 {
        return Err(Stop::Final(no_log()));
    }
    run.state.counters.refreshes = 1;
    run.enter(Phase::Frozen);
    Ok(())
}

fn no_log() -> AttestError {
    AttestError::new(ErrorKind::RekorFrozen, "no other log is configured")
}

/// A fresh configuration has come: the same signature goes to another log.
pub(super) fn take_config(run: &mut Run<'_>, trust: Vec<u8>) -> Result<(), Stop> {
    let logs = plan::select_logs(&run.state.plan, &trust, run.now)?;
    let algorithm = signing::key(&run.state)?.details.name();
    run.state.plan.profile.check_algorithm(algorithm, log_version(&logs))?;
    run.state.trust = trust;
    let before = core::mem::replace(&mut run.state.plan.logs, logs);
    keep_entries(&mut run.state, &before.chosen);
    run.enter(Phase::Timestamped);
    Ok(())
}

/// Entries of logs that stay are kept, the others put on record.
fn keep_entries(state: &mut State, before: &[SelectedService]) {
    let mut old: Vec<_> = before.iter().zip(core::mem::take(&mut state.entries)).collect();
    let mut entry_of = |log: &SelectedService| {
        let found = old.iter_mut().find(|(earlier, _)| *earlier == log);
        found.and_then(|(_, entry)| entry.take())
    };
    state.entries = state.plan.logs.chosen.iter().map(&mut entry_of).collect();
    let left = old.iter().filter_map(|(log, entry)| Some((log.url.clone(), log_index(entry.as_deref()?)?)));
    state.evidence.log_entries.extend(left);
}

/// The host has no fresh configuration.
pub(super) fn config_error(error: HostError) -> Stop {
    judge_host_error(error, ErrorKind::ConfigSelection)
}
