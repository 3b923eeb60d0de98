//! Merkle trees with SHA-256 (RFC 6962 §2.1, RFC 9162 §2.1).
use cretula_crypto::HashAlgorithm;

use crate::Error;

/// Hash of one leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeafHash([u8; 32]);

/// Hash of an inner node, or of a leaf that stands in a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeHash([u8; 32]);

/// Hash of a whole tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RootHash([u8; 32]);

macro_rules! hash_value {
    ($name:ident) => {
        impl $name {
            /// From its 32 bytes.
            #[must_use]
            pub const fn new(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }
            /// From a slice; `None` unless it has 32 bytes.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
            /// The 32 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }
    };
}
hash_value!(LeafHash);
hash_value!(NodeHash);
hash_value!(RootHash);

impl From<LeafHash> for NodeHash {
    fn from(leaf: LeafHash) -> Self {
        Self(leaf.0)
    }
}

/// Hashes an entry body as a leaf: SHA-256(0x00 ‖ body).
///
/// Source: RFC 9162 §2.1.1.
#[must_use]
pub fn leaf_hash(body: &[u8]) -> LeafHash {
    LeafHash(sha256(&[&[0x00], body]))
}

/// Recomputes the root of a tree from one leaf and its inclusion proof (L14).
///
/// `leaf_index` counts from 0. `proof` is ordered leaf side first and has exactly as many hashes as index and size
/// require: at most 64, and none for a tree of one leaf. Source: RFC 9162 §2.1.3.2.
///
/// # Errors
/// [`Error::LeafIndexRange`] unless `leaf_index < tree_size`; [`Error::ProofLength`] if the number of hashes is not
/// the required one.
pub fn root_from_inclusion_proof(
    leaf: LeafHash,
    leaf_index: u64,
    tree_size: u64,
    proof: &[NodeHash],
) -> Result<RootHash, Error> {
    let last = match tree_size.checked_sub(1) {
        Some(last) if leaf_index <= last => last,
        _ => return Err(Error::LeafIndexRange { leaf_index, tree_size }),
    };
    demand_length(proof, inclusion_length(leaf_index, last))?;
    let (mut index, mut last, mut hash) = (leaf_index, last, NodeHash::from(leaf));
    for sibling in proof {
        if index & 1 == 1 || index == last {
            hash = node_hash(sibling, &hash);
        } else {
            hash = node_hash(&hash, sibling);
        }
        (index, last) = (index >> 1, last >> 1);
    }
    Ok(RootHash(hash.0))
}

/// Recomputes the root and compares it with the expected one (L14).
///
/// # Errors
/// As [`root_from_inclusion_proof`]; [`Error::RootMismatch`] if the roots differ.
pub fn verify_inclusion(
    leaf: LeafHash,
    leaf_index: u64,
    tree_size: u64,
    proof: &[NodeHash],
    root: &RootHash,
) -> Result<(), Error> {
    demand_root(&root_from_inclusion_proof(leaf, leaf_index, tree_size, proof)?, root)
}

/// Shows that the tree of `size1` leaves is a prefix of the tree of `size2` leaves.
///
/// Equal sizes need equal roots and no hash. Source: RFC 9162 §2.1.4.2, where `size1` is not 0: an empty tree is a
/// prefix of every tree and a proof of it says nothing.
///
/// # Errors
/// [`Error::ConsistencySizes`] unless `0 < size1 <= size2`; [`Error::ProofLength`] if the number of hashes is not the
/// required one; [`Error::RootMismatch`] if either root differs.
pub fn verify_consistency(
    size1: u64,
    size2: u64,
    root1: &RootHash,
    root2: &RootHash,
    proof: &[NodeHash],
) -> Result<(), Error> {
    let (Some(last1), Some(last2)) = (size1.checked_sub(1), size2.checked_sub(1)) else {
        return Err(Error::ConsistencySizes { size1, size2 });
    };
    if last1 > last2 {
        return Err(Error::ConsistencySizes { size1, size2 });
    }
    if last1 == last2 {
        demand_length(proof, 0)?;
        return demand_root(root1, root2);
    }
    demand_length(proof, consistency_length(size1, last2))?;
    let (first, rest) = if size1.is_power_of_two() {
        (NodeHash(root1.0), proof)
    } else {
        let (first, rest) = proof.split_first().ok_or(Error::RootMismatch)?;
        (*first, rest)
    };
    let (old, new) = consistent_roots(last1, last2, first, rest);
    demand_root(&old, root1)?;
    demand_root(&new, root2)
}

/// Both roots that a consistency proof leads to; `first` is the greatest subtree that both trees share on the right
/// border of the old one.
fn consistent_roots(last1: u64, last2: u64, first: NodeHash, rest: &[NodeHash]) -> (RootHash, RootHash) {
    let shared = last1.trailing_ones();
    let mut index = last1.checked_shr(shared).unwrap_or(0);
    let mut last = last2.checked_shr(shared).unwrap_or(0);
    let (mut old, mut new) = (first, first);
    for sibling in rest {
        if index & 1 == 1 || index == last {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
        } else {
            new = node_hash(&new, sibling);
        }
        (index, last) = (index >> 1, last >> 1);
    }
    (RootHash(old.0), RootHash(new.0))
}

/// Levels below the point where the paths of both leaves meet have one hash each; above it, each set bit of the index
/// is one left sibling.
fn inclusion_length(index: u64, last: u64) -> u32 {
    let below = bits(index ^ last);
    below.saturating_add(index.checked_shr(below).unwrap_or(0).count_ones())
}

/// As for the inclusion of the shared subtree, and the subtree itself unless its root is the old root.
fn consistency_length(size1: u64, last2: u64) -> u32 {
    let shared = size1.trailing_zeros();
    let index = size1.wrapping_sub(1).checked_shr(shared).unwrap_or(0);
    let last = last2.checked_shr(shared).unwrap_or(0);
    inclusion_length(index, last).saturating_add(u32::from(!size1.is_power_of_two()))
}

/// Number of significant bits.
const fn bits(value: u64) -> u32 {
    u64::BITS.saturating_sub(value.leading_zeros())
}

fn demand_length(proof: &[NodeHash], required: u32) -> Result<(), Error> {
    let present = u32::try_from(proof.len()).unwrap_or(u32::MAX);
    if present == required { Ok(()) } else { Err(Error::ProofLength { required, present }) }
}

fn demand_root(found: &RootHash, expected: &RootHash) -> Result<(), Error> {
    if found == expected { Ok(()) } else { Err(Error::RootMismatch) }
}

/// SHA-256(0x01 ‖ left ‖ right).
fn node_hash(left: &NodeHash, right: &NodeHash) -> NodeHash {
    NodeHash(sha256(&[&[0x01], &left.0, &right.0]))
}

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let digest = HashAlgorithm::Sha256.digest(parts);
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(digest.as_bytes()) {
        *to = *from;
    }
    bytes
}
