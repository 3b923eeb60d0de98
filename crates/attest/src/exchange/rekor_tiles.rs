//! Reading an entry back from a tiled log: which tiles, and the proof that follows from them.
//!
//! A Rekor v2 log answers a duplicate with its index alone. Checkpoint and hash tiles then give the inclusion proof; the
//! body of the entry is known, so its tile of entries, which can be longer than any reply may be, is not needed.
//! Source: C2SP tlog-tiles; RFC 9162 §2.1.3.
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use cretula_bundle::{InclusionProof, TransparencyLogEntry};
use cretula_crypto::HashAlgorithm;
use cretula_tlog::{Generation, leaf_hash};

use super::log_entry::{LogEntry, VerifiedTree, verify_checkpoint};
use super::rekor_v2::{ExpectedEntry, KIND, check_entry};
use super::{Means, demand_reply_bytes};
use crate::error::{AttestError, ErrorKind};

/// Prefix of the read paths below the URL of a log.
pub const READ_PREFIX: &str = "/api/v2/";
/// Read path of the checkpoint, after the prefix.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// Levels of a tree in one tile, and hashes in a full one.
const HEIGHT: u32 = 8;
const WIDTH: u64 = 1 << HEIGHT;
/// Bytes of one hash.
const HASH: usize = 32;

/// A hash: all of level `level` is `2^level` leaves wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Node {
    level: u32,
    index: u64,
}

/// Where the hashes of a row of nodes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// Level of tiles, 0..=7.
    level: u32,
    /// Number in its level.
    number: u64,
    /// Hashes in it, 1..=256.
    width: u64,
}

impl Tile {
    /// Read path, after the prefix: `tile/<level>/<number>`, and `.p/<width>` for a tile that is not full.
    #[must_use]
    pub fn path(&self) -> String {
        tile_path(&self.level.to_string(), self.number, self.width)
    }

    /// The full tile of the same place: a log may drop a partial one once it has it.
    #[must_use]
    pub const fn full(&self) -> Self {
        Self { width: WIDTH, ..*self }
    }
}

/// Read path of the tile with the bodies of entries, after the prefix.
#[must_use]
pub fn entries_path(index: u64, tree_size: u64) -> String {
    let number = index >> HEIGHT;
    tile_path("entries", number, width_at(number, tree_size))
}

fn tile_path(level: &str, number: u64, width: u64) -> String {
    let mut groups = Vec::from([format!("{:03}", number % 1000)]);
    let mut rest = number / 1000;
    while rest > 0 {
        groups.push(format!("x{:03}", rest % 1000));
        rest /= 1000;
    }
    groups.reverse();
    let path = format!("tile/{level}/{}", groups.join("/"));
    if width < WIDTH { format!("{path}.p/{width}") } else { path }
}

/// Hashes that the tile with this number has in a level of so many nodes.
fn width_at(number: u64, nodes: u64) -> u64 {
    nodes.saturating_sub(number.saturating_mul(WIDTH)).min(WIDTH)
}

/// What is read to prove that an entry is in a log.
#[derive(Debug, Clone)]
pub struct ReadPlan<'a> {
    checkpoint: &'a str,
    tree: VerifiedTree<'a>,
    index: u64,
    tiles: Vec<Tile>,
}

/// Verifies a checkpoint and says which tiles prove the entry at `index`: at most 16, of 8 levels.
///
/// The checkpoint and the index are all that a state has to keep: equal ones give equal plans.
///
/// # Errors
/// `limits/reply-bytes`, `limits/checkpoint-bytes`; `rekor/checkpoint` if no log of the trusted root signed it;
/// `rekor/duplicate` if the tree does not reach the entry yet.
pub fn plan<'a>(checkpoint: &'a [u8], index: u64, means: &Means<'a>) -> Result<ReadPlan<'a>, AttestError> {
    demand_reply_bytes(checkpoint)?;
    let every_log: Vec<usize> = (0..means.trusted_root.logs().len()).collect();
    let origin = ErrorKind::RekorCheckpoint;
    let tree = verify_checkpoint(checkpoint, &every_log, Generation::V2, origin, means)?;
    let not_utf8 = |_| AttestError::new(ErrorKind::RekorCheckpoint, "the checkpoint is not UTF-8");
    let checkpoint = core::str::from_utf8(checkpoint).map_err(not_utf8)?;
    if index >= tree.size {
        let detail = "the checkpoint does not reach the entry yet";
        return Err(AttestError::new(ErrorKind::RekorDuplicate, detail));
    }
    Ok(ReadPlan { checkpoint, tree, index, tiles: tiles_of(index, tree.size) })
}

