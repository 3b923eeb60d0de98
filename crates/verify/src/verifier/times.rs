//! Verified times: signed entry timestamps (L05–L07) and RFC 3161 tokens (T01–T15), and how many are needed (M01–M05).

use super::case::{Case, KeyEntries, entry_generation, listed, row_index};
use super::signature::SignatureFacts;
use crate::operators::{Operator, count_operators};
use crate::policy::{CertId, OnInvalidToken, OutsideCertificate, TimeMode};
use crate::report::{CheckOutcome, Checks, Party, Threshold, TimeSource, VerifiedTime, Warning};
use crate::request::ManagedKey;
use crate::trust::{TrustedAuthority, TrustedLog, instance_hex, within};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use cretula_bundle::TransparencyLogEntry;
use cretula_crypto::HashAlgorithm;
use cretula_encoding::{
    hex,
    time::{Time, TimeRange},
};
use cretula_pki::{
    Certificate, PathBudget,
    timestamp::{
        CertIdRule, TimestampToken, TokenAuthority, TokenError, TokenFacts, TokenRules, TokenWarning,
        verify_token,
    },
};
use cretula_tlog::{Generation, SignedEntryTimestamp, verify_signed_entry_timestamp};

/// What this step established.
#[derive(Default)]
pub(super) struct TimeFacts {
    /// Verified and kept; the path is validated at each of them.
    pub(super) times: Vec<VerifiedTime>,
    /// By log entry: whether its promise verified, and when.
    pub(super) promises: Vec<Option<Time>>,
    pub(super) timestamps: Vec<Party>,
    pub(super) thresholds: Vec<(&'static str, Threshold)>,
    pub(super) warnings: Vec<Warning>,
}

/// Verifies everything that may prove a time, and demands what the policy demands. `witnessed` are times of cosignatures
/// that the policy lets count.
pub(super) fn verify_times(case: &Case<'_>, witnessed: &[VerifiedTime], checks: &mut Checks) -> TimeFacts {
    let mut facts = TimeFacts::default();
    facts.times.extend_from_slice(witnessed);
    verify_promises(case, &mut facts, checks);
    verify_tokens(case, &mut facts, checks);
    add_present(case, &mut facts);
    demand_not_future(case, &facts, checks);
    demand_times(case, &mut facts, checks);
    facts
}

// ---- signed entry timestamps ------------------------------------------------------------------------------------

fn verify_promises(case: &Case<'_>, facts: &mut TimeFacts, checks: &mut Checks) {
    let mut seen = false;
    for (index, entry) in case.bundle.log_entries().iter().enumerate() {
        let Some(promise) = &entry.inclusion_promise else {
            facts.promises.push(None);
            continue;
        };
        seen = true;
        let time = verify_promise(case, entry, promise, index, checks);
        facts.promises.push(time.as_ref().map(|time| time.time));
        // The promise holds even where its time is dropped.
        facts.times.extend(time.and_then(|time| keep_time(case, time, "L07", row_index(index), checks)));
    }
    if !seen {
        checks.not_applicable("L05", "no log entry has an inclusion promise");
    }
}

/// L05–L07 for one entry. Only under a verified promise is `integratedTime` a time.
fn verify_promise(
    case: &Case<'_>,
    entry: &TransparencyLogEntry,
    promise: &[u8],
    index: usize,
    checks: &mut Checks,
) -> Option<VerifiedTime> {
    let row = row_index(index);
    if entry_generation(entry) == Some(Generation::V2) {
        checks.fail("L06", "time/set-on-v2", row, "logs of generation 2 make no promises");
        return None;
    }
    let candidates = case.logs_of(entry);
    let body = entry.canonicalized_body.as_deref()?;
    if candidates.is_empty() {
        checks.ignored(
            "L05",
            "log-inclusion/unknown-log",
            row,
            "promise of a log that the trusted root does not know",
        );
        return None;
    }
    let payload = SignedEntryTimestamp {
        canonicalized_body: body,
        integrated_time: entry.integrated_time,
        log_id: &entry.log_id,
        log_index: entry.log_index,
    };
    match verify_by_any_log(case, &candidates, &payload, promise) {
        Ok((log, time)) => {
            checks.pass_with("L05", row, format!("log promised at {}", time.to_rfc3339()));
            checks.pass("L06", row);
            Some(log_time(log, time))
        }
        Err((code, detail)) => {
            checks.fail("L05", code, row, detail);
            None
        }
    }
}

/// Several instances of one id have split windows: any whose window fits will do.
fn verify_by_any_log<'a>(
    case: &Case<'a>,
    candidates: &[usize],
    payload: &SignedEntryTimestamp<'_>,
    promise: &[u8],
) -> Result<(&'a TrustedLog, Time), (&'static str, String)> {
    let mut refusal = ("time/set", "the promise does not verify under the key of the log".to_string());
    let logs = candidates.iter().filter_map(|index| case.root.logs.get(*index));
    let time = Time::from_secs(payload.integrated_time);
    let (in_use, retired): (Vec<_>, Vec<_>) =
        logs.partition(|log| time.is_some_and(|time| within(&log.window, time)));
    // One id is one key: of the listings that were not in use then, one says as much as all.
    for log in in_use.into_iter().chain(retired.into_iter().take(1)) {
        match verify_signed_entry_timestamp(payload, promise, &log.key, log.scheme, case.checker) {
            Ok(time) if within(&log.window, time) => return Ok((log, time)),
            Ok(time) => {
                let detail =
                    format!("the log promised at {}, outside the window of its key", time.to_rfc3339());
                refusal = ("time/set-key-window", detail);
            }
            Err(cretula_tlog::Error::SignatureTotal) => {
                return Err(("limits/signature-total", "budget of signature checks is spent".to_string()));
            }
            Err(_) => {}
        }
    }
    Err(refusal)
}

