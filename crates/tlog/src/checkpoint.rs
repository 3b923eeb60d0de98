//! Checkpoints (C2SP tlog-checkpoint): a signed note about the size and the root of a tree.
use alloc::{string::String, vec::Vec};

use cretula_encoding::{base64, limits::Limits};

use crate::{Error, NoteDefect, RootHash, SignedNote};

/// The text of a checkpoint: origin, size, root and extension lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointBody {
    origin: String,
    tree_size: u64,
    root: Vec<u8>,
    extensions: Vec<String>,
}

/// A checkpoint with its signature lines, of which none has been verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    body: CheckpointBody,
    note: SignedNote,
}

/// Extension lines that are read; logs write one or two, and a million short ones would be a bomb.
const MAX_EXTENSIONS: usize = 64;

impl CheckpointBody {
    /// Parses the lines origin, size in decimal, root in base64, and further lines; none is empty (L08).
    ///
    /// The length of the root is not looked at: see [`CheckpointBody::root_hash`].
    ///
    /// # Errors
    /// [`Error::Note`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let lines = text.strip_suffix('\n').ok_or(NoteDefect::FinalNewline)?;
        let mut lines = lines.split('\n');
        let origin = lines.next().filter(|origin| !origin.is_empty()).ok_or(NoteDefect::Origin)?;
        let tree_size = lines.next().and_then(parse_size).ok_or(NoteDefect::Size)?;
        let root = lines.next().filter(|root| !root.is_empty()).ok_or(NoteDefect::Root)?;
        let root = base64::decode(root).map_err(|_| NoteDefect::Root)?;
        let extensions: Vec<String> = lines.clone().take(MAX_EXTENSIONS).map(String::from).collect();
        if lines.clone().count() > MAX_EXTENSIONS || lines.clone().any(str::is_empty) {
            return Err(NoteDefect::Extension.into());
        }
        Ok(Self { origin: String::from(origin), tree_size, root, extensions })
    }

    /// First line: which log this is.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
    /// Number of leaves, 0..=2^63−1.
    #[must_use]
    pub const fn tree_size(&self) -> u64 {
        self.tree_size
    }
    /// Root as it stands there, of any length.
    #[must_use]
    pub fn root(&self) -> &[u8] {
        &self.root
    }
    /// Root of a tree with SHA-256 (L08).
    ///
    /// # Errors
    /// [`Error::Note`] unless it has 32 bytes.
    pub fn root_hash(&self) -> Result<RootHash, Error> {
        RootHash::from_slice(&self.root).ok_or(Error::Note(NoteDefect::RootLength))
    }
    /// Lines after the root, without newlines.
    #[must_use]
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

impl Checkpoint {
    /// Parses a signed note whose text is a checkpoint (L08).
    ///
    /// # Errors
    /// As [`SignedNote::parse`] and [`CheckpointBody::parse`].
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, Error> {
        let note = SignedNote::parse(bytes, limits)?;
        Ok(Self { body: CheckpointBody::parse(note.signed_text())?, note })
    }
    /// The text, read.
    #[must_use]
    pub const fn body(&self) -> &CheckpointBody {
        &self.body
    }
    /// The text as it is signed, and the signature lines.
    #[must_use]
    pub const fn note(&self) -> &SignedNote {
        &self.note
    }
}

/// Decimal without sign and leading zero, 0..=2^63−1.
fn parse_size(text: &str) -> Option<u64> {
    let is_canonical = text == "0" || !text.starts_with('0');
    if !is_canonical || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse::<u64>().ok().filter(|size| i64::try_from(*size).is_ok())
}
