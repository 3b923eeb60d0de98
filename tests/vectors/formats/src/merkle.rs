//! Inclusion and consistency proofs (RFC 6962, RFC 9162), SHA-256.
use cretula_tlog::{LeafHash, NodeHash, RootHash, verify_consistency, verify_inclusion};
use serde::Deserialize;

use crate::FormatCase;
use crate::read::{self, Base64};
use crate::verdict::{self, Judgement, Refusal, Tally};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: Base64,
    leaf_hash: Base64,
    proof: Option<Vec<Base64>>,
}

#[derive(Deserialize)]
struct InclusionLine {
    desc: String,
    index: u64,
    size: u64,
    leaf_hash: Base64,
    proof: Option<Vec<Base64>>,
    root: Base64,
    expected_error: Option<String>,
}

#[derive(Deserialize)]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: Base64,
    root2: Base64,
    proof: Option<Vec<Base64>>,
}

#[derive(Deserialize)]
struct Counts {
    accept: u64,
    reject: u64,
}

#[derive(Deserialize)]
struct LinesExpectation {
    counts: Counts,
}

pub(crate) fn inclusion(case: &FormatCase) -> Judgement {
    let vector: Inclusion = read::json(&case.file)?;
    let proof = vector.proof.unwrap_or_default();
    Ok(verdict::of(check_inclusion(
        &vector.leaf_hash,
        vector.leaf_idx,
        vector.tree_size,
        &proof,
        &vector.root,
    )))
}

pub(crate) fn inclusion_lines(case: &FormatCase) -> Judgement {
    let expectation: LinesExpectation = read::expects(case)?;
    let mut tally = Tally::default();
    for line in case.file.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let vector: InclusionLine = read::json(line)?;
        let expected = vector.expected_error.is_none_or(|error| error.is_empty());
        let proof = vector.proof.unwrap_or_default();
        let result = check_inclusion(&vector.leaf_hash, vector.index, vector.size, &proof, &vector.root);
        let result = result.map_err(|refusal| refusal.reason);
        tally.count(vector.desc, Some(expected), result);
    }
    tally.expect(expectation.counts.accept.checked_add(expectation.counts.reject))?;
    tally.verdict()
}

pub(crate) fn consistency(case: &FormatCase) -> Judgement {
    let vector: Consistency = read::json(&case.file)?;
    let proof = vector.proof.unwrap_or_default();
    let verified = (|| {
        let (root1, root2) = (root(&vector.root1)?, root(&vector.root2)?);
        verify_consistency(vector.size1, vector.size2, &root1, &root2, &nodes(&proof)?).map_err(Refusal::from)
    })();
    Ok(verdict::of(verified))
}

fn check_inclusion(
    leaf: &Base64,
    index: u64,
    size: u64,
    proof: &[Base64],
    expected: &Base64,
) -> Result<(), Refusal> {
    let leaf = LeafHash::from_slice(&leaf.0).ok_or_else(|| "leaf hash is not 32 bytes long".to_owned())?;
    Ok(verify_inclusion(leaf, index, size, &nodes(proof)?, &root(expected)?)?)
}

fn root(bytes: &Base64) -> Result<RootHash, String> {
    RootHash::from_slice(&bytes.0).ok_or_else(|| "root hash is not 32 bytes long".to_owned())
}

fn nodes(proof: &[Base64]) -> Result<Vec<NodeHash>, String> {
    let node = |hash: &Base64| NodeHash::from_slice(&hash.0).ok_or("proof hash is not 32 bytes long");
    Ok(proof.iter().map(node).collect::<Result<_, _>>()?)
}
