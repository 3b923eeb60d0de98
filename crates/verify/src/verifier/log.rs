//! Transparency log entries: inclusion (L04, L12–L14), binding (L01, L02, L15–L19), and how many logs are needed
//! (L20–L22).

use super::binding::{BindingRefusal, admit_kind, match_body, match_content, read_body, rebuild};
use super::case::{Case, row_index};
use super::checkpoint::{CheckpointFacts, CheckpointsFacts};
use super::signature::SignatureFacts;
use super::times::TimeFacts;
use crate::operators::{Operator, count_operators};
use crate::report::{CheckOutcome, Checks, Party, Threshold, Warning};
use crate::trust::{TrustedLog, instance_hex, within};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use cretula_bundle::{InclusionProof, TransparencyLogEntry};
use cretula_encoding::time::Time;
use cretula_tlog::{EntryKind, Error, NodeHash, leaf_hash, root_from_inclusion_proof};

/// What this step established.
#[derive(Default)]
pub(super) struct LogFacts {
    pub(super) parties: Vec<Party>,
    pub(super) thresholds: Vec<(&'static str, Threshold)>,
    pub(super) warnings: Vec<Warning>,
}

/// Verifies every entry of a known log, and demands as many logs as the policy does.
pub(super) fn verify_log_entries(
    case: &Case<'_>,
    signature: Option<&SignatureFacts<'_>>,
    checkpoints: &CheckpointsFacts<'_>,
    times: &TimeFacts,
    checks: &mut Checks,
) -> LogFacts {
    let mut facts = LogFacts::default();
    let mut counted = Vec::new();
    let mut refused: Vec<&TrustedLog> = Vec::new();
    let mut most_witnesses = 0;
    for (index, entry) in case.bundle.log_entries().iter().enumerate() {
        let evidence = EntryEvidence {
            entry,
            row: row_index(index),
            checkpoint: checkpoints.checkpoints.get(index).and_then(Option::as_ref),
            promised: times.promises.get(index).copied().flatten(),
        };
        let verdict = verify_entry(case, &evidence, signature, times, &mut facts, checks);
        facts.parties.push(party(&evidence, &verdict));
        if let EntryVerdict::Refused = verdict {
            refused.extend(case.logs_of(entry).first().and_then(|index| case.root.logs.get(*index)));
        }
        if let EntryVerdict::Verified(log) = verdict {
            let witnesses = evidence.checkpoint.and_then(|checkpoint| checkpoint.witnesses).unwrap_or(0);
            most_witnesses = most_witnesses.max(witnesses);
            if is_witnessed(case, witnesses) {
                counted.push(log.operator.clone());
            }
        }
    }
    // An entry that failed has said why; that it is missing from the count says less.
    let would_count: Vec<Operator> =
        counted.iter().cloned().chain(refused.iter().map(|log| log.operator.clone())).collect();
    let explained = checks.primary_failure().is_some()
        && count_operators(&would_count) >= case.policy.evidence.log.threshold;
    demand_threshold(case, &Counted { operators: &counted, most_witnesses, explained }, &mut facts, checks);
    facts
}

/// What was counted over all entries.
struct Counted<'a> {
    operators: &'a [Operator],
    most_witnesses: u32,
    /// Whether failed rows of entries explain what is missing.
    explained: bool,
}

/// One entry and what earlier steps found of it.
struct EntryEvidence<'a> {
    entry: &'a TransparencyLogEntry,
    row: Option<u32>,
    checkpoint: Option<&'a CheckpointFacts<'a>>,
    promised: Option<Time>,
}

enum EntryVerdict<'a> {
    Verified(&'a TrustedLog),
    Unknown,
    Refused,
}

fn party(evidence: &EntryEvidence<'_>, verdict: &EntryVerdict<'_>) -> Party {
    let (outcome, operator): (_, Option<String>) = match verdict {
        EntryVerdict::Verified(log) => (CheckOutcome::Pass, log.operator.name.clone()),
        EntryVerdict::Unknown => (CheckOutcome::Ignored, None),
        EntryVerdict::Refused => (CheckOutcome::Fail, None),
    };
    let entry = evidence.entry;
    Party { instance: instance_hex(&entry.log_id), outcome, index: Some(entry.log_index), operator }
}

