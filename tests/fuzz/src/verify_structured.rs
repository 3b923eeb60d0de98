//! Near-valid bundles under arithmetic that accepts every signature: what stands behind the signature checks.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use cretula_bundle::{Bundle, BundleRules, Content, UnknownMembers};
use cretula_crypto::{Message, SignatureCheck, SignatureError, SignatureProvider};
use cretula_verify::documents::{encode_report, encode_short_report, parse_request};
use cretula_verify::report::{CheckOutcome, Party, Signer, Threshold, TimeSource};
use cretula_verify::{Outcome, Report, Request, RootMemo, Verifier};

use crate::mutation::Document;
use crate::{Dice, oracle};

/// Mutations of one bundle: more leave nothing that is near to valid.
const MOST_MUTATIONS: usize = 6;

/// Accepts every signature that key, scheme and message admit.
struct EverySignature;

impl SignatureProvider for EverySignature {
    fn verify_signature(&self, check: &SignatureCheck<'_>) -> Result<(), SignatureError> {
        if !check.key.allows(check.scheme) {
            return Err(SignatureError::SchemeKey);
        }
        match (check.scheme.prehash(), check.message) {
            (None, Message::Digest(_)) => Err(SignatureError::MessageRequired),
            (Some(hash), Message::Digest(digest)) if digest.algorithm() != hash => {
                Err(SignatureError::DigestAlgorithm)
            }
            _ if check.signature.is_empty() => Err(SignatureError::Invalid),
            _ => Ok(()),
        }
    }
}

struct Base {
    request: Request,
    bundle: Document,
}

/// Every case of the virtual Sigstore whose bundle is JSON, good or not.
fn bases() -> &'static [Base] {
    static BASES: OnceLock<Vec<Base>> = OnceLock::new();
    BASES.get_or_init(|| {
        let cases = cretula_cases::checks().expect("the project's own cases");
        let requests = cases.iter().filter_map(|case| parse_request(&case.request).ok());
        let bases = requests.filter_map(|(request, _)| {
            Document::parse(&request.bundle).map(|bundle| Base { request, bundle })
        });
        bases.collect()
    })
}

/// Number of bundles that this target starts from.
pub(crate) fn base_count() -> usize {
    bases().len()
}

thread_local! {
    static ROOTS: RefCell<RootMemo> = RefCell::new(RootMemo::default());
}

/// The report is canonical and says one thing; what is verified reached every threshold, failed no check and is about
/// what the caller gave; evidence counts by operator. Earlier calls change nothing.
pub fn verify_structured(input: &[u8]) {
    let mut dice = Dice::new(input);
    let bases = bases();
    let base = &bases[dice.below(bases.len())];
    let donor = &bases[dice.below(bases.len())];
    let mut bundle = base.bundle.clone();
    let mut request = base.request.clone();
    let borrowed = dice.byte();
    if borrowed & 3 == 1 {
        request.policy.clone_from(&donor.request.policy);
    }
    if borrowed & 12 == 4 {
        request.artifacts.clone_from(&donor.request.artifacts);
    }
    if borrowed & 48 == 16 {
        request.roots.extend(donor.request.roots.iter().cloned());
    }
    for _ in 0..MOST_MUTATIONS {
        if !dice.is_empty() {
            bundle.mutate(&donor.bundle, &mut dice);
        }
    }
    request.bundle = bundle.encode();
    let outcome = ROOTS.with_borrow_mut(|roots| Verifier::new(&EverySignature, roots).verify(&request));
    let Ok(outcome) = outcome else { return };
    let document = encode_report(&outcome.report);
    if borrowed & 192 == 0 {
        let mut fresh = RootMemo::default();
        let again = Verifier::new(&EverySignature, &mut fresh).verify(&request).expect("as before");
        assert_eq!(encode_report(&again.report), document, "an earlier call changes the answer");
    }
    check_outcome(&request, &outcome, &document);
}

fn check_outcome(request: &Request, outcome: &Outcome, document: &[u8]) {
    let report = &outcome.report;
    let value = oracle::assert_canonical(document);
    let short = encode_short_report(report);
    oracle::assert_canonical(&short);
    assert!(short.len() <= 1024, "a short report of {} bytes", short.len());
    let verdict = if outcome.verdict.is_ok() { "verified" } else { "refused" };
    assert_eq!(oracle::text_of(&value, "verdict").as_deref(), Some(verdict));
    assert_eq!(report.is_verified(), outcome.verdict.is_ok());
    let failed = report.checks.rows().iter().any(|row| row.outcome == CheckOutcome::Fail);
    check_counts(report);
    match &outcome.verdict {
        Ok(_) => {
            assert!(!failed && report.refusal.is_none(), "verified with a failed check");
            check_verified(request, report);
        }
        Err(refusal) => {
            assert_eq!(report.refusal.as_ref(), Some(refusal));
            let mut rows = report.checks.rows().iter().filter(|row| row.code == Some(refusal.code));
            assert!(
                rows.any(|row| row.outcome == CheckOutcome::Fail),
                "a refusal without its row: {refusal:?}"
            );
        }
    }
}

/// No count is above the number of operators whose evidence passed.
fn check_counts(report: &Report) {
    let passed = |parties: &[Party]| {
        let passed = parties.iter().filter(|party| party.outcome == CheckOutcome::Pass);
        passed.map(|party| party.operator.clone()).collect::<BTreeSet<_>>().len()
    };
    let sources = |wanted: fn(TimeSource) -> bool| {
        let times = report.times.iter().filter(|time| wanted(time.source));
        times.map(|time| (time.source, time.operator.clone())).collect::<BTreeSet<_>>().len()
    };
    for (name, threshold) in &report.thresholds {
        let most = match *name {
            "log" => passed(&report.logs),
            "sct" => passed(&report.scts),
            "signedTime" => sources(|source| source == TimeSource::TimestampAuthority),
            "time" => sources(|_| true),
            "witness" => passed(&report.witnesses),
            _ => panic!("an unknown threshold {name}"),
        };
        let reached = usize::try_from(threshold.reached).expect("a count");
        assert!(reached <= most, "{name}: {reached} of {most} operators");
    }
}

fn check_verified(request: &Request, report: &Report) {
    let short = |(_, threshold): &(&&str, &Threshold)| threshold.reached < threshold.wanted;
    assert!(!report.thresholds.iter().any(|row| short(&row)), "{:?}", report.thresholds);
    if let Some(Signer::Certificate(certificate)) = &report.signer {
        let valid = certificate.not_before..=certificate.not_after;
        assert!(report.times.iter().all(|time| valid.contains(&time.time)), "a time outside the certificate");
        assert!(certificate.path.len() >= 2 && certificate.path.last() == Some(&certificate.ca));
    }
    assert!(report.signer.is_some(), "nobody has signed");
    assert_eq!(report.artifacts.len(), request.artifacts.len(), "an artifact was passed over");
    let rules = BundleRules {
        allow_chain_in_v03: true,
        unknown_members: UnknownMembers::Ignore,
        ..BundleRules::default()
    };
    let bundle = Bundle::parse(&request.bundle, &rules, &request.options.limits).expect("verified");
    match (bundle.content(), &report.statement) {
        (Content::Envelope(envelope), Some(statement)) => assert_eq!(statement.payload, envelope.payload),
        (Content::MessageSignature(_), Some(_)) => panic!("a statement out of a message"),
        (_, None) => {}
    }
}
