//! Signed certificate timestamps (S01–S07): certificate transparency saw the leaf, under the issuer of the verified path.

use super::case::{Case, row_index};
use super::chain::PathFacts;
use crate::operators::{Operator, count_operators};
use crate::report::{CheckOutcome, Checks, Party, Threshold};
use crate::trust::{TrustedLog, instance_hex, within};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use cretula_pki::{
    Certificate, Error, SctError, SctKind, SignedCertificateTimestamp, parse_sct, parse_sct_list, verify_sct,
};

/// What this step established.
#[derive(Default)]
pub(super) struct SctFacts {
    pub(super) parties: Vec<Party>,
    pub(super) threshold: Option<Threshold>,
}

/// Verifies every SCT of a known log and demands as many operators as the policy does.
pub(super) fn verify_scts(case: &Case<'_>, path: Option<&PathFacts<'_>>, checks: &mut Checks) -> SctFacts {
    let mut facts = SctFacts::default();
    let Some(leaf) = case.leaf() else {
        checks.not_applicable("S01", "a managed key has no certificate timestamps");
        return facts;
    };
    let Some(scts) = collect(case, leaf, checks) else { return facts };
    let Some(issuer) = path.and_then(PathFacts::issuer_of_leaf) else {
        checks
            .not_applicable("S03", "no verified path, hence no issuer to verify certificate timestamps with");
        return facts;
    };
    let mut operators = Vec::new();
    for (index, (sct, kind)) in scts.iter().enumerate() {
        match verify_one(case, leaf, issuer, sct, *kind, row_index(index), checks) {
            SctVerdict::Verified(log) => {
                operators.push(log.operator.clone());
                facts.parties.push(party(&log.id, CheckOutcome::Pass, Some(log)));
            }
            SctVerdict::Unknown => facts.parties.push(party(&sct.log_id, CheckOutcome::Ignored, None)),
            SctVerdict::Refused => facts.parties.push(party(&sct.log_id, CheckOutcome::Fail, None)),
        }
    }
    facts.threshold = Some(demand_threshold(case, scts.is_empty(), &operators, checks));
    facts
}

/// S01, S02 and S07: embedded ones, and a detached one where the policy lets it count.
fn collect(
    case: &Case<'_>,
    leaf: &Certificate,
    checks: &mut Checks,
) -> Option<Vec<(SignedCertificateTimestamp, SctKind)>> {
    let embedded = match parse_sct_list(leaf, case.limits()) {
        Ok(list) => list,
        Err(error) => {
            let code = if error.limit().is_some() { "limits/scts" } else { "sct/list" };
            let check = if error == Error::Sct { "S02" } else { "S01" };
            checks.fail(check, code, None, error.to_string());
            return None;
        }
    };
    if !embedded.is_empty() {
        checks.pass("S01", None);
        checks.pass("S02", None);
    }
    let mut scts: Vec<_> = embedded.into_iter().map(|sct| (sct, SctKind::Embedded)).collect();
    if let Some(bytes) = &case.expect().detached_sct {
        if !case.policy.evidence.sct.detached {
            checks.off("S07", None);
            return Some(scts);
        }
        match parse_sct(bytes) {
            Ok(sct) => {
                checks.pass("S07", None);
                scts.push((sct, SctKind::Detached));
            }
            Err(error) => {
                checks.fail("S02", "sct/list", None, error.to_string());
                return None;
            }
        }
    }
    Some(scts)
}

enum SctVerdict<'a> {
    Verified(&'a TrustedLog),
    Unknown,
    Refused,
}

/// S03–S06 for one: a known log must verify; its window must contain the time of the SCT.
fn verify_one<'a>(
    case: &Case<'a>,
    leaf: &Certificate,
    issuer: &Certificate,
    sct: &SignedCertificateTimestamp,
    kind: SctKind,
    row: Option<u32>,
    checks: &mut Checks,
) -> SctVerdict<'a> {
    let mut known = case.root.ct_logs.iter().filter(|log| log.has_id(&sct.log_id)).peekable();
    let Some(log) = known.peek() else {
        checks.ignored(
            "S06",
            "sct/threshold",
            row,
            "certificate timestamp of a log that the trusted root does not know",
        );
        return SctVerdict::Unknown;
    };
    // The id is the hash of the key: a log that is listed once per window has one key.
    let refusal = match verify_sct(sct, leaf, issuer.spki(), &log.key, case.checker, kind) {
        Ok(()) => {
            if let Some(log) = known.find(|log| sct.time().is_some_and(|time| within(&log.window, time))) {
                checks.pass("S03", row);
                checks.pass("S04", row);
                checks.pass("S05", row);
                return SctVerdict::Verified(log);
            }
            let detail = "the log was not in use at the time of the certificate timestamp";
            ("S05", "sct/log-window", detail)
        }
        Err(SctError::Budget) => ("S03", "limits/signature-total", "budget of signature checks is spent"),
        Err(SctError::Algorithm) => {
            let detail = "the algorithm of the certificate timestamp does not fit the key of its log";
            ("S02", "sct/signature", detail)
        }
        Err(_) => {
            let detail = "the certificate timestamp does not verify under the key of its log";
            ("S03", "sct/signature", detail)
        }
    };
    let (check, code, detail) = refusal;
    checks.fail(check, code, row, detail);
    SctVerdict::Refused
}

fn party(id: &[u8], outcome: CheckOutcome, log: Option<&TrustedLog>) -> Party {
    let operator: Option<String> = log.and_then(|log| log.operator.name.clone());
    Party { instance: instance_hex(id), outcome, index: None, operator }
}

/// S06, R09.
fn demand_threshold(case: &Case<'_>, none: bool, operators: &[Operator], checks: &mut Checks) -> Threshold {
    let wanted = case.policy.evidence.sct.threshold;
    let reached = count_operators(operators);
    if wanted == 0 {
        checks.off("S06", None);
    } else if reached >= wanted {
        checks.pass_with("S06", None, format!("{reached} of {wanted} needed"));
    } else if case.root.ct_logs.is_empty() {
        checks.fail(
            "R09",
            "trusted-root/no-ct-log",
            None,
            "the trusted root has no certificate transparency log",
        );
    } else if none {
        checks.fail("S06", "sct/missing", None, "the certificate has no certificate timestamp");
    } else {
        checks.fail("S06", "sct/threshold", None, format!("{wanted} CT logs are needed, {reached} verified"));
    }
    Threshold { wanted, reached }
}
