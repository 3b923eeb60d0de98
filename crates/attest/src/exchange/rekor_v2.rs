//! Entries of Rekor v2, kind `hashedrekord` 0.0.2: the request, and the reply (M1 to M6).
//!
//! Source: rekor-tiles `api/proto/rekor/v2`, `CLIENTS.md`.
use alloc::vec::Vec;

use cretula_bundle::{StatedTree, TransparencyLogEntry};
use cretula_crypto::{Digest, KeyDetails};
use cretula_encoding::base64;
use cretula_encoding::json::Tree;
use cretula_encoding::time::Time;
use cretula_tlog::{EntryKind, Generation, VerifierRef, rebuild_hashedrekord_v002};
use cretula_verify::TrustedLog;

use super::log_entry::{LogEntry, demand_inclusion, demand_proof, logs_of, parse_entry, verify_checkpoint};
use super::{Means, Signer};
use crate::error::{AttestError, ErrorKind};

/// Path below the URL of the log.
pub const PATH: &str = "/api/v2/log/entries";

pub(super) const KIND: EntryKind = EntryKind::HashedRekordV002;

/// Combinations of key and scheme that such logs take: none without prehash, and no PSS.
const KEY_DETAILS: [KeyDetails; 7] = [
    KeyDetails::PKIX_ECDSA_P256_SHA_256,
    KeyDetails::PKIX_ECDSA_P384_SHA_384,
    KeyDetails::PKIX_ECDSA_P521_SHA_512,
    KeyDetails::PKIX_ED25519_PH,
    KeyDetails::PKIX_RSA_PKCS1V15_2048_SHA256,
    KeyDetails::PKIX_RSA_PKCS1V15_3072_SHA256,
    KeyDetails::PKIX_RSA_PKCS1V15_4096_SHA256,
];

/// Whether Rekor v2 logs take signatures of this kind.
#[must_use]
pub fn takes(details: KeyDetails) -> bool {
    KEY_DETAILS.contains(&details)
}

/// What is given to the log.
#[derive(Debug, Clone, Copy)]
pub struct Submission<'a> {
    /// Digest of the pre-authentication encoding, by the hash of `details`.
    pub digest: &'a Digest,
    /// Key and scheme.
    pub details: KeyDetails,
    /// The signature: DER for ECDSA.
    pub signature: &'a [u8],
    /// Who signed.
    pub signer: Signer<'a>,
}

/// What an entry must be.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedEntry<'a> {
    /// With what it is checked.
    pub means: Means<'a>,
    /// What was given to the log.
    pub submission: Submission<'a>,
    /// Verified times of the signature: of the timestamps that were taken before.
    pub times: &'a [Time],
}

impl Submission<'_> {
    /// The body of the request.
    ///
    /// # Errors
    /// `profile/algorithm` if no such log takes this kind of key and scheme.
    pub fn request_body(&self) -> Result<Vec<u8>, AttestError> {
        if !takes(self.details) {
            let detail = "logs of generation 2 take neither schemes without prehash nor PSS";
            return Err(AttestError::new(ErrorKind::ProfileAlgorithm, detail));
        }
        let (member, der) = match self.signer {
            Signer::Certificate(der) => ("x509Certificate", der),
            Signer::PublicKey(der) => ("publicKey", der),
        };
        let mut key = Tree::object();
        key.set("rawBytes", base64::encode(der));
        let mut verifier = Tree::object();
        verifier.set("keyDetails", self.details.name()).set(member, key);
        let mut signature = Tree::object();
        signature.set("content", base64::encode(self.signature)).set("verifier", verifier);
        let mut request = Tree::object();
        request.set("digest", base64::encode(self.digest.as_bytes())).set("signature", signature);
        let mut body = Tree::object();
        body.set("hashedRekordRequestV002", request);
        Ok(body.encode())
    }

    /// The body of the entry that the log makes of it.
    #[must_use]
    pub fn entry_body(&self) -> Vec<u8> {
        let verifier = match self.signer {
            Signer::Certificate(der) => VerifierRef::Certificate(der),
            Signer::PublicKey(der) => VerifierRef::PublicKey(der),
        };
        rebuild_hashedrekord_v002(self.digest, self.details, self.signature, verifier)
    }
}

/// Reads and checks a reply (M1 to M6).
///
/// What a reply repeats of the checkpoint, and its time, mean nothing; the entry that is returned has these members from
/// the verified checkpoint, and time 0.
///
/// # Errors
/// `limits/reply-bytes`, `limits/checkpoint-bytes`; `rekor/format`, `rekor/other-entry`, `rekor/checkpoint`,
/// `rekor/origin`, `rekor/proof`, `rekor/window`.
pub fn read_entry(body: &[u8], expected: &ExpectedEntry<'_>) -> Result<LogEntry, AttestError> {
    check_entry(&parse_entry(body, &expected.means)?, expected)
}

/// Checks an entry again that was accepted before and stored in the form of [`LogEntry::encode`].
///
/// # Errors
/// As [`read_entry`].
pub fn check_stored_entry(entry: &[u8], expected: &ExpectedEntry<'_>) -> Result<LogEntry, AttestError> {
    read_entry(entry, expected)
}

pub(super) fn check_entry(
    entry: &TransparencyLogEntry,
    expected: &ExpectedEntry<'_>,
) -> Result<LogEntry, AttestError> {
    let body = match_body(entry, expected)?;
    let proof = demand_proof(entry)?;
    let candidates = logs_of(&entry.log_id, &expected.means);
    let tree = verify_checkpoint(
        proof.checkpoint.as_bytes(),
        &candidates,
        Generation::V2,
        ErrorKind::RekorOrigin,
        &expected.means,
    )?;
    demand_inclusion(&body, entry.log_index, proof, &tree)?;
    demand_window(&candidates, expected)?;
    let stated =
        StatedTree { log_index: entry.log_index, root_hash: *tree.root.as_bytes(), tree_size: tree.size };
    Ok(LogEntry::new(entry, &body, proof, &stated, None))
}

/// M1 and M2: the entry is the one that the log had to make.
fn match_body(entry: &TransparencyLogEntry, expected: &ExpectedEntry<'_>) -> Result<Vec<u8>, AttestError> {
    let format = |detail: &str| Err(AttestError::new(ErrorKind::RekorFormat, detail));
    if EntryKind::parse(&entry.kind, &entry.version) != Ok(KIND) {
        return format("the entry is not of kind hashedrekord 0.0.2");
    }
    if entry.inclusion_promise.is_some() {
        return format("logs of generation 2 make no promises");
    }
    let Some(logged) = &entry.canonicalized_body else { return format("the entry has no body") };
    let body = expected.submission.entry_body();
    if *logged == body {
        return Ok(body);
    }
    Err(AttestError::new(ErrorKind::RekorOtherEntry, "the entry is not about what was given to the log"))
}

/// M6: a verified time lies inside a window of the log. Without any time the window must have no end.
fn demand_window(candidates: &[usize], expected: &ExpectedEntry<'_>) -> Result<(), AttestError> {
    let logs = expected.means.trusted_root.logs();
    let is_in_use = |log: &TrustedLog| match expected.times {
        [] => log.window().end.is_none(),
        times => times.iter().any(|time| log.window().contains(*time)),
    };
    if candidates.iter().filter_map(|index| logs.get(*index)).any(is_in_use) {
        return Ok(());
    }
    Err(AttestError::new(ErrorKind::RekorWindow, "no verified time lies inside the window of the log's key"))
}
