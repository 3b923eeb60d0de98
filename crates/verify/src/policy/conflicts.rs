//! Members that contradict each other, or that cannot take effect beside each other (I07).

use alloc::{collections::BTreeSet, format, string::ToString, vec::Vec};

use cretula_bundle::BundleVersion;
use cretula_encoding::limits::Limits;
use cretula_tlog::SignatureType;

use super::{
    document::{Policy, STATEMENT_TYPES},
    error::PolicyError,
    evidence::{Compat, Evidence, TimeMode, WitnessRules},
    presets::Preset,
    read_evidence::Written,
    signers::{CertificateRule, IssuerRule, Node, SignerRule},
};

/// Digest algorithms that never identify an artifact (A06).
const WEAK_ALGORITHMS: [&str; 2] = ["md5", "sha1"];

/// A contradiction: where, and what it is.
type Found = Option<(&'static str, &'static str)>;

/// Finds contradictions.
///
/// # Errors
/// The first one, as `policy/conflict`.
pub(super) fn check(policy: &Policy, written: Written, limits: &Limits) -> Result<(), PolicyError> {
    let evidence = &policy.evidence;
    let found = bundle_conflict(policy)
        .or_else(|| threshold_conflict(evidence, limits))
        .or_else(|| time_conflict(evidence))
        .or_else(|| witness_conflict(evidence))
        .or_else(|| algorithm_conflict(evidence))
        .or_else(|| key_only_conflict(policy, written))
        .or_else(|| statement_conflict(policy))
        .or_else(|| dangerous_conflict(policy));
    if let Some((pointer, detail)) = found {
        return Err(PolicyError::conflict(pointer, detail));
    }
    if let Some(witness) = &evidence.witness {
        check_witness_keys(witness)?;
    }
    policy.signers.as_ref().map_or(Ok(()), |signers| check_leaves(policy, signers))
}

fn bundle_conflict(policy: &Policy) -> Found {
    let rules = &policy.bundle;
    let accepts = |version: &BundleVersion| rules.versions.contains(version);
    let old = accepts(&BundleVersion::V01) || accepts(&BundleVersion::V02);
    let chains = old || rules.allow_chain_in_v03;
    if rules.allow_chain_in_v03 && !accepts(&BundleVersion::V03) {
        return Some(("/bundle/allowChainInV03", "expected version 0.3 among the accepted versions"));
    }
    if rules.refuse_root_in_chain && !old {
        return Some((
            "/bundle/refuseRootInChain",
            "expected version 0.1 or 0.2: 0.3 never has a root in a chain",
        ));
    }
    if rules.use_intermediates && !chains {
        return Some((
            "/bundle/useIntermediates",
            "expected accepted versions whose bundles may hold a chain",
        ));
    }
    if rules.require_keyid && signers_are(policy, |rule| matches!(rule, SignerRule::Certificate(_))) {
        return Some((
            "/bundle/requireKeyid",
            "expected a key among the signers: certificates have no key id",
        ));
    }
    None
}

/// Thresholds that no bundle within the limits, or within an allow-list, can reach.
fn threshold_conflict(evidence: &Evidence, limits: &Limits) -> Found {
    let log = &evidence.log;
    if exceeds(log.threshold, limits.log_entries) || exceeds_list(log.threshold, log.only.as_deref()) {
        return Some(("/evidence/log/threshold", "expected a number that log entries can reach"));
    }
    if exceeds(evidence.sct.threshold, limits.scts) {
        return Some(("/evidence/sct/threshold", "expected a number that SCTs can reach"));
    }
    let time = &evidence.time;
    let sources = limits.timestamps.saturating_add(limits.log_entries).saturating_add(1);
    if exceeds(time.threshold, sources) {
        return Some(("/evidence/time/threshold", "expected a number that sources of time can reach"));
    }
    if exceeds(time.signed_threshold, limits.timestamps)
        || exceeds_list(time.signed_threshold, time.only.as_deref())
    {
        return Some(("/evidence/time/signedThreshold", "expected a number that timestamps can reach"));
    }
    if evidence.sct.detached && evidence.sct.threshold == 0 {
        return Some(("/evidence/sct/detached", "expected evidence.sct.threshold above 0"));
    }
    None
}

fn exceeds(threshold: u32, bound: usize) -> bool {
    usize::try_from(threshold).map_or(true, |threshold| threshold > bound)
}

fn exceeds_list<T>(threshold: u32, list: Option<&[T]>) -> bool {
    list.is_some_and(|list| exceeds(threshold, list.len()))
}

fn time_conflict(evidence: &Evidence) -> Found {
    let time = &evidence.time;
    if time.mode == TimeMode::None && time.threshold > 0 {
        return Some(("/evidence/time/threshold", "expected 0 in mode none, which needs no time"));
    }
    if matches!(time.mode, TimeMode::None | TimeMode::Log) && time.signed_threshold > 0 {
        return Some(("/evidence/time/signedThreshold", "expected 0 in a mode that counts no timestamps"));
    }
    let as_time = evidence.witness.as_ref().is_some_and(|witness| witness.as_time);
    if as_time && matches!(time.mode, TimeMode::None | TimeMode::Tsa) {
        return Some(("/evidence/witness/asTime", "expected a mode that counts log times"));
    }
    None
}