impl ReadPlan<'_> {
    /// The tiles, in the order in which [`Self::read_entry`] takes them.
    #[must_use]
    pub fn tiles(&self) -> &[Tile] {
        &self.tiles
    }

    /// Makes the entry out of the tiles and checks it like a reply (M1 to M6).
    ///
    /// `tiles` has one element per tile of the plan; the full tile may stand for a partial one.
    ///
    /// # Errors
    /// `rekor/format` for other numbers or lengths of tiles; `rekor/other-entry` if the leaf is not the entry;
    /// otherwise as `rekor_v2::read_entry`.
    pub fn read_entry(
        &self,
        tiles: &[Vec<u8>],
        expected: &ExpectedEntry<'_>,
    ) -> Result<LogEntry, AttestError> {
        let hashes = Hashes::new(&self.tiles, tiles)?;
        let body = expected.submission.entry_body();
        if hashes.stored(Node { level: 0, index: self.index })? != *leaf_hash(&body).as_bytes() {
            let detail = "the entry at this index is not about what was given to the log";
            return Err(AttestError::new(ErrorKind::RekorOtherEntry, detail));
        }
        let siblings = siblings(self.index, self.tree.size);
        let proof = siblings.iter().map(|sibling| hashes.of_row(sibling)).collect::<Result<Vec<_>, _>>()?;
        let inclusion_proof =
            InclusionProof { checkpoint: String::from(self.checkpoint), hashes: proof, stated: None };
        let entry = TransparencyLogEntry {
            canonicalized_body: Some(body),
            inclusion_promise: None,
            inclusion_proof: Some(inclusion_proof),
            integrated_time: 0,
            kind: String::from(KIND.kind()),
            log_id: self.tree.log.id().to_vec(),
            log_index: self.index,
            version: String::from(KIND.version()),
        };
        check_entry(&entry, expected)
    }
}

// ---- which hashes -----------------------------------------------------------------------------------------------

/// The siblings on the way from a leaf to the root, leaf side first, each as complete subtrees from left to right: one,
/// or several at the right border of the tree. At most 63 of at most 63.
fn siblings(index: u64, size: u64) -> Vec<Vec<Node>> {
    let mut siblings = Vec::new();
    let (mut index, mut last) = (index, size.saturating_sub(1));
    for level in 0..u64::BITS {
        if last == 0 {
            break;
        }
        if index & 1 == 1 {
            siblings.push(Vec::from([Node { level, index: index ^ 1 }]));
        } else if index < last {
            siblings.push(complete_subtrees(level, index ^ 1, size));
        }
        (index, last) = (index >> 1, last >> 1);
    }
    siblings
}

/// A node, or, if the tree ends inside it, the complete subtrees of which it consists.
fn complete_subtrees(level: u32, index: u64, size: u64) -> Vec<Node> {
    let complete = |level: u32| size.checked_shr(level).unwrap_or(0);
    if index < complete(level) {
        return Vec::from([Node { level, index }]);
    }
    // The tree ends inside of the node: each set bit of the size below its level is a complete subtree, and those
    // before it are all the leaves before that subtree.
    let below = (0..level).rev().filter(|level| complete(*level) & 1 == 1);
    below.map(|level| Node { level, index: complete(level) ^ 1 }).collect()
}

