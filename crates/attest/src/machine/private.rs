//! Certificates of a private authority, whose key the host holds.
use alloc::vec::Vec;

use cretula_encoding::limits::Limits as VerificationLimits;
use cretula_pki::Certificate;

use super::key::NamedKey;
use super::run::Run;
use super::signing::key;
use super::state::State;
use crate::error::AttestError;
use crate::private_ca::{Authority, LeafRequest, assemble, find_authority, tbs_certificate, verify_leaf};
use crate::trust::{parse_trust, usable_root};

/// What the key of the authority signs.
///
/// # Errors
/// `fulcio/chain` if the trusted root has no authority with this key, and those of [`tbs_certificate`].
pub(super) fn body(run: &Run<'_>, serial: [u8; 16]) -> Result<Vec<u8>, AttestError> {
    let state = &run.state;
    let root = usable_root(&parse_trust(&state.trust)?)?;
    let ca_key = authority_key(run)?;
    tbs_certificate(&LeafRequest {
        spki: &key(state)?.spki,
        authority: find_authority(&Authority::all(&root), &ca_key.spki, run.now)?,
        identity: &state.identity,
        serial,
        now: run.now,
        leaf_secs: state.plan.leaf_secs,
        algorithm: ca_key.details,
    })
}

/// The certificate with the signature of the authority: leaf first, then intermediates where the mode wants them.
///
/// # Errors
/// Those of [`verify_leaf`].
pub(super) fn certificate(run: &Run<'_>, signature: &[u8]) -> Result<Vec<Vec<u8>>, AttestError> {
    let state = &run.state;
    let root = usable_root(&parse_trust(&state.trust)?)?;
    let ca_key = authority_key(run)?;
    let body = state.certification.body.as_deref().ok_or_else(super::cbor::format)?;
    let leaf = assemble(body, ca_key.details, signature)?;
    let authorities = Authority::all(&root);
    let leaf = verify_leaf(&leaf, &key(state)?.spki, &state.identity, &authorities, run.now)?;
    let mut chain = Vec::from([leaf.der().to_vec()]);
    if state.plan.allow_chain {
        let issuing = find_authority(&authorities, &ca_key.spki, run.now)?;
        let of_chain = authorities.iter().filter(|authority| authority.chain.first() == Some(issuing));
        let issuers =
            of_chain.take(1).flat_map(|authority| authority.chain.split_last()).flat_map(|(_, rest)| rest);
        chain.extend(issuers.map(|issuer| issuer.der().to_vec()));
    }
    Ok(chain)
}

/// The certificate that the authority is asked for, with an empty signature.
pub(super) fn unsigned(state: &State) -> Result<Option<Certificate>, AttestError> {
    let (Some(body), Some(ca_key)) = (&state.certification.body, &state.ca_key) else { return Ok(None) };
    let certificate = assemble(body, ca_key.details, &[])?;
    let certificate = Certificate::parse(&certificate, &VerificationLimits::default());
    certificate.map(Some).map_err(|_| super::cbor::format())
}

fn authority_key<'r>(run: &'r Run<'_>) -> Result<&'r NamedKey, AttestError> {
    run.state.ca_key.as_ref().ok_or_else(super::cbor::format)
}
