//! Keys and signatures: the statement, the proof of possession, and certificates of a private authority.
use alloc::vec::Vec;

use cretula_attestation::pae;

use super::digest::{derive, sha256};
use super::key::{CheckedSignature, NamedKey};
use super::run::{Next, Run, Stop, judge_host_error};
use super::state::{Phase, SeenNonce, State};
use super::step::{Action, HostError, KeyReply, SignatureReply};
use super::{exchanges, private};
use crate::config::Profile;
use crate::error::{AttestError, ErrorKind};
use crate::statement::PAYLOAD_TYPE;

/// Algorithm of a key that is made for one bundle.
const EPHEMERAL: &str = "PKIX_ECDSA_P256_SHA_256";

/// Asks for the key of the statement.
pub(super) fn ask_key(state: &State) -> Action {
    let algorithm = state.plan.profile.has_certificate().then_some(EPHEMERAL);
    Action::NeedKey { key: state.key_name.clone(), algorithm, delay_ms: state.counters.delay_ms }
}

/// Asks for the key of the private authority.
pub(super) fn ask_authority_key(state: &State) -> Result<Action, AttestError> {
    let key = authority_key_name(state)?.into();
    Ok(Action::NeedKey { key, algorithm: None, delay_ms: state.counters.delay_ms })
}

/// Asks for a proof of possession or for the signature of the authority; a managed key needs neither.
pub(super) fn ask_certificate(run: &mut Run<'_>) -> Result<Next, AttestError> {
    if run.state.plan.profile.has_certificate() {
        return ask_signature(&run.state).map(Next::Ask);
    }
    run.enter(Phase::Certified);
    Ok(Next::Moved)
}

/// Asks for the signature that the phase needs.
pub(super) fn ask_signature(state: &State) -> Result<Action, AttestError> {
    let is_of_authority = state.phase == Phase::Key && state.plan.profile == Profile::PrivateCa;
    let key = if is_of_authority { authority_key_name(state)? } else { &state.key_name };
    let (message, delay_ms) = (message(state)?, state.counters.delay_ms);
    Ok(Action::NeedSignature { key: key.into(), message, delay_ms })
}

fn authority_key_name(state: &State) -> Result<&str, AttestError> {
    let detail = "the mode names no caKey";
    state.ca_key_name.as_deref().ok_or_else(|| AttestError::new(ErrorKind::ProfileEvidence, detail))
}

/// What the pending signature is over.
fn message(state: &State) -> Result<Vec<u8>, AttestError> {
    match (state.phase, state.plan.profile) {
        (Phase::Key, Profile::PrivateCa) => state.certification.body.clone().ok_or_else(super::cbor::format),
        (Phase::Key, _) => Ok(exchanges::certification_request(&key(state)?.spki)),
        _ => Ok(pae(PAYLOAD_TYPE, &state.payload)),
    }
}

/// The key of the statement.
pub(super) fn key(state: &State) -> Result<&NamedKey, AttestError> {
    state.key.as_ref().ok_or_else(super::cbor::format)
}

/// The public half of a key has come.
pub(super) fn take_key(run: &mut Run<'_>, reply: &KeyReply) -> Result<(), Stop> {
    let named = NamedKey::read(reply)?;
    if run.state.phase == Phase::Authority {
        run.state.ca_key = Some(named);
        return Ok(begin_certificate(run)?);
    }
    let plan = &run.state.plan;
    plan.profile.check_algorithm(named.details.name(), plan.log_version())?;
    run.state.key = Some(named);
    let next = if plan.profile == Profile::PrivateCa { Phase::Authority } else { Phase::Key };
    run.enter(next);
    Ok(())
}

/// The body is made once, since it holds the present time.
fn begin_certificate(run: &mut Run<'_>) -> Result<(), AttestError> {
    let serial = derive::<16>(&run.state.entropy, "serial", run.state.counters.rounds);
    run.state.certification.body = Some(private::body(run, serial)?);
    run.enter(Phase::Key);
    Ok(())
}

/// A signature has come.
pub(super) fn take_signature(run: &mut Run<'_>, reply: &SignatureReply) -> Result<(), Stop> {
    let message = message(&run.state)?;
    let is_of_authority = run.state.phase == Phase::Key && run.state.plan.profile == Profile::PrivateCa;
    let signer = if is_of_authority { run.state.ca_key.as_ref() } else { run.state.key.as_ref() };
    let signer = signer.ok_or_else(super::cbor::format)?;
    if !signer.is_version_of(reply) {
        return read_key_again(run);
    }
    let checked = signer.check(reply, &message)?;
    let seen = checked.r.as_ref().map(|r| nonce(signer, r, &message));
    if let Some(seen) = seen {
        remember(&mut run.state, seen)?;
    }
    accept(run, checked)
}

fn accept(run: &mut Run<'_>, signature: CheckedSignature) -> Result<(), Stop> {
    if run.state.phase == Phase::Certified {
        let state = &mut run.state;
        state.signature = Some(signature.bytes);
        state.timestamps = Vec::from_iter(state.plan.timestamp_authorities.chosen.iter().map(|_| None));
        state.entries = Vec::from_iter(state.plan.logs.chosen.iter().map(|_| None));
        run.enter(Phase::Signed);
    } else if run.state.plan.profile == Profile::PrivateCa {
        match private::certificate(run, &signature.bytes) {
            // The authority took longer than the certificate lives.
            Err(error) if error.kind == ErrorKind::FulcioValidity => return Ok(run.reissue()?),
            chain => run.state.certification.chain = chain?,
        }
        run.enter(Phase::Certified);
    } else {
        run.state.certification.proof = Some(signature.bytes);
        run.enter(Phase::Certify);
    }
    Ok(())
}

/// The key was changed behind its name: it is read once more (K6).
fn read_key_again(run: &mut Run<'_>) -> Result<(), Stop> {
    if run.state.counters.key_reads >= 1 {
        let detail = "the signature is by another version than the public key";
        return Err(Stop::Final(AttestError::new(ErrorKind::KeyVersion, detail)));
    }
    run.state.counters.key_reads = run.state.counters.key_reads.saturating_add(1);
    run.begin_again();
    Ok(())
}

/// The host could not open the key or sign.
pub(super) fn take_error(run: &mut Run<'_>, error: HostError) -> Result<(), Stop> {
    if error == HostError::WrongVersion {
        return read_key_again(run);
    }
    let stop = judge_host_error(error, ErrorKind::KeyDenied);
    // A key has no redirects and no bodies.
    let is_final = matches!(stop, Stop::Final(_));
    let denied = || Stop::Final(AttestError::new(ErrorKind::KeyDenied, "the host denied the key"));
    Err(if is_final { denied() } else { stop })
}

fn nonce(key: &NamedKey, r: &[u8], message: &[u8]) -> SeenNonce {
    SeenNonce { key: sha256(&key.spki), r: r.into(), message: sha256(message) }
}

/// The same r for another message gives the private key away (K8).
fn remember(state: &mut State, nonce: SeenNonce) -> Result<(), AttestError> {
    let repeats = |seen: &&SeenNonce| seen.key == nonce.key && seen.r == nonce.r;
    match state.nonces.iter().find(repeats) {
        Some(seen) if seen.message != nonce.message => {
            let detail = "two messages were signed with one nonce; the key must not be used any more";
            Err(AttestError::new(ErrorKind::KeyNonceReuse, detail))
        }
        Some(_) => Ok(()),
        None => {
            state.nonces.push(nonce);
            Ok(())
        }
    }
}