fn verify_entry<'a>(
    case: &Case<'a>,
    evidence: &EntryEvidence<'a>,
    signature: Option<&SignatureFacts<'_>>,
    times: &TimeFacts,
    facts: &mut LogFacts,
    checks: &mut Checks,
) -> EntryVerdict<'a> {
    let row = evidence.row;
    let logs = case.logs_of(evidence.entry);
    if logs.is_empty() {
        checks.ignored(
            "L04",
            "log-inclusion/unknown-log",
            row,
            "entry of a log that the trusted root does not know",
        );
        let detail = Some(format!("log entry {} is of an unknown log", evidence.entry.log_index));
        facts.warnings.push(Warning { code: "log-inclusion/unknown-log", detail });
        return if body_is_readable(case, evidence, checks) {
            EntryVerdict::Unknown
        } else {
            EntryVerdict::Refused
        };
    }
    checks.pass("L04", row);
    let bound = verify_binding(case, evidence, signature, checks);
    let included = verify_inclusion(evidence, bound.as_deref(), checks);
    let log = match evidence.checkpoint {
        Some(checkpoint) => Some(checkpoint.log),
        None => logs.first().and_then(|index| case.root.logs.get(*index)),
    };
    let Some(log) = log else { return EntryVerdict::Refused };
    let dated = verify_key_window(case, evidence, &logs, times, facts, checks);
    if bound.is_some() && included && dated { EntryVerdict::Verified(log) } else { EntryVerdict::Refused }
}

/// Malformed evidence refuses even if nobody knows its log; an unknown kind of an unknown log is just unknown.
fn body_is_readable(case: &Case<'_>, evidence: &EntryEvidence<'_>, checks: &mut Checks) -> bool {
    let Ok(kind) = admit_kind(case, evidence.entry) else { return true };
    match read_body(case, evidence.entry, kind) {
        Ok(_) => true,
        Err(refusal) => {
            fail(checks, refusal, evidence.row);
            false
        }
    }
}

fn fail(checks: &mut Checks, refusal: BindingRefusal, row: Option<u32>) {
    checks.fail(refusal.check, refusal.code, row, refusal.detail);
}

/// L01, L02, L15–L19. Returns the bytes of the leaf if the entry is about this bundle.
fn verify_binding(
    case: &Case<'_>,
    evidence: &EntryEvidence<'_>,
    signature: Option<&SignatureFacts<'_>>,
    checks: &mut Checks,
) -> Option<Vec<u8>> {
    let verdict = bind(case, evidence.entry, signature);
    match verdict {
        Ok((kind, leaf)) => {
            checks.pass("L01", evidence.row);
            checks.pass("L02", evidence.row);
            for check in binding_checks(kind) {
                checks.pass(check, evidence.row);
            }
            Some(leaf)
        }
        Err(refusal) => {
            fail(checks, refusal, evidence.row);
            None
        }
    }
}

fn bind(
    case: &Case<'_>,
    entry: &TransparencyLogEntry,
    signature: Option<&SignatureFacts<'_>>,
) -> Result<(EntryKind, Vec<u8>), BindingRefusal> {
    let kind = admit_kind(case, entry)?;
    let body = read_body(case, entry, kind)?;
    match_content(case, kind)?;
    match_body(case, entry, body.as_ref(), signature)?;
    let leaf = match &entry.canonicalized_body {
        Some(body) => body.clone(),
        None => rebuild(case, signature)?,
    };
    Ok((kind, leaf))
}

fn binding_checks(kind: EntryKind) -> &'static [&'static str] {
    match kind {
        EntryKind::HashedRekordV001 => &["L17"],
        EntryKind::DsseV001 | EntryKind::DsseV002 => &["L18"],
        EntryKind::IntotoV002 | EntryKind::IntotoV001 => &["L19"],
        EntryKind::HashedRekordV002 => &["L15", "L16"],
    }
}

/// L12–L14. Without a proof the verified promise stands for inclusion, which only bundles of version 0.1 may do.
fn verify_inclusion(evidence: &EntryEvidence<'_>, bound: Option<&[u8]>, checks: &mut Checks) -> bool {
    let row = evidence.row;
    let Some(proof) = &evidence.entry.inclusion_proof else { return evidence.promised.is_some() };
    let Some(checkpoint) = evidence.checkpoint else { return false };
    // Of generation 2 the body in the bundle equals the rebuilt one, or the binding has failed already.
    let Some(leaf) = evidence.entry.canonicalized_body.as_deref().or(bound) else { return false };
    let promise_holds = evidence.entry.inclusion_promise.is_none() || evidence.promised.is_some();
    match check_proof(evidence.entry, proof, checkpoint, leaf) {
        Ok(()) => {
            checks.pass(if proof.stated.is_some() { "L12" } else { "L13" }, row);
            checks.pass("L14", row);
            promise_holds
        }
        Err(refusal) => {
            fail(checks, refusal, row);
            false
        }
    }
}

