//! Evidence of a transparency log (P12, P13).
use alloc::{string::String, vec::Vec};

use cretula_encoding::fields::Field;
use cretula_encoding::limits::Limits;

use crate::reader::{self, Reader};
use crate::{Error, ErrorKind, Limit, UnknownMembers, Warnings};

/// One entry of a transparency log, as the bundle states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransparencyLogEntry {
    /// The body whose hash is the leaf; absent only for `hashedrekord` 0.0.2, where it is rebuilt.
    pub canonicalized_body: Option<Vec<u8>>,
    /// The signed entry timestamp, not empty.
    pub inclusion_promise: Option<Vec<u8>>,
    /// The Merkle proof.
    pub inclusion_proof: Option<InclusionProof>,
    /// Seconds since 1970, 0 if absent; no time unless a verified promise covers it (L06).
    pub integrated_time: u64,
    /// Kind of the body, such as `hashedrekord`; not empty.
    pub kind: String,
    /// Id of the log, not empty.
    pub log_id: Vec<u8>,
    /// Global index, 0..2⁶³−1.
    pub log_index: u64,
    /// Version of the kind, such as `0.0.1`; not empty.
    pub version: String,
}

/// A Merkle inclusion proof with its checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// The checkpoint, a signed note; not empty.
    pub checkpoint: String,
    /// Sibling hashes, leaf side first.
    pub hashes: Vec<[u8; 32]>,
    /// What the proof repeats of the checkpoint: `None` for Rekor v2, where it means nothing (L13).
    pub stated: Option<StatedTree>,
}

/// Index and tree as a proof of Rekor v1 states them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatedTree {
    /// Index in the shard, 0..2⁶³−1; not comparable to the global index.
    pub log_index: u64,
    /// Root of the tree.
    pub root_hash: [u8; 32],
    /// Size of the tree, 1..2⁶³−1.
    pub tree_size: u64,
}

impl TransparencyLogEntry {
    /// Reads a list of entries as they stand in a bundle, for containers that hold them otherwise (PEP 740).
    ///
    /// # Errors
    /// The first violation of P02, P03, P11 to P13 or P15. The rules that depend on the bundle's version are applied by
    /// [`crate::Bundle::from_parts`].
    pub fn read_list(
        field: Field<'_>,
        unknown: UnknownMembers,
        limits: &Limits,
    ) -> Result<(Vec<Self>, Warnings), Error> {
        let mut reader = Reader::new(unknown, limits);
        let entries = Self::read_all(&mut reader, Some(field))?;
        Ok((entries, reader.warnings))
    }

    /// Whether the entry is of Rekor v2: `hashedrekord` or `dsse` 0.0.2. Every other pair is of v1 (L03).
    #[must_use]
    pub fn is_v2(&self) -> bool {
        is_v2(&self.kind, &self.version)
    }

    pub(crate) fn read_all(reader: &mut Reader<'_>, field: Option<Field<'_>>) -> Result<Vec<Self>, Error> {
        let list = reader::bounded_list(field, Limit::LogEntries, reader.limits.log_entries)?;
        list.into_iter().map(|entry| Self::read(reader, entry)).collect()
    }

    fn read(reader: &mut Reader<'_>, field: Field<'_>) -> Result<Self, Error> {
        let mut object = field.object()?;
        let (kind, version) = read_kind_version(reader, object.take("kindVersion"))?;
        let log_index = reader::u63_or_zero(&mut object, "logIndex")?;
        let log_id = reader.log_id(object.take("logId"))?;
        let integrated_time = reader::u63_or_zero(&mut object, "integratedTime")?;
        let promise = object.take("inclusionPromise");
        let inclusion_promise = promise.map(|promise| read_promise(reader, promise)).transpose()?;
        let v2 = is_v2(&kind, &version);
        let proof = object.take("inclusionProof");
        let inclusion_proof = proof.map(|proof| InclusionProof::read(reader, proof, v2)).transpose()?;
        let body = reader::bytes_or_empty(&mut object, "canonicalizedBody")?;
        let canonicalized_body = Some(body).filter(|body| !body.is_empty());
        reader.finish(object)?;
        Ok(Self {
            canonicalized_body,
            inclusion_promise,
            inclusion_proof,
            integrated_time,
            kind,
            log_id,
            log_index,
            version,
        })
    }
}

fn is_v2(kind: &str, version: &str) -> bool {
    version == "0.0.2" && (kind == "hashedrekord" || kind == "dsse")
}

fn read_kind_version(reader: &mut Reader<'_>, field: Option<Field<'_>>) -> Result<(String, String), Error> {
    let Some(field) = field else { return Ok((String::new(), String::new())) };
    let mut object = field.object()?;
    let kind = reader::text_or_empty(&mut object, "kind")?;
    let version = reader::text_or_empty(&mut object, "version")?;
    reader.finish(object)?;
    Ok((kind, version))
}

/// A promise without signature promises nothing: it is refused in every version.
fn read_promise(reader: &mut Reader<'_>, field: Field<'_>) -> Result<Vec<u8>, Error> {
    let mut object = field.object()?;
    let signature = reader::bytes_or_empty(&mut object, "signedEntryTimestamp")?;
    if signature.is_empty() {
        return Err(Error::at(ErrorKind::PromiseMissing, object.pointer()));
    }
    reader.finish(object)?;
    Ok(signature)
}

impl InclusionProof {
    fn read(reader: &mut Reader<'_>, field: Field<'_>, v2: bool) -> Result<Self, Error> {
        let mut object = field.object()?;
        let checkpoint = read_checkpoint(reader, object.take("checkpoint"))?;
        if checkpoint.is_empty() {
            return Err(Error::at(ErrorKind::CheckpointMissing, object.pointer()));
        }
        let hashes = read_hashes(reader, object.take("hashes"))?;
        let log_index = reader::u63_or_zero(&mut object, "logIndex")?;
        let tree_size = reader::u63_or_zero(&mut object, "treeSize")?;
        let root_hash = reader::bytes_or_empty(&mut object, "rootHash")?;
        let root_pointer = alloc::format!("{}/rootHash", object.pointer());
        reader.finish(object)?;
        let stated = if v2 {
            None
        } else {
            let root_hash = hash(&root_hash, ROOT_HASH, root_pointer)?;
            Some(StatedTree { log_index, root_hash, tree_size })
        };
        Ok(Self { checkpoint, hashes, stated })
    }
}

const ROOT_HASH: &str = "inclusionProof.rootHash";
const HASHES: &str = "inclusionProof.hashes";

fn read_checkpoint(reader: &mut Reader<'_>, field: Option<Field<'_>>) -> Result<String, Error> {
    let Some(field) = field else { return Ok(String::new()) };
    let mut object = field.object()?;
    let envelope = reader::text_or_empty(&mut object, "envelope")?;
    reader.finish(object)?;
    Ok(envelope)
}

fn read_hashes(reader: &Reader<'_>, field: Option<Field<'_>>) -> Result<Vec<[u8; 32]>, Error> {
    let list = reader::bounded_list(field, Limit::ProofHashes, reader.limits.proof_hashes)?;
    list.into_iter()
        .map(|element| {
            let bytes = element.bytes()?;
            hash(&bytes, HASHES, element.pointer)
        })
        .collect()
}

fn hash(bytes: &[u8], member: &'static str, pointer: String) -> Result<[u8; 32], Error> {
    bytes.try_into().map_err(|_| Error::at(ErrorKind::EntryMember(member), pointer))
}