fn log_time(log: &TrustedLog, time: Time) -> VerifiedTime {
    VerifiedTime {
        time,
        source: TimeSource::Log,
        authority: instance_hex(&log.id),
        operator: log.operator.name.clone(),
        key: Some(log.operator.key),
    }
}

/// L07, T13: a verified time lies inside the validity of the signing certificate, or refuses, or is dropped.
pub(super) fn keep_time(
    case: &Case<'_>,
    time: VerifiedTime,
    check: &'static str,
    row: Option<u32>,
    checks: &mut Checks,
) -> Option<VerifiedTime> {
    let Some(leaf) = case.leaf() else { return Some(time) };
    if leaf.valid_at(time.time) {
        checks.pass(check, row);
        return Some(time);
    }
    let (not_before, not_after) = leaf.validity();
    let detail = format!(
        "signed at {}, certificate valid from {} to {}",
        time.time.to_rfc3339(),
        not_before.to_rfc3339(),
        not_after.to_rfc3339()
    );
    let code = if check == "L07" { "time/log-time-outside-certificate" } else { "time/outside-certificate" };
    match case.policy.evidence.time.outside_certificate {
        OutsideCertificate::Fail => checks.fail(check, code, row, detail),
        OutsideCertificate::Skip => checks.ignored(check, code, row, detail),
    }
    None
}

// ---- RFC 3161 -----------------------------------------------------------------------------------------------------

fn verify_tokens(case: &Case<'_>, facts: &mut TimeFacts, checks: &mut Checks) {
    if case.bundle.timestamps().is_empty() {
        checks.not_applicable("T01", "the bundle has no RFC 3161 timestamp");
        return;
    }
    for (index, bytes) in case.bundle.timestamps().iter().enumerate() {
        verify_one_token(case, bytes, index, facts, checks);
    }
}

fn verify_one_token(case: &Case<'_>, bytes: &[u8], index: usize, facts: &mut TimeFacts, checks: &mut Checks) {
    let row = row_index(index);
    let token = match TimestampToken::parse(bytes, case.limits()) {
        Ok(token) => token,
        Err(error) => return checks.fail(error.check_id(), error.code(), row, error.to_string()),
    };
    checks.pass("T01", row);
    checks.pass("T02", row);
    if case.root.timestamp_authorities.is_empty() {
        facts.timestamps.push(unknown_token(bytes));
        return checks.ignored(
            "T15",
            "trusted-root/no-tsa",
            row,
            "the trusted root has no timestamp authority",
        );
    }
    match verify_by_any_authority(case, &token) {
        Ok((authority, token)) => accept_token(case, authority, &token, row, facts, checks),
        Err(error) => refuse_token(case, &error, bytes, row, facts, checks),
    }
}

