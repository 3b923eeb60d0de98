//! Statements of every kind in one call: the bundles of a summary are verified on the way.
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use cretula_attestation::Provenance;
use cretula_crypto::HashAlgorithm;
use cretula_encoding::fields::{Field, FieldErrorKind, Object};
use cretula_encoding::json;
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;
use cretula_verify::portable::verify_request;
use cretula_verify::report::{Signer, StatementReport};
use cretula_verify::request::{Artifact, Options, Request as VerifyRequest};
use cretula_verify::{Report, RootMemo};

use crate::config::VsaPolicy;
use crate::document;
use crate::error::{AttestError, ErrorKind};
use crate::predicate::{PROVENANCE_TYPE, PredicateRequest, SummaryRequest, VerifiedReport, VsaReports};
use crate::request::Request;
use crate::statement::{BuiltStatement, build_statement, build_summary};
use crate::trust::parse_trust;

/// Most bundles of one summary.
const MAX_REQUESTS: usize = 256;
/// Where the verify requests stand.
const POINTER: &str = "/predicate/verify";

/// Digest sets: names of algorithms and values.
type Artifacts = Vec<Vec<(String, String)>>;

/// Builds the statement of any request. The bundles of a summary are verified by the policy and the roots of the mode,
/// or else by the trusted root of the request.
///
/// A verify request holds `bundle` and perhaps `artifacts`, each the digest set of a subject; without them all subjects
/// are meant. The verifier says no level of a builder yet, so a summary that passes says level 0.
///
/// # Errors
/// As [`build_statement`]; besides `facts/missing` for a mode without `vsa`, `tenant/forbidden-field` for a verify
/// request that holds what the mode decides, `config/…` for a policy or trust that cannot be read, `vsa/subject` for
/// artifacts that the verifier cannot take.
pub fn build_statement_verifying(
    request: &Request,
    now: Time,
    roots: &mut RootMemo,
) -> Result<BuiltStatement, AttestError> {
    match request.job().predicate() {
        PredicateRequest::Vsa(SummaryRequest::FromReport { verify, .. }) => {
            let reports = verify_all(request, verify, now, roots)?;
            build_summary(request, now, &reports)
        }
        PredicateRequest::CheckedRaw { .. }
        | PredicateRequest::Provenance
        | PredicateRequest::Raw { .. }
        | PredicateRequest::Typed(_)
        | PredicateRequest::Vsa(SummaryRequest::Asserted(_)) => build_statement(request, now),
    }
}

fn verify_all(
    request: &Request,
    documents: &[Vec<u8>],
    now: Time,
    roots: &mut RootMemo,
) -> Result<VsaReports, AttestError> {
    let mode = request.job().config().mode(request.job().mode())?;
    let Some(judge) = &mode.vsa else {
        let detail = "the mode does not say what bundles are judged by";
        return Err(AttestError::new(ErrorKind::FactsMissing, detail).at("/predicate"));
    };
    if documents.len() > MAX_REQUESTS {
        let detail = alloc::format!("at most {MAX_REQUESTS} bundles make a summary");
        return Err(AttestError::new(ErrorKind::InputTooLarge, detail).at(POINTER));
    }
    let trusted = trusted_roots(request, judge)?;
    let mut reports = Vec::new();
    for (index, text) in documents.iter().enumerate() {
        let place = alloc::format!("{POINTER}/{index}");
        let (bundle, artifacts) = read(text, &place, request)?;
        let call = VerifyRequest {
            bundle,
            roots: trusted.clone(),
            keys: Vec::new(),
            policy: judge.policy().to_vec(),
            artifacts: artifacts.iter().map(|entries| artifact(entries, &place)).collect::<Result<_, _>>()?,
            options: Options { now: Some(now), ..Options::default() },
        };
        let outcome = verify_request(&call, roots).map_err(|failure| unanswered(failure.code, &place))?;
        reports.push(verified_report(&outcome.report, artifacts));
    }
    let policy_sha256 = HashAlgorithm::Sha256.digest(&[judge.policy()]).to_hex();
    let policy_uri = ["nih:sha-256;", &policy_sha256].concat();
    Ok(VsaReports { reports, policy_uri, policy_sha256, claimed: Vec::new() })
}

