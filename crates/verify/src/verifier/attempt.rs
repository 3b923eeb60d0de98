//! One trusted root: the whole checklist, the report, and the verified bundle if nothing failed.

use super::case::{Case, SignerMaterial};
use super::chain::verify_chain;
use super::checkpoint::verify_checkpoints;
use super::log::verify_log_entries;
use super::sct::verify_scts;
use super::shape::ParsedBundle;
use super::signature::verify_signature;
use super::signer::verify_identity;
use super::times::{key_entries, verify_times};
use super::{Outcome, artifact::verify_artifacts};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::report::{Checks, Inputs, Report, Threshold, Verdict};
use crate::request::{ManagedKey, Request};
use crate::trust::{RootMemo, TrustedRoot};
use crate::verified::VerifiedBundle;
use alloc::{collections::BTreeMap, string::ToString, sync::Arc, vec::Vec};
use cretula_bundle::{Bundle, Material};
use cretula_crypto::{Checker, Digest, HashAlgorithm};
use cretula_encoding::json::Tree;

/// What all trusted roots of a call share.
pub(super) struct Attempt<'a> {
    pub(super) request: &'a Request,
    pub(super) policy: &'a Policy,
    pub(super) checker: &'a Checker<'a>,
}

impl Attempt<'_> {
    /// The bundle has not even the right shape: later checks are absent.
    pub(super) fn refused_before_trust(&self, checks: Checks) -> Outcome {
        outcome(self.empty_report(checks, None), None)
    }

    /// The checklist under one trusted root, or under none (managed keys without log evidence).
    pub(super) fn with_root(
        &self,
        parsed: &ParsedBundle,
        root: Option<&Vec<u8>>,
        memo: &mut RootMemo,
    ) -> Outcome {
        let mut checks = parsed.checks.clone();
        let digest = root.map(|bytes| HashAlgorithm::Sha256.digest(&[bytes]));
        let limits = &self.request.options.limits;
        let root = match root.map(|bytes| memo.resolve(bytes, limits)).transpose() {
            Ok(root) => root.unwrap_or_else(|| Arc::new(TrustedRoot::empty())),
            Err(error) => {
                checks.fail(error.check_id(), error.code(), None, error.to_string());
                return outcome(self.empty_report(checks, digest), None);
            }
        };
        self.check_root(&root, digest.is_some(), &mut checks);
        self.run(parsed, &root, digest, checks)
    }

    /// R02: the policy may demand that every instance has a window.
    fn check_root(&self, root: &TrustedRoot, given: bool, checks: &mut Checks) {
        if !given {
            return checks.not_applicable("R01", "no trusted root was given");
        }
        for check in ["R01", "R03", "R04", "R08"] {
            checks.pass(check, None);
        }
        for (check, code) in
            [("R05", "trusted-root/key"), ("R06", "trusted-root/log-id"), ("R07", "trusted-root/tree-hash")]
        {
            match root.warnings.iter().find(|warning| warning.code == code) {
                Some(warning) => {
                    checks.ignored(check, code, None, warning.detail.clone().unwrap_or_default())
                }
                None => checks.pass(check, None),
            }
        }
        if root.window_missing && self.policy.evidence.trust.require_windows {
            checks.fail(
                "R02",
                "trusted-root/window",
                None,
                "an instance of the trusted root declares no window",
            );
        } else {
            checks.pass("R02", None);
        }
    }

    /// SET and RFC 3161 signatures need only trusted keys and come first; then the path at those times; then SCTs with
    /// the issuer of that path; then the rest.
    fn run(
        &self,
        parsed: &ParsedBundle,
        root: &TrustedRoot,
        digest: Option<Digest>,
        mut checks: Checks,
    ) -> Outcome {
        let case = self.case(parsed, root);
        let checks = &mut checks;
        let checkpoints = verify_checkpoints(&case, checks);
        let times = verify_times(&case, &checkpoints.times, checks);
        let path = verify_chain(&case, &times.times, checks);
        let scts = verify_scts(&case, path.as_ref(), checks);
        let signature = verify_signature(&case, checks);
        let keys = key_entries(&case, &times, signature.as_ref(), checks);
        let logs = verify_log_entries(&case, signature.as_ref(), &checkpoints, &times, checks);
        let artifacts = verify_artifacts(&case, signature.is_some(), checks);
        let identity = verify_identity(&case, path.as_ref(), signature.as_ref(), &keys, checks);

        let mut report = self.empty_report(checks.clone(), digest);
        report.signer = identity.signer;
        report.times = times.times;
        report.logs = logs.parties;
        report.timestamps = times.timestamps;
        report.scts = scts.parties;
        report.witnesses = checkpoints.witnesses;
        report.artifacts = artifacts.artifacts;
        report.statement = artifacts.statement;
        report.thresholds =
            times.thresholds.into_iter().chain(logs.thresholds).collect::<BTreeMap<_, Threshold>>();
        report.thresholds.extend(scts.threshold.map(|threshold| ("sct", threshold)));
        report.ignored.clone_from(&parsed.ignored);
        report.warnings.clone_from(&parsed.warnings);
        report.warnings.extend(root.warnings.iter().cloned());
        report.warnings.extend(times.warnings.into_iter().chain(logs.warnings));
        report.warnings.extend(signature.as_ref().and_then(|facts| facts.warning.clone()));
        // Whatever the rows say: nothing is verified without a signature, nor with a certificate without a path.
        let signer = match case.leaf() {
            Some(_) => path.as_ref().map(|_| ()),
            None => Some(()),
        };
        outcome(report, signature.as_ref().zip(signer).map(|_| &parsed.bundle))
    }

    fn case<'c>(&'c self, parsed: &'c ParsedBundle, root: &'c TrustedRoot) -> Case<'c> {
        Case {
            bundle: &parsed.bundle,
            signer: self.signer(parsed),
            root,
            policy: self.policy,
            given_keys: &self.request.keys,
            artifacts: &self.request.artifacts,
            options: &self.request.options,
            checker: self.checker,
        }
    }

    /// The key is chosen among the caller's; the hint of the bundle only selects (A01).
    fn signer<'c>(&'c self, parsed: &'c ParsedBundle) -> SignerMaterial<'c> {
        if let Some((leaf, rest)) = parsed.certificates.split_first() {
            return SignerMaterial::Certificate { leaf, rest };
        }
        let hint = match parsed.bundle.material() {
            Material::PublicKey { hint } => hint.as_str(),
            Material::Certificate(_) | Material::CertificateChain(_) => "",
        };
        let fits = |key: &&ManagedKey| key.id.is_empty() || key.id == hint;
        SignerMaterial::Keys(self.request.keys.iter().filter(fits).collect())
    }

    fn empty_report(&self, checks: Checks, trusted_root: Option<Digest>) -> Report {
        Report {
            verdict: Verdict::Refused,
            refusal: None,
            checks,
            signer: None,
            times: Vec::new(),
            logs: Vec::new(),
            timestamps: Vec::new(),
            scts: Vec::new(),
            witnesses: Vec::new(),
            artifacts: Vec::new(),
            statement: None,
            thresholds: BTreeMap::new(),
            ignored: Vec::new(),
            warnings: Vec::new(),
            dangerous: self.policy.dangerous.names(),
            policy: self.policy_tree(),
            inputs: Inputs {
                bundle: HashAlgorithm::Sha256.digest(&[&self.request.bundle]),
                trusted_root,
                policy: self.policy.digest,
                limits: self.request.options.limits.entries().collect(),
            },
        }
    }

    fn policy_tree(&self) -> Tree {
        self.policy.to_tree()
    }
}

/// The one place where a verdict is made: no failed row, every needed fact there.
fn outcome(mut report: Report, complete: Option<&Bundle>) -> Outcome {
    let refusal = report.checks.primary_failure();
    let verdict = match (refusal, complete) {
        (None, Some(bundle)) => VerifiedBundle::mint(bundle, &report),
        (Some(refusal), _) => Err(refusal),
        (None, None) => Err(Refusal {
            check: "A01",
            code: "signature/invalid",
            index: None,
            detail: "a required fact was not established".to_string(),
        }),
    };
    report.verdict = if verdict.is_ok() { Verdict::Verified } else { Verdict::Refused };
    report.refusal = verdict.as_ref().err().cloned();
    Outcome { report, verdict }
}
