//! Checkpoints and their witnesses (L03, L08–L11, L20): verified before the times, since a cosignature may be one.

use super::case::{Case, entry_generation, row_index};
use crate::operators::{Operator, count_operators};
use crate::policy::WitnessRules;
use crate::report::{CheckOutcome, Checks, Party, TimeSource, VerifiedTime};
use crate::trust::{TrustedLog, TrustedRoot, instance_hex};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use cretula_bundle::TransparencyLogEntry;
use cretula_crypto::Checker;
use cretula_encoding::{hex, time::Time};
use cretula_tlog::{
    Checkpoint, CheckpointLog, Error, Generation, SignatureType, VerifierKey, verify_checkpoint, verify_note,
};

/// A checkpoint that the log of the entry signed.
pub(super) struct CheckpointFacts<'a> {
    pub(super) checkpoint: Checkpoint,
    pub(super) log: &'a TrustedLog,
    /// Distinct witness operators; `None` without a witness policy for this log.
    pub(super) witnesses: Option<u32>,
}

/// What this step established: one slot per log entry.
#[derive(Default)]
pub(super) struct CheckpointsFacts<'a> {
    pub(super) checkpoints: Vec<Option<CheckpointFacts<'a>>>,
    pub(super) witnesses: Vec<Party>,
    pub(super) times: Vec<VerifiedTime>,
}

/// Verifies the checkpoint of every entry whose log is known.
pub(super) fn verify_checkpoints<'a>(case: &Case<'a>, checks: &mut Checks) -> CheckpointsFacts<'a> {
    let mut facts = CheckpointsFacts::default();
    if case.policy.evidence.witness.is_none() {
        checks.off("L20", None);
    }
    for (index, entry) in case.bundle.log_entries().iter().enumerate() {
        let verified = verify_entry_checkpoint(case, entry, index, &mut facts, checks);
        facts.checkpoints.push(verified);
    }
    facts
}

fn verify_entry_checkpoint<'a>(
    case: &Case<'a>,
    entry: &TransparencyLogEntry,
    index: usize,
    facts: &mut CheckpointsFacts<'a>,
    checks: &mut Checks,
) -> Option<CheckpointFacts<'a>> {
    let row = row_index(index);
    let proof = entry.inclusion_proof.as_ref()?;
    let checkpoint = match Checkpoint::parse(proof.checkpoint.as_bytes(), case.limits()) {
        Ok(checkpoint) => checkpoint,
        Err(error) => return fail(checks, &error, row),
    };
    checks.pass("L08", row);
    let candidates = case.logs_of(entry);
    let generation = entry_generation(entry)?;
    if candidates.is_empty() {
        return None;
    }
    let log = match case.root.verify_checkpoint(&candidates, &checkpoint, generation, case.checker) {
        Ok(log) => log,
        Err(error) => return fail(checks, &error, row),
    };
    for check in ["L03", "L09", "L10", "L11"] {
        checks.pass(check, row);
    }
    let witnesses = verify_witnesses(case, log, &checkpoint, row, facts, checks)?;
    Some(CheckpointFacts { checkpoint, log, witnesses })
}

fn fail<T>(checks: &mut Checks, error: &Error, row: Option<u32>) -> Option<T> {
    checks.fail(error.check_id(), error.code(), row, error.to_string());
    None
}

