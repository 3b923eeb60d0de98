//! Logs that have the entry already, and logs that take no more.
use alloc::string::String;
use alloc::vec::Vec;

use super::exchanges::{Exchanged, get, service};
use super::run::{Next, Run, Stop, judge_host_error};
use super::state::{Phase, Recovery, RecoveryPlace, State};
use super::step::{Action, ExchangeRequest, HostError, ServiceReply};
use super::{evidence, plan, signing};
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
    let requests = reads(&run.state)?.into_iter().map(|(_, request)| request).collect();
    Ok(Next::Ask(Action::NeedExchange { requests }))
}

// ---- an entry that is there -------------------------------------------------------------------------------------

/// The log has an equal entry.
///
/// Rekor v1 names it, and it is read. With Rekor v2 another key or, where signatures are random, another signature makes
/// another entry, once; otherwise the entry is found by its index.
pub(super) fn conflict(run: &mut Run<'_>, place: usize, reply: &ServiceReply) -> Result<(), Stop> {
    let log = service(&run.state, place)?.clone();
    if log.api_version == 1 {
        let location = reply.location.as_deref().unwrap_or_default();
        let path = location.strip_prefix(log.url.trim_end_matches('/')).unwrap_or(location);
        if !crate::exchange::rekor_v1::is_entry_path(path) {
            let detail = "the conflict names no entry";
            return Err(Stop::Final(AttestError::new(ErrorKind::RekorFormat, detail)));
        }
        return read(run, place, RecoveryPlace::Path(path.into()));
    }
    if run.state.counters.conflicts == 0 {
        let has_certificate = run.state.plan.profile.has_certificate();
        let is_random = !signing::key(&run.state)?.is_deterministic();
        if has_certificate || is_random {
            run.state.counters.conflicts = 1;
            run.state.evidence.log_entries.extend(reply.log_index.map(|index| (log.url, index)));
            return sign_again(run, has_certificate);
        }
    }
    let detail = "the conflict names no index";
    let index = reply.log_index.ok_or_else(|| AttestError::new(ErrorKind::RekorFormat, detail))?;
    read(run, place, RecoveryPlace::Index { index, checkpoint: None, tiles: Vec::new() })
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

/// What is still to be read: place among the tiles, and the request.
fn reads(state: &State) -> Result<Vec<(usize, ExchangeRequest)>, AttestError> {
    let recovery = recovery(state)?;
    let log = state.plan.logs.chosen.get(recovery.slot).ok_or_else(super::cbor::format)?;
    match &recovery.place {
        RecoveryPlace::Path(path) => Ok(Vec::from([(0, get(state, log, path, JSON))])),
        RecoveryPlace::Index { checkpoint: None, .. } => {
            Ok(Vec::from([(0, get(state, log, &evidence::checkpoint_path(), ANY))]))
        }
        RecoveryPlace::Index { index, checkpoint: Some(checkpoint), tiles } => {
            let paths = evidence::tile_paths(state, *index, checkpoint)?;
            let missing =
                paths.iter().enumerate().filter(|(place, _)| !tiles.get(*place).is_some_and(Option::is_some));
            Ok(missing.map(|(place, path)| (place, get(state, log, path, ANY))).collect())
        }
    }
}

/// Takes what was read; `None` if the replies are not as many as the requests.
pub(super) fn take(run: &mut Run<'_>, replies: Vec<Exchanged>) -> Option<Result<(), Stop>> {
    let places = match reads(&run.state) {
        Ok(reads) => reads.into_iter().map(|(place, _)| place).collect::<Vec<_>>(),
        Err(error) => return Some(Err(Stop::Final(error))),
    };
    (places.len() == replies.len()).then(|| take_read(run, &places, &replies))
}

fn take_read(run: &mut Run<'_>, places: &[usize], replies: &[Exchanged]) -> Result<(), Stop> {
    let mut bodies = Vec::new();
    let mut stop = None;
    for (place, reply) in places.iter().copied().zip(replies) {
        match readable(reply) {
            Ok(reply) => bodies.push((place, reply.body.clone())),
            Err(failed) => stop = stop.or(Some(failed)),
        }
    }
    let recovery = recovery(&run.state)?;
    let slot = recovery.slot;
    if matches!(recovery.place, RecoveryPlace::Path(_)) {
        stop.map_or(Ok(()), Err)?;
        let (_, body) = bodies.into_iter().next().ok_or_else(super::cbor::format)?;
        let entry = evidence::read_entry(run, slot, &body)?;
        return take_entry(run, slot, entry);
    }
    keep_tiles(&mut run.state, bodies)?;
    match stop {
        Some(stop) => Err(stop),
        None if reads(&run.state)?.is_empty() => {
            let entry = evidence::recovered_entry(&run.state)?;
            take_entry(run, slot, entry)
        }
        None => {
            run.enter(Phase::Recover);
            Ok(())
        }
    }
}

/// Keeps the checkpoint, or tiles. A checkpoint that does not reach the entry yet is read again.
fn keep_tiles(state: &mut State, bodies: Vec<(usize, Vec<u8>)>) -> Result<(), Stop> {
    let wanted = match &recovery(state)?.place {
        RecoveryPlace::Index { index, checkpoint: Some(checkpoint), .. } => {
            Some(evidence::tile_paths(state, *index, checkpoint)?.len())
        }
        RecoveryPlace::Index { index, checkpoint: None, .. } => {
            let Some((_, checkpoint)) = bodies.first() else { return Ok(()) };
            match evidence::tile_paths(state, *index, checkpoint) {
                Err(error) if error.kind == ErrorKind::RekorDuplicate => return Err(Stop::Retry(None)),
                paths => drop(paths?),
            }
            None
        }
        RecoveryPlace::Path(_) => return Ok(()),
    };
    let Some(Recovery { place: RecoveryPlace::Index { checkpoint, tiles, .. }, .. }) = &mut state.recovery
    else {
        return Ok(());
    };
    let Some(wanted) = wanted else {
        *checkpoint = bodies.into_iter().next().map(|(_, body)| body);
        return Ok(());
    };
    tiles.resize(wanted, None);
    for (place, body) in bodies {
        if let Some(tile) = tiles.get_mut(place) {
            *tile = Some(body);
        }
    }
    Ok(())
}

/// The entry was checked like any other.
fn take_entry(run: &mut Run<'_>, slot: usize, entry: Vec<u8>) -> Result<(), Stop> {
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

/// The configuration is read again, once.
pub(super) fn frozen(run: &mut Run<'_>, place: usize) -> Result<(), Stop> {
    let url: String = service(&run.state, place)?.url.clone();
    run.state.plan.excluded.push(url);
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
    run.state.trust = trust;
    let before = core::mem::replace(&mut run.state.plan.logs, logs);
    keep_entries(&mut run.state, &before.chosen);
    run.enter(Phase::Timestamped);
    Ok(())
}

/// Entries of logs that stay are kept.
fn keep_entries(state: &mut State, before: &[SelectedService]) {
    let old = core::mem::take(&mut state.entries);
    let entry_of = |log: &SelectedService| {
        let place = before.iter().position(|earlier| earlier == log)?;
        old.get(place).cloned().flatten()
    };
    state.entries = state.plan.logs.chosen.iter().map(entry_of).collect();
}

/// The host has no fresh configuration.
pub(super) fn config_error(error: HostError) -> Stop {
    judge_host_error(error, ErrorKind::ConfigSelection)
}
