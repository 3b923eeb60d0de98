//! Evidence: more of the wrong kind never helps, less of the right kind always hurts, order and copies do not matter.

use std::io::{Write as _, stderr};
use std::sync::OnceLock;

use cretula_fuzz::mutation::Document;
use cretula_properties::{Given, cases, repeatable, verify};
use cretula_testkit::cases::{NOW, SEED};
use cretula_testkit::{BundleBuilder, EntryKind, EntryLog, Instance};
use cretula_verify::RootMemo;
use cretula_verify::report::CheckOutcome;
use proptest::prelude::*;

const ENTRIES: &str = "/verificationMaterial/tlogEntries";
const TOKENS: &str = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps";

fn all() -> &'static [Given] {
    static ALL: OnceLock<Vec<Given>> = OnceLock::new();
    ALL.get_or_init(cases)
}

fn of(is_good: bool) -> impl Iterator<Item = &'static Given> {
    all().iter().filter(move |case| case.is_good == is_good)
}

/// Evidence of the same services about other signatures: list, element.
fn foreign() -> &'static [(&'static str, Document)] {
    static FOREIGN: OnceLock<Vec<(&str, Document)>> = OnceLock::new();
    FOREIGN.get_or_init(|| {
        let instance = Instance::new(SEED, NOW);
        let other = |is_envelope: bool| {
            let mut builder = BundleBuilder::keyless(&instance);
            builder.artifact = b"another artifact\n".to_vec();
            if is_envelope { builder.envelope() } else { builder }
        };
        let builders = [
            other(false).logged(EntryLog::V1(0), EntryKind::HashedRekordV001),
            other(false).logged(EntryLog::V2(1), EntryKind::HashedRekordV002).timestamped(0),
            other(true).logged(EntryLog::V1(1), EntryKind::DsseV001).timestamped(1),
            other(true).logged(EntryLog::V1(0), EntryKind::IntotoV002).timestamped(0),
        ];
        let mut evidence = Vec::new();
        for builder in builders {
            let bundle = Document::parse(&builder.build().bundle).expect("a bundle");
            evidence.extend(bundle.at(&format!("{ENTRIES}/0")).map(|entry| (ENTRIES, entry)));
            evidence.extend(bundle.at(&format!("{TOKENS}/0")).map(|token| (TOKENS, token)));
        }
        evidence
    })
}

proptest! {
    #![proptest_config(repeatable())]

    #[test]
    fn invalid_extra_evidence_never_turns_a_refusal_into_acceptance(
        case: prop::sample::Index,
        extra in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..4, 0_u8..3), 1..4),
    ) {
        let refused: Vec<&Given> = of(false).collect();
        let case = case.get(&refused);
        let mut bundle = case.bundle.clone();
        for (choice, at, damage) in extra {
            let (list, element) = choice.get(foreign());
            let mut element = element.clone();
            match damage {
                0 => {}
                1 if *list == TOKENS => { element.set("/signedTimestamp", "\"MAMCAQA=\""); }
                1 => { element.set("/logIndex", "\"4\""); }
                _ => { element.remove("/inclusionPromise"); }
            }
            if bundle.at("/verificationMaterial").is_some() && (bundle.at(list).is_none() || bundle.count(list) > 0) {
                bundle.insert(list, at, &element);
            }
        }
        prop_assert!(!case.accepts(&bundle, &mut RootMemo::default()), "{}", case.name);
    }

    #[test]
    fn order_does_not_matter(case: prop::sample::Index, entries: usize, tokens: usize) {
        let several: Vec<&Given> = all().iter()
            .filter(|case| case.bundle.count(ENTRIES) > 1 || case.bundle.count(TOKENS) > 1)
            .collect();
        let case = case.get(&several);
        let mut bundle = case.bundle.clone();
        for (list, at) in [(ENTRIES, entries), (TOKENS, tokens)] {
            if bundle.count(list) > 1 {
                let moved = bundle.remove(&format!("{list}/{}", at % bundle.count(list))).unwrap();
                bundle.insert(list, if at.is_multiple_of(2) { usize::MAX } else { 0 }, &moved);
            }
        }
        prop_assert_eq!(case.accepts(&bundle, &mut RootMemo::default()), case.is_good, "{}", &case.name);
    }

    #[test]
    fn duplicates_never_raise_a_count(
        case: prop::sample::Index,
        at: usize,
        is_token: bool,
        form in 0_u8..3,
    ) {
        let case = case.get(all());
        let list = if is_token { TOKENS } else { ENTRIES };
        let count = case.bundle.count(list);
        prop_assume!(count > 0);
        let mut bundle = case.bundle.clone();
        let mut copy = bundle.at(&format!("{list}/{}", at % count)).unwrap();
        match form {
            0 => {}
            1 if !is_token => { copy.set("/logIndex", "\"7\""); }
            _ if !is_token => { copy.set("/integratedTime", "\"1767222000\""); }
            _ => {}
        }
        bundle.insert(list, at % (count + 1), &copy);
        let mut roots = RootMemo::default();
        let before = verify(&case.request, &mut roots);
        let after = verify(&case.with_bundle(&bundle), &mut roots);
        let (Ok(before), Ok(after)) = (before, after) else { return Ok(()) };
        prop_assert!(after.verdict.is_err() || before.verdict.is_ok(), "{}", case.name);
        for (name, threshold) in &after.report.thresholds {
            if let Some(earlier) = before.report.thresholds.get(name) {
                prop_assert!(threshold.reached <= earlier.reached, "{}: {name}", case.name);
            }
        }
    }
}