fn witness_conflict(evidence: &Evidence) -> Found {
    let witness = evidence.witness.as_ref()?;
    if evidence.log.threshold == 0 {
        return Some(("/evidence/witness", "expected evidence.log.threshold above 0"));
    }
    if witness.threshold == 0 {
        return Some(("/evidence/witness/threshold", "expected at least 1"));
    }
    let operators: BTreeSet<&str> = witness.witnesses.iter().map(|entry| entry.operator.as_str()).collect();
    if exceeds(witness.threshold, operators.len()) {
        return Some(("/evidence/witness/threshold", "expected at most the number of distinct operators"));
    }
    if let (Some(logs), Some(only)) = (&witness.logs, &evidence.log.only)
        && !logs.iter().any(|log| only.contains(log))
    {
        return Some(("/evidence/witness/logs", "expected a log of evidence.log.only"));
    }
    None
}

fn algorithm_conflict(evidence: &Evidence) -> Found {
    let rules = &evidence.algorithms;
    let compat = rules.allow.iter().flatten().any(|details| details.is_compat());
    if compat && rules.compat == Compat::Refuse {
        return Some((
            "/evidence/algorithms/compat",
            "expected no deprecated pair in evidence.algorithms.allow",
        ));
    }
    None
}

/// Members about certificates, where only keys may sign.
fn key_only_conflict(policy: &Policy, written: Written) -> Found {
    if !signers_are(policy, |rule| matches!(rule, SignerRule::Key(_))) {
        return None;
    }
    let evidence = &policy.evidence;
    let members = [
        (written.sct_threshold && evidence.sct.threshold > 0, "/evidence/sct/threshold"),
        (evidence.sct.detached, "/evidence/sct/detached"),
        (evidence.certificate.max_lifetime_seconds.is_some(), "/evidence/certificate/maxLifetimeSeconds"),
        (evidence.certificate.allow_missing_key_ids, "/evidence/certificate/allowMissingKeyIds"),
        (policy.bundle.allow_chain_in_v03, "/bundle/allowChainInV03"),
        (policy.bundle.use_intermediates, "/bundle/useIntermediates"),
        (policy.bundle.refuse_root_in_chain, "/bundle/refuseRootInChain"),
    ];
    let (_, pointer) = members.into_iter().find(|(written, _)| *written)?;
    Some((pointer, "expected a certificate among the signers"))
}

/// Whether there are signers and all of them are of one kind.
fn signers_are(policy: &Policy, kind: impl Fn(&SignerRule) -> bool) -> bool {
    policy.signers.as_ref().is_some_and(|signers| signers.leaves().iter().all(|(leaf, _)| kind(&leaf.rule)))
}

fn statement_conflict(policy: &Policy) -> Found {
    let subject = &policy.subject;
    if subject.max == Some(0) {
        return Some(("/subject/max", "expected at least 1: a statement has a subject"));
    }
    if subject.algorithms.iter().any(|name| WEAK_ALGORITHMS.contains(&name.as_str())) {
        return Some(("/subject/algorithms", "expected no md5 and no sha1, which never count"));
    }
    let statement = policy.statement.as_ref()?;
    if statement.types.iter().any(|name| !STATEMENT_TYPES.contains(&name.as_str())) {
        return Some(("/statement/types", "expected in-toto Statement v0.1 or v1"));
    }
    let empty = statement.predicate_types.iter().chain(&statement.payload_types).any(|name| name.is_empty());
    empty.then_some(("/statement", "expected no empty type"))
}

fn dangerous_conflict(policy: &Policy) -> Found {
    let bound = policy.signers.as_ref().is_some_and(Node::is_bound);
    if policy.dangerous.any_signer && bound {
        return Some(("/dangerous/anySigner", "expected no bound signers beside it"));
    }
    if policy.dangerous.no_cross_check {
        return Some(("/dangerous/noCrossCheck", "expected a provenance policy beside it"));
    }
    None
}

/// One key under two names would count twice (1 key, 1 witness); only cosigning keys can be witnesses.
fn check_witness_keys(rules: &WitnessRules) -> Result<(), PolicyError> {
    let mut seen: Vec<&[u8]> = Vec::new();
    for (index, entry) in rules.witnesses.iter().enumerate() {
        let pointer = format!("/evidence/witness/witnesses/{index}/vkey");
        if entry.vkey.signature_type() != SignatureType::CosignatureEd25519 {
            return Err(PolicyError::conflict(
                &pointer,
                "expected a key of type 0x04, which signs cosignatures",
            ));
        }
        let spki = entry.vkey.key().spki();
        if seen.contains(&spki) {
            return Err(PolicyError::conflict(&pointer, "expected distinct keys"));
        }
        seen.push(spki);
    }
    Ok(())
}

fn check_leaves(policy: &Policy, signers: &Node) -> Result<(), PolicyError> {
    for (leaf, negated) in signers.leaves() {
        let Some(rule) = leaf.certificate() else { continue };
        let detail = if policy.evidence.time.mode == TimeMode::None {
            "expected another time mode: none refuses certificates"
        } else if policy.preset.is_some_and(Preset::pins_anchor) && rule.ca_sha256.is_none() {
            "expected ca.sha256, which the preset demands"
        } else if !negated && says_absent_unpinned(rule) {
            "expected ca.sha256 beside an absent issuer"
        } else {
            continue;
        };
        return Err(PolicyError::conflict(&leaf.pointer, detail.to_string()));
    }
    Ok(())
}

/// A certificate without issuer satisfies only a leaf that pins its anchor (I03).
fn says_absent_unpinned(rule: &CertificateRule) -> bool {
    matches!(rule.issuer, Some(IssuerRule::Absent)) && rule.ca_sha256.is_none()
}
