//! A second verification by a host that read the state of a run from storage.
//!
//! Trust and expectations inside a state are the state's, so what a run with a changed state has verified proves nothing.
//! Here everything comes from the host's own request.
use alloc::vec::Vec;

use cretula_attestation::Statement;
use cretula_bundle::{Bundle, BundleRules, ClientTrustConfig, Content};
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;
use cretula_verify::RootMemo;

use crate::config::{Mode, Profile};
use crate::error::{AttestError, ErrorKind};
use crate::predicate::PredicateRequest;
use crate::request::Request;
use crate::selection::{Selection, Wanted, select};
use crate::self_verification::{DemandedEvidence, Expected, ExpectedSigner, verify_finished};
use crate::statement::BuiltStatement;
use crate::summary::build_statement_verifying;
use crate::trust::{parse_trust, signing_config};

/// A managed key of the host.
#[derive(Debug, Clone, Copy)]
pub struct ManagedSigner<'a> {
    /// Its id in bundles.
    pub id: &'a str,
    /// SubjectPublicKeyInfo, DER.
    pub public_key: &'a [u8],
    /// Name of the registry.
    pub algorithm: &'a str,
}

/// Verifies a bundle against the request that it should answer: statement, signer, and the evidence of the profile.
///
/// Provenance must be byte for byte what the request gives; of another statement type and subjects must.
///
/// # Errors
/// `bundle/self-verify`; the codes of generation for a request that is refused.
pub fn verify_against(
    bundle: &[u8],
    request: &Request,
    key: Option<&ManagedSigner<'_>>,
    now: Time,
    roots: &mut RootMemo,
) -> Result<(), AttestError> {
    let built = build_statement_verifying(request, now, roots)?;
    let job = request.job();
    let mode = job.config().mode(job.mode())?;
    let payload = payload(bundle)?;
    check_statement(&payload, &built, job.predicate())?;
    let signer = match (mode.profile.has_certificate(), key) {
        (true, _) => ExpectedSigner::Identity(built.identity()),
        (false, Some(key)) => {
            ExpectedSigner::Key { id: key.id, public_key: key.public_key, algorithm: key.algorithm }
        }
        (false, None) => return Err(refuse("no key of the host is known")),
    };
    let needs_trust = mode.profile != Profile::ManagedOffline;
    let trust = needs_trust.then(|| parse_trust(job.trust())).transpose()?;
    let expected = Expected {
        profile: mode.profile,
        payload: &payload,
        signer,
        evidence: demanded(mode, trust.as_ref(), now)?,
        allow_chain: mode.allow_chain,
    };
    let root = trust.as_ref().map(|trust| trust.trusted_root_bytes());
    verify_finished(bundle, root, &expected, roots).map(drop)
}

/// As much evidence as the host's own configuration demands.
fn demanded(
    mode: &Mode,
    trust: Option<&ClientTrustConfig<'_>>,
    now: Time,
) -> Result<DemandedEvidence, AttestError> {
    let Some(trust) = trust else { return Ok(DemandedEvidence::default()) };
    let wanted = Wanted { profile: mode.profile, max_rekor_version: mode.max_rekor_version, excluded: &[] };
    let selected = select(&signing_config(trust)?, &wanted, now)?;
    let count = |selection: &Selection| u32::try_from(selection.chosen.len()).unwrap_or(u32::MAX);
    Ok(DemandedEvidence { logs: count(&selected.logs), timestamps: count(&selected.timestamps) })
}

fn payload(bundle: &[u8]) -> Result<Vec<u8>, AttestError> {
    let limits = Limits { bundle_bytes: bundle.len(), ..Limits::default() };
    let bundle = Bundle::parse(bundle, &BundleRules::default(), &limits)
        .map_err(|_| refuse("the bundle cannot be read"))?;
    match bundle.content() {
        Content::Envelope(envelope) => Ok(envelope.payload.clone()),
        Content::MessageSignature(_) => Err(refuse("the bundle holds no statement")),
    }
}

fn check_statement(
    payload: &[u8],
    built: &BuiltStatement,
    asked: &PredicateRequest,
) -> Result<(), AttestError> {
    if matches!(asked, PredicateRequest::Provenance) && payload != built.payload() {
        return Err(refuse("the provenance is not the one of the request"));
    }
    let statement =
        Statement::parse(payload, &Limits::default()).map_err(|_| refuse("the statement cannot be read"))?;
    let digests =
        |subject: &cretula_attestation::Subject| -> Vec<(alloc::string::String, alloc::string::String)> {
            subject.digests.entries().map(|(name, value)| (name.into(), value.into())).collect()
        };
    let mut found: Vec<_> = statement.subjects().iter().map(digests).collect();
    let own = |subject: &crate::subject::Subject| -> Vec<(alloc::string::String, alloc::string::String)> {
        subject.digests().map(|(name, value)| (name.into(), value.into())).collect()
    };
    let mut wanted: Vec<_> = built.subjects().iter().map(own).collect();
    found.sort_unstable();
    wanted.sort_unstable();
    if statement.predicate_type() == built.predicate_type() && found == wanted {
        Ok(())
    } else {
        Err(refuse("type or subjects are not those of the request"))
    }
}

fn refuse(detail: &str) -> AttestError {
    AttestError::new(ErrorKind::BundleSelfVerify, detail)
}
