//! Requests to services, and what their replies come to.
use alloc::string::String;
use alloc::vec::Vec;

use super::evidence;
use super::recover;
use super::run::{Next, Run, Stop, judge_host_error};
use super::state::{Phase, State};
use super::step::{Action, ExchangeRequest, HostError, Service, ServiceReply};
use crate::error::{AttestError, ErrorKind};
use crate::selection::SelectedService;

/// Longest reply.
const MAX_REPLY_BYTES: usize = 1 << 20;
/// Attempts of a first service before another one stands in for it.
const PATIENCE: u32 = 3;

const JSON: &str = "application/json";
const TIMESTAMP_QUERY: &str = "application/timestamp-query";
const TIMESTAMP_REPLY: &str = "application/timestamp-reply";

/// A reply, or why there is none.
pub(super) type Exchanged = Result<ServiceReply, HostError>;

/// What one service answered.
enum Answer {
    /// Checked, in the form in which the bundle carries it.
    Evidence(Vec<u8>),
    /// The log has the entry already.
    Conflict(ServiceReply),
    /// The log takes no more entries.
    Frozen,
    /// Nothing usable.
    Stop(Stop),
}

/// What a phase that needs services asks for; a phase whose evidence is complete has moved.
pub(super) fn next(run: &mut Run<'_>) -> Result<Next, AttestError> {
    if run.state.phase == Phase::Certify {
        return Ok(Next::Ask(Action::NeedExchange {
            requests: Vec::from([certificate_request(&run.state)?]),
        }));
    }
    let missing = missing_places(&run.state);
    if missing.is_empty() {
        let next = if run.state.phase == Phase::Signed { Phase::Timestamped } else { Phase::Logged };
        run.enter(next);
        return Ok(Next::Moved);
    }
    let mut requests = Vec::new();
    for place in missing {
        requests.push(request(run, place)?);
    }
    Ok(Next::Ask(Action::NeedExchange { requests }))
}

/// Takes the replies; `None` if they are not as many as the requests.
pub(super) fn take(run: &mut Run<'_>, replies: Vec<Exchanged>) -> Option<Result<(), Stop>> {
    if run.state.phase == Phase::Certify {
        let [reply] = <[Exchanged; 1]>::try_from(replies).ok()?;
        return Some(take_certificate(run, &reply));
    }
    let missing = missing_places(&run.state);
    (missing.len() == replies.len()).then(|| take_evidence(run, &missing, replies))
}

// ---- certificate ------------------------------------------------------------------------------------------------

/// What the key signs to prove that it is there.
pub(super) fn certification_request(spki: &[u8]) -> Vec<u8> {
    crate::exchange::fulcio::certification_request_info(spki)
}

fn certificate_request(state: &State) -> Result<ExchangeRequest, AttestError> {
    let authority = state.plan.authority.as_ref().ok_or_else(super::cbor::format)?;
    Ok(ExchangeRequest {
        with_token: true,
        ..post(state, Service::Fulcio, authority, evidence::certificate_request(state)?)
    })
}

fn take_certificate(run: &mut Run<'_>, reply: &Exchanged) -> Result<(), Stop> {
    let reply = usable(Service::Fulcio, reply)?;
    let chain = evidence::read_certificate(run, &reply.body)?;
    run.state.certification.chain = chain;
    run.enter(Phase::Certified);
    Ok(())
}

// ---- timestamps and log entries ---------------------------------------------------------------------------------

/// Places of the pending phase that are empty.
fn missing_places(state: &State) -> Vec<usize> {
    let places = if state.phase == Phase::Signed { &state.timestamps } else { &state.entries };
    places.iter().enumerate().filter(|(_, place)| place.is_none()).map(|(index, _)| index).collect()
}

fn request(run: &mut Run<'_>, place: usize) -> Result<ExchangeRequest, AttestError> {
    let state = &run.state;
    if state.phase == Phase::Signed {
        let service = service(state, place)?;
        let body = evidence::timestamp_query(state, place)?;
        return Ok(post(state, Service::Tsa, service, body));
    }
    let service = service(state, place)?;
    let body = evidence::log_request(state, service.api_version)?;
    Ok(post(state, Service::Rekor, service, body))
}

/// The service that belongs to a place of the pending phase.
pub(super) fn service(state: &State, place: usize) -> Result<&SelectedService, AttestError> {
    let selection =
        if state.phase == Phase::Signed { &state.plan.timestamp_authorities } else { &state.plan.logs };
    selection.chosen.get(place).ok_or_else(super::cbor::format)
}

