//! Bodies of requests, and evidence out of replies: each is checked before it is kept.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_attestation::pae;
use cretula_crypto::{Digest, HashAlgorithm, RustCrypto};
use cretula_encoding::fields::Field;
use cretula_encoding::json;
use cretula_encoding::limits::Limits as VerificationLimits;
use cretula_encoding::time::Time;
use cretula_pki::Certificate;

use super::digest::derive;
use super::finish;
use super::run::Run;
use super::signing::key;
use super::state::State;
use crate::assembly::encode_envelope;
use crate::error::{AttestError, ErrorKind};
use crate::exchange::{Means, Signer, fulcio, rekor_tiles, rekor_v1, rekor_v2, tsa};
use crate::statement::PAYLOAD_TYPE;
use crate::trust::{parse_trust, usable_root};

/// Calls with what replies are checked with.
fn with_means<T>(
    state: &State,
    check: impl FnOnce(Means<'_>) -> Result<T, AttestError>,
) -> Result<T, AttestError> {
    let limits = VerificationLimits::default();
    let trusted_root = usable_root(&parse_trust(&state.trust)?)?;
    check(Means { trusted_root: &trusted_root, provider: &RustCrypto, limits: &limits })
}

// ---- certificate ------------------------------------------------------------------------------------------------

/// Body for the certificate authority.
pub(super) fn certificate_request(state: &State) -> Result<Vec<u8>, AttestError> {
    let key = key(state)?;
    let proof = state.certification.proof.as_deref().ok_or_else(super::cbor::format)?;
    fulcio::request_body(&fulcio::certification_request_info(&key.spki), key.details, proof)
}

/// The certificate, leaf first (F1 to F8).
pub(super) fn read_certificate(run: &Run<'_>, body: &[u8]) -> Result<Vec<Vec<u8>>, AttestError> {
    let state = &run.state;
    let spki = &key(state)?.spki;
    with_means(state, |means| {
        let expected = fulcio::ExpectedCertificate { means, spki, identity: &state.identity, now: run.now };
        let issued = fulcio::read_certificate(body, &expected)?;
        Ok(Vec::from([issued.leaf]))
    })
}

fn leaf(chain: &[Vec<u8>]) -> Result<Option<Certificate>, AttestError> {
    let parse = |der: &Vec<u8>| {
        Certificate::parse(der, &VerificationLimits::default()).map_err(|_| super::cbor::format())
    };
    chain.first().map(parse).transpose()
}

/// First and last second of the leaf certificate, if there is one.
fn leaf_validity(state: &State) -> Result<Option<(Time, Time)>, AttestError> {
    Ok(leaf(&state.certification.chain)?.map(|leaf| leaf.validity()))
}

/// End of the leaf certificate, or of the one that the private authority is asked for, Unix seconds.
pub(super) fn leaf_end(state: &State) -> Result<Option<u64>, AttestError> {
    let leaf = match leaf(&state.certification.chain)? {
        None => super::private::unsigned(state)?,
        leaf => leaf,
    };
    Ok(leaf.map(|leaf| leaf.validity().1.secs()))
}

/// Serial number of the leaf certificate, lower-case hex.
pub(super) fn serial(chain: &[Vec<u8>]) -> Option<String> {
    let leaf = leaf(chain).ok().flatten()?;
    Some(cretula_encoding::hex::encode(leaf.serial()))
}

// ---- timestamps -------------------------------------------------------------------------------------------------

fn signature(state: &State) -> Result<&[u8], AttestError> {
    state.signature.as_deref().ok_or_else(super::cbor::format)
}

/// A nonce for each authority and each signature; the spare authority counts after the others.
fn nonce(state: &State, place: usize) -> [u8; 8] {
    let spare_used = u32::from(state.plan.timestamp_authorities.spare.is_none());
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    let counter = state.counters.rounds.saturating_mul(64).saturating_add(place.saturating_mul(2));
    derive(&state.entropy, "nonce", counter.saturating_add(spare_used))
}

/// What is asked of a timestamp authority.
fn query(state: &State, place: usize) -> Result<tsa::Query<'_>, AttestError> {
    let nonce = Some(nonce(state, place));
    Ok(tsa::Query { signature: signature(state)?, hash: HashAlgorithm::Sha256, nonce, policy: None })
}