/// A call that the verifier cannot answer: the mode's policy is at fault, or else what the request says.
fn unanswered(code: &str, place: &str) -> AttestError {
    let kind = if code.starts_with("policy/") { ErrorKind::ConfigFormat } else { ErrorKind::VsaSubject };
    AttestError::new(kind, code).at(place)
}

/// Those of the mode, or that of the request.
fn trusted_roots(request: &Request, judge: &VsaPolicy) -> Result<Vec<Vec<u8>>, AttestError> {
    if judge.roots().is_empty() {
        let trust = parse_trust(request.job().trust())?;
        return Ok(Vec::from([trust.trusted_root_bytes().to_vec()]));
    }
    Ok(judge.roots().to_vec())
}

/// Reads what a verify request may hold here: everything else is the mode's.
fn read(text: &[u8], place: &str, request: &Request) -> Result<(Vec<u8>, Artifacts), AttestError> {
    let mut object = Field { value: document::parse(text)?, pointer: String::from(place) }.object()?;
    object.take("schema").map(|field| field.one_of(&["cretula/verify-request/v1"])).transpose()?;
    let bundle = object.require("bundle")?.bytes()?;
    for name in ["container", "blobs"] {
        if object.take(name).is_some() {
            let expected = FieldErrorKind::Type("one bundle: containers are not read by this version");
            return Err(object.error(name, expected).into());
        }
    }
    let artifacts = artifacts(&mut object, request)?;
    match object.items().next() {
        None => Ok((bundle, artifacts)),
        Some((_, field)) => {
            let detail = "policy, trust and options of a verification come from the mode";
            Err(AttestError::new(ErrorKind::TenantForbiddenField, detail).at(field.pointer))
        }
    }
}

fn artifacts(object: &mut Object<'_>, request: &Request) -> Result<Artifacts, AttestError> {
    let pair = |(name, value): (&str, &str)| (name.to_string(), value.to_string());
    let Some(list) = object.take("artifacts") else {
        let subjects = request.tenant().subjects();
        return Ok(subjects.iter().map(|subject| subject.digests().map(pair).collect()).collect());
    };
    let mut artifacts = Vec::new();
    for item in list.items()? {
        let mut artifact = item?.object()?;
        let mut entries = Vec::new();
        for (name, field) in artifact.require("digests")?.object()?.items() {
            entries.push((name, field.text()?));
        }
        artifact.finish()?;
        artifacts.push(entries);
    }
    Ok(artifacts)
}

fn artifact(entries: &[(String, String)], place: &str) -> Result<Artifact, AttestError> {
    let entries = entries.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Artifact::from_entries(entries).map_err(|failure| unanswered(failure.code, place))
}

fn verified_report(report: &Report, artifacts: Artifacts) -> VerifiedReport {
    VerifiedReport {
        verified: report.is_verified(),
        level: None,
        builder_id: report.statement.as_ref().and_then(builder_id),
        signer: report.signer.as_ref().map(signer).unwrap_or_default(),
        artifacts,
        bundle_sha256: report.inputs.bundle.to_hex(),
        bundle_uri: None,
        dangerous: !report.dangerous.is_empty(),
    }
}

/// One signer by one name: a URI counts without its ref, a key by its digest.
fn signer(signer: &Signer) -> String {
    match signer {
        Signer::Certificate(certificate) => {
            let san = certificate.san.as_str();
            let name = if certificate.san_type == "uri" { san.split('@').next().unwrap_or(san) } else { san };
            [certificate.issuer.as_str(), " ", name].concat()
        }
        Signer::Key { sha256, .. } => ["key ", &sha256.to_hex()].concat(),
    }
}

fn builder_id(statement: &StatementReport) -> Option<String> {
    if statement.predicate_type != PROVENANCE_TYPE {
        return None;
    }
    let limits = Limits::default();
    let payload = json::parse(&statement.payload, &limits.predicate_json()).ok()?;
    let provenance = Provenance::read(payload.member("predicate")?, &limits).ok()?;
    Some(provenance.builder_id().to_string())
}