fn check_proof(
    entry: &TransparencyLogEntry,
    proof: &InclusionProof,
    checkpoint: &CheckpointFacts<'_>,
    leaf: &[u8],
) -> Result<(), BindingRefusal> {
    let refuse = |check, code, detail: &str| Err(BindingRefusal { check, code, detail: detail.to_string() });
    let body = checkpoint.checkpoint.body();
    let root = body.root_hash().map_err(|error| BindingRefusal {
        check: "L08",
        code: error.code(),
        detail: error.to_string(),
    })?;
    let index = match &proof.stated {
        Some(stated) if stated.root_hash != *root.as_bytes() => {
            return refuse(
                "L12",
                "log-inclusion/root-hash",
                "root hash of the proof is not that of the checkpoint",
            );
        }
        Some(stated) if stated.tree_size != body.tree_size() => {
            return refuse(
                "L12",
                "log-inclusion/tree-size",
                "tree size of the proof is not that of the checkpoint",
            );
        }
        Some(stated) => stated.log_index,
        None => entry.log_index,
    };
    let hashes: Vec<NodeHash> = proof.hashes.iter().map(|hash| NodeHash::new(*hash)).collect();
    match root_from_inclusion_proof(leaf_hash(leaf), index, body.tree_size(), &hashes) {
        Ok(found) if found == root => Ok(()),
        Ok(_) => {
            refuse("L14", "log-inclusion/proof", "the proof does not lead to the root of the checkpoint")
        }
        Err(error @ Error::LeafIndexRange { .. }) => {
            let check = if proof.stated.is_some() { "L12" } else { "L13" };
            Err(BindingRefusal { check, code: error.code(), detail: error.to_string() })
        }
        Err(error) => Err(BindingRefusal { check: "L14", code: error.code(), detail: error.to_string() }),
    }
}

/// L22: an entry without a time of its own needs a verified time inside the window of the log's key.
fn verify_key_window(
    case: &Case<'_>,
    evidence: &EntryEvidence<'_>,
    logs: &[usize],
    times: &TimeFacts,
    facts: &mut LogFacts,
    checks: &mut Checks,
) -> bool {
    if evidence.promised.is_some() {
        return true;
    }
    let windows = || logs.iter().filter_map(|index| case.root.logs.get(*index)).map(|log| &log.window);
    if times.times.is_empty() {
        if case.leaf().is_some() {
            // Without any time the certificate is refused by M01.
            return true;
        }
        if windows().any(|window| window.end.is_none()) {
            let detail =
                Some("no time of the entry is known; the window of the log's key is open".to_string());
            facts.warnings.push(Warning { code: "log-inclusion/key-window", detail });
            return true;
        }
    } else if windows().any(|window| times.times.iter().any(|time| within(window, time.time))) {
        checks.pass("L22", evidence.row);
        return true;
    }
    let detail = "no verified time lies inside the window of the log's key";
    checks.fail("L22", "log-inclusion/key-window", evidence.row, detail);
    false
}

fn is_witnessed(case: &Case<'_>, witnesses: u32) -> bool {
    case.policy.evidence.witness.as_ref().is_none_or(|rules| witnesses >= rules.threshold)
}

/// L20, L21, R09.
fn demand_threshold(case: &Case<'_>, counted: &Counted<'_>, facts: &mut LogFacts, checks: &mut Checks) {
    let wanted = case.policy.evidence.log.threshold;
    let most_witnesses = counted.most_witnesses;
    let reached = count_operators(counted.operators);
    facts.thresholds.push(("log", Threshold { wanted, reached }));
    let witness = case.policy.evidence.witness.as_ref();
    if let Some(rules) = witness {
        facts.thresholds.push(("witness", Threshold { wanted: rules.threshold, reached: most_witnesses }));
    }
    if wanted == 0 {
        checks.off("L21", None);
    } else if reached >= wanted {
        checks.pass_with("L21", None, format!("{reached} of {wanted} needed"));
    } else if case.root.logs.is_empty() {
        checks.fail("R09", "trusted-root/no-log", None, "the trusted root has no transparency log");
    } else if counted.explained {
        checks.not_applicable("L21", "the failures of the entries above say why the logs are missing");
    } else if let (0, Some(rules)) = (reached, witness) {
        let detail = format!("{} witnesses are needed, {most_witnesses} cosigned", rules.threshold);
        checks.fail("L20", "log-inclusion/witness-threshold", None, detail);
    } else {
        checks.fail(
            "L21",
            "log-inclusion/threshold",
            None,
            format!("{wanted} logs are needed, {reached} verified"),
        );
    }
}