/// Body for a timestamp authority.
pub(super) fn timestamp_query(state: &State, place: usize) -> Result<Vec<u8>, AttestError> {
    query(state, place)?.encode()
}

/// The timestamp (T1 to T6).
pub(super) fn read_timestamp(run: &Run<'_>, place: usize, body: &[u8]) -> Result<Vec<u8>, AttestError> {
    timestamp(&run.state, place, body, Some(run.now)).map(|timestamp| timestamp.response)
}

fn timestamp(
    state: &State,
    place: usize,
    response: &[u8],
    now: Option<Time>,
) -> Result<tsa::Timestamp, AttestError> {
    with_means(state, |means| {
        let (query, leaf_validity) = (query(state, place)?, leaf_validity(state)?);
        tsa::read_response(response, &tsa::ExpectedTimestamp { means, query, leaf_validity, now })
    })
}

/// Whether all that is wrong with a timestamp is that it was made too late for a certificate that has ended meanwhile.
pub(super) fn is_after_leaf(run: &Run<'_>, place: usize, response: &[u8]) -> bool {
    let has_ended = run.certificate_ends_by(run.now.secs()).unwrap_or(false);
    let of_time = |checked: Result<tsa::Timestamp, AttestError>| {
        checked.is_err_and(|error| error.kind == ErrorKind::TsaTime)
    };
    has_ended && of_time(timestamp(&run.state, place, response, None))
}

/// Times of the timestamps that are there.
fn times(state: &State) -> Result<Vec<Time>, AttestError> {
    let kept = state.timestamps.iter().enumerate();
    let kept = kept.filter_map(|(place, response)| Some((place, response.as_deref()?)));
    kept.map(|(place, response)| Ok(timestamp(state, place, response, None)?.time)).collect()
}

// ---- log entries ------------------------------------------------------------------------------------------------

/// Who signed, as a log names it.
fn signer(state: &State) -> Result<Signer<'_>, AttestError> {
    match state.certification.chain.first() {
        Some(leaf) => Ok(Signer::Certificate(leaf)),
        None => Ok(Signer::PublicKey(&key(state)?.spki)),
    }
}

/// Digest of the signed bytes by the hash of the key.
fn signed_digest(state: &State) -> Result<Digest, AttestError> {
    let hash = key(state)?.details.scheme().prehash();
    let detail = "Rekor v2 takes no signatures without a digest";
    let hash = hash.ok_or_else(|| AttestError::new(ErrorKind::ProfileAlgorithm, detail))?;
    Ok(hash.digest(&[&pae(PAYLOAD_TYPE, &state.payload)]))
}

/// Body for a log.
pub(super) fn log_request(state: &State, api_version: u64) -> Result<Vec<u8>, AttestError> {
    if api_version == 1 {
        return Ok(rekor_v1::request_body(&envelope(state)?, signer(state)?));
    }
    submission(state, &signed_digest(state)?)?.request_body()
}

/// The envelope that Rekor v1 gets, byte for byte.
fn envelope(state: &State) -> Result<String, AttestError> {
    let key_id = finish::key_id(state)?;
    Ok(encode_envelope(&state.payload, signature(state)?, finish::material(state, &key_id)))
}

fn submission<'a>(state: &'a State, digest: &'a Digest) -> Result<rekor_v2::Submission<'a>, AttestError> {
    Ok(rekor_v2::Submission {
        digest,
        details: key(state)?.details,
        signature: signature(state)?,
        signer: signer(state)?,
    })
}

