//! A log that grows with each write, and what it publishes about an entry.

use crate::instance::Instance;
use crate::merkle::MerkleTree;
use crate::note::{CheckpointText, Note, NoteLine};
use crate::rekor_v1::RekorV1;
use crate::rekor_v2::RekorV2;

/// Entries of others before the first write.
const OTHERS: u64 = 6;

/// The entries of a log, each with the second in which it came.
#[derive(Debug, Clone)]
pub(super) struct GrowingLog {
    entries: Vec<(Vec<u8>, u64)>,
}

/// Inclusion of an entry in the tree of a checkpoint.
pub(super) struct Published {
    pub(super) index: u64,
    pub(super) size: u64,
    pub(super) root: [u8; 32],
    pub(super) hashes: Vec<[u8; 32]>,
    pub(super) checkpoint: String,
}

/// What is wrong with a proof or checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bend {
    Honest,
    WrongProof,
    OtherTree,
    OtherLog,
    ForeignLog,
    BrokenSignature,
    Unsigned,
    Stale,
}

/// A log that signs checkpoints.
pub(super) trait Signs {
    fn origin(&self) -> String;
    fn line(&self, text: &str) -> NoteLine;
}

impl Signs for RekorV1 {
    fn origin(&self) -> String {
        self.origin()
    }

    fn line(&self, text: &str) -> NoteLine {
        self.checkpoint_line(text)
    }
}

impl Signs for RekorV2 {
    fn origin(&self) -> String {
        self.origin()
    }

    fn line(&self, text: &str) -> NoteLine {
        self.checkpoint_line(text)
    }
}

/// A log, another one that is known too, and one of its name that nobody knows.
pub(super) struct Signers<'a> {
    pub(super) own: &'a dyn Signs,
    pub(super) other: &'a dyn Signs,
    pub(super) foreign: &'a dyn Signs,
}

impl GrowingLog {
    /// A log with some entries of others.
    pub(super) fn new(instance: &Instance) -> Self {
        let entry = |index| (format!("entry {index} of somebody else").into_bytes(), instance.start());
        Self { entries: (0..OTHERS).map(entry).collect() }
    }

    pub(super) fn size(&self) -> u64 {
        u64::try_from(self.entries.len()).expect("a size")
    }

    /// Index of an entry with this body.
    pub(super) fn find(&self, body: &[u8]) -> Option<u64> {
        let position = self.entries.iter().position(|(present, _)| present == body)?;
        u64::try_from(position).ok()
    }

    /// Adds an entry; somebody else adds one before the next checkpoint.
    pub(super) fn add(&mut self, body: Vec<u8>, time: u64) -> u64 {
        let index = self.size();
        self.entries.push((body, time));
        self.entries.push((format!("entry {} of somebody else", index + 1).into_bytes(), time));
        index
    }

    /// Body and time.
    pub(super) fn entry(&self, index: u64) -> Option<(&[u8], u64)> {
        let (body, time) = self.entries.get(usize::try_from(index).ok()?)?;
        Some((body, *time))
    }

    /// The tree over `count` entries from `first` on.
    pub(super) fn tree(&self, first: u64, count: u64) -> MerkleTree {
        let skip = usize::try_from(first).expect("an index");
        let take = usize::try_from(count).expect("a count");
        let mut tree = MerkleTree::default();
        for (body, _) in self.entries.iter().skip(skip).take(take) {
            tree.push(body);
        }
        tree
    }

    /// The present checkpoint.
    pub(super) fn checkpoint(&self, signer: &dyn Signs) -> String {
        let root = self.tree(0, self.size()).root();
        note(signer, self.size(), &root).encode()
    }

    /// Proof and checkpoint of an entry, in the present tree.
    pub(super) fn publish(&self, index: u64, signers: &Signers<'_>, bend: Bend) -> Published {
        let size = self.size();
        let tree = self.tree(0, size);
        let (root, mut hashes) = (tree.root(), tree.inclusion(index));
        if bend == Bend::WrongProof {
            hashes[0][0] ^= 1;
        }
        let other_root = || MerkleTree::of_others(size + 1).root();
        let note = match bend {
            Bend::Honest | Bend::WrongProof => note(signers.own, size, &root),
            Bend::OtherTree => note(signers.own, size, &other_root()),
            Bend::OtherLog => note(signers.other, size, &root),
            Bend::ForeignLog => note(signers.foreign, size, &root),
            Bend::Stale => note(signers.own, index, &self.tree(0, index).root()),
            Bend::Unsigned => Note { lines: Vec::new(), ..note(signers.own, size, &root) },
            Bend::BrokenSignature => {
                let mut broken = note(signers.own, size, &root);
                let wrong = signers.own.line("another text\n").signature;
                broken.lines[0].signature = wrong;
                broken
            }
        };
        Published { index, size, root, hashes, checkpoint: note.encode() }
    }
}

fn note(signer: &dyn Signs, size: u64, root: &[u8]) -> Note {
    let text = CheckpointText::new(&signer.origin(), size, root).encode();
    let line = signer.line(&text);
    Note { text, lines: vec![line] }
}
