//! Published advisories: every case through the verifier, and what is too large or too many for files.

use std::{collections::BTreeSet, sync::LazyLock};

use cretula_crypto::RustCrypto;
use cretula_testkit::{
    Case, Expected, GivenArtifact, Inputs, Instance,
    advisories::{Advisory, advisories, document, large, stage},
    cases::{self, limits_cases},
};
use cretula_verify::{Failure, Request, RootMemo, Verifier};

static ADVISORIES: LazyLock<Vec<Advisory>> = LazyLock::new(advisories);

/// Longest text of a row or refusal, bytes.
const LONGEST_DETAIL: usize = 256;

struct Found {
    outcome: Expected,
    details: Vec<String>,
    rows: Vec<(&'static str, Option<&'static str>)>,
}

fn verify(request: &Request, roots: &mut RootMemo) -> Found {
    match Verifier::new(&RustCrypto, roots).verify(request) {
        Err(failure) => failed(failure),
        Ok(outcome) => {
            let report = outcome.report;
            let rows = report.checks.rows();
            let mut details: Vec<String> = rows.iter().filter_map(|row| row.detail.clone()).collect();
            details.extend(report.warnings.iter().filter_map(|warning| warning.detail.clone()));
            let mut seen: Vec<_> = rows.iter().map(|row| (row.id, row.code)).collect();
            seen.extend(report.warnings.iter().map(|warning| ("", Some(warning.code))));
            let outcome = match outcome.verdict {
                Ok(_) => Expected::Verified,
                Err(refusal) => {
                    details.push(refusal.detail.clone());
                    Expected::Refused { code: refusal.code, check: refusal.check }
                }
            };
            Found { outcome, details, rows: seen }
        }
    }
}

fn verify_inputs(inputs: &Inputs, roots: &mut RootMemo) -> Found {
    match inputs.to_request() {
        Ok(request) => verify(&request, roots),
        Err(failure) => failed(failure),
    }
}

fn failed(failure: Failure) -> Found {
    let outcome = Expected::Failed { code: failure.code };
    Found { outcome, details: failure.detail.into_iter().collect(), rows: Vec::new() }
}

/// How what a case came to differs from what was expected.
fn differs(case: &Case, roots: &mut RootMemo) -> Option<String> {
    let found = verify_inputs(&case.inputs, roots);
    if found.outcome != case.expected {
        let detail = found.details.last().map_or("", |detail| detail);
        return Some(format!(
            "{}: expected {:?}, found {:?} {detail}",
            case.name, case.expected, found.outcome
        ));
    }
    if let Some(long) = found.details.iter().find(|detail| detail.len() > LONGEST_DETAIL) {
        return Some(format!("{}: a text of {} bytes", case.name, long.len()));
    }
    let (check, code) = case.noted?;
    let noted = found.rows.iter().any(|row| *row == (check, Some(code)) || *row == ("", Some(code)));
    (!noted).then(|| format!("{}: no row of {check} with {code}", case.name))
}

fn all_differ(cases: &[Case]) -> Vec<String> {
    let mut roots = RootMemo::default();
    cases.iter().filter_map(|case| differs(case, &mut roots)).collect()
}

