//! Merkle proofs against a tree that is hashed the long way.
#![expect(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "small numbers of a test")]
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a panic fails the test")]

use cretula_crypto::HashAlgorithm;
use cretula_tlog::{
    Error, LeafHash, NodeHash, RootHash, leaf_hash, root_from_inclusion_proof, verify_consistency,
    verify_inclusion,
};

const BORDER_SIZES: [usize; 10] = [65, 95, 96, 97, 127, 128, 129, 255, 256, 257];

fn leaves(size: usize) -> Vec<LeafHash> {
    (0..size).map(|index| leaf_hash(&index.to_be_bytes())).collect()
}

/// RFC 9162 §2.1.1, as it is written there.
fn root(leaves: &[LeafHash]) -> [u8; 32] {
    match leaves.len() {
        0 => HashAlgorithm::Sha256.digest(&[]).as_bytes().try_into().unwrap(),
        1 => *leaves[0].as_bytes(),
        size => {
            let (left, right) = leaves.split_at(split(size));
            HashAlgorithm::Sha256.digest(&[&[1], &root(left), &root(right)]).as_bytes().try_into().unwrap()
        }
    }
}

/// Largest power of two below `size`.
fn split(size: usize) -> usize {
    size.next_power_of_two() / 2
}

/// RFC 9162 §2.1.3.1.
fn path(index: usize, leaves: &[LeafHash]) -> Vec<NodeHash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut proof, sibling) =
        if index < left.len() { (path(index, left), right) } else { (path(index - left.len(), right), left) };
    proof.push(NodeHash::new(root(sibling)));
    proof
}

/// RFC 9162 §2.1.4.1.
fn consistency(size1: usize, leaves: &[LeafHash], is_complete: bool) -> Vec<NodeHash> {
    if size1 == leaves.len() {
        return if is_complete { Vec::new() } else { vec![NodeHash::new(root(leaves))] };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut proof, sibling) = if size1 <= left.len() {
        (consistency(size1, left, is_complete), right)
    } else {
        (consistency(size1 - left.len(), right, false), left)
    };
    proof.push(NodeHash::new(root(sibling)));
    proof
}

/// All proofs that differ in one bit of each of `bytes`, lack one hash or have one more.
fn altered(proof: &[NodeHash], bytes: usize) -> Vec<Vec<NodeHash>> {
    let mut all = Vec::new();
    for at in 0..proof.len() {
        for bit in 0..bytes * 8 {
            let mut hash = *proof[at].as_bytes();
            hash[bit / 8] ^= 1 << (bit % 8);
            let mut changed = proof.to_vec();
            changed[at] = NodeHash::new(hash);
            all.push(changed);
        }
        let mut shorter = proof.to_vec();
        shorter.remove(at);
        all.push(shorter);
    }
    for at in 0..=proof.len() {
        let mut longer = proof.to_vec();
        longer.insert(at, NodeHash::new([7; 32]));
        all.push(longer);
    }
    all
}

fn check_inclusions(size: usize, bytes: usize) {
    let leaves = leaves(size);
    let root = RootHash::new(root(&leaves));
    for (index, leaf) in leaves.iter().enumerate() {
        let proof = path(index, &leaves);
        let verify = |index: usize, size: usize, proof: &[NodeHash]| {
            verify_inclusion(*leaf, index as u64, size as u64, proof, &root)
        };
        assert_eq!(verify(index, size, &proof), Ok(()), "{index} of {size}");
        for wrong in altered(&proof, bytes) {
            assert!(verify(index, size, &wrong).is_err(), "{index} of {size}");
        }
        for other in (0..size + 2).filter(|other| *other != index) {
            assert!(verify(other, size, &proof).is_err(), "{index} taken for {other} of {size}");
        }
        let elsewhere = verify_inclusion(leaf_hash(b"other"), index as u64, size as u64, &proof, &root);
        assert_eq!(elsewhere, Err(Error::RootMismatch));
    }
}

#[test]
fn every_leaf_of_small_trees() {
    for size in 1..=16 {
        check_inclusions(size, 32);
    }
    for size in 17..=64 {
        check_inclusions(size, 1);
    }
}

#[test]
fn every_leaf_of_trees_at_borders() {
    for size in BORDER_SIZES {
        check_inclusions(size, 0);
    }
}

#[test]
fn index_must_be_below_size() {
    let leaf = leaf_hash(b"");
    for (leaf_index, tree_size) in [(0, 0), (1, 1), (2, 1), (u64::MAX, u64::MAX), (5, 0)] {
        let found = root_from_inclusion_proof(leaf, leaf_index, tree_size, &[]);
        assert_eq!(found, Err(Error::LeafIndexRange { leaf_index, tree_size }));
    }
}

#[test]
fn length_is_exact_for_the_greatest_trees() {
    let leaf = leaf_hash(b"");
    let hash = NodeHash::new([0; 32]);
    for (index, size, required) in [
        (0, u64::MAX, 64),
        (u64::MAX - 1, u64::MAX, 63),
        (0, 1 << 63, 63),
        (1 << 63, (1 << 63) + 1, 1),
        (0, (1 << 63) + 1, 64),
    ] {
        for present in 0..=66 {
            let found = root_from_inclusion_proof(leaf, index, size, &vec![hash; present as usize]);
            if present == required {
                assert!(found.is_ok());
            } else {
                assert_eq!(found, Err(Error::ProofLength { required, present }));
            }
        }
    }
}

fn check_consistency(size1: usize, size2: usize, bytes: usize) {
    let leaves = leaves(size2);
    let root1 = RootHash::new(root(&leaves[..size1]));
    let root2 = RootHash::new(root(&leaves));
    let proof = consistency(size1, &leaves, true);
    let verify = |proof: &[NodeHash]| verify_consistency(size1 as u64, size2 as u64, &root1, &root2, proof);
    assert_eq!(verify(&proof), Ok(()), "{size1} to {size2}");
    for wrong in altered(&proof, bytes) {
        assert!(verify(&wrong).is_err(), "{size1} to {size2}");
    }
    let other = RootHash::new([9; 32]);
    let (size1, size2) = (size1 as u64, size2 as u64);
    assert!(verify_consistency(size1, size2, &other, &root2, &proof).is_err());
    assert!(verify_consistency(size1, size2, &root1, &other, &proof).is_err());
}

#[test]
fn all_pairs_of_sizes() {
    for size2 in 1..=64 {
        for size1 in 1..=size2 {
            check_consistency(size1, size2, usize::from(size2 <= 20));
        }
    }
    for size2 in BORDER_SIZES {
        for size1 in [1, 2, 3, 63, 64, 65, size2 - 1, size2] {
            check_consistency(size1, size2, 0);
        }
    }
}

#[test]
fn sizes_of_a_consistency_proof() {
    let root = RootHash::new(root(&[]));
    for (size1, size2) in [(0, 0), (0, 1), (1, 0), (2, 1), (u64::MAX, 1)] {
        let found = verify_consistency(size1, size2, &root, &root, &[]);
        assert_eq!(found, Err(Error::ConsistencySizes { size1, size2 }));
    }
    let too_many = vec![NodeHash::new([0; 32]); 70];
    assert!(verify_consistency(1, u64::MAX, &root, &root, &too_many).is_err());
    assert!(verify_consistency(u64::MAX - 1, u64::MAX, &root, &root, &too_many).is_err());
}