fn take_evidence(run: &mut Run<'_>, missing: &[usize], replies: Vec<Exchanged>) -> Result<(), Stop> {
    let mut stops = Vec::new();
    let mut conflicts = Vec::new();
    let mut frozen = Vec::new();
    for (place, reply) in missing.iter().copied().zip(replies) {
        match answer(run, place, &reply) {
            Answer::Evidence(evidence) => keep(run, place, evidence),
            Answer::Conflict(reply) => conflicts.push((place, reply)),
            Answer::Frozen => frozen.push(place),
            Answer::Stop(stop) => stops.push((place, stop)),
        }
    }
    for (place, stop) in &stops {
        let gives_up = match stop {
            Stop::Final(_) => true,
            Stop::Retry(_) => run.state.counters.attempts.saturating_add(1) >= PATIENCE,
            Stop::Halted(_) => false,
        };
        if gives_up && stand_in(run, *place) {
            return Ok(());
        }
    }
    if let Some(error) = stops.iter().find_map(|(_, stop)| final_error(run, stop)) {
        recover::report(&mut run.state, &conflicts);
        return Err(Stop::Final(error));
    }
    if !frozen.is_empty() {
        return recover::frozen(run, &frozen);
    }
    if !conflicts.is_empty() {
        return recover::conflict(run, &conflicts);
    }
    stops.into_iter().map(|(_, stop)| stop).reduce(Stop::worse).map_or(Ok(()), Err)
}

fn keep(run: &mut Run<'_>, place: usize, evidence: Vec<u8>) {
    let state = &mut run.state;
    let places = if state.phase == Phase::Signed { &mut state.timestamps } else { &mut state.entries };
    if let Some(empty) = places.get_mut(place) {
        *empty = Some(evidence);
    }
}

/// Puts the spare service into the place of one that failed. Whether there was one.
fn stand_in(run: &mut Run<'_>, place: usize) -> bool {
    let is_tsa = run.state.phase == Phase::Signed;
    let plan = &mut run.state.plan;
    let selection = if is_tsa { &mut plan.timestamp_authorities } else { &mut plan.logs };
    let (Some(spare), Some(failed)) = (selection.spare.take(), selection.chosen.get_mut(place)) else {
        return false;
    };
    *failed = spare;
    let phase = run.state.phase;
    run.enter(phase);
    true
}

/// With several services that are all needed, the error says so.
fn final_error(run: &Run<'_>, stop: &Stop) -> Option<AttestError> {
    let Stop::Final(error) = stop else { return None };
    let state = &run.state;
    let is_refusal = matches!(error.kind, ErrorKind::TsaRefused | ErrorKind::RekorRefused);
    if is_refusal && is_one_of_several(state) {
        let detail = alloc::format!("one of the services that are all needed: {}", error.code());
        return Some(AttestError::new(threshold(state.phase), detail));
    }
    Some(error.clone())
}

fn is_one_of_several(state: &State) -> bool {
    let places = if state.phase == Phase::Signed { state.timestamps.len() } else { state.entries.len() };
    places > 1
}

fn threshold(phase: Phase) -> ErrorKind {
    if phase == Phase::Signed { ErrorKind::TsaThreshold } else { ErrorKind::RekorThreshold }
}

/// What to say when the missing evidence did not come in time.
pub(super) fn missing(state: &State) -> ErrorKind {
    if is_one_of_several(state) {
        threshold(state.phase)
    } else if state.phase == Phase::Signed {
        ErrorKind::TsaUnavailable
    } else {
        ErrorKind::RekorUnavailable
    }
}

fn answer(run: &mut Run<'_>, place: usize, reply: &Exchanged) -> Answer {
    if run.state.phase == Phase::Signed {
        return match usable(Service::Tsa, reply) {
            Ok(reply) => match evidence::read_timestamp(run, place, &reply.body) {
                Err(_) if evidence::is_after_leaf(run, place, &reply.body) => Answer::Stop(Stop::Retry(None)),
                timestamp => checked(timestamp),
            },
            Err(stop) => Answer::Stop(stop),
        };
    }
    let is_v2 = service(&run.state, place).is_ok_and(|service| service.api_version == 2);
    match reply {
        Ok(reply) if reply.status == 409 => Answer::Conflict(reply.clone()),
        Ok(reply) if reply.status == 405 && is_v2 => Answer::Frozen,
        _ => match usable(Service::Rekor, reply) {
            Ok(reply) => match evidence::read_entry(run, place, &reply.body) {
                Err(_) if note_late_entry(run, place, &reply.body) => Answer::Stop(Stop::Retry(None)),
                entry => checked(entry),
            },
            Err(stop) => Answer::Stop(stop),
        },
    }
}

/// Puts an entry on record that came too late for a certificate that has ended meanwhile. Whether there is one.
fn note_late_entry(run: &mut Run<'_>, place: usize, body: &[u8]) -> bool {
    let index = evidence::late_entry(run, place, body).as_deref().and_then(log_index);
    let log = run.state.plan.logs.chosen.get(place).map(|log| log.url.clone());
    run.state.evidence.log_entries.extend(log.zip(index));
    index.is_some()
}

