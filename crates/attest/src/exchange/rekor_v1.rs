//! Entries of Rekor v1, kind `dsse` 0.0.1: the request, and the reply (L1 to L6).
//!
//! Source: Rekor `openapi.yaml`, `pkg/types/dsse/v0.0.1`; Sigstore client specification, "Verify the inclusion promise".
use alloc::string::String;
use alloc::vec::Vec;

use cretula_bundle::{InclusionProof, StatedTree, TransparencyLogEntry};
use cretula_crypto::HashAlgorithm;
use cretula_encoding::fields::{Field, Object};
use cretula_encoding::json::Tree;
use cretula_encoding::time::Time;
use cretula_encoding::{base64, hex, pem};
use cretula_tlog::{
    Dsse, EntryBody, EntryKind, EntryVerifier, Generation, SignedEntryTimestamp,
    verify_signed_entry_timestamp,
};

use super::log_entry::{self, LogEntry, demand_inclusion, demand_proof, logs_of, verify_checkpoint};
use super::{Means, Signer, demand_time, malformed};
use crate::error::{AttestError, ErrorKind};

/// Path below the URL of the log.
pub const PATH: &str = "/api/v1/log/entries";

const KIND: EntryKind = EntryKind::DsseV001;

/// What an entry must be.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedEntry<'a> {
    /// With what it is checked.
    pub means: Means<'a>,
    /// The envelope exactly as it was sent.
    pub envelope_json: &'a str,
    /// Its payload.
    pub payload: &'a [u8],
    /// Its one signature.
    pub signature: &'a [u8],
    /// Who signed.
    pub signer: Signer<'a>,
    /// Validity of the signing certificate; none for a managed key.
    pub leaf_validity: Option<(Time, Time)>,
    /// The time of the call; none for a stored entry, whose time is then only compared with the certificate.
    pub now: Option<Time>,
}

/// The body of the request. The log keeps the hash of the envelope's text.
#[must_use]
pub fn request_body(envelope_json: &str, signer: Signer<'_>) -> Vec<u8> {
    let verifier = match signer {
        Signer::Certificate(der) => pem::encode("CERTIFICATE", der),
        Signer::PublicKey(der) => pem::encode("PUBLIC KEY", der),
    };
    let mut content = Tree::object();
    content
        .set("envelope", envelope_json)
        .set("verifiers", Vec::from([Tree::from(base64::encode(verifier.as_bytes()))]));
    let mut spec = Tree::object();
    spec.set("proposedContent", content);
    let mut body = Tree::object();
    body.set("apiVersion", KIND.version()).set("kind", KIND.kind()).set("spec", spec);
    body.encode()
}

/// Whether a `Location` is the path of an entry: the path above, and 64 to 80 lower-case hex digits.
#[must_use]
pub fn is_entry_path(path: &str) -> bool {
    let name = path.strip_prefix(PATH).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default();
    let is_hex = name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (64..=80).contains(&name.len()) && is_hex
}

/// Reads and checks a reply, also one to a `GET` of an entry (L1 to L6).
///
/// # Errors
/// `limits/reply-bytes`, `limits/checkpoint-bytes`; `rekor/format`, `rekor/other-entry`, `rekor/promise`,
/// `rekor/checkpoint`, `rekor/proof`, `rekor/time`.
pub fn read_entry(body: &[u8], expected: &ExpectedEntry<'_>) -> Result<LogEntry, AttestError> {
    check_entry(&read_reply(body, expected)?, expected)
}

/// Checks an entry again that was accepted before and stored in the form of [`LogEntry::encode`].
///
/// # Errors
/// As [`read_entry`].
pub fn check_stored_entry(entry: &[u8], expected: &ExpectedEntry<'_>) -> Result<LogEntry, AttestError> {
    check_entry(&log_entry::parse_entry(entry, &expected.means)?, expected)
}

// ---- form of the reply ------------------------------------------------------------------------------------------

/// One entry by its name (L1).
fn read_reply(body: &[u8], expected: &ExpectedEntry<'_>) -> Result<TransparencyLogEntry, AttestError> {
    let format = malformed(ErrorKind::RekorFormat);
    let reply = expected.means.parse_reply(body, ErrorKind::RekorFormat)?;
    let entries = Field::root(reply).object().map_err(&format)?;
    let is_one = entries.remaining() == 1;
    let entry = entries.items().next().filter(|_| is_one);
    let Some((_, entry)) = entry else {
        return Err(AttestError::new(ErrorKind::RekorFormat, "not exactly one entry"));
    };
    read_members(&mut entry.object().map_err(&format)?)
}