/// The entry in bundle form (L1 to L6, M1 to M6).
pub(super) fn read_entry(run: &Run<'_>, slot: usize, body: &[u8]) -> Result<Vec<u8>, AttestError> {
    let state = &run.state;
    let log = state.plan.logs.chosen.get(slot).ok_or_else(super::cbor::format)?;
    if log.api_version == 1 {
        // An entry that was there before was logged before this call, maybe long before.
        let now = state.recovery.is_none().then_some(run.now);
        return read_entry_v1(state, body, leaf_validity(state)?, now);
    }
    let (digest, times) = (signed_digest(state)?, times(state)?);
    with_means(state, |means| {
        let submission = submission(state, &digest)?;
        let expected = rekor_v2::ExpectedEntry { means, submission, times: &times };
        Ok(rekor_v2::read_entry(body, &expected)?.encode())
    })
}

fn read_entry_v1(
    state: &State,
    body: &[u8],
    leaf_validity: Option<(Time, Time)>,
    now: Option<Time>,
) -> Result<Vec<u8>, AttestError> {
    with_means(state, |means| {
        let expected = rekor_v1::ExpectedEntry {
            means,
            envelope_json: &envelope(state)?,
            payload: &state.payload,
            signature: signature(state)?,
            signer: signer(state)?,
            leaf_validity,
            now,
        };
        Ok(rekor_v1::read_entry(body, &expected)?.encode())
    })
}

/// An entry of which all that is wrong is that it was made too late for a certificate that has ended meanwhile.
pub(super) fn late_entry(run: &Run<'_>, slot: usize, body: &[u8]) -> Option<Vec<u8>> {
    let state = &run.state;
    let is_v1 = state.plan.logs.chosen.get(slot)?.api_version == 1;
    let has_ended = is_v1 && run.certificate_ends_by(run.now.secs()).ok()?;
    let is_late = has_ended && read_entry_v1(state, body, leaf_validity(state).ok()?, None).is_err();
    is_late.then(|| read_entry_v1(state, body, None, Some(run.now)).ok()).flatten()
}

/// Index of a log entry in bundle form.
pub(super) fn log_index(entry: &[u8]) -> Option<u64> {
    let value = json::parse(entry, &VerificationLimits::default().json()).ok()?;
    let mut object = Field::root(value).object().ok()?;
    object.take("logIndex")?.u63_text().ok()
}

// ---- entries that a log has already -----------------------------------------------------------------------------

/// Longest tile or bundle of entries: 256 entries of 4 KiB.
pub(super) const MAX_TILE_BYTES: usize = 1 << 20;

/// Path of the checkpoint below the URL of a log.
pub(super) fn checkpoint_path() -> String {
    [rekor_tiles::READ_PREFIX, rekor_tiles::CHECKPOINT_PATH].concat()
}

/// Paths of what proves the entry with this index against this checkpoint.
pub(super) fn tile_paths(state: &State, index: u64, checkpoint: &[u8]) -> Result<Vec<String>, AttestError> {
    with_means(state, |means| {
        let plan = rekor_tiles::plan(checkpoint, index, &means)?;
        Ok(plan.tiles().iter().map(|tile| [rekor_tiles::READ_PREFIX, &tile.path()].concat()).collect())
    })
}

/// The entry, rebuilt from tiles, and checked like any other (M1 to M6).
pub(super) fn recovered_entry(
    state: &State,
    index: u64,
    checkpoint: &[u8],
    tiles: &[Vec<u8>],
) -> Result<Vec<u8>, AttestError> {
    let (digest, times) = (signed_digest(state)?, times(state)?);
    with_means(state, |means| {
        let submission = submission(state, &digest)?;
        let expected = rekor_v2::ExpectedEntry { means, submission, times: &times };
        Ok(rekor_tiles::plan(checkpoint, index, &means)?.read_entry(tiles, &expected)?.encode())
    })
}