/// The places whose removal takes what a policy with thresholds above zero needs.
fn required(case: &Given) -> Vec<String> {
    let outcome = verify(&case.request, &mut RootMemo::default()).expect("a call that is right");
    let report = &outcome.report;
    let mut places = vec!["/verificationMaterial".to_owned()];
    for content in ["/messageSignature", "/messageSignature/signature", "/dsseEnvelope"] {
        places.extend(case.bundle.at(content).map(|_| content.to_owned()));
    }
    for member in ["payload", "payloadType", "signatures", "signatures/0", "signatures/0/sig"] {
        let place = format!("/dsseEnvelope/{member}");
        places.extend(case.bundle.at(&place).map(|_| place));
    }
    for material in
        ["certificate", "x509CertificateChain", "publicKey", "x509CertificateChain/certificates/0"]
    {
        let place = format!("/verificationMaterial/{material}");
        places.extend(case.bundle.at(&place).map(|_| place));
    }
    let needs = |names: &[&str]| {
        let needed = report.thresholds.iter().filter(|(name, _)| names.contains(*name));
        needed.into_iter().any(|(_, threshold)| threshold.wanted > 0 && threshold.reached == threshold.wanted)
    };
    let only = |parties: &[cretula_verify::report::Party]| {
        let passed = parties.iter().enumerate().filter(|(_, party)| party.outcome == CheckOutcome::Pass);
        let operators: Vec<_> = passed.map(|(index, party)| (index, party.operator.clone())).collect();
        let is_only =
            |operator: &Option<String>| operators.iter().filter(|(_, other)| other == operator).count() == 1;
        operators
            .iter()
            .filter(|(_, operator)| is_only(operator))
            .map(|(index, _)| *index)
            .collect::<Vec<_>>()
    };
    if needs(&["log", "witness"]) {
        places.extend(only(&report.logs).into_iter().map(|index| format!("{ENTRIES}/{index}")));
        places.push(ENTRIES.to_owned());
    }
    if needs(&["signedTime"]) {
        places.extend(only(&report.timestamps).into_iter().map(|index| format!("{TOKENS}/{index}")));
        places.push(TOKENS.to_owned());
    }
    if case.request.policy_mentions("\"tsa\"") && report.times.len() == 1 {
        places.push(TOKENS.to_owned());
    }
    places
}

trait Mentions {
    fn policy_mentions(&self, text: &str) -> bool;
}

impl Mentions for cretula_verify::Request {
    fn policy_mentions(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.policy).contains(text)
    }
}

#[test]
fn removing_required_evidence_always_turns_acceptance_into_refusal() {
    let mut removed = 0;
    let mut roots = RootMemo::default();
    for case in of(true) {
        for place in required(case) {
            let mut bundle = case.bundle.clone();
            if bundle.remove(&place).is_some() {
                removed += 1;
                assert!(!case.accepts(&bundle, &mut roots), "{} without {place}", case.name);
            }
        }
        let mut request = case.request.clone();
        request.roots.clear();
        let without_root = verify(&request, &mut roots).is_ok_and(|outcome| outcome.verdict.is_ok());
        let needs_root = case.bundle.at("/verificationMaterial/publicKey").is_none();
        assert!(!(needs_root && without_root), "{} without a trusted root", case.name);
        request.clone_from(&case.request);
        request.keys.clear();
        let without_keys = verify(&request, &mut roots).is_ok_and(|outcome| outcome.verdict.is_ok());
        assert!(needs_root || !without_keys, "{} without keys", case.name);
    }
    writeln!(stderr(), "{removed} removals, each refused").unwrap();
    assert!(removed > 1000, "{removed}");
}