/// The tiles that hold the leaf and its siblings.
fn tiles_of(index: u64, size: u64) -> Vec<Tile> {
    let leaf = Node { level: 0, index };
    let nodes = siblings(index, size).into_iter().flatten().chain([leaf]);
    let mut tiles: Vec<Tile> = nodes.map(|node| node.tile(size)).collect();
    tiles.sort_unstable();
    tiles.dedup();
    tiles
}

impl Node {
    /// First hash from which the node follows, and how many: in a row of nodes of a level of tiles.
    fn row(self) -> (u32, u64, usize) {
        let above = self.level % HEIGHT;
        (
            self.level / HEIGHT,
            self.index.checked_shl(above).unwrap_or(0),
            1_usize.checked_shl(above).unwrap_or(0),
        )
    }

    /// The tile in a tree of this size; a row is inside of one tile.
    fn tile(self, size: u64) -> Tile {
        let (level, first, _) = self.row();
        let number = first / WIDTH;
        let nodes = size.checked_shr(level.saturating_mul(HEIGHT)).unwrap_or(0);
        Tile { level, number, width: width_at(number, nodes) }
    }
}

// ---- hashes of tiles --------------------------------------------------------------------------------------------

/// Tiles that were read.
struct Hashes<'t> {
    tiles: Vec<(Tile, &'t [[u8; HASH]])>,
}

impl<'t> Hashes<'t> {
    fn new(plan: &[Tile], tiles: &'t [Vec<u8>]) -> Result<Self, AttestError> {
        if plan.len() != tiles.len() {
            return Err(refuse_format("another number of tiles than the plan has"));
        }
        let rows = plan.iter().zip(tiles).map(|(tile, bytes)| {
            let (hashes, rest) = bytes.as_chunks::<HASH>();
            let present = u64::try_from(hashes.len()).unwrap_or(u64::MAX);
            if rest.is_empty() && [tile.width, WIDTH].contains(&present) {
                Ok((*tile, hashes))
            } else {
                Err(refuse_format("a tile has another length than its path says"))
            }
        });
        Ok(Self { tiles: rows.collect::<Result<_, _>>()? })
    }

    /// A hash that follows from one row of hashes of one tile.
    fn stored(&self, node: Node) -> Result<[u8; HASH], AttestError> {
        let (level, first, count) = node.row();
        let tile = self.tiles.iter().find(|(tile, _)| tile.level == level && tile.number == first / WIDTH);
        let start = usize::try_from(first % WIDTH).unwrap_or(usize::MAX);
        let row = tile.and_then(|(_, hashes)| hashes.get(start..start.checked_add(count)?));
        row.and_then(subtree).ok_or_else(|| refuse_format("a tile lacks a hash"))
    }

    /// The hash of complete subtrees, left to right, each smaller than the one before (RFC 9162 §2.1.1).
    fn of_row(&self, subtrees: &[Node]) -> Result<[u8; HASH], AttestError> {
        let mut hash = None;
        for node in subtrees.iter().rev() {
            let left = self.stored(*node)?;
            hash = Some(hash.map_or(left, |right| parent(&left, &right)));
        }
        hash.ok_or_else(|| refuse_format("a tile lacks a hash"))
    }
}

/// Root of a complete tree over `2^n` hashes.
fn subtree(hashes: &[[u8; HASH]]) -> Option<[u8; HASH]> {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        let (pairs, _) = row.as_chunks::<2>();
        row = pairs.iter().map(|[left, right]| parent(left, right)).collect();
    }
    row.first().copied()
}

/// SHA-256(0x01 ‖ left ‖ right).
fn parent(left: &[u8; HASH], right: &[u8; HASH]) -> [u8; HASH] {
    let digest = HashAlgorithm::Sha256.digest(&[&[1], left, right]);
    digest.as_bytes().try_into().unwrap_or_default()
}

fn refuse_format(detail: &str) -> AttestError {
    AttestError::new(ErrorKind::RekorFormat, detail)
}
