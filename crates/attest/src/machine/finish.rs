//! The finished bundle: put together, verified, and only then handed out.
use alloc::string::String;
use alloc::vec::Vec;

use super::run::Run;
use super::signing::key;
use super::state::State;
use super::step::{Evidence, Finished};
use crate::assembly::{Material, Parts, default_key_id, encode_bundle};
use crate::config::Profile;
use crate::error::AttestError;
use crate::self_verification::{DemandedEvidence, Expected, ExpectedSigner, verify_finished};
use crate::trust::parse_trust;

/// Assembles the bundle and verifies it as its users will.
///
/// # Errors
/// `bundle/self-verify`, and limits of the bundle.
pub(super) fn finish(run: &mut Run<'_>) -> Result<Finished, AttestError> {
    let state = &run.state;
    let bundle = assemble(state)?;
    let report = verify(run, &bundle)?;
    let Evidence { certificates, log_entries } = run.state.evidence.clone();
    Ok(Finished { bundle, report, evidence: Evidence { certificates, log_entries } })
}

fn assemble(state: &State) -> Result<Vec<u8>, AttestError> {
    let signature = state.signature.as_deref().ok_or_else(super::cbor::format)?;
    let all = |places: &[Option<Vec<u8>>]| -> Result<Vec<Vec<u8>>, AttestError> {
        places.iter().map(|place| place.clone().ok_or_else(super::cbor::format)).collect()
    };
    let (log_entries, timestamps) = (all(&state.entries)?, all(&state.timestamps)?);
    encode_bundle(&Parts {
        material: material(state, &key_id(state)?),
        payload: &state.payload,
        signature,
        log_entries: &log_entries,
        timestamps: &timestamps,
    })
}

fn verify(run: &mut Run<'_>, bundle: &[u8]) -> Result<Vec<u8>, AttestError> {
    let state = &run.state;
    let (key, key_id) = (key(state)?, key_id(state)?);
    let signer = if state.plan.profile.has_certificate() {
        ExpectedSigner::Identity(&state.identity)
    } else {
        ExpectedSigner::Key { id: &key_id, public_key: &key.spki, algorithm: key.details.name() }
    };
    let count = |places: &[Option<Vec<u8>>]| u32::try_from(places.len()).unwrap_or(u32::MAX);
    let expected = Expected {
        profile: state.plan.profile,
        payload: &state.payload,
        signer,
        evidence: DemandedEvidence { logs: count(&state.entries), timestamps: count(&state.timestamps) },
        allow_chain: state.plan.allow_chain,
    };
    let needs_trust = state.plan.profile != Profile::ManagedOffline;
    let trust = needs_trust.then(|| parse_trust(&state.trust)).transpose()?;
    let root = trust.as_ref().map(|trust| trust.trusted_root_bytes());
    verify_finished(bundle, root, &expected, run.roots)
}

/// Id of a managed key: that of the mode, or the default one.
pub(super) fn key_id(state: &State) -> Result<String, AttestError> {
    match &state.plan.key_id {
        Some(id) => Ok(id.clone()),
        None => Ok(default_key_id(&key(state)?.spki)),
    }
}

/// Who signed, as the bundle says it.
pub(super) fn material<'s>(state: &'s State, key_id: &'s str) -> Material<'s> {
    match state.certification.chain.as_slice() {
        [] => Material::PublicKey(key_id),
        [leaf] => Material::Certificate(leaf),
        chain => Material::Chain(chain),
    }
}
