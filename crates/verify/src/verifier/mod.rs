//! The verifier: one pure function of its inputs, read as a checklist.

mod artifact;
mod attempt;
mod binding;
mod case;
mod chain;
mod checkpoint;
mod log;
mod sct;
mod shape;
mod signature;
mod signer;
mod times;

use crate::policy::{Policy, TimeMode};
use crate::refusal::{Failure, Refusal};
use crate::report::Report;
use crate::request::Request;
use crate::trust::RootMemo;
use crate::verified::VerifiedBundle;
use alloc::format;
use attempt::Attempt;
use cretula_crypto::{Checker, SignatureProvider};

/// Verifies bundles. It holds arithmetic and parsed trusted roots, and nothing of any call.
pub struct Verifier<'a> {
    provider: &'a dyn SignatureProvider,
    roots: &'a mut RootMemo,
}

impl core::fmt::Debug for Verifier<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

/// What a call came to: always a report, and the verified bundle only if every required check passed.
#[derive(Debug)]
pub struct Outcome {
    /// One row per check, and the facts that were established.
    pub report: Report,
    /// The proof, or the first failed check in stage order.
    pub verdict: Result<VerifiedBundle, Refusal>,
}

impl<'a> Verifier<'a> {
    /// A verifier with this arithmetic; production code passes [`cretula_crypto::RustCrypto`].
    pub fn new(provider: &'a dyn SignatureProvider, roots: &'a mut RootMemo) -> Self {
        Self { provider, roots }
    }

    /// Decides whether the bundle is what the policy demands.
    ///
    /// Several trusted roots are tried one after the other, each alone; the first that verifies is reported, else the
    /// one under which verification came furthest.
    ///
    /// # Errors
    /// The call itself was wrong: `policy/…`, or a limit of the request. Every other refusal is in the [`Outcome`].
    pub fn verify(&mut self, request: &Request) -> Result<Outcome, Failure> {
        let limits = &request.options.limits;
        let policy = Policy::parse(&request.policy, limits).map_err(Failure::from)?;
        check_request(request, &policy)?;
        let checker = Checker::new(self.provider, limits.signature_total);
        let attempt = Attempt { request, policy: &policy, checker: &checker };
        let parsed = match shape::parse_bundle(request, &policy) {
            Ok(parsed) => parsed,
            Err(checks) => return Ok(attempt.refused_before_trust(*checks)),
        };
        if request.roots.is_empty() {
            return Ok(attempt.with_root(&parsed, None, self.roots));
        }
        let mut best: Option<Outcome> = None;
        for root in &request.roots {
            let outcome = attempt.with_root(&parsed, Some(root), self.roots);
            if outcome.verdict.is_ok() {
                return Ok(outcome);
            }
            if best.as_ref().is_none_or(|best| came_further(&outcome, best)) {
                best = Some(outcome);
            }
        }
        best.ok_or_else(|| Failure::new("input/missing", "no trusted root"))
    }
}

fn came_further(outcome: &Outcome, best: &Outcome) -> bool {
    let stage = |outcome: &Outcome| outcome.verdict.as_ref().err().map(Refusal::stage);
    stage(outcome) > stage(best)
}

/// Bounds of the request itself, and inputs that the policy needs.
fn check_request(request: &Request, policy: &Policy) -> Result<(), Failure> {
    let limits = &request.options.limits;
    let artifact_bytes = request.artifacts.iter().filter_map(|artifact| artifact.bytes()).map(<[u8]>::len);
    let bounds = [
        ("limits/trusted-roots", request.roots.len(), limits.trusted_roots),
        ("limits/managed-keys", request.keys.len(), limits.managed_keys),
        ("limits/artifacts", request.artifacts.len(), limits.artifacts),
        ("limits/artifact-bytes", artifact_bytes.fold(0, usize::saturating_add), limits.artifact_bytes),
    ];
    if let Some((code, present, limit)) = bounds.iter().find(|(_, present, limit)| present > limit) {
        return Err(Failure::new(code, format!("at most {limit} are allowed, {present} were given")));
    }
    if policy.evidence.time.mode == TimeMode::Current && request.options.now.is_none() {
        return Err(Failure::new(
            "policy/now-required",
            "time mode current needs the present time in options.now",
        ));
    }
    Ok(())
}
