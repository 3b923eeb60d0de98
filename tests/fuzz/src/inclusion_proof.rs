//! Merkle proofs, against the definitions of RFC 9162.

use cretula_crypto::HashAlgorithm;
use cretula_testkit::MerkleTree;
use cretula_tlog::{
    NodeHash, RootHash, leaf_hash, root_from_inclusion_proof, verify_consistency, verify_inclusion,
};

use crate::Dice;

type Hash = [u8; 32];

/// The root of a proof is the one that the definition gives, for any index and size; in a tree made of the input, the
/// proof of every entry holds there and nowhere else.
pub fn inclusion_proof(input: &[u8]) {
    any_proof(input);
    real_tree(input);
    consistency(input);
}

fn any_proof(input: &[u8]) {
    let mut dice = Dice::new(input);
    let shift = u32::from(dice.byte() % 64);
    let (index, size) = (dice.number() >> shift, dice.number() >> shift);
    let leaf = leaf_hash(dice.piece());
    let mut proof: Vec<Hash> = dice.remainder().chunks(32).take(70).map(padded).collect();
    // A random number of hashes is seldom the right one.
    if dice_bit(input) && index < size {
        proof.resize(path_length(index, size), [9; 32]);
    }
    let hashes: Vec<NodeHash> = proof.iter().copied().map(NodeHash::new).collect();
    let found = root_from_inclusion_proof(leaf, index, size, &hashes).ok();
    let expected = defined_root(*leaf.as_bytes(), index, size, &proof);
    assert_eq!(found.map(|root| *root.as_bytes()), expected, "{index} of {size}");
}

fn dice_bit(input: &[u8]) -> bool {
    input.last().is_some_and(|last| last & 1 == 1)
}

fn padded(bytes: &[u8]) -> Hash {
    let mut hash = [0; 32];
    hash[..bytes.len()].copy_from_slice(bytes);
    hash
}

fn node(left: &Hash, right: &Hash) -> Hash {
    HashAlgorithm::Sha256.digest(&[&[1], left, right]).as_bytes().try_into().expect("32 bytes")
}

/// The greatest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// RFC 9162 §2.1.3.1, from the root down: the last hash is the sibling of the part that holds the leaf.
fn defined_root(leaf: Hash, index: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    if size == 1 {
        return proof.is_empty().then_some(leaf);
    }
    let (sibling, below) = proof.split_last()?;
    let left = split(size);
    if index < left {
        Some(node(&defined_root(leaf, index, left, below)?, sibling))
    } else {
        Some(node(sibling, &defined_root(leaf, index - left, size - left, below)?))
    }
}

fn path_length(index: u64, size: u64) -> usize {
    if size < 2 {
        return 0;
    }
    let left = split(size);
    1 + if index < left { path_length(index, left) } else { path_length(index - left, size - left) }
}

fn real_tree(input: &[u8]) {
    let mut dice = Dice::new(input);
    let (index, other_index, other_size) = (dice.byte(), dice.byte(), dice.byte());
    let (flipped, bit) = (dice.below(8), dice.byte());
    let leaves: Vec<&[u8]> = dice.remainder().chunks(3).take(100).collect();
    if leaves.is_empty() {
        return;
    }
    let mut tree = MerkleTree::default();
    leaves.iter().for_each(|leaf| assert!(tree.push(leaf) < 100));
    let (size, root) = (tree.size(), RootHash::new(tree.root()));
    let index = u64::from(index) % size;
    let leaf = leaf_hash(leaves[usize::try_from(index).expect("below 100")]);
    let mut proof: Vec<NodeHash> = tree.inclusion(index).into_iter().map(NodeHash::new).collect();
    assert_eq!(verify_inclusion(leaf, index, size, &proof, &root), Ok(()));

    let (other_index, other_size) = (u64::from(other_index), u64::from(other_size));
    let same_leaf = usize::try_from(other_index).ok().and_then(|other| leaves.get(other))
        == leaves.get(usize::try_from(index).expect("below 100"));
    if other_index != index && !same_leaf {
        assert!(verify_inclusion(leaf, other_index, size, &proof, &root).is_err(), "another index");
    }
    if path_length(index.min(other_size.saturating_sub(1)), other_size) != proof.len() {
        assert!(verify_inclusion(leaf, index, other_size, &proof, &root).is_err(), "another length");
    }
    if let Some(hash) = proof.get_mut(flipped) {
        let mut bytes = *hash.as_bytes();
        bytes[usize::from(bit >> 3)] ^= 1 << (bit & 7);
        *hash = NodeHash::new(bytes);
        assert!(verify_inclusion(leaf, index, size, &proof, &root).is_err(), "another hash");
    }
}

fn consistency(input: &[u8]) {
    let mut dice = Dice::new(input);
    let shift = u32::from(dice.byte() % 64);
    let (old, new) = (dice.number() >> shift, dice.number() >> shift);
    let (old_root, new_root) = (padded(dice.take(32)), padded(dice.take(32)));
    let proof: Vec<NodeHash> = dice.remainder().chunks(32).take(70).map(padded).map(NodeHash::new).collect();
    let accepted = verify_consistency(old, new, &RootHash::new(old_root), &RootHash::new(new_root), &proof);
    if accepted.is_ok() {
        assert!(old > 0 && old <= new, "{old} to {new}");
        assert!(old != new || (proof.is_empty() && old_root == new_root));
    }
}