fn read_members(entry: &mut Object<'_>) -> Result<TransparencyLogEntry, AttestError> {
    let format = malformed(ErrorKind::RekorFormat);
    let mut verification = match entry.take("verification") {
        Some(verification) => Some(verification.object().map_err(&format)?),
        None => None,
    };
    let mut part = |name: &str| verification.as_mut().and_then(|members| members.take(name));
    let promise = part("signedEntryTimestamp").map(|promise| promise.bytes()).transpose().map_err(&format)?;
    let proof = part("inclusionProof").map(read_proof).transpose()?;
    let number = |field: Field<'_>| field.uint(MAX);
    Ok(TransparencyLogEntry {
        canonicalized_body: Some(entry.require("body").and_then(|body| body.bytes()).map_err(&format)?),
        inclusion_promise: promise.filter(|promise| !promise.is_empty()),
        inclusion_proof: proof,
        integrated_time: entry.require("integratedTime").and_then(number).map_err(&format)?,
        kind: String::from(KIND.kind()),
        log_id: from_hex(&entry.require("logID").map_err(&format)?)?,
        log_index: entry.require("logIndex").and_then(number).map_err(&format)?,
        version: String::from(KIND.version()),
    })
}

/// Greatest int64.
const MAX: u64 = (1 << 63) - 1;

fn read_proof(proof: Field<'_>) -> Result<InclusionProof, AttestError> {
    let format = malformed(ErrorKind::RekorFormat);
    let mut proof = proof.object().map_err(&format)?;
    let root_hash = from_hex(&proof.require("rootHash").map_err(&format)?)?;
    let hashes = proof.require("hashes").map_err(&format)?;
    let hashes = hashes.items().map_err(&format)?.take(PROOF_HASHES);
    let hashes = hashes.map(|hash| to_hash(&from_hex(&hash.map_err(&format)?)?)).collect::<Result<_, _>>()?;
    let number = |field: Field<'_>| field.uint(MAX);
    let stated = StatedTree {
        log_index: proof.require("logIndex").and_then(number).map_err(&format)?,
        root_hash: to_hash(&root_hash)?,
        tree_size: proof.require("treeSize").and_then(number).map_err(&format)?,
    };
    let checkpoint = proof.take("checkpoint").map(|checkpoint| checkpoint.text()).transpose();
    let checkpoint = checkpoint.map_err(&format)?.unwrap_or_default();
    Ok(InclusionProof { checkpoint, hashes, stated: Some(stated) })
}

/// One more than any proof has: the number is judged with the proof.
const PROOF_HASHES: usize = 65;

fn from_hex(field: &Field<'_>) -> Result<Vec<u8>, AttestError> {
    let text = field.text().map_err(malformed(ErrorKind::RekorFormat))?;
    let refusal = |_| AttestError::new(ErrorKind::RekorFormat, "expected lower-case hex").at(&*field.pointer);
    hex::decode(&text).map_err(refusal)
}

fn to_hash(bytes: &[u8]) -> Result<[u8; 32], AttestError> {
    bytes.try_into().map_err(|_| AttestError::new(ErrorKind::RekorFormat, "a hash does not have 32 bytes"))
}

// ---- what the entry says ----------------------------------------------------------------------------------------

fn check_entry(entry: &TransparencyLogEntry, expected: &ExpectedEntry<'_>) -> Result<LogEntry, AttestError> {
    let (body, dsse) = parse_body(entry, expected)?;
    match_envelope(&dsse, expected)?;
    match_signature(&dsse, expected)?;
    let promised = verify_promise(entry, body, expected)?;
    let (proof, stated) = verify_inclusion(entry, body, expected)?;
    demand_time(ErrorKind::RekorTime, promised, expected.leaf_validity, expected.now)?;
    Ok(LogEntry::new(entry, body, proof, stated, Some(promised)))
}

