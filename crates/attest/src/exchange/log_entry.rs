//! A log entry in the form of bundles, and what both generations of logs have to prove.
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use cretula_bundle::{InclusionProof, StatedTree, TransparencyLogEntry, UnknownMembers};
use cretula_encoding::fields::Field;
use cretula_encoding::json::{self, Tree};
use cretula_encoding::time::Time;
use cretula_encoding::{base64, hex};
use cretula_tlog::{Checkpoint, Error, Generation, NodeHash, RootHash, leaf_hash, root_from_inclusion_proof};

use super::{Means, demand_reply_bytes};
use crate::error::{AttestError, ErrorKind};

/// A log entry that passed its checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// `TransparencyLogEntry` as it goes into `verificationMaterial.tlogEntries`.
    pub bundled: Tree,
    /// Id of the log, lower-case hex.
    pub log_id: String,
    /// Index of the entry in the log, over all shards.
    pub log_index: u64,
    /// When the log took the entry; only a Rekor v1 log says so.
    pub integrated_time: Option<Time>,
}

impl LogEntry {
    /// The entry as RFC 8785 JSON: what is stored, and what `check_stored_entry` reads.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.bundled.encode()
    }

    /// The bundle form, with the tree of the verified checkpoint.
    pub(super) fn new(
        entry: &TransparencyLogEntry,
        body: &[u8],
        proof: &InclusionProof,
        stated: &StatedTree,
        integrated_time: Option<Time>,
    ) -> Self {
        let mut promise = Tree::object();
        promise.set_some(
            "signedEntryTimestamp",
            entry.inclusion_promise.as_ref().map(|promise| base64::encode(promise)),
        );
        let mut kind = Tree::object();
        kind.set("kind", entry.kind.as_str()).set("version", entry.version.as_str());
        let mut log_id = Tree::object();
        log_id.set("keyId", base64::encode(&entry.log_id));
        let mut bundled = Tree::object();
        bundled
            .set("canonicalizedBody", base64::encode(body))
            .set_some("inclusionPromise", entry.inclusion_promise.as_ref().map(|_| promise))
            .set("inclusionProof", proof_tree(proof, stated))
            .set("integratedTime", integrated_time.map_or(0, Time::secs).to_string())
            .set("kindVersion", kind)
            .set("logId", log_id)
            .set("logIndex", entry.log_index.to_string());
        let log_id = hex::encode(&entry.log_id);
        Self { bundled, log_id, log_index: entry.log_index, integrated_time }
    }
}

fn proof_tree(proof: &InclusionProof, stated: &StatedTree) -> Tree {
    let mut checkpoint = Tree::object();
    checkpoint.set("envelope", proof.checkpoint.as_str());
    let hashes: Vec<Tree> = proof.hashes.iter().map(|hash| base64::encode(hash).into()).collect();
    let mut tree = Tree::object();
    tree.set("checkpoint", checkpoint)
        .set_some("hashes", (!hashes.is_empty()).then_some(hashes))
        .set("logIndex", stated.log_index.to_string())
        .set("rootHash", base64::encode(&stated.root_hash))
        .set("treeSize", stated.tree_size.to_string());
    tree
}

/// Reads one `TransparencyLogEntry` in proto3 JSON, unknown members left out.
pub(super) fn parse_entry(text: &[u8], means: &Means<'_>) -> Result<TransparencyLogEntry, AttestError> {
    demand_reply_bytes(text)?;
    // The reader takes lists; the brackets make one of a text that is exactly one object.
    let list = [b"[", text, b"]"].concat();
    let value = json::parse(&list, &means.limits.json())
        .map_err(|error| AttestError { kind: ErrorKind::RekorFormat, ..AttestError::from(error) })?;
    let entries = TransparencyLogEntry::read_list(Field::root(value), UnknownMembers::Ignore, means.limits);
    let (entries, _) = entries.map_err(|error| refuse_format(&error.to_string()))?;
    match <[TransparencyLogEntry; 1]>::try_from(entries) {
        Ok([entry]) => Ok(entry),
        Err(_) => Err(refuse_format("not exactly one entry")),
    }
}

fn refuse_format(detail: &str) -> AttestError {
    AttestError::new(ErrorKind::RekorFormat, detail)
}

/// The proof, which every entry has.
pub(super) fn demand_proof(entry: &TransparencyLogEntry) -> Result<&InclusionProof, AttestError> {
    let refusal = || AttestError::new(ErrorKind::RekorProof, "there is no inclusion proof");
    entry.inclusion_proof.as_ref().ok_or_else(refusal)
}

/// Indices of the logs that a log id means (L04).
pub(super) fn logs_of(log_id: &[u8], means: &Means<'_>) -> Vec<usize> {
    let logs = means.trusted_root.logs().iter().enumerate();
    logs.filter(|(_, log)| log.has_id(log_id)).map(|(index, _)| index).collect()
}

/// The tree of a checkpoint that one of the logs at `candidates` signed as its own: log, size and root.
#[derive(Debug, Clone, Copy)]
pub(super) struct VerifiedTree<'a> {
    pub(super) log: &'a cretula_verify::TrustedLog,
    pub(super) size: u64,
    pub(super) root: RootHash,
}

/// Verifies a checkpoint (L5, M3); `origin` is the code for that of another known log, or of another form (M5).
pub(super) fn verify_checkpoint<'a>(
    text: &[u8],
    candidates: &[usize],
    generation: Generation,
    origin: ErrorKind,
    means: &Means<'a>,
) -> Result<VerifiedTree<'a>, AttestError> {
    let refuse = |error: Error| AttestError::new(checkpoint_kind(&error, origin), error.code());
    let checkpoint = Checkpoint::parse(text, means.limits).map_err(refuse)?;
    let root = checkpoint.body().root_hash().map_err(refuse)?;
    let checker = means.checker();
    let log = means
        .trusted_root
        .verify_checkpoint(candidates, &checkpoint, generation, &checker)
        .map_err(refuse)?;
    Ok(VerifiedTree { log, size: checkpoint.body().tree_size(), root })
}

fn checkpoint_kind(error: &Error, origin: ErrorKind) -> ErrorKind {
    if matches!(error, Error::CheckpointBytes { .. }) {
        ErrorKind::LimitCheckpointBytes
    } else if matches!(error, Error::CheckpointLog | Error::Generation | Error::Origin) {
        origin
    } else {
        ErrorKind::RekorCheckpoint
    }
}

/// The body is the leaf at `index` of the tree (L5, M4).
pub(super) fn demand_inclusion(
    body: &[u8],
    index: u64,
    proof: &InclusionProof,
    tree: &VerifiedTree<'_>,
) -> Result<(), AttestError> {
    let hashes: Vec<NodeHash> = proof.hashes.iter().map(|hash| NodeHash::new(*hash)).collect();
    let detail = match root_from_inclusion_proof(leaf_hash(body), index, tree.size, &hashes) {
        Ok(root) if root == tree.root => return Ok(()),
        Ok(_) => "the proof leads to another root than that of the checkpoint".to_string(),
        Err(error) => format!("{error}"),
    };
    Err(AttestError::new(ErrorKind::RekorProof, detail))
}