impl TrustedRoot {
    /// Which of the logs at `candidates`, indices of [`TrustedRoot::logs`], signed a checkpoint of its own (L03, L09–L11).
    ///
    /// Every other log of the trusted root is known as such. Each check costs what `checker` has left.
    ///
    /// # Errors
    /// What `verify_checkpoint` of `cretula-tlog` says about the last candidate; without any candidate that no line is of
    /// the log.
    pub fn verify_checkpoint(
        &self,
        candidates: &[usize],
        checkpoint: &Checkpoint,
        generation: Generation,
        checker: &Checker<'_>,
    ) -> Result<&TrustedLog, Error> {
        let ids: Vec<Vec<&[u8]>> = self.logs.iter().map(log_ids).collect();
        let views: Vec<CheckpointLog<'_>> =
            self.logs.iter().zip(&ids).map(|(log, ids)| view(log, ids)).collect();
        let is_candidate = |index: &usize| candidates.contains(index);
        let others: Vec<CheckpointLog<'_>> =
            views.iter().enumerate().filter(|(index, _)| !is_candidate(index)).map(|(_, log)| *log).collect();
        let mut refusal = Error::CheckpointUnsigned;
        for index in candidates {
            let (Some(log), Some(candidate)) = (self.logs.get(*index), views.get(*index)) else { continue };
            match verify_checkpoint(checkpoint, generation, candidate, &others, checker) {
                Ok(_) => return Ok(log),
                Err(Error::SignatureTotal) => return Err(Error::SignatureTotal),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }
}

fn log_ids(log: &TrustedLog) -> Vec<&[u8]> {
    let checkpoint_id = log.checkpoint_key_id.as_deref();
    [Some(log.id.as_slice()), checkpoint_id].into_iter().flatten().collect()
}

fn view<'a>(log: &'a TrustedLog, ids: &'a [&'a [u8]]) -> CheckpointLog<'a> {
    CheckpointLog { name: &log.name, key: &log.key, ids }
}

// ---- witnesses --------------------------------------------------------------------------------------------------

/// L20: cosignatures of known witnesses. The outer `None` is a refusal.
fn verify_witnesses(
    case: &Case<'_>,
    log: &TrustedLog,
    checkpoint: &Checkpoint,
    row: Option<u32>,
    facts: &mut CheckpointsFacts<'_>,
    checks: &mut Checks,
) -> Option<Option<u32>> {
    let Some(rules) = &case.policy.evidence.witness else { return Some(None) };
    if rules.logs.as_ref().is_some_and(|logs| !logs.contains(&log.id)) {
        return Some(Some(0));
    }
    let keys: Vec<VerifierKey> = rules.witnesses.iter().map(|witness| witness.vkey.clone()).collect();
    let signers = match verify_note(checkpoint.note(), &keys, case.checker) {
        Ok(signers) => signers,
        Err(Error::CheckpointSignature { line }) => return fail(checks, &Error::Cosignature { line }, row),
        Err(error) => return fail(checks, &error, row),
    };
    let mut operators = Vec::new();
    for signer in signers {
        let Some(witness) = rules.witnesses.get(signer.key) else { continue };
        let operator =
            Operator { name: Some(witness.operator.clone()), key: witness.vkey.key().spki_sha256() };
        let counts = counts_as_time(rules, &witness.vkey);
        let time = signer.time_secs.and_then(Time::from_secs).filter(|_| counts);
        let is_late = time.is_some_and(|time| case.leaf().is_some_and(|leaf| !leaf.valid_at(time)));
        let outcome = if is_late { CheckOutcome::Ignored } else { CheckOutcome::Pass };
        facts.witnesses.push(witness_party(&witness.vkey, &operator, outcome));
        if is_late {
            checks.ignored(
                "L20",
                "time/outside-certificate",
                row,
                "cosigned when the certificate was not valid",
            );
            continue;
        }
        facts.times.extend(time.map(|time| witness_time(log, time)));
        operators.push(operator);
    }
    let reached = count_operators(&operators);
    let detail = format!("{reached} of {} witnesses", rules.threshold);
    if reached >= rules.threshold {
        checks.pass_with("L20", row, detail);
    } else {
        checks.ignored("L20", "log-inclusion/witness-threshold", row, detail);
    }
    Some(Some(reached))
}

fn counts_as_time(rules: &WitnessRules, key: &VerifierKey) -> bool {
    rules.as_time && key.signature_type() == SignatureType::CosignatureEd25519
}

fn witness_party(key: &VerifierKey, operator: &Operator, outcome: CheckOutcome) -> Party {
    let instance = hex::encode(operator.key.as_bytes());
    let name: Option<String> = operator.name.clone().or_else(|| Some(key.name().to_string()));
    Party { instance, outcome, index: None, operator: name }
}

/// A cosignature dates the checkpoint, hence the entry at the latest: a time of that log.
fn witness_time(log: &TrustedLog, time: Time) -> VerifiedTime {
    VerifiedTime {
        time,
        source: TimeSource::Log,
        authority: instance_hex(&log.id),
        operator: log.operator.name.clone(),
        key: Some(log.operator.key),
    }
}