/// L1: kind and version, in the body and, in a stored entry, beside it.
fn parse_body<'e>(
    entry: &'e TransparencyLogEntry,
    expected: &ExpectedEntry<'_>,
) -> Result<(&'e [u8], Dsse), AttestError> {
    let refuse = |detail: &str| AttestError::new(ErrorKind::RekorFormat, detail);
    if EntryKind::parse(&entry.kind, &entry.version) != Ok(KIND) {
        return Err(refuse("the entry is not of kind dsse 0.0.1"));
    }
    let body = entry.canonicalized_body.as_deref().ok_or_else(|| refuse("the entry has no body"))?;
    match EntryBody::parse(body, KIND, expected.means.limits) {
        Ok(EntryBody::DsseV001(dsse)) => Ok((body, dsse)),
        Ok(_) => Err(refuse("the body is not of kind dsse 0.0.1")),
        Err(error) => Err(refuse(error.code())),
    }
}

/// L2. A log calls an entry a duplicate only if its whole body is equal, so this holds after a conflict, too.
fn match_envelope(dsse: &Dsse, expected: &ExpectedEntry<'_>) -> Result<(), AttestError> {
    let sha256 = |bytes: &[u8]| HashAlgorithm::Sha256.digest(&[bytes]);
    let is_payload = dsse.payload_hash == sha256(expected.payload);
    let is_envelope = dsse.envelope_hash == Some(sha256(expected.envelope_json.as_bytes()));
    if is_payload && is_envelope { Ok(()) } else { other_entry("the entry is about another envelope") }
}

/// L3.
fn match_signature(dsse: &Dsse, expected: &ExpectedEntry<'_>) -> Result<(), AttestError> {
    let [logged] = dsse.signatures.as_slice() else {
        return other_entry("the entry has not exactly one signature");
    };
    if logged.signature != expected.signature {
        return other_entry("the entry is about another signature");
    }
    let is_signer = match (&logged.verifier, expected.signer) {
        (EntryVerifier::Certificate(der), Signer::Certificate(leaf)) => der == leaf,
        (EntryVerifier::PublicKey(der), Signer::PublicKey(spki)) => der == spki,
        (EntryVerifier::Certificate(_), Signer::PublicKey(_))
        | (EntryVerifier::PublicKey(_), Signer::Certificate(_)) => false,
    };
    if is_signer { Ok(()) } else { other_entry("the entry is about another key or certificate") }
}

fn other_entry(detail: &str) -> Result<(), AttestError> {
    Err(AttestError::new(ErrorKind::RekorOtherEntry, detail))
}

/// L4: by a log that was in use at that time.
fn verify_promise(
    entry: &TransparencyLogEntry,
    body: &[u8],
    expected: &ExpectedEntry<'_>,
) -> Result<Time, AttestError> {
    let refuse = |detail: &str| AttestError::new(ErrorKind::RekorPromise, detail);
    let promise = entry.inclusion_promise.as_deref().ok_or_else(|| refuse("there is no promise"))?;
    let payload = SignedEntryTimestamp {
        canonicalized_body: body,
        integrated_time: entry.integrated_time,
        log_id: &entry.log_id,
        log_index: entry.log_index,
    };
    let checker = expected.means.checker();
    let logs = expected.means.trusted_root.logs().iter().filter(|log| log.has_id(&entry.log_id));
    let mut promised = logs.filter_map(|log| {
        let time =
            verify_signed_entry_timestamp(&payload, promise, log.key(), log.scheme(), &checker).ok()?;
        log.window().contains(time).then_some(time)
    });
    promised.next().ok_or_else(|| refuse("no log that was in use then made the promise"))
}

/// L5: to the root of a checkpoint that this log signed.
fn verify_inclusion<'e>(
    entry: &'e TransparencyLogEntry,
    body: &[u8],
    expected: &ExpectedEntry<'_>,
) -> Result<(&'e InclusionProof, &'e StatedTree), AttestError> {
    let refuse = |detail: &str| AttestError::new(ErrorKind::RekorProof, detail);
    let proof = demand_proof(entry)?;
    let tree = verify_checkpoint(
        proof.checkpoint.as_bytes(),
        &logs_of(&entry.log_id, &expected.means),
        Generation::V1,
        ErrorKind::RekorCheckpoint,
        &expected.means,
    )?;
    let stated = proof.stated.as_ref().ok_or_else(|| refuse("the proof names no tree"))?;
    if stated.tree_size != tree.size || stated.root_hash != *tree.root.as_bytes() {
        return Err(refuse("the proof is for another tree than the checkpoint"));
    }
    demand_inclusion(body, stated.log_index, proof, &tree)?;
    Ok((proof, stated))
}