fn assert_none(wrong: &[String], of: usize) {
    assert!(wrong.is_empty(), "{} of {of} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn all() {
    let advisories = &*ADVISORIES;
    let mut wrong = Vec::new();
    let mut count = 0;
    for advisory in advisories {
        count += advisory.cases.len();
        wrong.extend(all_differ(&advisory.cases).into_iter().map(|text| format!("{}: {text}", advisory.id)));
    }
    assert_none(&wrong, count);
}

#[test]
fn each_has_a_refused_and_an_accepted_case_at_its_stage() {
    let advisories = &*ADVISORIES;
    let folders: BTreeSet<&str> = advisories.iter().map(|advisory| advisory.id).collect();
    assert_eq!(folders.len(), advisories.len(), "folders are unique");
    let ids: Vec<&str> = advisories.iter().flat_map(Advisory::ids).collect();
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(distinct.len(), ids.len(), "ids are unique");
    assert!(ids.len() >= 40, "{} ids are covered", ids.len());
    for advisory in advisories {
        let id = advisory.id;
        assert!(advisory.positives().next().is_some(), "{id} has no accepted case");
        assert!(advisory.filed().any(|case| stage(case) == Some(advisory.stage)), "{id}: {}", advisory.stage);
        assert!(
            advisory.filed().any(|case| case.expected == Expected::Verified),
            "{id} has no accepted case in its file"
        );
        for case in advisory.negatives() {
            let twin = advisory.cases.iter().find(|other| Some(&other.name) == case.twin.as_ref());
            let twin = twin.unwrap_or_else(|| panic!("{id}: {} has no twin", case.name));
            assert_eq!(twin.expected, Expected::Verified, "{id}: {}", twin.name);
            assert_ne!(twin.inputs, case.inputs, "{id}: {} changes nothing", case.name);
        }
    }
}

#[test]
fn an_added_case_has_a_name_of_its_own() {
    let known: Vec<Case> = [cases::cases(), limits_cases()].concat();
    let mut seen: Vec<Case> = known;
    for case in ADVISORIES.iter().flat_map(|advisory| advisory.cases.clone()) {
        match seen.iter().find(|other| other.name == case.name) {
            Some(other) => assert_eq!(other.inputs, case.inputs, "two cases with the name {}", case.name),
            None => seen.push(case),
        }
    }
}

#[test]
fn every_member_of_a_policy_is_contradicted_once() {
    let advisories = &*ADVISORIES;
    let advisory = advisories.iter().find(|advisory| advisory.id == "CVE-2026-48815").expect("the advisory");
    let text = |case: &Case| String::from_utf8_lossy(&case.inputs.policy).into_owned();
    let policies: Vec<String> = advisory.cases.iter().map(text).collect();
    let missing: Vec<&str> = MEMBERS
        .iter()
        .copied()
        .filter(|member| !policies.iter().any(|policy| policy.contains(&format!("\"{member}\":"))))
        .collect();
    assert!(missing.is_empty(), "no case about {missing:?}");
}

/// Members of a policy, claims apart.
const MEMBERS: &[&str] = &[
    "preset",
    "versions",
    "allowChainInV03",
    "useIntermediates",
    "refuseRootInChain",
    "requireKeyid",
    "unknownMembers",
    "log",
    "requireProof",
    "legacyDsseV2",
    "only",
    "sct",
    "threshold",
    "detached",
    "mode",
    "signedThreshold",
    "onInvalidToken",
    "outsideCertificate",
    "certId",
    "policyOids",
    "names",
    "witnesses",
    "logs",
    "asTime",
    "requireWindows",
    "allow",
    "compat",
    "maxLifetimeSeconds",
    "allowMissingKeyIds",
    "any",
    "all",
    "not",
    "certificate",
    "san",
    "type",
    "issuer",
    "claims",
    "extensions",
    "ca",
    "uri",
    "sha256",
    "ids",
    "usage",
    "deny",
    "certificateSha256",
    "sourceCommit",
    "keyId",
    "algorithms",
    "match",
    "name",
    "max",
    "predicateTypes",
    "types",
    "payloadTypes",
    "anySigner",
    "noArtifact",
    "noCrossCheck",
    "absent",
    "present",
    "utf8",
    "raw",
    "der",
];

#[test]
fn the_files_are_small() {
    let bytes: usize = document::files(&ADVISORIES).values().map(Vec::len).sum();
    assert!(bytes <= 3 << 20, "{bytes} bytes");
}

#[test]
fn input_without_end_is_refused() {
    let cases = large::cases();
    assert_none(&all_differ(&cases), cases.len());
}

#[test]
fn every_limit_holds() {
    let cases = limits_cases();
    assert_none(&all_differ(&cases), cases.len());
}

#[test]
fn a_hundred_megabytes_are_refused_unread() {
    let instance = Instance::new(cases::SEED, cases::NOW);
    let good = (cases::good::KEYLESS_V2.make)(&instance).build();
    let request = good.to_request().expect("a request");
    let mut roots = RootMemo::default();
    let endless = vec![b' '; 100 << 20];
    let bundle = Request { bundle: endless.clone(), ..request.clone() };
    let refused = Expected::Refused { code: "limits/bundle-bytes", check: "P01" };
    assert_eq!(verify(&bundle, &mut roots).outcome, refused);
    let root = Request { roots: vec![endless.clone()], ..request.clone() };
    let artifacts = vec![GivenArtifact::Bytes(endless.clone())];
    let artifact = Inputs { artifacts, ..good.clone() };
    assert_eq!(verify_inputs(&artifact, &mut roots).outcome, Expected::Failed { code: "input/too-large" });
    let refused = Expected::Refused { code: "limits/trusted-root-bytes", check: "R01" };
    assert_eq!(verify(&root, &mut roots).outcome, refused);
    let policy = Request { policy: endless, ..request.clone() };
    assert_eq!(verify(&policy, &mut roots).outcome, Expected::Failed { code: "limits/policy-bytes" });
    assert_eq!(verify(&request, &mut roots).outcome, Expected::Verified);
}

#[test]
fn no_entry_passes_for_another() {
    let mut roots = RootMemo::default();
    let mut count = 0;
    for (name, inputs) in large::splices() {
        count += 1;
        let outcome = verify_inputs(&inputs, &mut roots).outcome;
        assert!(matches!(outcome, Expected::Refused { .. }), "{name}: {outcome:?}");
    }
    assert!(count >= 1000, "only {count} bundles");
}

#[test]
fn every_entry_of_small_trees() {
    let mut roots = RootMemo::default();
    let mut count = 0;
    for proofs in large::trees() {
        count += 1;
        assert_eq!(verify_inputs(&proofs.right, &mut roots).outcome, Expected::Verified, "{}", proofs.name);
        for wrong in &proofs.wrong {
            let expected = Expected::Refused { code: "log-inclusion/proof", check: "L14" };
            assert_eq!(verify_inputs(wrong, &mut roots).outcome, expected, "{}", proofs.name);
        }
    }
    assert!(count >= 2080, "only {count} entries");
}

#[test]
fn the_reported_payload_is_the_signed_one() {
    let advisories = &*ADVISORIES;
    let advisory = advisories.iter().find(|advisory| advisory.id == "CVE-2026-44309").expect("the advisory");
    let mut roots = RootMemo::default();
    let mut unusual = 0;
    for case in advisory.positives() {
        let request = case.inputs.to_request().expect("a request");
        let outcome = Verifier::new(&RustCrypto, &mut roots).verify(&request).expect("a report");
        let payload = outcome.report.statement.expect("a statement").payload;
        let text = String::from_utf8(case.inputs.bundle.clone()).expect("UTF-8");
        let (_, rest) = text.split_once("\"payload\":\"").expect("an envelope");
        let stated = rest.split('"').next().expect("a payload");
        assert_eq!(cretula_encoding::base64::encode(&payload), stated, "{}", case.name);
        unusual +=
            usize::from(payload.starts_with(b" ") || payload.starts_with(b"\r") || payload.contains(&b'\n'));
    }
    assert!(unusual > 0, "no payload with white space");
}
