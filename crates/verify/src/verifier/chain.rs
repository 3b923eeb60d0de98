//! The certification path, at every verified time (C01–C09, M02).

use super::case::{Case, SignerMaterial};
use crate::report::{Checks, VerifiedTime};
use crate::trust::{TrustedAuthority, within};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use cretula_encoding::time::Time;
use cretula_pki::{Certificate, Path, PathBudget, PathError, check_leaf, check_leaf_profile, verify_path};

/// Every path that held, at every verified time.
pub(super) struct PathFacts<'a> {
    /// By time, earliest first: at least one path, each with its authority.
    instants: Vec<Vec<AuthorityPath<'a>>>,
}

/// A path, and the authority at its end.
pub(super) struct AuthorityPath<'a> {
    pub(super) path: Path<'a>,
    pub(super) authority: &'a TrustedAuthority,
}

impl<'a> PathFacts<'a> {
    /// The issuer of the leaf at the earliest time: SCTs are for its key. Every path has an issuer with that key, since
    /// the leaf's signature verifies under it.
    pub(super) fn issuer_of_leaf(&self) -> Option<&'a Certificate> {
        self.instants.first()?.first().map(|found| found.path.issuer_of_leaf())
    }

    /// By time, earliest first.
    pub(super) fn instants(&self) -> &[Vec<AuthorityPath<'a>>] {
        &self.instants
    }
}

/// Why no authority's path was accepted at one time.
struct ChainRefusal {
    check: &'static str,
    code: &'static str,
    detail: String,
    rank: u8,
}

/// Validates the path at each time; several authorities may vouch for a leaf, and each that does is kept.
pub(super) fn verify_chain<'a>(
    case: &Case<'a>,
    times: &[VerifiedTime],
    checks: &mut Checks,
) -> Option<PathFacts<'a>> {
    let SignerMaterial::Certificate { leaf, rest } = case.signer else {
        checks.not_applicable("C01", "the bundle names a key, not a certificate");
        return None;
    };
    verify_leaf(case, leaf, checks);
    if case.root.certificate_authorities.is_empty() {
        checks.fail("R09", "trusted-root/no-ca", None, "the trusted root has no certificate authority");
        return None;
    }
    let mut instants: Vec<Time> = times.iter().map(|time| time.time).collect();
    instants.sort_unstable();
    instants.dedup();
    if instants.is_empty() {
        checks.not_applicable("C02", "no verified time at which the path could be checked");
        return None;
    }
    let mut paths = Vec::new();
    for at in &instants {
        match verify_at(case, leaf, rest, *at) {
            Ok(found) => paths.push(found),
            Err(refusal) => {
                checks.fail(refusal.check, refusal.code, None, refusal.detail);
                return None;
            }
        }
    }
    for check in ["C02", "C03", "C04", "C06", "C07", "C08"] {
        checks.pass(check, None);
    }
    if case.policy.bundle.use_intermediates {
        checks.pass("C09", None);
    } else {
        checks.off("C09", None);
    }
    checks.pass_with("M02", None, format!("path valid at {} verified time(s)", instants.len()));
    Some(PathFacts { instants: paths })
}

/// C01 and C05, and how long the leaf may live: they need no time and no authority.
fn verify_leaf(case: &Case<'_>, leaf: &Certificate, checks: &mut Checks) {
    match check_leaf(leaf) {
        Ok(_) => checks.pass("C01", None),
        Err(error) => checks.fail("C01", "chain/leaf", None, error.to_string()),
    }
    match check_leaf_profile(leaf) {
        Ok(()) => checks.pass("C05", None),
        Err(violation) => checks.fail("C05", "chain/leaf-profile", None, violation.to_string()),
    }
    let Some(max) = case.policy.evidence.certificate.max_lifetime_seconds else { return };
    let (not_before, not_after) = leaf.validity();
    let lifetime = not_after.secs().saturating_sub(not_before.secs());
    if lifetime > max {
        checks.fail(
            "C02",
            "chain/lifetime",
            None,
            format!("certificate lives {lifetime} s, at most {max} s are allowed"),
        );
    }
}

/// One time: every authority that gives a path, else the most telling refusal.
fn verify_at<'a>(
    case: &Case<'a>,
    leaf: &'a Certificate,
    rest: &'a [Certificate],
    at: Time,
) -> Result<Vec<AuthorityPath<'a>>, ChainRefusal> {
    let mut found = Vec::new();
    let mut best = ChainRefusal { check: "C08", code: "chain/no-path", detail: String::new(), rank: 0 };
    for authority in &case.root.certificate_authorities {
        match verify_by_authority(case, leaf, rest, authority, at) {
            Ok(path) => found.push(AuthorityPath { path, authority }),
            Err(refusal) if refusal.rank == u8::MAX => return Err(refusal),
            Err(refusal) if refusal.rank > best.rank || best.detail.is_empty() => best = refusal,
            Err(_) => {}
        }
    }
    if found.is_empty() { Err(best) } else { Ok(found) }
}

/// The window of the authority and the validity of its whole chain bound the path (C02).
fn verify_by_authority<'a>(
    case: &Case<'a>,
    leaf: &'a Certificate,
    rest: &'a [Certificate],
    authority: &'a TrustedAuthority,
    at: Time,
) -> Result<Path<'a>, ChainRefusal> {
    let Some((anchor, intermediates)) = authority.anchor() else {
        return Err(path_refusal(&PathError::NoPath));
    };
    let mut candidates: Vec<&Certificate> = intermediates.iter().collect();
    if case.policy.bundle.use_intermediates {
        candidates.extend(rest);
    }
    let mut budget = PathBudget::new(case.limits());
    let rules = case.path_rules();
    let path = verify_path(leaf, &candidates, anchor, at, &rules, case.checker, &mut budget)
        .map_err(|error| path_refusal(&error))?;
    if !within(&authority.window, at) {
        return Err(ChainRefusal {
            check: "C02",
            code: "chain/ca-window",
            detail: format!("{} is outside the window of the certificate authority", at.to_rfc3339()),
            rank: 100,
        });
    }
    match authority.chain.iter().find(|certificate| !certificate.valid_at(at)) {
        Some(_) => Err(ChainRefusal {
            check: "C02",
            code: "chain/not-valid",
            detail: format!("a certificate of the authority was not valid at {}", at.to_rfc3339()),
            rank: 100,
        }),
        None => Ok(path),
    }
}

fn path_refusal(error: &PathError) -> ChainRefusal {
    let rank = if error.is_fatal() { u8::MAX } else { error.rank() };
    ChainRefusal { check: error.check_id(), code: error.code(), detail: error.to_string(), rank }
}