fn checked(evidence: Result<Vec<u8>, AttestError>) -> Answer {
    match evidence {
        Ok(evidence) => Answer::Evidence(evidence),
        Err(error) => Answer::Stop(Stop::Final(error)),
    }
}

// ---- HTTP -------------------------------------------------------------------------------------------------------

/// A request with a body to the place where a service takes new things.
fn post(state: &State, service: Service, chosen: &SelectedService, body: Vec<u8>) -> ExchangeRequest {
    let (path, timeout_ms) = match (service, chosen.api_version) {
        (Service::Fulcio, _) => ("/api/v2/signingCert", 30_000),
        (Service::Tsa, _) => ("", 15_000),
        (Service::Rekor, 1) => ("/api/v1/log/entries", 30_000),
        // The reply comes after the next checkpoint.
        (Service::Rekor, _) => ("/api/v2/log/entries", 60_000),
    };
    let (content_type, accept) = match service {
        Service::Tsa => (TIMESTAMP_QUERY, TIMESTAMP_REPLY),
        Service::Fulcio | Service::Rekor => (JSON, JSON),
    };
    ExchangeRequest {
        service,
        service_url: chosen.url.clone(),
        api_version: chosen.api_version,
        method: "POST",
        url: join(&chosen.url, path),
        content_type,
        accept,
        body,
        with_token: false,
        timeout_ms,
        delay_ms: state.counters.delay_ms,
    }
}

/// A request that only reads from a log.
pub(super) fn get(
    state: &State,
    chosen: &SelectedService,
    path: &str,
    accept: &'static str,
) -> ExchangeRequest {
    ExchangeRequest {
        service: Service::Rekor,
        service_url: chosen.url.clone(),
        api_version: chosen.api_version,
        method: "GET",
        url: join(&chosen.url, path),
        content_type: "",
        accept,
        body: Vec::new(),
        with_token: false,
        timeout_ms: 30_000,
        delay_ms: state.counters.delay_ms,
    }
}

/// One trailing slash of the base is ignored; without a path the URL stays as it is.
fn join(base: &str, path: &str) -> String {
    if path.is_empty() {
        base.into()
    } else {
        alloc::format!("{}{path}", base.strip_suffix('/').unwrap_or(base))
    }
}

/// A reply that carries what was asked for.
pub(super) fn usable(service: Service, reply: &Exchanged) -> Result<&ServiceReply, Stop> {
    let (refused, format, expected) = match service {
        Service::Fulcio => (ErrorKind::FulcioRefused, ErrorKind::FulcioFormat, JSON),
        Service::Rekor => (ErrorKind::RekorRefused, ErrorKind::RekorFormat, JSON),
        Service::Tsa => (ErrorKind::TsaRefused, ErrorKind::TsaFormat, TIMESTAMP_REPLY),
    };
    let reply = reply.as_ref().map_err(|error| judge_host_error(*error, refused))?;
    let refuse = |kind, detail: String| AttestError::new(kind, detail);
    match reply.status {
        200 | 201 if reply.body.len() > MAX_REPLY_BYTES => {
            Err(Stop::Final(refuse(ErrorKind::ServiceBody, "a reply has at most 1 MiB".into())))
        }
        200 | 201 if !is_type(&reply.content_type, expected) => {
            Err(Stop::Final(refuse(format, alloc::format!("expected {expected}"))))
        }
        200 | 201 => Ok(reply),
        300..=399 => {
            Err(Stop::Final(refuse(ErrorKind::ServiceRedirect, "redirects are not followed".into())))
        }
        408 | 429 | 500 | 502 | 503 | 504 => Err(Stop::Retry(reply.retry_after)),
        401 if service == Service::Fulcio => {
            let detail = "status 401: resume with again and a fresh token";
            Err(Stop::Halted(refuse(refused, detail.into())))
        }
        status => Err(Stop::Final(refuse(refused, alloc::format!("status {status}")))),
    }
}

/// Whether a media type is the expected one, parameters apart.
fn is_type(found: &str, expected: &str) -> bool {
    found.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(expected)
}

/// End of the leaf certificate, or of the one that the private authority is asked for, Unix seconds.
pub(super) fn leaf_end(state: &State) -> Result<Option<u64>, AttestError> {
    evidence::leaf_end(state)
}

/// Serial number of the leaf certificate, if there is one.
pub(super) fn serials(chain: &[Vec<u8>]) -> Option<String> {
    evidence::serial(chain)
}

/// Index of a log entry in bundle form.
pub(super) fn log_index(entry: &[u8]) -> Option<u64> {
    evidence::log_index(entry)
}