/// Tries each authority alone; material of two is never mixed. The most telling refusal is kept.
fn verify_by_any_authority<'a>(
    case: &Case<'a>,
    token: &TimestampToken,
) -> Result<(&'a TrustedAuthority, TokenFacts), TokenError> {
    let mut refusal = TokenError::Authority;
    for authority in case.root.timestamp_authorities.iter().filter(|authority| may_be_listed(case, authority))
    {
        let candidate = TokenAuthority { chain: &authority.chain, window: authority.window };
        let mut budget = PathBudget::new(case.limits());
        let verdict =
            verify_token(token, &candidate, case.bundle.signature(), &rules(case), case.checker, &mut budget);
        match verdict {
            Ok(token) if is_listed(case, authority, &token) => return Ok((authority, token)),
            Ok(_) | Err(TokenError::Authority) => {}
            Err(error) if error.is_limit() => return Err(error),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

/// Whether an authority can turn out to be a listed one. A signer that comes from the token is known only afterwards.
fn may_be_listed(case: &Case<'_>, authority: &TrustedAuthority) -> bool {
    let Some(only) = case.policy.evidence.time.only.as_deref() else { return true };
    let operator_is_listed = listed(Some(only), &[authority.operator.as_deref()]);
    let is_ca =
        |certificate: &Certificate| certificate.basic_constraints().is_some_and(|constraints| constraints.ca);
    let mut signers = authority.chain.iter().filter(|certificate| !is_ca(certificate)).peekable();
    let from_token = signers.peek().is_none();
    let signer_is_listed = signers.any(|signer| only.contains(&hex::encode(signer.sha256().as_bytes())));
    operator_is_listed || from_token || signer_is_listed
}

/// `evidence.time.only`: authorities by SHA-256 of the signing certificate, or by operator.
fn is_listed(case: &Case<'_>, authority: &TrustedAuthority, token: &TokenFacts) -> bool {
    let sha256 = hex::encode(token.signer.sha256().as_bytes());
    listed(case.policy.evidence.time.only.as_deref(), &[Some(&sha256), authority.operator.as_deref()])
}

fn rules<'a>(case: &Case<'a>) -> TokenRules<'a> {
    let time = &case.policy.evidence.time;
    let expect = case.expect();
    TokenRules {
        cert_id: match time.cert_id {
            CertId::Pinned => CertIdRule::Pinned,
            CertId::Strict => CertIdRule::Strict,
        },
        nonce: expect.nonce.as_deref(),
        policy_oid: expect.tsa_policy.as_deref(),
        policy_oids: time.policy_oids.as_deref(),
        tsa_name: expect.tsa_name.as_deref(),
        tsa_names: time.names.as_deref(),
        allow_missing_key_ids: case.policy.evidence.certificate.allow_missing_key_ids,
        max_chain: case.limits().chain,
    }
}

fn accept_token(
    case: &Case<'_>,
    authority: &TrustedAuthority,
    token: &TokenFacts,
    row: Option<u32>,
    facts: &mut TimeFacts,
    checks: &mut Checks,
) {
    for check in ["T03", "T04", "T05", "T06", "T07", "T08", "T09", "T10"] {
        checks.pass(check, row);
    }
    checks.pass_with("T11", row, format!("the authority saw this signature at {}", token.time.to_rfc3339()));
    if demands_request_members(case) {
        checks.pass("T12", row);
    }
    for warning in &token.warnings {
        facts.warnings.push(token_warning(*warning));
    }
    let instance = hex::encode(token.signer.sha256().as_bytes());
    let key = HashAlgorithm::Sha256.digest(&[token.signer.spki()]);
    let time = VerifiedTime {
        time: token.time,
        source: TimeSource::TimestampAuthority,
        authority: instance.clone(),
        operator: authority.operator.clone(),
        key: Some(key),
    };
    let kept = keep_time(case, time, "T13", row, checks);
    let outcome = match (kept.is_some(), case.policy.evidence.time.outside_certificate) {
        (true, _) => CheckOutcome::Pass,
        (false, OutsideCertificate::Skip) => CheckOutcome::Ignored,
        (false, OutsideCertificate::Fail) => CheckOutcome::Fail,
    };
    facts.timestamps.push(Party { instance, outcome, index: None, operator: authority.operator.clone() });
    facts.times.extend(kept);
}

/// Whether the caller or the policy demands anything that T12 compares.
fn demands_request_members(case: &Case<'_>) -> bool {
    let (rules, expect) = (&case.policy.evidence.time, case.expect());
    let expected = expect.nonce.is_some() || expect.tsa_policy.is_some() || expect.tsa_name.is_some();
    expected || rules.policy_oids.is_some() || rules.names.is_some()
}

fn token_warning(warning: TokenWarning) -> Warning {
    match warning {
        TokenWarning::CertIdHash => Warning {
            code: "time/token-cert-id",
            detail: Some("the token names a re-issued certificate of the pinned authority".to_string()),
        },
        _ => Warning { code: "time/token", detail: None },
    }
}

/// A token that is no evidence counts for nothing; the policy may refuse it when its authority is known.
fn refuse_token(
    case: &Case<'_>,
    error: &TokenError,
    bytes: &[u8],
    row: Option<u32>,
    facts: &mut TimeFacts,
    checks: &mut Checks,
) {
    let mut party = unknown_token(bytes);
    let known = !matches!(error, TokenError::Authority);
    let refuses = known && case.policy.evidence.time.on_invalid_token == OnInvalidToken::Refuse;
    if error.is_limit() || refuses {
        party.outcome = CheckOutcome::Fail;
        checks.fail(error.check_id(), error.code(), row, error.to_string());
    } else {
        checks.ignored(error.check_id(), error.code(), row, error.to_string());
    }
    facts.timestamps.push(party);
}

/// A token of nobody is named by its own digest.
fn unknown_token(bytes: &[u8]) -> Party {
    let instance = hex::encode(HashAlgorithm::Sha256.digest(&[bytes]).as_bytes());
    Party { instance, outcome: CheckOutcome::Ignored, index: None, operator: None }
}

// ---- what is demanded -----------------------------------------------------------------------------------------------

/// Mode `current` adds the caller's time.
fn add_present(case: &Case<'_>, facts: &mut TimeFacts) {
    if let (TimeMode::Current, Some(time)) = (case.policy.evidence.time.mode, case.now()) {
        let authority = String::from("now");
        facts.times.push(VerifiedTime {
            time,
            source: TimeSource::Caller,
            authority,
            operator: None,
            key: None,
        });
    }
}

/// M03: with a present time, nothing was signed later.
fn demand_not_future(case: &Case<'_>, facts: &TimeFacts, checks: &mut Checks) {
    let Some(now) = case.now() else {
        return checks.not_applicable("M03", "the caller gave no present time");
    };
    match facts.times.iter().find(|time| time.time > now) {
        Some(time) => {
            let detail =
                format!("{} is later than the present, {}", time.time.to_rfc3339(), now.to_rfc3339());
            checks.fail("M03", "time/in-future", None, detail);
        }
        None => checks.pass("M03", None),
    }
}

/// M01, M04, T14, T15. Mode and thresholds are never derived from the bundle; unwritten, they do not concern managed
/// keys.
fn demand_times(case: &Case<'_>, facts: &mut TimeFacts, checks: &mut Checks) {
    let rules = &case.policy.evidence.time;
    let is_certificate = case.leaf().is_some();
    if is_certificate && rules.mode == TimeMode::None {
        return checks.fail("M04", "time/mode", None, "time mode none admits managed keys only");
    }
    if rules.mode == TimeMode::None || !(is_certificate || rules.written) {
        checks.not_applicable("M01", "a managed key needs no time here");
        return;
    }
    let logs = operators(&facts.times, TimeSource::Log);
    let authorities = operators(&facts.times, TimeSource::TimestampAuthority);
    let present = u32::from(facts.times.iter().any(|time| time.source == TimeSource::Caller));
    facts.thresholds.push(("signedTime", Threshold { wanted: rules.signed_threshold, reached: authorities }));
    let any = logs.saturating_add(authorities);
    let (reached, mode_met) = match rules.mode {
        TimeMode::Observer | TimeMode::None => (any, true),
        TimeMode::Tsa => (authorities, authorities > 0),
        TimeMode::Log => (logs, logs > 0),
        TimeMode::Both => (any, logs > 0 && authorities > 0),
        TimeMode::Current => (any.saturating_add(present), true),
    };
    // A certificate needs at least one time, whatever the policy says.
    let wanted = if is_certificate { rules.threshold.max(1) } else { rules.threshold };
    facts.thresholds.push(("time", Threshold { wanted, reached }));
    demand_authority(case, checks);
    demand_reached(case, reached, wanted, checks);
    if mode_met {
        checks.pass("M04", None);
    } else if reached > 0 || wanted == 0 {
        let detail = format!("time mode {} is not met", mode_name(rules.mode));
        checks.fail("M04", "time/mode", None, detail);
    }
    if authorities >= rules.signed_threshold {
        checks.pass("T14", None);
    } else {
        let detail =
            format!("{} timestamp authorities are needed, {authorities} verified", rules.signed_threshold);
        checks.fail("T14", "time/threshold", None, detail);
    }
}

/// R09: a policy that needs a timestamp authority needs a trusted root that knows one.
fn demand_authority(case: &Case<'_>, checks: &mut Checks) {
    let rules = &case.policy.evidence.time;
    let needed = matches!(rules.mode, TimeMode::Tsa | TimeMode::Both) || rules.signed_threshold > 0;
    if needed && case.root.timestamp_authorities.is_empty() {
        let detail = "the policy needs an RFC 3161 time, and the trusted root has no timestamp authority";
        checks.fail("R09", "trusted-root/no-tsa", None, detail);
    }
}

fn demand_reached(case: &Case<'_>, reached: u32, wanted: u32, checks: &mut Checks) {
    if reached >= wanted {
        return checks.pass_with("M01", None, format!("{reached} of {wanted} needed"));
    }
    let rules = &case.policy.evidence.time;
    let tokens_without_authority =
        !case.bundle.timestamps().is_empty() && case.root.timestamp_authorities.is_empty();
    if tokens_without_authority {
        let detail = "the only timestamps are of authorities, and the trusted root has none";
        return checks.fail("T15", "trusted-root/no-tsa", None, detail);
    }
    if reached == 0 {
        checks.fail(
            "M01",
            "time/missing",
            None,
            format!("no time was verified; time mode {}", mode_name(rules.mode)),
        );
    } else {
        checks.fail("M01", "time/threshold", None, format!("{wanted} times are needed, {reached} verified"));
    }
}

fn mode_name(mode: TimeMode) -> &'static str {
    match mode {
        TimeMode::Both => "both",
        TimeMode::Current => "current",
        TimeMode::Log => "log",
        TimeMode::None => "none",
        TimeMode::Observer => "observer",
        TimeMode::Tsa => "tsa",
    }
}

