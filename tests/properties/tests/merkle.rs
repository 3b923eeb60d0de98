//! Merkle proofs against a tree written as the specification defines it.

use cretula_properties::repeatable;
use cretula_testkit::MerkleTree;
use cretula_tlog::{LeafHash, NodeHash, RootHash, leaf_hash, verify_consistency, verify_inclusion};
use proptest::prelude::*;

fn leaf(index: u64) -> Vec<u8> {
    format!("leaf {index}").into_bytes()
}

fn tree(size: u64) -> MerkleTree {
    let mut tree = MerkleTree::default();
    (0..size).for_each(|index| assert_eq!(tree.push(&leaf(index)), index));
    tree
}

fn proof(tree: &MerkleTree, index: u64) -> Vec<NodeHash> {
    tree.inclusion(index).into_iter().map(NodeHash::new).collect()
}

fn included(leaf: LeafHash, index: u64, size: u64, proof: &[NodeHash], root: &RootHash) -> bool {
    verify_inclusion(leaf, index, size, proof, root).is_ok()
}

#[test]
fn every_index_of_sizes_up_to_64() {
    let trees: Vec<MerkleTree> = (0..=65).map(tree).collect();
    for (size, tree) in (0..).zip(&trees) {
        let root = RootHash::new(tree.root());
        for index in 0..size {
            let (own, proof) = (leaf_hash(&leaf(index)), proof(tree, index));
            assert!(included(own, index, size, &proof, &root), "{index} of {size}");
            for other in (0..=size).filter(|other| *other != index) {
                assert!(!included(own, other, size, &proof, &root), "{index} of {size} as {other}");
                assert!(!included(leaf_hash(&leaf(other)), index, size, &proof, &root), "{other} as {index}");
            }
            let mut long = proof.clone();
            long.push(NodeHash::new([0; 32]));
            assert!(!included(own, index, size, &long, &root));
            assert!(proof.is_empty() || !included(own, index, size, &proof[1..], &root));
            let next = RootHash::new(trees[usize::try_from(size + 1).unwrap_or(0).min(65)].root());
            assert!(size == 65 || !included(own, index, size, &proof, &next), "the root of another tree");
        }
        assert!(!included(leaf_hash(b""), 0, 0, &[], &root), "an empty tree holds nothing");
    }
}

/// RFC 9162 §2.1.4.1, as it stands there.
fn consistency(leaves: &[Vec<u8>], old: usize, is_whole: bool) -> Vec<NodeHash> {
    if old == leaves.len() {
        return if is_whole { Vec::new() } else { vec![root_of(leaves)] };
    }
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(split);
    let (mut proof, other) = if old <= split {
        (consistency(left, old, is_whole), right)
    } else {
        (consistency(right, old - split, false), left)
    };
    proof.push(root_of(other));
    proof
}

fn root_of(leaves: &[Vec<u8>]) -> NodeHash {
    let mut tree = MerkleTree::default();
    leaves.iter().for_each(|leaf| assert!(tree.push(leaf) < 1 << 20));
    NodeHash::new(tree.root())
}

#[test]
fn every_pair_of_sizes_up_to_64_is_consistent() {
    let leaves: Vec<Vec<u8>> = (0..64).map(leaf).collect();
    let root = |size: usize| RootHash::new(*root_of(&leaves[..size]).as_bytes());
    let roots: Vec<RootHash> = (0..=64).map(root).collect();
    for new in 1..=64_usize {
        for old in 1..=new {
            let proof = consistency(&leaves[..new], old, true);
            let (size1, size2) = (u64::try_from(old).unwrap(), u64::try_from(new).unwrap());
            assert_eq!(
                verify_consistency(size1, size2, &roots[old], &roots[new], &proof),
                Ok(()),
                "{old} {new}"
            );
            let other = &roots[if old == 1 { 2 } else { old - 1 }];
            assert!(verify_consistency(size1, size2, other, &roots[new], &proof).is_err(), "{old} {new}");
        }
    }
}

proptest! {
    #![proptest_config(repeatable())]

    #[test]
    fn larger_trees_and_one_change(
        size in 65_u64..600,
        index: prop::sample::Index,
        hash: prop::sample::Index,
        bit in 0_u8..=255,
    ) {
        let index = u64::try_from(index.index(usize::try_from(size).unwrap())).unwrap();
        let tree = tree(size);
        let (own, mut proof, root) = (leaf_hash(&leaf(index)), proof(&tree, index), RootHash::new(tree.root()));
        prop_assert!(included(own, index, size, &proof, &root));
        let hash = hash.get(&proof);
        let position = proof.iter().position(|other| other == hash).unwrap();
        let mut changed = *hash.as_bytes();
        changed[usize::from(bit / 8)] ^= 1 << (bit % 8);
        proof[position] = NodeHash::new(changed);
        prop_assert!(!included(own, index, size, &proof, &root));
    }
}
