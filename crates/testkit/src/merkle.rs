//! A Merkle tree (RFC 6962 §2.1), written as the specification defines it.

use cretula_crypto::HashAlgorithm;
use cretula_tlog::leaf_hash;

/// The leaves of a log.
#[derive(Debug, Clone, Default)]
pub struct MerkleTree {
    leaves: Vec<[u8; 32]>,
}

impl MerkleTree {
    /// A tree of `size` entries of others.
    #[must_use]
    pub fn of_others(size: u64) -> Self {
        let mut tree = Self::default();
        for index in 0..size {
            tree.push(format!("entry {index} of somebody else").as_bytes());
        }
        tree
    }

    /// Appends an entry and returns its index.
    pub fn push(&mut self, body: &[u8]) -> u64 {
        self.leaves.push(*leaf_hash(body).as_bytes());
        self.size() - 1
    }

    /// Number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        u64::try_from(self.leaves.len()).expect("a size")
    }

    /// Root over all entries.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        root(&self.leaves)
    }

    /// Sibling hashes of an entry, leaf side first.
    ///
    /// # Panics
    /// If there is no such entry.
    #[must_use]
    pub fn inclusion(&self, index: u64) -> Vec<[u8; 32]> {
        let index = usize::try_from(index).expect("an index");
        assert!(index < self.leaves.len(), "no entry {index}");
        path(index, &self.leaves)
    }
}

fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => hash(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            hash(&[&[1], &root(left), &root(right)])
        }
    }
}

fn path(index: usize, leaves: &[[u8; 32]]) -> Vec<[u8; 32]> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let middle = split(leaves.len());
    let (left, right) = leaves.split_at(middle);
    let (mut below, sibling) = match index < middle {
        true => (path(index, left), root(right)),
        false => (path(index - middle, right), root(left)),
    };
    below.push(sibling);
    below
}

/// The greatest power of two below `size`.
fn split(size: usize) -> usize {
    size.next_power_of_two() / 2
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let digest = HashAlgorithm::Sha256.digest(parts);
    digest.as_bytes().try_into().expect("32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use cretula_tlog::{NodeHash, RootHash, verify_inclusion};

    #[test]
    fn every_entry_of_small_trees_is_included() {
        for size in 1..20 {
            let tree = MerkleTree::of_others(size);
            for index in 0..size {
                let leaf = leaf_hash(format!("entry {index} of somebody else").as_bytes());
                let proof: Vec<_> = tree.inclusion(index).into_iter().map(NodeHash::new).collect();
                let root = RootHash::new(tree.root());
                assert!(verify_inclusion(leaf, index, size, &proof, &root).is_ok(), "{index} of {size}");
            }
        }
    }
}