/// Distinct operators among the times of one source.
fn operators(times: &[VerifiedTime], source: TimeSource) -> u32 {
    let of_source = times.iter().filter(|time| time.source == source);
    let operators: Vec<Operator> =
        of_source.filter_map(|time| Some(Operator { name: time.operator.clone(), key: time.key? })).collect();
    count_operators(&operators)
}

/// M05: every verified time lies inside the window of the managed key; without a time the window must be open.
///
/// The key is the one that verified the signature. Each entry under which the caller gave it has its own id, usage and
/// window: what one entry lacks, another does not lend.
pub(super) fn key_entries<'a>(
    case: &Case<'a>,
    facts: &TimeFacts,
    signature: Option<&SignatureFacts<'_>>,
    checks: &mut Checks,
) -> KeyEntries<'a> {
    let Some(key) = signature.filter(|facts| facts.managed.is_some()).map(|facts| facts.key) else {
        return KeyEntries { all: Vec::new(), in_window: Vec::new() };
    };
    let all: Vec<&ManagedKey> =
        case.given_keys.iter().filter(|given| given.key.spki() == key.spki()).collect();
    let times = &facts.times;
    let fits = |window: &TimeRange| match times.is_empty() {
        true => window.end.is_none(),
        false => times.iter().all(|time| within(window, time.time)),
    };
    let in_window: Vec<&ManagedKey> =
        all.iter().copied().filter(|given| given.valid_for.as_ref().is_none_or(fits)).collect();
    if all.iter().all(|given| given.valid_for.is_none()) {
        checks.not_applicable("M05", "the managed key has no window");
    } else if !in_window.is_empty() {
        checks.pass("M05", None);
    } else if times.is_empty() {
        checks.fail(
            "M05",
            "time/key-window",
            None,
            "the window of the key ends, and no time of the signature is known",
        );
    } else {
        checks.fail(
            "M05",
            "time/key-window",
            None,
            "a verified time lies outside the window of the managed key",
        );
    }
    KeyEntries { all, in_window }
}
